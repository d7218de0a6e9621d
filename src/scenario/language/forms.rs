//! Values of a scenario file that take more than one form: a word or a table, a word or a list.

use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{
    Deserialize, Deserializer, Error, MapAccess, SeqAccess, Unexpected, Visitor,
    value::{MapAccessDeserializer, SeqAccessDeserializer},
};

use super::written::{Named, Written};

/// PoPs: `"all"`, `"region:WEUR"`, or a list of codes and regions.
#[derive(Clone, Debug)]
pub enum PopList {
    /// A word for several.
    Word(String),
    /// One by one.
    List(Vec<Written<String>>),
}

/// How a workload's rates fall to its PoPs.
#[derive(Clone, Debug)]
pub enum Split {
    /// In equal parts.
    Even,
    /// In parts proportional to weights, by PoP.
    Weights(Named<Written<f64>>),
}

/// The law of the gaps between arrivals.
#[derive(Clone, Debug)]
pub enum Arrivals {
    /// Exponential gaps.
    Poisson,
    /// Equal gaps, with a random phase.
    Periodic,
    /// Gaps of so many exponential stages.
    Erlang(ErlangTable),
}

/// `{ erlang = 2 }`
#[derive(Clone, Debug, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(rename = "Erlang", extend("required" = ["erlang"]))]
pub struct ErlangTable {
    /// Number of exponential stages in each gap, from 1 (which is Poisson) to 1000 (which is nearly periodic).
    #[schemars(range(min = 1, max = 1_000))]
    pub erlang: Option<Written<u32>>,
}

struct PopListVisitor;

impl<'de> Visitor<'de> for PopListVisitor {
    type Value = PopList;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of PoPs such as [\"LHR\", \"SYD\"], or \"all\", or \"region:WEUR\"")
    }

    fn visit_str<E: Error>(self, word: &str) -> Result<PopList, E> {
        Ok(PopList::Word(word.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<PopList, A::Error> {
        Deserialize::deserialize(SeqAccessDeserializer::new(list)).map(PopList::List)
    }
}

impl<'de> Deserialize<'de> for PopList {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(PopListVisitor)
    }
}

impl JsonSchema for PopList {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Pops".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "anyOf": [
                { "const": "all" },
                { "type": "string", "pattern": "^region:[A-Z]+$" },
                generator.subschema_for::<Vec<String>>(),
            ],
        })
    }
}

struct SplitVisitor;

impl<'de> Visitor<'de> for SplitVisitor {
    type Value = Split;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("\"even\", or a table of weights by PoP such as { LHR = 3, SYD = 1 }")
    }

    fn visit_str<E: Error>(self, word: &str) -> Result<Split, E> {
        match word {
            "even" => Ok(Split::Even),
            _ => Err(E::invalid_value(Unexpected::Str(word), &self)),
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Split, A::Error> {
        Named::deserialize(MapAccessDeserializer::new(map)).map(Split::Weights)
    }
}

impl<'de> Deserialize<'de> for Split {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(SplitVisitor)
    }
}

impl JsonSchema for Split {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Split".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "anyOf": [
                { "const": "even" },
                {
                    "type": "object",
                    "additionalProperties": { "type": "number", "exclusiveMinimum": 0 },
                },
            ],
        })
    }
}

struct ArrivalsVisitor;

impl<'de> Visitor<'de> for ArrivalsVisitor {
    type Value = Arrivals;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("\"poisson\", \"periodic\" or { erlang = 2 }")
    }

    fn visit_str<E: Error>(self, word: &str) -> Result<Arrivals, E> {
        match word {
            "poisson" => Ok(Arrivals::Poisson),
            "periodic" => Ok(Arrivals::Periodic),
            "erlang" => Err(E::custom(
                "an Erlang law needs its number of stages\nhelp: write { erlang = 2 }",
            )),
            _ => Err(E::invalid_value(Unexpected::Str(word), &self)),
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Arrivals, A::Error> {
        ErlangTable::deserialize(MapAccessDeserializer::new(map)).map(Arrivals::Erlang)
    }
}

impl<'de> Deserialize<'de> for Arrivals {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ArrivalsVisitor)
    }
}

impl JsonSchema for Arrivals {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Arrivals".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "anyOf": [
                { "enum": ["poisson", "periodic"] },
                generator.subschema_for::<ErlangTable>(),
            ],
        })
    }
}
