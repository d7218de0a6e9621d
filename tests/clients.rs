//! Clients take their steps, and the damage they do is what theory says.

use kvlag::experiment::{self, Options, Results};
use kvlag::scenario::metric::Metric;
use kvlag::scenario::{self, *};
use kvlag::units::Duration;

fn run(text: &str, clients: Vec<Client>) -> Results {
    let overrides = Overrides::default();
    let mut scenario = match scenario::parse("t.toml", text, "t", &overrides) {
        Ok(scenario) => scenario,
        Err(mistakes) => panic!("{}", mistakes.render(false)),
    };
    scenario.clients = clients;
    let options = Options {
        threads: 2,
        record_reads: false,
        progress: &|_| {},
    };
    experiment::run(scenario, &options).expect("there is no replay")
}

#[test]
fn counters_lose_what_theory_says() {
    let text = "duration = \"20000s\"\npops = [\"LHR\"]\n[store]\nwrite-limit = \"none\"\n[cache]\nhit-latency=\"0ms\"\n[limits]\nenforce=false\n[pop.LHR]\nto-store=\"0ms\"\nfrom-store=\"0ms\"\n";
    let pattern = KeyPattern {
        prefix: "counter".into(),
        placeholder: None,
        suffix: String::new(),
    };
    let client = Client {
        name: "c".into(),
        at: vec![Site {
            pop: 0,
            weight: 1.0,
        }],
        start: ClientStart::Arriving {
            per_s: 5.0,
            arrivals: Arrivals::Poisson,
        },
        steps: vec![
            Step::Get {
                key: 0,
                cache_ttl: Duration::ZERO,
            },
            Step::Think(Distribution::Constant("100ms".parse().unwrap())),
            Step::Put {
                key: 0,
                value: Value::ReadPlus(1),
                value_size: None,
                expiration_ttl: None,
                metadata: None,
            },
        ],
        keys: vec![pattern],
        roaming: None,
    };
    let start = std::time::Instant::now();
    let results = run(text, vec![client]);
    let get = |m| results.summary.total.get(m, None).unwrap().mean;
    println!("{:?}", start.elapsed());
    println!(
        "writes {} lost {} stale {} sessions {} reads {}",
        get(Metric::Writes),
        get(Metric::LostUpdates) / get(Metric::Writes),
        get(Metric::StaleBaseWrites) / get(Metric::Writes),
        get(Metric::Sessions),
        get(Metric::Reads)
    );
    println!("expect lost {} stale {}", 0.5 / 1.5, 1.0 - (-0.5f64).exp());
    println!(
        "ryw {} mono {}",
        get(Metric::ReadYourWritesViolations),
        get(Metric::MonotonicReadViolations)
    );
}
