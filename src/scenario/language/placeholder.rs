//! Placeholders, as keys of steps and texts of requests write them: `{client}`, `{pop}`, `{zipf 0.9 of 10000}`.
//!
//! [`print`] writes what [`read`] reads.

use std::ops::Range;

use super::bounds;
use super::slip::{Slip, words};
use super::suggest::nearest;
use crate::scenario::Placeholder;

/// The words that placeholders begin with.
pub const NAMES: [&str; 4] = ["client", "pop", "zipf", "uniform"];

const ZIPF: &str = "{zipf 0.9 of 10000}";
const UNIFORM: &str = "{uniform of 100}";

/// Reads what stands between braces; `kinds` says which placeholders there are.
pub fn read(text: &str, part: Range<usize>, kinds: &str) -> Result<Placeholder, Slip> {
    let words = words(text, part.clone());
    let Some(first) = words.first() else {
        let around = part.start - 1..part.end + 1;
        return Err(Slip::new(&around, "a placeholder of nothing").help(kinds));
    };
    match (&text[first.clone()], &words[1..]) {
        ("client", []) => Ok(Placeholder::Client),
        ("pop", []) => Ok(Placeholder::Pop),
        (name @ ("client" | "pop"), [next, ..]) => {
            let title = format!("`{{{name}}}` stands alone");
            Err(Slip::new(&(next.start..part.end), title).help(format!("write `{{{name}}}`")))
        }
        ("zipf", [exponent, of, count]) if &text[of.clone()] == "of" => Ok(Placeholder::Rank {
            count: count_of_keys(text, count)?,
            exponent: zipf_exponent(text, exponent)?,
        }),
        ("uniform", [of, count]) if &text[of.clone()] == "of" => Ok(Placeholder::Rank {
            count: count_of_keys(text, count)?,
            exponent: 0.0,
        }),
        ("zipf", _) => Err(
            Slip::new(&part, "`zipf` needs an exponent and a number of keys")
                .help(format!("for example `{ZIPF}`")),
        ),
        ("uniform", _) => Err(Slip::new(&part, "`uniform` needs a number of keys")
            .help(format!("for example `{UNIFORM}`"))),
        _ => Err(unknown(text, first, kinds)),
    }
}

/// What to say of a word that is no placeholder.
pub fn unknown(text: &str, word: &Range<usize>, kinds: &str) -> Slip {
    let name = &text[word.clone()];
    let slip = Slip::new(word, format!("`{name}` is not a placeholder"));
    match nearest(name, NAMES) {
        Some("zipf") => slip.did_you_mean(ZIPF),
        Some("uniform") => slip.did_you_mean(UNIFORM),
        Some(near) => slip.did_you_mean(&format!("{{{near}}}")),
        None => slip.help(kinds),
    }
}

fn count_of_keys(text: &str, part: &Range<usize>) -> Result<u32, Slip> {
    let word = &text[part.clone()];
    if !word.chars().all(|c| c.is_ascii_digit()) {
        return Err(Slip::new(part, format!("`{word}` is not a number of keys"))
            .help("a whole number, such as 10000"));
    }
    let count = word.parse().ok();
    let count = count.filter(|count| (1..=bounds::KEYS_MAX).contains(count));
    count.ok_or_else(|| {
        let title = format!("a placeholder stands for 1 to {} keys", bounds::KEYS_MAX);
        Slip::new(part, title).out_of_range()
    })
}

fn zipf_exponent(text: &str, part: &Range<usize>) -> Result<f64, Slip> {
    let word = &text[part.clone()];
    let is_plain = word.chars().all(|c| c.is_ascii_digit() || c == '.');
    let exponent: Option<f64> = word.parse().ok().filter(|_| is_plain);
    let Some(exponent) = exponent else {
        return Err(
            Slip::new(part, format!("`{word}` is not Zipf's exponent")).help(format!(
                "a number from 0 to {}, such as 0.99",
                bounds::EXPONENT_MAX
            )),
        );
    };
    if exponent > bounds::EXPONENT_MAX {
        let title = format!("Zipf's exponent is from 0 to {}", bounds::EXPONENT_MAX);
        return Err(Slip::new(part, title)
            .out_of_range()
            .help("0.99 is usual for caches; 0 makes all keys equally popular"));
    }
    Ok(exponent)
}

/// Writes a placeholder, braces included.
pub fn print(placeholder: Placeholder) -> String {
    match placeholder {
        Placeholder::Client => "{client}".to_owned(),
        Placeholder::Pop => "{pop}".to_owned(),
        Placeholder::Rank {
            count,
            exponent: 0.0,
        } => format!("{{uniform of {count}}}"),
        Placeholder::Rank { count, exponent } => format!("{{zipf {exponent} of {count}}}"),
    }
}
