//! Constants and distributions: exactly one kind, complete, and within bounds.

use std::fmt::Display;

use super::{Checker, bounds};
use crate::scenario::language::diagnostic::{Code, Diagnostic};
use crate::scenario::language::quantity::{Drawn, Exponential, Lognormal, Spread, Uniform};
use crate::scenario::language::source::Span;
use crate::scenario::language::written::Written;
use crate::scenario::{Delay, Distribution};
use crate::units::{Duration, Size};

/// A 99th percentile so many times the median is a slip of a unit; beyond it draws grow absurd.
const P99_OVER_P50_MAX: f64 = 1_000.0;

/// A quantity that can be drawn.
pub trait Amount: Copy + Display + PartialOrd + Default {
    /// As a plain number, in the smallest unit.
    fn amount(self) -> f64;
    /// Notes a value that is too large for what it is.
    fn check(checker: &mut Checker<'_>, key: &str, value: &Written<Self>);
}

impl Amount for Duration {
    fn amount(self) -> f64 {
        self.0 as f64
    }

    fn check(checker: &mut Checker<'_>, key: &str, value: &Written<Self>) {
        checker.at_most(key, value, bounds::DELAY_MAX);
    }
}

impl Amount for Size {
    fn amount(self) -> f64 {
        self.0 as f64
    }

    fn check(checker: &mut Checker<'_>, _: &str, value: &Written<Self>) {
        checker.value_size(value.value, &value.span);
    }
}

impl Checker<'_> {
    /// A one-way delay given outright.
    pub fn delay(&mut self, key: &str, written: &Written<Spread<Duration>>) -> Delay {
        match self.spread(key, written) {
            Distribution::Constant(constant) => Delay {
                constant,
                random: None,
            },
            random => Delay {
                constant: Duration::ZERO,
                random: Some(random),
            },
        }
    }

    /// A constant or a distribution.
    pub fn spread<T: Amount>(
        &mut self,
        key: &str,
        written: &Written<Spread<T>>,
    ) -> Distribution<T> {
        match &written.value {
            Spread::Constant(value) => {
                let value = Written {
                    value: *value,
                    span: written.span.clone(),
                };
                T::check(self, key, &value);
                Distribution::Constant(value.value)
            }
            Spread::Drawn(drawn) => self.drawn(key, &written.span, drawn),
        }
    }

    fn drawn<T: Amount>(&mut self, key: &str, span: &Span, drawn: &Drawn<T>) -> Distribution<T> {
        let stand_in = Distribution::Constant(T::default());
        match (&drawn.lognormal, &drawn.exponential, &drawn.uniform) {
            (Some(lognormal), None, None) => self.lognormal(key, lognormal),
            (None, Some(exponential), None) => self.exponential(key, exponential),
            (None, None, Some(uniform)) => self.uniform(key, uniform),
            (None, None, None) => {
                let title = "a distribution needs one of `lognormal`, `exponential` and `uniform`";
                self.mistake(
                    Diagnostic::new(Code::Choice, title)
                        .at(span, "")
                        .help("for example { lognormal = { p50 = …, p99 = … } }"),
                );
                stand_in
            }
            (lognormal, exponential, uniform) => {
                let mut spans = [
                    lognormal.as_ref().map(|w| &w.span),
                    exponential.as_ref().map(|w| &w.span),
                    uniform.as_ref().map(|w| &w.span),
                ]
                .into_iter()
                .flatten()
                .collect::<Vec<_>>();
                spans.sort_by_key(|span| span.start);
                let mut mistake =
                    Diagnostic::new(Code::Choice, format!("`{key}` follows two distributions"))
                        .at(spans[1], "and another")
                        .help("keep one of them");
                mistake = mistake.also(spans[0], "one");
                self.mistake(mistake);
                stand_in
            }
        }
    }

    fn lognormal<T: Amount>(
        &mut self,
        key: &str,
        table: &Written<Lognormal<T>>,
    ) -> Distribution<T> {
        let example = "{ lognormal = { p50 = …, p99 = … } }";
        let (Some(p50), Some(p99)) = (&table.p50, &table.p99) else {
            let missing = if table.p50.is_none() { "p50" } else { "p99" };
            self.missing(&table.span, "`lognormal`", missing, example);
            return Distribution::Constant(T::default());
        };
        T::check(self, key, p99);
        if p50.value <= T::default() {
            self.mistake(
                Diagnostic::new(Code::OutOfRange, "a log-normal median is above zero")
                    .at(&p50.span, "")
                    .help("write the constant as a string, without a table, if that is meant"),
            );
        } else if p99.value < p50.value {
            self.mistake(
                Diagnostic::new(Code::OutOfRange, "p99 is smaller than p50")
                    .at(&p99.span, format!("p99 says {}", p99.value))
                    .also(
                        &p50.span,
                        format!("but the median is already {}", p50.value),
                    ),
            );
        } else if p99.value.amount() > p50.value.amount() * P99_OVER_P50_MAX {
            self.mistake(
                Diagnostic::new(Code::OutOfRange, "p99 is more than 1000 times p50")
                    .at(&p99.span, format!("p99 says {}", p99.value))
                    .also(&p50.span, format!("and the median {}", p50.value))
                    .help("look at the units"),
            );
        }
        Distribution::Lognormal {
            p50: p50.value,
            p99: p99.value,
        }
    }

    fn exponential<T: Amount>(
        &mut self,
        key: &str,
        table: &Written<Exponential<T>>,
    ) -> Distribution<T> {
        let Some(mean) = &table.mean else {
            let example = "{ exponential = { mean = … } }";
            self.missing(&table.span, "`exponential`", "mean", example);
            return Distribution::Constant(T::default());
        };
        T::check(self, key, mean);
        if mean.value <= T::default() {
            self.mistake(
                Diagnostic::new(Code::OutOfRange, "an exponential mean is above zero")
                    .at(&mean.span, "")
                    .help("write the constant as a string, without a table, if that is meant"),
            );
        }
        Distribution::Exponential { mean: mean.value }
    }

    fn uniform<T: Amount>(&mut self, key: &str, table: &Written<Uniform<T>>) -> Distribution<T> {
        let example = "{ uniform = { min = …, max = … } }";
        let (Some(min), Some(max)) = (&table.min, &table.max) else {
            let missing = if table.min.is_none() { "min" } else { "max" };
            self.missing(&table.span, "`uniform`", missing, example);
            return Distribution::Constant(T::default());
        };
        T::check(self, key, max);
        if max.value < min.value {
            self.mistake(
                Diagnostic::new(Code::OutOfRange, "max is smaller than min")
                    .at(&max.span, format!("max says {}", max.value))
                    .also(&min.span, format!("but min is already {}", min.value)),
            );
        }
        Distribution::Uniform {
            min: min.value,
            max: max.value,
        }
    }
}
