//! What an argument `PATH=VALUES` says: a setting, and the values that it takes one after the other.

use super::diagnostic::{Code, Diagnostic, Diagnostics};
use super::source::Sources;
use crate::units::{Duration, Rate, Share, Size};
use std::ops::Range;

/// A setting and its values.
#[derive(Clone, Debug, PartialEq)]
pub struct Variation {
    /// The setting, as `--set` names it.
    pub path: String,
    /// Its values, as `--set` takes them.
    pub values: Vec<String>,
}

/// Values of a range at most.
const MOST_VALUES: usize = 1_000;

/// What must be alike, so that points have the same traffic, for as long, and are judged alike.
const ALIKE: [&str; 8] = [
    "seed",
    "run",
    "duration",
    "warm-up",
    "starts-at",
    "expect",
    "title",
    "question",
];

const HELP: &str =
    "values are a list, as in `30s,60s,5m`, or a range, as in `30s..10m x 8` or `30s..10m x 8 log`";

impl Variation {
    /// Reads `PATH=30s,60s,5m`, or a range: `PATH=30s..10m x 8` takes eight values at equal distances, and with `log`
    /// behind it at equal ratios. Values between the ends are rounded to three digits.
    ///
    /// # Errors
    ///
    /// What is wrong with the argument of an option, at its place. Whether the setting exists and takes these values
    /// only a scenario knows.
    pub fn read(option: &str, argument: &str) -> Result<Variation, Box<Diagnostics>> {
        read(argument).map_err(|(span, title, label)| {
            let mistake = Diagnostic::new(Code::BadArgument, title).at(&span, label);
            let sources = Sources::new(option, argument);
            Box::new(Diagnostics::new(vec![mistake.help(HELP)], sources))
        })
    }

    /// Where each value lies on an axis, if all are numbers of one kind: lengths of time in seconds, sizes in bytes,
    /// rates a second, shares as parts of 1.
    pub fn numbers(&self) -> Option<Vec<f64>> {
        let kind = Kind::ALL.into_iter().find(|kind| {
            let mut values = self.values.iter();
            values.all(|value| kind.number(value).is_some())
        })?;
        let values = self.values.iter();
        values.map(|value| kind.number(value)).collect()
    }
}

/// The setting of a path, if it must be alike wherever the same traffic is compared.
pub fn kept_alike(path: &str) -> Option<&'static str> {
    let top = path.trim().split(['.', '[']).next()?;
    ALIKE.into_iter().find(|alike| *alike == top)
}

/// Where in the argument something is wrong, what, and what to say right there.
type Mistake = (Range<usize>, String, String);

fn read(argument: &str) -> Result<Variation, Mistake> {
    let whole = || 0..argument.len();
    let Some((path, values)) = argument.split_once('=') else {
        let label = "no `=` in it".to_owned();
        return Err((whole(), "expected PATH=VALUES".to_owned(), label));
    };
    let start = path.len() + 1;
    let mut all = Vec::new();
    for item in items(values) {
        let text = values[item.clone()].trim();
        let place = start + item.start..start + item.end;
        match text.split_once("..") {
            _ if text.is_empty() => {
                return Err((place, "a value is missing".to_owned(), String::new()));
            }
            Some((low, rest)) if !text.starts_with(['[', '{', '"', '\'']) => {
                all.extend(
                    range(low, rest)
                        .map_err(|what| (place, "this is not a range".to_owned(), what))?,
                );
            }
            _ => all.push(text.to_owned()),
        }
    }
    if let Some(twice) = (1..all.len()).find(|index| all[..*index].contains(&all[*index])) {
        let label = format!("{} comes twice", all[twice]);
        return Err((
            start..argument.len(),
            "a value is given twice".to_owned(),
            label,
        ));
    }
    let path = path.trim();
    if let Some(top) = kept_alike(path) {
        let label = "is alike at every point".to_owned();
        return Err((0..path.len(), format!("`{top}` cannot be varied"), label));
    }
    let variation = Variation {
        path: path.to_owned(),
        values: all,
    };
    let numbers = variation.numbers().unwrap_or_default();
    match (1..numbers.len()).find(|at| numbers[..*at].contains(&numbers[*at])) {
        None => Ok(variation),
        Some(twice) => {
            let label = format!("{} comes twice, in other words", variation.values[twice]);
            Err((
                start..argument.len(),
                "a value is given twice".to_owned(),
                label,
            ))
        }
    }
}

/// The parts of a list: commas within brackets, braces and quotes belong to a value.
fn items(text: &str) -> Vec<Range<usize>> {
    let mut items = Vec::new();
    let (mut from, mut depth, mut quote) = (0, 0_usize, None);
    for (at, character) in text.char_indices() {
        match (quote, character) {
            (Some(open), _) if open == character => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(character),
            (None, '[' | '{') => depth += 1,
            (None, ']' | '}') => depth = depth.saturating_sub(1),
            (None, ',') if depth == 0 => {
                items.push(from..at);
                from = at + 1;
            }
            _ => {}
        }
    }
    items.push(from..text.len());
    items
}

/// The values of `LOW..HIGH x N [log]`, given what stands before and behind the dots.
fn range(low: &str, rest: &str) -> Result<Vec<String>, String> {
    let words: Vec<&str> = rest.split_whitespace().collect();
    let (high, count, is_log) = match words[..] {
        [high, "x", count] => (high, count, false),
        [high, "x", count, "log"] => (high, count, true),
        _ => return Err("expected LOW..HIGH x N".to_owned()),
    };
    let low = low.trim();
    let steps = count
        .parse::<usize>()
        .ok()
        .filter(|count| (2..=MOST_VALUES).contains(count))
        .ok_or_else(|| format!("`{count}` is not a number of values from 2 to {MOST_VALUES}"))?
        - 1;
    let (kind, from, to) = ends(low, high)?;
    if is_log && from <= 0.0 {
        return Err("a logarithmic range begins above 0".to_owned());
    }
    let at = |step: usize| {
        let part = step as f64 / steps as f64;
        match is_log {
            true => from * libm::pow(to / from, part),
            false => from + (to - from) * part,
        }
    };
    let between = (1..steps).map(|step| kind.text(at(step)));
    let first = std::iter::once(low.to_owned());
    let values: Vec<String> = first.chain(between).chain([high.to_owned()]).collect();
    match values.windows(2).all(|pair| pair[0] != pair[1]) {
        true => Ok(values),
        false => Err(format!(
            "there are no {count} different values of three digits between them"
        )),
    }
}

/// The ends of a range, which are of one kind, the smaller first.
fn ends(low: &str, high: &str) -> Result<(Kind, f64, f64), String> {
    let of_kind = |kind: Kind| Some((kind, kind.number(low)?, kind.number(high)?));
    let ends = Kind::ALL.into_iter().find_map(of_kind);
    let (kind, from, to) =
        ends.ok_or_else(|| format!("`{low}` and `{high}` are not numbers of one kind"))?;
    match from < to {
        _ if low.starts_with('-') => Err(format!("`{low}` is below 0")),
        true => Ok((kind, from, to)),
        false => Err(format!("`{low}` is not below `{high}`")),
    }
}

/// A setting of which a value is looked for, and where.
#[derive(Clone, Debug, PartialEq)]
pub struct SearchedSetting {
    /// The setting, as `--set` names it.
    pub path: String,
    /// The smallest value, as it was said.
    pub low: String,
    /// The largest.
    pub high: String,
    /// What numbers they are.
    pub kind: Kind,
}

impl SearchedSetting {
    /// Reads `PATH=LOW..HIGH`, or the path alone where it ends in `cache-ttl`, which is looked for between `ttls`.
    ///
    /// # Errors
    ///
    /// What is wrong with the argument of an option, at its place.
    pub fn read(
        option: &str,
        argument: &str,
        ttls: (&str, &str),
    ) -> Result<SearchedSetting, Box<Diagnostics>> {
        let (path, values) = argument.split_once('=').unwrap_or((argument, ""));
        let start = argument.len() - values.len();
        if let Some(top) = kept_alike(path) {
            let title = format!("`{top}` cannot be looked for");
            let mistake = Diagnostic::new(Code::BadArgument, title)
                .at(&(0..path.len()), "is alike in everything that is tried");
            let sources = Sources::new(option, argument);
            return Err(Box::new(Diagnostics::new(vec![mistake], sources)));
        }
        let ends = match values.split_once("..") {
            Some(ends) => Ok(ends),
            None if !values.is_empty() => Err("expected LOW..HIGH"),
            None if path.ends_with("cache-ttl") => Ok(ttls),
            None => Err("between which values?"),
        };
        let ends = ends.map_err(str::to_owned);
        let read = ends.and_then(|(low, high)| {
            let (low, high) = (low.trim(), high.trim());
            let (kind, _, _) = self::ends(low, high)?;
            Ok(SearchedSetting {
                path: path.trim().to_owned(),
                low: low.to_owned(),
                high: high.to_owned(),
                kind,
            })
        });
        read.map_err(|label| {
            let span = match values.is_empty() {
                true => 0..argument.len(),
                false => start..argument.len(),
            };
            let mistake = Diagnostic::new(Code::BadArgument, "this names no values to look among")
                .at(&span, label)
                .help(
                    "say the setting and its bounds, as in `workload.visitors.reads=10/s..1000/s`",
                );
            Box::new(Diagnostics::new(
                vec![mistake],
                Sources::new(option, argument),
            ))
        })
    }

    /// A value as it is said: the ends as they were said.
    pub fn text(&self, value: f64) -> String {
        match self.ends() {
            (low, _) if value == low => self.low.clone(),
            (_, high) if value == high => self.high.clone(),
            _ => self.kind.text(value),
        }
    }

    /// The ends as numbers.
    pub fn ends(&self) -> (f64, f64) {
        let number = |text: &str| self.kind.number(text);
        let ends = number(&self.low).zip(number(&self.high));
        ends.expect("both are of the kind")
    }
}

/// What numbers a setting can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A length of time, in seconds.
    Duration,
    /// A size, in bytes.
    Size,
    /// A part of 1.
    Share,
    /// A rate, a second.
    Rate,
    /// A whole number.
    Whole,
    /// Any other number.
    Number,
}

impl Kind {
    const ALL: [Kind; 6] = [
        Kind::Duration,
        Kind::Size,
        Kind::Share,
        Kind::Rate,
        Kind::Whole,
        Kind::Number,
    ];

    /// What a text of this kind says.
    pub fn number(self, text: &str) -> Option<f64> {
        match self {
            Kind::Duration => text.parse().ok().map(Duration::as_secs_f64),
            Kind::Size => text.parse().ok().map(|Size(bytes)| bytes as f64),
            Kind::Share => text.parse().ok().map(|Share(part)| part),
            Kind::Rate => text.parse().ok().map(Rate::per_second),
            Kind::Whole => text.parse::<u64>().ok().map(|number| number as f64),
            Kind::Number => text.parse().ok().filter(|number: &f64| number.is_finite()),
        }
    }

    /// A number of this kind as a text, rounded to three digits.
    pub fn text(self, number: f64) -> String {
        let rounded = three_digits(number);
        match self {
            Kind::Duration => match number {
                7_200.0.. => format!("{}h", three_digits(number / 3_600.0)),
                600.0.. => format!("{}m", three_digits(number / 60.0)),
                1.0.. => format!("{rounded}s"),
                _ => Duration::from_secs_f64(rounded).to_string(),
            },
            Kind::Size => Size(libm::round(rounded) as u64).to_string(),
            Kind::Share => format!("{}%", three_digits(number * 100.0)),
            Kind::Rate => format!("{rounded}/s"),
            Kind::Whole => format!("{}", libm::round(number)),
            Kind::Number => rounded.to_string(),
        }
    }
}

fn three_digits(number: f64) -> f64 {
    let text = format!("{number:.2e}");
    text.parse()
        .expect("a number in scientific notation is a number")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(argument: &str) -> Vec<String> {
        let variation = Variation::read("--vary", argument);
        variation
            .unwrap_or_else(|mistakes| panic!("{mistakes}"))
            .values
    }

    #[test]
    fn lists_hold_what_set_takes() {
        assert_eq!(values("a.b=30s, 60s,5m"), ["30s", "60s", "5m"]);
        assert_eq!(
            values(r#"pops=["LHR", "SYD"],["LHR"],"all""#),
            [r#"["LHR", "SYD"]"#, r#"["LHR"]"#, r#""all""#]
        );
        assert_eq!(values("cache.coalesce=true,false"), ["true", "false"]);
    }

    #[test]
    fn ranges_are_even_in_distances_or_in_ratios() {
        assert_eq!(values("t=30s..90s x 3"), ["30s", "60s", "90s"]);
        assert_eq!(values("t=1s..100s x 3 log"), ["1s", "10s", "100s"]);
        assert_eq!(
            values("t=30s..10m x 4 log"),
            ["30s", "81.4s", "221s", "10m"]
        );
        assert_eq!(values("t=1ms..1d x 3 log"), ["1ms", "9.3s", "1d"]);
        assert_eq!(values("t=10m..1d x 3"), ["10m", "12.1h", "1d"]);
        assert_eq!(values("n=1..4 x 4"), ["1", "2", "3", "4"]);
        assert_eq!(values("n=0.5..1.5 x 3"), ["0.5", "1", "1.5"]);
        assert_eq!(values("r=10/s..30/s x 3"), ["10/s", "20/s", "30/s"]);
        assert_eq!(values("s=10%..30% x 3"), ["10%", "20%", "30%"]);
        assert_eq!(values("s=10%..90% x 12")[1], "17.3%");
        assert_eq!(values("s=1KiB..3KiB x 3"), ["1KiB", "2050B", "3KiB"]);
        assert_eq!(values("t=5s, 30s..90s x 2"), ["5s", "30s", "90s"]);
    }

    #[test]
    fn what_is_no_list_and_no_range_is_refused_at_its_place() {
        let cases = [
            ("cache-ttl", "no `=` in it"),
            ("t=30s,,60s", "a value is missing"),
            ("t=30s..60s", "expected LOW..HIGH x N"),
            ("t=30s..60s x 1", "from 2 to 1000"),
            ("t=30s..60s x many", "from 2 to 1000"),
            ("t=60s..30s x 3", "`60s` is not below `30s`"),
            ("t=30s..60B x 3", "not numbers of one kind"),
            ("t=0s..60s x 3 log", "begins above 0"),
            ("n=1..3 x 9", "no 9 different values of three digits"),
            ("t=30s,60s,30s", "30s comes twice"),
            ("t=30s,1m,30000ms", "30000ms comes twice"),
            ("n=-1..3 x 3", "`-1` is below 0"),
            ("seed=1,2", "`seed` cannot be varied"),
            ("run.runs=2,3", "`run` cannot be varied"),
        ];
        for (argument, message) in cases {
            let mistakes = Variation::read("--vary", argument).expect_err(argument);
            let text = mistakes.render(false);
            assert!(text.contains(message), "{argument}: {text}");
            assert!(text.contains("--vary"), "{argument}: {text}");
        }
    }

    #[test]
    fn a_value_is_looked_for_between_two_others() {
        let read = |argument: &str| SearchedSetting::read("--for", argument, ("30s", "1d"));
        let setting = read("workload.visitors.reads=10/s..1000/s").expect("is one");
        assert_eq!(
            (setting.kind, setting.ends()),
            (Kind::Rate, (10.0, 1_000.0))
        );
        let setting = read("workload.visitors.cache-ttl").expect("has bounds of its own");
        assert_eq!(
            (setting.kind, setting.ends()),
            (Kind::Duration, (30.0, 86_400.0))
        );
        for (argument, message) in [
            ("workload.visitors.reads", "between which values?"),
            ("workload.visitors.reads=10/s", "expected LOW..HIGH"),
            (
                "workload.visitors.reads=10/s..60s",
                "not numbers of one kind",
            ),
            (
                "workload.visitors.cache-ttl=60s..30s",
                "`60s` is not below `30s`",
            ),
        ] {
            let text = read(argument).expect_err(argument).render(false);
            assert!(
                text.contains(message) && text.contains("--for"),
                "{argument}: {text}"
            );
        }
    }

    #[test]
    fn values_of_one_kind_lie_on_an_axis() {
        let numbers = |argument: &str| {
            let variation = Variation::read("--vary", argument);
            variation.expect("is one").numbers()
        };
        assert_eq!(numbers("t=30s,1m"), Some(vec![30.0, 60.0]));
        assert_eq!(numbers("n=1,2.5"), Some(vec![1.0, 2.5]));
        assert_eq!(numbers("b=true,false"), None);
        assert_eq!(numbers("t=30s,5"), None);
    }
}
