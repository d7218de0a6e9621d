//! Links given outright, by the pair of places they join.

use std::collections::BTreeMap;

use super::Checker;
use super::places::{Located, Places};
use crate::scenario::Delay;
use crate::scenario::language::diagnostic::{Code, Diagnostic};
use crate::scenario::language::file::File;
use crate::scenario::language::source::Span;
use crate::scenario::language::written::Written;

/// A link given outright, in one direction.
struct Outright {
    delay: Delay,
    span: Span,
    is_used: bool,
}

/// All of them.
pub struct Links {
    by_ends: BTreeMap<(String, String), Outright>,
}

/// Reads the links and checks what they join.
pub fn links(file: &File, places: &Places<'_>, checker: &mut Checker<'_>) -> Links {
    let mut by_ends: BTreeMap<(String, String), Outright> = BTreeMap::new();
    for link in &file.link {
        let mut complete = true;
        let keys = [
            ("from", link.from.is_some(), "from = \"FRA\""),
            ("to", link.to.is_some(), "to = \"IAD\""),
            ("one-way", link.one_way.is_some(), "one-way = \"40ms\""),
        ];
        for (key, is_given, example) in keys {
            if !is_given {
                checker.missing(&link.span, "a link", key, example);
                complete = false;
            }
        }
        for end in [&link.from, &link.to].into_iter().flatten() {
            complete &= is_known(end, places, checker);
        }
        let delay = link
            .one_way
            .as_ref()
            .map(|one_way| checker.delay("one-way", one_way));
        let (true, Some(from), Some(to), Some(delay)) = (complete, &link.from, &link.to, delay)
        else {
            continue;
        };
        let ends = (from.value.clone(), to.value.clone());
        if let Some(first) = by_ends.get(&ends) {
            let title = format!("the link from `{}` to `{}` is given twice", ends.0, ends.1);
            checker.mistake(
                Diagnostic::new(Code::GivenTwice, title)
                    .at(&link.span, "again")
                    .also(&first.span, "first here"),
            );
            continue;
        }
        let outright = Outright {
            delay,
            span: link.span.clone(),
            is_used: false,
        };
        by_ends.insert(ends, outright);
    }
    Links { by_ends }
}

fn is_known(end: &Written<String>, places: &Places<'_>, checker: &mut Checker<'_>) -> bool {
    if !matches!(places.locate(end), Located::Unknown) {
        return true;
    }
    let title = format!(
        "`{}` is neither a PoP of this scenario nor in the catalogue",
        end.value
    );
    let mistake = Diagnostic::new(Code::UnknownName, title).at(&end.span, "");
    checker.mistake(match places.nearest_code(end) {
        Some(near) => mistake.help(format!("did you mean {near}?")),
        None => mistake.help("a link joins PoPs, tiers' places and the store, by their codes"),
    });
    false
}

impl Links {
    /// The delay from one place to another, if it is given for this direction or else for the other, and
    /// where.
    pub fn delay(&mut self, from: &str, to: &str) -> Option<(Delay, Span)> {
        let there = (from.to_owned(), to.to_owned());
        let back = (to.to_owned(), from.to_owned());
        let ends = if self.by_ends.contains_key(&there) {
            there
        } else {
            back
        };
        let outright = self.by_ends.get_mut(&ends)?;
        outright.is_used = true;
        Some((outright.delay.clone(), outright.span.clone()))
    }

    /// Hints at the links that no message takes. They are no mistake: a change on the command line may take
    /// away the tier or the PoP that they were for.
    pub fn note_unused(&self, checker: &mut Checker<'_>) {
        for ((from, to), outright) in &self.by_ends {
            if !outright.is_used {
                checker.hints.push(format!(
                    "The link from {from} to {to} changes nothing: no message takes it. Links lead from PoPs to their first tier, from tier to tier, and to the store."
                ));
            }
        }
    }
}
