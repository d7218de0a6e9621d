//! `sweep.csv`: a row for each point, with its settings and every number that any point has.

use super::Points;
use crate::report::csv::{Table, cell};
use crate::report::json::verdict;
use crate::scenario::metric::Leaf;

/// The file as it is written.
pub fn file(points: &Points) -> Vec<u8> {
    let leaves: Vec<Leaf> = Leaf::all()
        .filter(|leaf| {
            let mut list = points.list.iter();
            list.any(|point| point.get(*leaf).is_some())
        })
        .collect();
    let settings = points.axes.iter().map(|axis| axis.path.clone());
    let fixed = ["expected", "paid_usd"].map(str::to_owned);
    let numbers = leaves.iter().flat_map(|leaf| {
        let key = leaf.key();
        [key.clone(), format!("{key}.half_width_95")]
    });
    let mut table = Table::new(settings.chain(fixed).chain(numbers));
    for point in &points.list {
        let outcome = point.outcome().map_or("", verdict);
        let fixed = [outcome.to_owned(), cell(Some(point.paid_usd))];
        let numbers = leaves.iter().flat_map(|leaf| {
            let number = point.get(*leaf);
            [
                cell(number.map(|number| number.mean)),
                cell(number.and_then(|number| number.half_width_95)),
            ]
        });
        let settings = point.settings.iter().cloned();
        table.row(settings.chain(fixed).chain(numbers));
    }
    table.finish()
}
