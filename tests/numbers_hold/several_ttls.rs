//! Two readers with different `cache-ttl`s of the same copy, under both rules, without delay.

use super::Runs;

const DURATION: &str = "6d";

/// Reads of two workloads, the first with the shorter TTL.
struct TwoReaders {
    rates_per_s: [f64; 2],
    ttls_s: [f64; 2],
}

impl TwoReaders {
    fn runs(&self, rule: &str) -> Runs {
        let mut text = format!(
            "duration = \"{DURATION}\"\nwarm-up = \"20m\"\n[limits]\nenforce = false\n\
             [cache]\nttl-rule = \"{rule}\"\n[pop.LAB]\nto-store = \"0s\"\n"
        );
        for (index, name) in ["brief", "patient"].iter().enumerate() {
            text += &format!(
                "[workload.{name}]\nreads = \"{}/s\"\ncache-ttl = \"{}s\"\nkeys = {{ one = \"key\" }}\n",
                self.rates_per_s[index], self.ttls_s[index]
            );
        }
        Runs::of(&text)
    }

    fn rate_per_s(&self) -> f64 {
        self.rates_per_s[0] + self.rates_per_s[1]
    }

    /// Of a copy that both may use by their own TTL: how long until somebody misses, and how likely it is the
    /// reader with the shorter TTL.
    fn copy_for_both(&self) -> (f64, f64) {
        let longer_s = self.ttls_s[1] - self.ttls_s[0];
        let patient_first = libm::exp(-self.rates_per_s[0] * longer_s);
        let cycle_s = self.ttls_s[0]
            + (1.0 - patient_first) / self.rates_per_s[0]
            + patient_first / self.rate_per_s();
        let brief_misses = 1.0 - patient_first * self.rates_per_s[1] / self.rate_per_s();
        (cycle_s, brief_misses)
    }

    fn hold(&self, rule: &str, fetches_over_reads: f64, brief_misses: f64) {
        let runs = self.runs(rule);
        let [brief_per_s, patient_per_s] = self.rates_per_s;
        let what = format!(
            "rule {rule}, {brief_per_s}/s with {} s, {patient_per_s}/s with {} s",
            self.ttls_s[0], self.ttls_s[1]
        );
        runs.hold_fetch_ratio(&format!("fetches, {what}"), fetches_over_reads, 0.01);
        runs.hold(
            &format!("fetches of the first reader, {what}"),
            brief_misses,
            0.02,
            |findings| {
                let brief = findings.of_workload(0).tally.fetches as f64;
                (brief, findings.total().tally.fetches as f64)
            },
        );
    }
}

const POINTS: [TwoReaders; 2] = [
    TwoReaders {
        rates_per_s: [0.02, 0.1],
        ttls_s: [30.0, 60.0],
    },
    TwoReaders {
        rates_per_s: [0.05, 0.03],
        ttls_s: [10.0, 90.0],
    },
];

#[test]
fn each_read_by_its_own_ttl() {
    for readers in POINTS {
        let (cycle_s, brief_misses) = readers.copy_for_both();
        readers.hold(
            "reader",
            1.0 / (readers.rate_per_s() * cycle_s),
            brief_misses,
        );
    }
}

#[test]
fn each_read_by_the_smaller_of_two_ttls() {
    // A copy that the first reader filled is good for its TTL, whoever reads; one that the second filled is as
    // under the other rule. Who fills next depends on who filled last.
    for readers in POINTS {
        let rate = readers.rate_per_s();
        let (patient_cycle_s, after_patient) = readers.copy_for_both();
        let (brief_cycle_s, after_brief) = (
            readers.ttls_s[0] + 1.0 / rate,
            readers.rates_per_s[0] / rate,
        );
        let brief = after_patient / (1.0 - after_brief + after_patient);
        let cycle_s = brief * brief_cycle_s + (1.0 - brief) * patient_cycle_s;
        readers.hold("filler-and-reader", 1.0 / (rate * cycle_s), brief);
    }
}
