//! How long a script's reads may accept a copy, as far as its text says: every `cacheTtl` that is a plain number.
//!
//! Nothing is run and nothing is understood: a named constant cannot be seen, and what stands in a comment can.

use super::bounds;
use crate::scenario::DEFAULT_CACHE_TTL;
use crate::units::Duration;

const NAME: &str = "cacheTtl";

/// The largest `cacheTtl` in a script, and at least that of a read that says none.
pub fn longest(source: &str) -> Duration {
    let found = source
        .match_indices(NAME)
        .filter(|(at, _)| !source[..*at].ends_with(is_of_name));
    let seconds = found.filter_map(|(at, _)| value(&source[at + NAME.len()..]));
    let longest = seconds.max().unwrap_or(0);
    let longest = i64::try_from(longest).unwrap_or(i64::MAX);
    let longest = longest.min(bounds::SPAN_MAX.0 / 1_000_000_000);
    Duration::from_secs(longest).max(DEFAULT_CACHE_TTL)
}

fn is_of_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '$'
}

/// What follows the name: perhaps the quote that ends it, a colon, and numbers with `*` in between.
fn value(behind: &str) -> Option<u64> {
    let behind = behind.strip_prefix(['"', '\'']).unwrap_or(behind);
    let mut rest = behind.trim_start().strip_prefix(':')?.trim_start();
    let mut product: u64 = 1;
    loop {
        let length = rest.find(|c: char| !is_of_name(c)).unwrap_or(rest.len());
        let (word, after) = rest.split_at(length);
        product = product.saturating_mul(number(word)?);
        match after.trim_start().strip_prefix('*') {
            Some(next) => rest = next.trim_start(),
            None => return ends_value(after).then_some(product),
        }
    }
}

/// A whole number as JavaScript writes it, with a `_` between digits where it likes.
fn number(word: &str) -> Option<u64> {
    let is_plain = word.bytes().all(|b| b.is_ascii_digit() || b == b'_');
    if !is_plain || !word.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let digits = word.replace('_', "");
    // What does not fit is longer than any time that is simulated.
    Some(digits.parse().unwrap_or(u64::MAX))
}

/// Whether an expression is over: what goes on with another operator is no plain number.
fn ends_value(after: &str) -> bool {
    let next = after.trim_start();
    let is_on_a_new_line = after[..after.len() - next.len()].contains('\n');
    let ends = |c: char| ",}]);".contains(c);
    next.is_empty()
        || next.starts_with(ends)
        || next.starts_with("//")
        || next.starts_with("/*")
        || (is_on_a_new_line && next.starts_with(is_of_name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_numbers_are_seen() {
        let cases = [
            ("kv.get(key, { cacheTtl: 300 })", 300),
            ("kv.get(key, {cacheTtl:300,type:'json'})", 300),
            ("JSON.parse('{\"cacheTtl\": 86_400}')", 86_400),
            ("{ 'cacheTtl' : 60 * 60 * 2 }", 7_200),
            ("{ cacheTtl: 60\n  * 60\n}", 3_600),
            ("{ cacheTtl: 90 // seconds\n}", 90),
            ("{ cacheTtl: 90 /* s */ }", 90),
            ("{ cacheTtl: 70 } { cacheTtl: 300 } { cacheTtl: 80 }", 300),
            ("type: Options = { cacheTtl: 90\n}", 90),
            ("{ cacheTtl: 99999999999999999999 * 9 }", 30_000 * 86_400),
        ];
        for (source, seconds) in cases {
            assert_eq!(longest(source), Duration::from_secs(seconds), "{source}");
        }
    }

    #[test]
    fn what_is_no_plain_number_or_is_short_leaves_the_default() {
        let sources = [
            "",
            "kv.get(key, { cacheTtl: 30 })",
            "kv.get(key, { cacheTtl: TTL })",
            "kv.get(key, { cacheTtl })",
            "{ cacheTtl: 300 + 5 }",
            "{ cacheTtl: 300 * fast }",
            "{ cacheTtl: 300 - 200 }",
            "{ cacheTtl: 300\n  / 20 }",
            "{ cacheTtl: 300.5 }",
            "{ cacheTtl: 0x300 }",
            "{ cacheTtl: 3e9 }",
            "{ cacheTtl: _300 }",
            "{ mycacheTtl: 300, cacheTtls: 300, $cacheTtl: 300 }",
            "options.cacheTtl",
            "cacheTtl:",
        ];
        for source in sources {
            assert_eq!(longest(source), DEFAULT_CACHE_TTL, "{source}");
        }
    }
}
