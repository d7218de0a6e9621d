//! Reads what somebody predicts, and holds it against what was measured.

use super::Move;
use crate::scenario::metric::Unit;
use crate::units::{Duration, Share};

/// A number as somebody types it, in the unit that was asked for: `48`, `48 s`, `1m`, `24 %`, `28,000`.
pub fn number(typed: &str, unit: Unit) -> Option<f64> {
    let text = typed.trim().replace([' ', ','], "");
    if let Ok(bare) = text.parse::<f64>() {
        let guess = match unit {
            Unit::Ratio => bare / 100.0,
            _ => bare,
        };
        return (guess.is_finite() && guess >= 0.0).then_some(guess);
    }
    match unit {
        Unit::Ratio => text.parse::<Share>().ok().map(|share| share.0),
        Unit::Seconds => text.parse::<Duration>().ok().map(Duration::as_secs_f64),
        Unit::Milliseconds => text.parse::<Duration>().ok().map(Duration::as_millis_f64),
        Unit::Count | Unit::Versions => None,
    }
}

/// A direction as somebody types it: the number of the answer or the beginning of its word.
pub fn direction(typed: &str) -> Option<Move> {
    let text = typed.trim().to_lowercase();
    let text = text.strip_prefix("it ").unwrap_or(&text);
    let meant = |number: &str, word: &str| text == number || word.starts_with(text);
    match text {
        "" => None,
        _ if meant("1", "falls") => Some(Move::Down),
        _ if meant("2", "stays") => Some(Move::Stays),
        _ if meant("3", "rises") => Some(Move::Up),
        _ => None,
    }
}

/// What a guess was worth: within a fifth it is close.
pub fn judged(guess: f64, measured: f64) -> &'static str {
    if (guess - measured).abs() <= measured.abs() / 5.0 {
        "close"
    } else if guess < measured {
        "too low"
    } else {
        "too high"
    }
}

/// How to answer by a number in this unit.
pub fn wanted(unit: Unit) -> &'static str {
    match unit {
        Unit::Ratio => "in percent",
        Unit::Seconds => "in seconds",
        Unit::Milliseconds => "in milliseconds",
        Unit::Count | Unit::Versions => "a number",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_may_say_their_unit_or_not() {
        assert_eq!(number("48", Unit::Seconds), Some(48.0));
        assert_eq!(number("48\n", Unit::Seconds), Some(48.0));
        assert_eq!(number(" 48 s\n", Unit::Seconds), Some(48.0));
        assert_eq!(number("1m", Unit::Seconds), Some(60.0));
        assert_eq!(number("24", Unit::Ratio), Some(0.24));
        assert_eq!(number("24 %", Unit::Ratio), Some(0.24));
        assert_eq!(number("28,000", Unit::Count), Some(28_000.0));
        for nonsense in ["", "many", "-3", "inf", "nan", "5 kg"] {
            assert_eq!(number(nonsense, Unit::Seconds), None, "{nonsense}");
        }
    }

    #[test]
    fn directions_are_numbers_or_beginnings_of_words() {
        for (typed, expected) in [
            ("1", Move::Down),
            ("f", Move::Down),
            ("Stays", Move::Stays),
            ("it rises\n", Move::Up),
        ] {
            assert_eq!(direction(typed), Some(expected), "{typed}");
        }
        for nonsense in ["", "\n", "4", "down?", "it "] {
            assert_eq!(direction(nonsense), None, "{nonsense:?}");
        }
    }

    #[test]
    fn guesses_are_close_within_a_fifth() {
        assert_eq!(judged(50.0, 48.0), "close");
        assert_eq!(judged(30.0, 48.0), "too low");
        assert_eq!(judged(60.0, 48.0), "too high");
        assert_eq!(judged(0.0, 0.0), "close");
    }
}
