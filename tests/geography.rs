//! The modelled delays beside published round-trip times: how far off they are, and that the docs say so.
//!
//! `cargo test --test geography -- --nocapture` prints every pair.

use kvlag::scenario::catalogue::{self, CataloguePop};
use kvlag::scenario::geography::{DEFAULT_INFLATION, DEFAULT_PER_LINK, great_circle_m, one_way};
use kvlag::units::{Duration, Share};

/// One published round trip.
struct Pair {
    from_place: String,
    from: &'static CataloguePop,
    to_place: String,
    to: &'static CataloguePop,
    published_ms: f64,
}

impl Pair {
    fn kilometres(&self) -> f64 {
        great_circle_m(self.from.place, self.to.place) / 1_000.0
    }

    fn modelled_ms(&self, inflation: Share, per_link: Duration) -> f64 {
        2.0 * one_way(self.from.place, self.to.place, inflation, per_link).as_millis_f64()
    }

    /// Modelled over published with the defaults: 1 is right, less is too fast.
    fn ratio(&self) -> f64 {
        self.modelled_ms(DEFAULT_INFLATION, DEFAULT_PER_LINK) / self.published_ms
    }

    /// Whether one end lies in one of `these` continents and the other in one of `those`.
    fn joins(&self, these: &[&str], those: &[&str]) -> bool {
        let (from, to) = (continent(self.from), continent(self.to));
        let is_one_of = |continents: &[&str], end: &str| continents.contains(&end);
        (is_one_of(these, from) && is_one_of(those, to))
            || (is_one_of(these, to) && is_one_of(those, from))
    }
}

fn continent(pop: &CataloguePop) -> &'static str {
    match pop.region {
        "WNAM" | "ENAM" => "North America",
        "WEUR" | "EEUR" => "Europe",
        "APAC" => "Asia",
        "OC" => "Oceania",
        _ => "elsewhere",
    }
}

fn published() -> Vec<Pair> {
    let mut reader = csv::ReaderBuilder::new()
        .comment(Some(b'#'))
        .from_reader(include_bytes!("data/published_rtt.csv").as_slice());
    let columns = ["from_place", "from_pop", "to_place", "to_pop", "rtt_ms"];
    assert_eq!(reader.headers().unwrap(), columns.as_slice());
    let pop = |code: &str| catalogue::find(code).unwrap_or_else(|| panic!("no PoP {code}"));
    let pair = |record: csv::StringRecord| Pair {
        from_place: record[0].to_owned(),
        from: pop(&record[1]),
        to_place: record[2].to_owned(),
        to: pop(&record[3]),
        published_ms: record[4].parse().unwrap(),
    };
    reader
        .records()
        .map(|record| pair(record.unwrap()))
        .collect()
}

fn sorted(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values
}

/// The value below which a `share` of the sorted `values` lies.
fn quantile(values: &[f64], share: f64) -> f64 {
    values[(values.len() as f64 * share) as usize]
}

fn share_within_30_percent(ratios: &[f64]) -> f64 {
    let within = ratios.iter().filter(|ratio| (*ratio - 1.0).abs() <= 0.3);
    within.count() as f64 / ratios.len() as f64
}

/// The docs as they are read: without the marks of comments.
fn docs() -> Vec<&'static str> {
    include_str!("../src/scenario/geography.rs")
        .lines()
        .map_while(|line| line.strip_prefix("//!"))
        .map(str::trim)
        .collect()
}

#[track_caller]
fn assert_docs_have(line: &str) {
    assert!(
        docs().contains(&line),
        "the docs of geography.rs should have this line:\n//! {line}"
    );
}

#[test]
fn published_pairs_are_distinct_and_slower_than_light_in_a_straight_fibre() {
    let pairs = published();
    assert!(pairs.len() >= 40);
    let mut ends: Vec<_> = pairs
        .iter()
        .map(|pair| {
            (
                pair.from.code.min(pair.to.code),
                pair.from.code.max(pair.to.code),
            )
        })
        .collect();
    ends.sort_unstable();
    ends.dedup();
    assert_eq!(ends.len(), pairs.len());
    for pair in &pairs {
        let fastest_ms = pair.modelled_ms(Share(1.0), Duration::ZERO);
        assert!(
            pair.published_ms > fastest_ms,
            "{} to {}",
            pair.from_place,
            pair.to_place
        );
    }
}

#[test]
fn docs_give_the_errors_by_continents() {
    let pairs = published();
    println!("| pairs | number | median | least | greatest | within 30 % |");
    let america = ["North America"].as_slice();
    let europe = ["Europe"].as_slice();
    let asia = ["Asia"].as_slice();
    let oceania = ["Oceania"].as_slice();
    let elsewhere = ["elsewhere"].as_slice();
    let everywhere = [america, europe, asia, oceania, elsewhere].concat();
    let overseas = ["Europe", "Asia", "Oceania"].as_slice();
    let groups: [(&str, &[&str], &[&str]); 8] = [
        ("all", &everywhere, &everywhere),
        ("within North America", america, america),
        ("within Europe", europe, europe),
        (
            "within Asia and Oceania",
            &["Asia", "Oceania"],
            &["Asia", "Oceania"],
        ),
        ("North America to Europe, Asia, Oceania", america, overseas),
        ("Europe to Asia", europe, asia),
        ("Europe to Oceania", europe, oceania),
        (
            "Middle East, Africa, South America to any",
            elsewhere,
            &everywhere,
        ),
    ];
    let mut counted = 0;
    let mut lines = Vec::new();
    for (name, these, those) in groups {
        let members = pairs.iter().filter(|pair| pair.joins(these, those));
        let ratios = sorted(members.map(Pair::ratio));
        counted += ratios.len();
        let line = format!(
            "| {name} | {} | {:.2} | {:.2} | {:.2} | {:.0} % |",
            ratios.len(),
            quantile(&ratios, 0.5),
            ratios[0],
            ratios[ratios.len() - 1],
            100.0 * share_within_30_percent(&ratios)
        );
        println!("{line}");
        lines.push(line);
    }
    for line in lines {
        assert_docs_have(&line);
    }
    assert_eq!(
        counted,
        2 * pairs.len(),
        "the groups after the first part all pairs"
    );
}

#[test]
fn docs_name_the_pairs_that_are_furthest_off() {
    let mut pairs = published();
    pairs.sort_by(|one, other| one.ratio().total_cmp(&other.ratio()));
    let line = |pair: &Pair| {
        format!(
            "| {} to {} | {:.0} km | {} ms | {:.0} ms | {:.2} |",
            pair.from_place,
            pair.to_place,
            pair.kilometres(),
            pair.published_ms,
            pair.modelled_ms(DEFAULT_INFLATION, DEFAULT_PER_LINK),
            pair.ratio()
        )
    };
    for pair in &pairs {
        println!("{}", line(pair));
    }
    let (fastest, slowest) = (&pairs[..5], &pairs[pairs.len() - 3..]);
    let common = pairs.iter().filter(|pair| {
        pair.from_place == "Virginia" && ["London", "Singapore"].contains(&pair.to_place.as_str())
    });
    for pair in fastest.iter().chain(slowest).chain(common) {
        assert_docs_have(&line(pair));
    }
}

#[test]
fn defaults_are_unbiased_and_mostly_within_30_percent() {
    let pairs = published();
    let ratios = sorted(pairs.iter().map(Pair::ratio));
    let errors = sorted(ratios.iter().map(|ratio| (ratio - 1.0).abs()));
    let line = format!(
        "median error {:.1} %, nine pairs in ten between {:.2} and {:.2} of what is published.",
        100.0 * quantile(&errors, 0.5),
        quantile(&ratios, 0.05),
        quantile(&ratios, 0.95)
    );
    println!("{line}");
    assert_docs_have(&line);
    let median = quantile(&ratios, 0.5);
    assert!(
        (0.98..1.02).contains(&median),
        "the defaults are biased: {median}"
    );
    assert!(share_within_30_percent(&ratios) > 0.85);
}

#[test]
fn no_other_pair_of_parameters_does_much_better() {
    let pairs = published();
    let mut best = (f64::INFINITY, Share(0.0), Duration::ZERO);
    for inflation_percent in (100..=220).step_by(5) {
        for per_link_ms in 0..=10 {
            let inflation = Share(f64::from(inflation_percent) / 100.0);
            let per_link = Duration::from_millis(per_link_ms);
            let errors = sorted(pairs.iter().map(|pair| {
                (pair.modelled_ms(inflation, per_link) / pair.published_ms - 1.0).abs()
            }));
            let median = quantile(&errors, 0.5);
            if median < best.0 {
                best = (median, inflation, per_link);
            }
        }
    }
    let (error, inflation, per_link) = best;
    let ratios = sorted(
        pairs
            .iter()
            .map(|pair| pair.modelled_ms(inflation, per_link) / pair.published_ms),
    );
    let line = format!(
        "The least median error is {:.1} %, with {inflation} and {per_link}, whose median ratio is {:.2}:",
        100.0 * error,
        quantile(&ratios, 0.5)
    );
    println!("{line}");
    assert_docs_have(&line);
}
