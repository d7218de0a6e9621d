//! `kvlag pops`: the catalogue as a table, with the way from each PoP to a store.

use super::{Exit, console};
use crate::scenario::catalogue::{self, CataloguePop, REGIONS};
use crate::scenario::geography::{DEFAULT_INFLATION, DEFAULT_PER_LINK, great_circle_m, one_way};

/// In which order the PoPs are listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// By code.
    #[default]
    Code,
    /// Those nearest the store first.
    Nearest,
}

/// The PoPs that `only` selects, each a region (`"WEUR"` or, as scenarios write it, `"region:WEUR"`) or the
/// code of a PoP, all of them where it is empty; with distance and modelled round trip to the PoP `store`.
/// Codes may be written in small letters.
///
/// An unknown code is an error, in words for the user.
pub fn table(store: &str, only: &[&str], order: Order) -> Result<String, String> {
    let store = find(store)?;
    let selections = only
        .iter()
        .map(|text| selection(text))
        .collect::<Result<Vec<_>, _>>()?;
    let mut pops: Vec<&CataloguePop> = catalogue::pops()
        .iter()
        .filter(|pop| selections.is_empty() || selections.iter().any(|one| one.has(pop)))
        .collect();
    if order == Order::Nearest {
        // The sort is stable, so that PoPs at the same distance stay sorted by code.
        pops.sort_by(|one, other| metres(one, store).total_cmp(&metres(other, store)));
    }
    let header = [
        "code".to_owned(),
        "city".to_owned(),
        "country".to_owned(),
        "region".to_owned(),
        format!("km to {}", store.code),
        "round trip in ms".to_owned(),
    ];
    let rows: Vec<[String; COLUMNS]> = std::iter::once(header)
        .chain(pops.into_iter().map(|pop| row(pop, store)))
        .collect();
    Ok(aligned(&rows))
}

const COLUMNS: usize = 6;

/// The columns from here on hold numbers and are set flush right.
const FIRST_NUMBER: usize = 4;

/// What one word of the filter selects.
enum Selection {
    Region(&'static str),
    Pop(&'static CataloguePop),
}

impl Selection {
    fn has(&self, pop: &CataloguePop) -> bool {
        match self {
            Selection::Region(region) => pop.region == *region,
            Selection::Pop(selected) => pop.code == selected.code,
        }
    }
}

fn selection(text: &str) -> Result<Selection, String> {
    let code = text.strip_prefix("region:").unwrap_or(text);
    let code = code.to_ascii_uppercase();
    if let Some((region, _)) = REGIONS.iter().find(|(region, _)| *region == code) {
        return Ok(Selection::Region(region));
    }
    if let Some(pop) = catalogue::find(&text.to_ascii_uppercase()) {
        return Ok(Selection::Pop(pop));
    }
    let regions = REGIONS.map(|(region, _)| region);
    let names = regions.map(|region| (region, region));
    let hint = most_similar(&code, names.into_iter().chain(names_of_pops()))
        .map_or(String::new(), |code| format!("; did you mean `{code}`?"));
    Err(format!(
        "`{text}` is neither a region ({}) nor the code of a PoP{hint}",
        regions.join(", ")
    ))
}

/// The PoP with that code, or what to tell the user.
fn find(code: &str) -> Result<&'static CataloguePop, String> {
    if let Some(pop) = catalogue::find(&code.to_ascii_uppercase()) {
        return Ok(pop);
    }
    let hint = match most_similar(code, names_of_pops()).and_then(catalogue::find) {
        Some(pop) => format!("did you mean `{}` ({})?", pop.code, pop.city),
        None => "`kvlag pops` lists them all".to_owned(),
    };
    Err(format!("no PoP has the code `{code}`; {hint}"))
}

/// What people call each PoP, with its code: three letters leave little to compare, and who does not know
/// them writes the city.
fn names_of_pops() -> impl Iterator<Item = (&'static str, &'static str)> {
    catalogue::pops()
        .iter()
        .flat_map(|pop| [(pop.code, pop.code), (pop.city, pop.code)])
}

/// The code whose name is most like `text`, the first of several; `None` if all are unlike it.
fn most_similar(
    text: &str,
    names: impl Iterator<Item = (&'static str, &'static str)>,
) -> Option<&'static str> {
    let text = text.to_lowercase();
    let mut best = (0.8, None);
    for (name, code) in names {
        let similarity = strsim::jaro_winkler(&text, &name.to_lowercase());
        if similarity > best.0 {
            best = (similarity, Some(code));
        }
    }
    best.1
}

fn metres(pop: &CataloguePop, store: &CataloguePop) -> f64 {
    great_circle_m(pop.place, store.place)
}

fn row(pop: &CataloguePop, store: &CataloguePop) -> [String; COLUMNS] {
    let there = one_way(pop.place, store.place, DEFAULT_INFLATION, DEFAULT_PER_LINK);
    let back = one_way(store.place, pop.place, DEFAULT_INFLATION, DEFAULT_PER_LINK);
    [
        pop.code.to_owned(),
        pop.city.to_owned(),
        pop.country.to_owned(),
        pop.region.to_owned(),
        format!("{:.0}", metres(pop, store) / 1_000.0),
        format!("{:.1}", (there + back).as_millis_f64()),
    ]
}

/// The rows as lines, each column as wide as its widest cell.
fn aligned(rows: &[[String; COLUMNS]]) -> String {
    let mut widths = [0; COLUMNS];
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = cell.chars().count().max(*width);
        }
    }
    let mut text = String::new();
    for row in rows {
        let cells: Vec<String> = row
            .iter()
            .zip(widths)
            .enumerate()
            .map(|(column, (cell, width))| match column {
                FIRST_NUMBER.. => format!("{cell:>width$}"),
                _ => format!("{cell:<width$}"),
            })
            .collect();
        text.push_str(&cells.join("  "));
        text.push('\n');
    }
    text
}

/// Prints the table.
pub fn pops(store: &str, only: &[String], nearest: bool) -> Exit {
    let only: Vec<&str> = only.iter().map(String::as_str).collect();
    let order = if nearest { Order::Nearest } else { Order::Code };
    match table(store, &only, order) {
        Ok(table) => console::print(&table),
        Err(message) => console::error(&message),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(table: &str) -> Vec<&str> {
        table.lines().skip(1).map(|line| &line[..3]).collect()
    }

    #[test]
    fn a_few_pops_make_a_small_table() {
        let table = table("IAD", &["SYD", "GRU", "IAD", "lhr"], Order::Code).unwrap();
        let expected = "\
code  city       country  region  km to IAD  round trip in ms
GRU   São Paulo  BR       SAM          7649             124.5
IAD   Ashburn    US       ENAM            0               2.0
LHR   London     GB       WEUR         5902              96.5
SYD   Sydney     AU       OC          15681             253.1
";
        assert_eq!(table, expected);
    }

    #[test]
    fn without_a_filter_the_whole_catalogue_is_listed_by_code() {
        let table = table("FRA", &[], Order::Code).unwrap();
        let listed = codes(&table);
        assert_eq!(listed.len(), catalogue::pops().len());
        assert!(listed.is_sorted());
    }

    #[test]
    fn nearest_first_begins_with_the_store_itself() {
        let table = table("FRA", &["WEUR"], Order::Nearest).unwrap();
        assert_eq!(codes(&table)[..4], ["FRA", "STR", "LUX", "DUS"]);
    }

    #[test]
    fn regions_and_codes_select_together_and_once() {
        let table = table("IAD", &["region:ME", "oc", "DXB", "LHR"], Order::Code).unwrap();
        let listed = codes(&table);
        let expected: Vec<&str> = catalogue::pops()
            .iter()
            .filter(|pop| ["ME", "OC"].contains(&pop.region) || pop.code == "LHR")
            .map(|pop| pop.code)
            .collect();
        assert_eq!(listed, expected);
    }

    #[test]
    fn lines_are_equally_wide_whatever_letters_a_city_has() {
        let table = table("IAD", &[], Order::Code).unwrap();
        let mut widths: Vec<usize> = table.lines().map(|line| line.chars().count()).collect();
        widths.dedup();
        assert_eq!(widths.len(), 1);
    }

    #[test]
    fn an_unknown_store_is_an_error_with_the_nearest_name() {
        let error = |store| table(store, &[], Order::Code).unwrap_err();
        assert_eq!(
            error("London"),
            "no PoP has the code `London`; did you mean `LHR` (London)?"
        );
        assert_eq!(
            error("franfurt"),
            "no PoP has the code `franfurt`; did you mean `FRA` (Frankfurt)?"
        );
        assert_eq!(
            error("FRX"),
            "no PoP has the code `FRX`; did you mean `FRA` (Frankfurt)?"
        );
        assert_eq!(
            error(""),
            "no PoP has the code ``; `kvlag pops` lists them all"
        );
    }

    #[test]
    fn an_unknown_filter_is_an_error_that_names_the_regions() {
        let error = |word| table("IAD", &[word], Order::Code).unwrap_err();
        let neither = "is neither a region (WNAM, ENAM, SAM, WEUR, EEUR, AFR, ME, APAC, OC) \
                       nor the code of a PoP";
        assert_eq!(
            error("region:WEU"),
            format!("`region:WEU` {neither}; did you mean `WEUR`?")
        );
        assert_eq!(
            error("tokio"),
            format!("`tokio` {neither}; did you mean `NRT`?")
        );
        assert_eq!(error("region:"), format!("`region:` {neither}"));
    }

    #[test]
    fn no_region_is_called_like_a_pop() {
        for (region, _) in REGIONS {
            assert_eq!(catalogue::find(region), None);
        }
    }
}
