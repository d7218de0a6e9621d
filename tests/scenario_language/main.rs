//! What scenario files can say: every key and every form is taken and means what it should.

mod measured;
mod overrides;
mod topology;
mod traffic;
mod whole;

use kvlag::scenario::{Delay, Distribution, Overrides, Scenario, parse};
use kvlag::units::Duration;

const SECOND: Duration = Duration::from_secs(1);

/// A scenario as the file says it, and the same through its resolved text, which must be equal.
fn scenario(text: &str) -> Scenario {
    changed(text, &[])
}

fn changed(text: &str, set: &[&str]) -> Scenario {
    let overrides = Overrides {
        set: set.iter().map(|argument| (*argument).to_owned()).collect(),
        ..Overrides::default()
    };
    let scenario = read(text, &overrides);
    let again = read(&scenario.resolved, &Overrides::default());
    assert_eq!(scenario.resolved, again.resolved);
    assert_eq!(scenario, again);
    scenario
}

fn read(text: &str, overrides: &Overrides) -> Scenario {
    match parse("test.toml", text, "test", overrides) {
        Ok(scenario) => scenario,
        Err(diagnostics) => panic!("{text}\n{diagnostics}"),
    }
}

/// A world of two PoPs with one workload, and whatever else.
fn world(more: &str) -> Scenario {
    scenario(&format!("{TOP}{VISITORS}{more}"))
}

/// Likewise, with keys of the workload.
fn visitors(keys: &str) -> Scenario {
    scenario(&format!("{TOP}{VISITORS}{keys}"))
}

const TOP: &str = "duration = \"10m\"\npops = [\"LHR\", \"SYD\"]\n";
const VISITORS: &str = "[workload.visitors]\nreads = \"20/s\"\nkeys = { one = \"k\" }\n";

fn constant(delay: Duration) -> Delay {
    Delay {
        constant: delay,
        random: None,
    }
}

fn drawn(random: Distribution<Duration>) -> Delay {
    Delay {
        constant: Duration::ZERO,
        random: Some(random),
    }
}

fn ms(milliseconds: i64) -> Duration {
    Duration::from_millis(milliseconds)
}
