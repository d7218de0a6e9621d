//! How quantities stand in a scenario file: as strings that say their unit.

use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{
    Deserialize, Deserializer, Error, MapAccess, Visitor, value::MapAccessDeserializer,
};

use super::written::Written;
use crate::units::{BadQuantity, Bandwidth, Duration, Rate, Share, Size, TimeOfDay};

/// Separates what is wrong from what to do about it in the messages that pass through serde.
pub const HELP: &str = "\nhelp: ";

/// A quantity with a unit.
pub trait Quantity: FromStr<Err = BadQuantity> + fmt::Display {
    /// Finishes "expected …".
    const EXPECTED: &'static str;
    /// What a bare number most likely lacks.
    const UNIT: &'static str;
    /// A regular expression for editors; looser than the reader.
    const PATTERN: &'static str;
    /// Its name in the schema.
    const NAME: &'static str;
}

impl Quantity for Duration {
    const EXPECTED: &'static str = "a duration with a unit, such as \"60s\", \"1.5h\" or \"200ms\"";
    const UNIT: &'static str = "s";
    const PATTERN: &'static str = r"^\s*([0-9.]+\s*(d|h|m|s|ms|us|µs|ns)\s*)+$";
    const NAME: &'static str = "Duration";
}

impl Quantity for Size {
    const EXPECTED: &'static str = "a size with a unit, such as \"288B\", \"2KiB\" or \"25MiB\"";
    const UNIT: &'static str = "B";
    const PATTERN: &'static str = r"^\s*[0-9.]+\s*(B|KB|KiB|MB|MiB|GB|GiB|TB|TiB)\s*$";
    const NAME: &'static str = "Size";
}

impl Quantity for Rate {
    const EXPECTED: &'static str = "a rate, such as \"5/s\", \"100/m\" or \"1/75s\"";
    const UNIT: &'static str = "/s";
    const PATTERN: &'static str = r"^\s*[0-9.]+\s*/\s*([0-9.]*\s*(d|h|m|s|ms|us|µs|ns)\s*)+$";
    const NAME: &'static str = "Rate";
}

impl Quantity for Bandwidth {
    const EXPECTED: &'static str = "a bandwidth, such as \"100MiB/s\"";
    const UNIT: &'static str = "B/s";
    const PATTERN: &'static str = r"^\s*[0-9.]+\s*(B|KB|KiB|MB|MiB|GB|GiB|TB|TiB)\s*/\s*([0-9.]*\s*(d|h|m|s|ms|us|µs|ns)\s*)+$";
    const NAME: &'static str = "Bandwidth";
}

impl Quantity for Share {
    const EXPECTED: &'static str = "a share in percent, such as \"95%\"";
    const UNIT: &'static str = "%";
    const PATTERN: &'static str = r"^\s*[0-9.]+\s*%\s*$";
    const NAME: &'static str = "Share";
}

impl Quantity for TimeOfDay {
    const EXPECTED: &'static str = "a time of day, such as \"20:00\"";
    const UNIT: &'static str = ":00";
    const PATTERN: &'static str = "^([01][0-9]|2[0-3]):[0-5][0-9]$";
    const NAME: &'static str = "TimeOfDay";
}

/// What to say to a number where a quantity belongs.
fn bare_number<T: Quantity, E: Error>(number: impl fmt::Display) -> E {
    E::custom(format!(
        "expected {}{HELP}a bare number has no unit; did you mean \"{number}{}\"?",
        T::EXPECTED,
        T::UNIT
    ))
}

struct QuantityVisitor<T>(PhantomData<T>);

impl<T: Quantity> Visitor<'_> for QuantityVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(T::EXPECTED)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        text.parse().map_err(E::custom)
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<T, E> {
        Err(bare_number::<T, E>(number))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<T, E> {
        Err(bare_number::<T, E>(number))
    }
}

fn string_schema<T: Quantity>(also: Option<&str>) -> Schema {
    let quantity = json_schema!({
        "type": "string",
        "pattern": T::PATTERN,
        "description": T::EXPECTED,
    });
    match also {
        None => quantity,
        Some(word) => json_schema!({ "anyOf": [{ "const": word }, quantity] }),
    }
}

macro_rules! quantities {
    ($($type:ty),*) => { $(
        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_any(QuantityVisitor(PhantomData))
            }
        }

        impl JsonSchema for $type {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                Self::NAME.into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                string_schema::<Self>(None)
            }
        }
    )* };
}

quantities!(Duration, Size, Rate, Bandwidth, Share, TimeOfDay);

/// A quantity, or `"none"`.
#[derive(Clone, Copy, Debug)]
pub struct OrNone<T>(pub Option<T>);

impl<T: Quantity> FromStr for OrNone<T> {
    type Err = BadQuantity;

    fn from_str(text: &str) -> Result<Self, BadQuantity> {
        match text {
            "none" => Ok(OrNone(None)),
            _ => text.parse().map(|quantity| OrNone(Some(quantity))),
        }
    }
}

impl<T: Quantity> fmt::Display for OrNone<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            None => f.write_str("none"),
            Some(quantity) => quantity.fmt(f),
        }
    }
}

impl<T: Quantity> Quantity for OrNone<T> {
    const EXPECTED: &'static str = T::EXPECTED;
    const UNIT: &'static str = T::UNIT;
    const PATTERN: &'static str = T::PATTERN;
    const NAME: &'static str = T::NAME;
}

impl<'de, T: Quantity> Deserialize<'de> for OrNone<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(QuantityVisitor(PhantomData))
    }
}

impl<T: Quantity> JsonSchema for OrNone<T> {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        format!("{}OrNone", T::NAME).into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        string_schema::<T>(Some("none"))
    }
}

/// A quantity that is always the same, or drawn anew each time.
#[derive(Clone, Debug)]
pub enum Spread<T> {
    /// Always the same: a string.
    Constant(T),
    /// Drawn: a table with one key.
    Drawn(Drawn<T>),
}

/// A distribution; exactly one of the three.
#[derive(Clone, Debug, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(rename = "Drawn{T}", extend("minProperties" = 1, "maxProperties" = 1))]
pub struct Drawn<T> {
    /// Log-normal, by its median and 99th percentile.
    pub lognormal: Option<Written<Lognormal<T>>>,
    /// Exponential, by its mean.
    pub exponential: Option<Written<Exponential<T>>>,
    /// Uniform between two ends.
    pub uniform: Option<Written<Uniform<T>>>,
}

/// A log-normal distribution.
#[derive(Clone, Debug, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(rename = "Lognormal{T}", extend("required" = ["p50", "p99"]))]
pub struct Lognormal<T> {
    /// Median, above zero.
    pub p50: Option<Written<T>>,
    /// 99th percentile, not below the median.
    pub p99: Option<Written<T>>,
}

/// An exponential distribution.
#[derive(Clone, Debug, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(rename = "Exponential{T}", extend("required" = ["mean"]))]
pub struct Exponential<T> {
    /// Mean, above zero.
    pub mean: Option<Written<T>>,
}

/// A uniform distribution.
#[derive(Clone, Debug, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(rename = "Uniform{T}", extend("required" = ["min", "max"]))]
pub struct Uniform<T> {
    /// Least value.
    pub min: Option<Written<T>>,
    /// Greatest value, not below `min`.
    pub max: Option<Written<T>>,
}

struct SpreadVisitor<T>(PhantomData<T>);

impl<'de, T: Quantity + Deserialize<'de>> Visitor<'de> for SpreadVisitor<T> {
    type Value = Spread<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, or a distribution", T::EXPECTED)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Spread<T>, E> {
        text.parse().map(Spread::Constant).map_err(E::custom)
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Spread<T>, E> {
        Err(bare_number::<T, E>(number))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Spread<T>, E> {
        Err(bare_number::<T, E>(number))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Spread<T>, A::Error> {
        Drawn::deserialize(MapAccessDeserializer::new(map)).map(Spread::Drawn)
    }
}

impl<'de, T: Quantity + Deserialize<'de>> Deserialize<'de> for Spread<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(SpreadVisitor(PhantomData))
    }
}

impl<T: JsonSchema> JsonSchema for Spread<T> {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        format!("{}OrDistribution", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "anyOf": [generator.subschema_for::<T>(), generator.subschema_for::<Drawn<T>>()],
        })
    }
}
