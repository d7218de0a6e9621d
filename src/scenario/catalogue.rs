//! The built-in catalogue of Cloudflare's points of presence: their codes, cities, regions and places.
//!
//! The facts, their source and the rule that assigns regions stand in `catalogue.csv`, which is compiled in.
//! No field of it holds a comma or a quote, so a line is split at its commas and the names are borrowed from
//! the text itself.

use std::sync::LazyLock;

use super::Place;

/// A point of presence of the catalogue.
#[derive(Clone, Debug, PartialEq)]
pub struct CataloguePop {
    /// Three letters, as a rule the IATA code of an airport: `"LHR"`.
    pub code: &'static str,
    /// The city it serves: `"London"`.
    pub city: &'static str,
    /// ISO 3166-1 alpha-2: `"GB"`.
    pub country: &'static str,
    /// One of [`REGIONS`]: `"WEUR"`.
    pub region: &'static str,
    /// Where it is.
    pub place: Place,
}

/// The regions, each with what it covers. The codes are those of the location hints of Durable Objects.
pub const REGIONS: [(&str, &str); 9] = [
    (
        "WNAM",
        "North and Central America and the Caribbean, west of 100°W",
    ),
    (
        "ENAM",
        "North and Central America and the Caribbean, east of 100°W",
    ),
    ("SAM", "South America"),
    ("WEUR", "Europe west of 15°E"),
    (
        "EEUR",
        "Europe east of 15°E, Russia, Turkey, Cyprus and the Caucasus",
    ),
    ("AFR", "Africa and the islands around it"),
    ("ME", "the Arabian Peninsula, the Levant and Iraq"),
    ("APAC", "Asia without the Middle East"),
    (
        "OC",
        "Australia, New Zealand and the islands of the Pacific",
    ),
];

const TEXT: &str = include_str!("catalogue.csv");

static POPS: LazyLock<Vec<CataloguePop>> = LazyLock::new(|| {
    TEXT.lines()
        .filter(|line| !line.starts_with('#'))
        .skip(1)
        .map(|line| parse(line).expect("the tests have read every line of the catalogue"))
        .collect()
});

/// Every PoP of the catalogue, sorted by code.
pub fn pops() -> &'static [CataloguePop] {
    &POPS
}

/// The PoP with that code, in capitals as the catalogue writes it.
pub fn find(code: &str) -> Option<&'static CataloguePop> {
    let index = pops().binary_search_by(|pop| pop.code.cmp(code)).ok()?;
    Some(&pops()[index])
}

/// Reads one line; `None` where it has not the six fields.
fn parse(line: &'static str) -> Option<CataloguePop> {
    let mut fields = line.split(',');
    let pop = CataloguePop {
        code: fields.next()?,
        city: fields.next()?,
        country: fields.next()?,
        region: fields.next()?,
        place: Place {
            latitude: fields.next()?.parse().ok()?,
            longitude: fields.next()?.parse().ok()?,
        },
    };
    fields.next().is_none().then_some(pop)
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;

    #[test]
    fn every_line_is_well_formed_and_codes_are_sorted_and_unique() {
        assert_eq!(pops().len(), 351);
        assert!(pops().windows(2).all(|pair| pair[0].code < pair[1].code));
        let capitals = |text: &str, length| {
            text.len() == length && text.bytes().all(|byte| byte.is_ascii_uppercase())
        };
        for pop in pops() {
            assert!(capitals(pop.code, 3), "{pop:?}");
            assert!(capitals(pop.country, 2), "{pop:?}");
            assert!(
                !pop.city.is_empty() && pop.city == pop.city.trim(),
                "{pop:?}"
            );
            assert!(
                REGIONS.iter().any(|(code, _)| *code == pop.region),
                "{pop:?}"
            );
            assert!(pop.place.latitude.abs() <= 90.0, "{pop:?}");
            assert!(pop.place.longitude.abs() <= 180.0, "{pop:?}");
        }
    }

    #[test]
    fn no_two_pops_share_a_place() {
        let mut places = BTreeSet::new();
        for pop in pops() {
            let place = format!("{} {}", pop.place.latitude, pop.place.longitude);
            assert!(places.insert(place), "{pop:?} stands where another does");
        }
    }

    #[test]
    fn well_known_pops_are_where_they_are_known_to_be() {
        // Degrees from a map; the catalogue has airports, hence half a degree of room.
        let known = [
            ("AMS", "NL", "WEUR", 52.37, 4.89),
            ("BOM", "IN", "APAC", 19.08, 72.88),
            ("CDG", "FR", "WEUR", 48.86, 2.35),
            ("DXB", "AE", "ME", 25.20, 55.27),
            ("FRA", "DE", "WEUR", 50.11, 8.68),
            ("GRU", "BR", "SAM", -23.55, -46.63),
            ("HKG", "HK", "APAC", 22.32, 114.17),
            ("IAD", "US", "ENAM", 39.04, -77.49),
            ("ICN", "KR", "APAC", 37.57, 126.60),
            ("JNB", "ZA", "AFR", -26.20, 28.05),
            ("LAX", "US", "WNAM", 34.05, -118.24),
            ("LHR", "GB", "WEUR", 51.51, -0.13),
            ("MAD", "ES", "WEUR", 40.42, -3.70),
            ("NRT", "JP", "APAC", 35.68, 139.90),
            ("ORD", "US", "ENAM", 41.88, -87.63),
            ("SFO", "US", "WNAM", 37.77, -122.42),
            ("SIN", "SG", "APAC", 1.35, 103.82),
            ("SYD", "AU", "OC", -33.87, 151.21),
            ("WAW", "PL", "EEUR", 52.23, 21.01),
        ];
        for (code, country, region, latitude, longitude) in known {
            let pop = find(code).expect(code);
            assert_eq!(
                (pop.code, pop.country, pop.region),
                (code, country, region),
                "{pop:?}"
            );
            assert!((pop.place.latitude - latitude).abs() < 0.5, "{pop:?}");
            assert!((pop.place.longitude - longitude).abs() < 0.5, "{pop:?}");
        }
    }

    #[test]
    fn an_unknown_code_is_not_found() {
        assert_eq!(find("XXX"), None);
        assert_eq!(find("lhr"), None);
        assert_eq!(find(""), None);
    }

    #[test]
    fn every_region_has_pops() {
        for (region, _) in REGIONS {
            assert!(pops().iter().any(|pop| pop.region == region), "{region}");
        }
    }

    #[test]
    fn a_country_lies_in_one_region_unless_a_meridian_parts_its_continent() {
        let mut regions: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for pop in pops() {
            // Each pair of regions counts as one here, and its meridian is checked.
            let continent = match pop.region {
                "WNAM" | "ENAM" => {
                    assert_eq!(
                        pop.region == "WNAM",
                        pop.place.longitude < -100.0,
                        "{pop:?}"
                    );
                    "North America"
                }
                "WEUR" | "EEUR" => {
                    assert_eq!(pop.region == "EEUR", pop.place.longitude > 15.0, "{pop:?}");
                    "Europe"
                }
                region => region,
            };
            regions.entry(pop.country).or_default().insert(continent);
        }
        for (country, regions) in regions {
            assert_eq!(regions.len(), 1, "{country} lies in {regions:?}");
        }
    }
}
