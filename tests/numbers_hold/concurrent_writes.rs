//! Lost concurrent writes: accepted ones that are replaced by one that started before they were acknowledged.

use super::Runs;
use kvlag::observe::findings::Findings;

/// Poisson writers at two PoPs with constant ways up and down.
struct TwoWriters {
    rates_per_s: [f64; 2],
    up_s: [f64; 2],
    down_s: [f64; 2],
}

impl TwoWriters {
    fn runs(&self) -> Runs {
        let mut text = String::from(
            "duration = \"12h\"\nwarm-up = \"5m\"\n[store]\nwrite-limit = \"none\"\nservice-time = \"250ms\"\n",
        );
        for pop in 0..2 {
            let (rate, up_s, down_s) = (self.rates_per_s[pop], self.up_s[pop], self.down_s[pop]);
            text += &format!(
                "[pop.P{pop}]\nto-store = \"{up_s}s\"\nfrom-store = \"{down_s}s\"\n\
                 [workload.w{pop}]\nat = [\"P{pop}\"]\nwrites = \"{rate}/s\"\nkeys = {{ one = \"key\" }}\n"
            );
        }
        Runs::of(&text)
    }

    /// The next commit after one of `pop` comes an exponential time later, from either PoP. It started so much
    /// earlier as its own way up takes, and so before the acknowledgement if it comes within the sum of that way
    /// and the acknowledgement's.
    fn lost(&self, pop: usize) -> f64 {
        let rate = self.rates_per_s[0] + self.rates_per_s[1];
        let from = |other: usize| {
            let window_s = 0.25 + self.down_s[pop] + self.up_s[other];
            self.rates_per_s[other] / rate * -libm::expm1(-rate * window_s)
        };
        from(0) + from(1)
    }
}

#[test]
fn writes_are_lost_that_the_next_writer_did_not_know_of() {
    for writers in [
        TwoWriters {
            rates_per_s: [0.1, 0.05],
            up_s: [0.5, 3.0],
            down_s: [1.5, 0.2],
        },
        TwoWriters {
            rates_per_s: [0.3, 0.3],
            up_s: [0.1, 0.1],
            down_s: [0.1, 2.0],
        },
    ] {
        let runs = writers.runs();
        for pop in 0..2 {
            let of_workload = |findings: &Findings| {
                let t = findings.of_workload(pop).tally;
                (t.lost_concurrent_writes as f64, t.writes as f64)
            };
            let what = format!(
                "lost concurrent writes of P{pop}, {} and {} a second",
                writers.rates_per_s[0], writers.rates_per_s[1]
            );
            runs.hold(&what, writers.lost(pop), 0.05, of_workload);
        }
    }
}
