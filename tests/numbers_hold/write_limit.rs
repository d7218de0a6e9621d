//! The share of writes that the limit per key refuses, and what is stale of those that pass.

use super::Runs;
use super::worlds::OnePop;
use kvlag::observe::findings::Class;
use kvlag::scenario::WriteLimitRule;
use kvlag::theory::{Cache, rejected_ratio};

const RULES: [(&str, WriteLimitRule); 3] = [
    ("since-accepted", WriteLimitRule::SinceAccepted),
    ("since-attempt", WriteLimitRule::SinceAttempt),
    ("calendar-second", WriteLimitRule::CalendarSecond),
];

/// Writers alone; delays that are drawn leave Poisson arrivals Poisson.
fn runs(writes_per_s: f64, limit: &str, rule: &str) -> Runs {
    let text = format!(
        "duration = \"1d\"\n[store]\nwrite-limit = \"{limit}\"\nwrite-limit-rule = \"{rule}\"\n\
         [cache]\nown-writes = \"unchanged\"\n\
         [workload.writers]\nwrites = \"{writes_per_s}/s\"\nkeys = {{ one = \"key\" }}\n\
         [pop.LAB]\nto-store = {{ exponential = {{ mean = \"2s\" }} }}\n"
    );
    Runs::of(&text)
}

fn rejected(class: &Class) -> (f64, f64) {
    (
        class.tally.rejected_writes as f64,
        class.tally.writes as f64,
    )
}

#[test]
fn writes_are_refused_by_three_rules() {
    for (name, rule) in RULES {
        for writes_per_s in [0.1, 0.4, 1.0, 3.0] {
            let what = format!("refused {name}, x = {writes_per_s}");
            let expected = rejected_ratio(rule, writes_per_s, 1.0);
            runs(writes_per_s, "1/s", name).hold_total(&what, expected, 0.05, rejected);
        }
    }
}

#[test]
fn two_in_a_second_are_half_a_second_apart_or_two_by_the_calendar() {
    let x: f64 = 1.5;
    for (name, rule) in &RULES[..2] {
        let expected = rejected_ratio(*rule, x, 0.5);
        runs(x, "2/s", name).hold_total(&format!("refused {name}, 2/s"), expected, 0.05, rejected);
    }
    // Of N writes in a second, Poisson of mean x, min(N, 2) pass.
    let none = libm::exp(-x);
    let pass = x * none + 2.0 * (1.0 - none - x * none);
    let what = "refused calendar-second, 2/s";
    runs(x, "2/s", "calendar-second").hold_total(what, 1.0 - pass / x, 0.05, rejected);
}

#[test]
fn staleness_below_a_limit_is_that_of_spaced_writes() {
    // Accepted writes are gap + Exp(μ) apart: within `age` of a random instant none commits with probability
    // 1 - r × age for age up to the gap, and r/μ e^(−μ(age − gap)) beyond, r = 1/(gap + 1/μ).
    let (mu, gap_s, ttl_s, reads_per_s) = (0.05, 20.0, 60.0, 0.1);
    let rate = 1.0 / (gap_s + 1.0 / mu);
    let none_s = gap_s - rate * gap_s * gap_s / 2.0
        + rate / (mu * mu) * (1.0 - libm::exp(-mu * (ttl_s - gap_s)));
    let expected = reads_per_s * (ttl_s - none_s) / (1.0 + reads_per_s * ttl_s);
    let cache = Cache::without_delay(reads_per_s, ttl_s);
    let world = OnePop {
        writes_per_s: mu,
        ..OnePop::read(cache, "20d")
    };
    let text = world
        .text()
        .replace("write-limit = \"none\"", "write-limit = \"1/20s\"");
    let runs = Runs::of(&text);
    runs.hold_stale_ratio("stale below a limit of 1/20s", expected, 0.02);
    runs.hold_total(
        "refused below it",
        mu * gap_s / (1.0 + mu * gap_s),
        0.02,
        rejected,
    );
}
