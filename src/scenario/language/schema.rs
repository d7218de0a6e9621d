//! The language's own description of itself: a JSON Schema, for editors and for finding one's way by key.

use std::sync::LazyLock;

use schemars::generate::SchemaSettings;
use serde_json::Value;

use super::file::File;

static SCHEMA: LazyLock<Value> = LazyLock::new(|| {
    let generator = SchemaSettings::draft07().into_generator();
    let mut schema = generator.into_root_schema_for::<File>().to_value();
    tidy(&mut schema);
    let keys = schema
        .as_object_mut()
        .expect("a struct's schema is an object");
    let mut ordered = serde_json::Map::new();
    for first in ["$schema", "title", "description"] {
        ordered.extend(keys.shift_remove_entry(first));
    }
    ordered.append(keys);
    ordered.into()
});

/// The JSON Schema (draft-07, the newest that TOML language servers know) of a scenario file.
pub fn json_schema() -> String {
    let mut text = serde_json::to_string_pretty(&*SCHEMA).expect("a JSON value has a text");
    text.push('\n');
    text
}

/// Takes out `null`, which optional fields bring in and TOML does not have, and the line breaks of comments.
fn tidy(schema: &mut Value) {
    match schema {
        Value::Array(list) => list.iter_mut().for_each(tidy),
        Value::Object(map) => {
            map.values_mut().for_each(tidy);
            if let Some(Value::String(description)) = map.get_mut("description") {
                *description = description.replace('\n', " ");
            }
            if let Some(Value::Array(types)) = map.get_mut("type") {
                types.retain(|name| name != "null");
                if let [one] = &types[..] {
                    let one = one.clone();
                    map.insert("type".into(), one);
                }
            }
            if let Some(Value::Array(choices)) = map.get_mut("anyOf") {
                choices.retain(|choice| choice.get("type") != Some(&Value::from("null")));
                if choices.len() == 1 {
                    let only = map.shift_remove("anyOf");
                    map.insert("allOf".into(), only.expect("it was just there"));
                }
            }
        }
        _ => {}
    }
}

/// A place in the language: everything that may stand there, as schemas.
#[derive(Clone)]
pub struct Place {
    choices: Vec<&'static Value>,
}

impl Place {
    /// The top of a file.
    pub fn top() -> Self {
        Place::of(&SCHEMA)
    }

    /// Follows references and unfolds choices.
    fn of(schema: &'static Value) -> Self {
        let mut choices = Vec::new();
        unfold(schema, &mut choices);
        Place { choices }
    }

    /// Below `key`, if such a key may stand here.
    pub fn key(&self, key: &str) -> Option<Place> {
        let below = self.choices.iter().flat_map(|schema| {
            let known = schema.get("properties").and_then(|keys| keys.get(key));
            let named = schema
                .get("additionalProperties")
                .filter(|names| names.is_object());
            known.or(named)
        });
        let mut choices = Vec::new();
        below.for_each(|schema| unfold(schema, &mut choices));
        (!choices.is_empty()).then_some(Place { choices })
    }

    /// An element of the list that may stand here.
    pub fn element(&self) -> Option<Place> {
        let mut choices = Vec::new();
        self.choices
            .iter()
            .filter_map(|schema| schema.get("items"))
            .for_each(|schema| unfold(schema, &mut choices));
        (!choices.is_empty()).then_some(Place { choices })
    }

    /// The keys of the table that may stand here, in the order of the documentation.
    pub fn keys(&self) -> Vec<&'static str> {
        self.choices
            .iter()
            .filter_map(|schema| schema.get("properties")?.as_object())
            .flat_map(|keys| keys.keys().map(String::as_str))
            .collect()
    }

    /// Whether the keys here are names of the writer's choice.
    pub fn is_named(&self) -> bool {
        self.choices.iter().any(|schema| {
            schema
                .get("additionalProperties")
                .is_some_and(Value::is_object)
        })
    }

    /// Whether a value of a JSON type may stand here.
    pub fn takes(&self, kind: &str) -> bool {
        self.choices.iter().any(|schema| {
            let is_word = schema.get("const").is_some() || schema.get("enum").is_some();
            schema.get("type").and_then(Value::as_str) == Some(kind)
                || (kind == "string" && is_word)
        })
    }

    /// The words of which one may stand here.
    pub fn words(&self) -> Vec<&'static str> {
        let constant = |schema: &&'static Value| schema.get("const")?.as_str();
        let listed = |schema: &&'static Value| schema.get("enum")?.as_array();
        let lists = self.choices.iter().filter_map(listed).flatten();
        self.choices
            .iter()
            .filter_map(constant)
            .chain(lists.filter_map(Value::as_str))
            .collect()
    }
}

fn unfold(schema: &'static Value, choices: &mut Vec<&'static Value>) {
    if let Some(path) = schema.get("$ref").and_then(Value::as_str) {
        let target = path
            .strip_prefix('#')
            .and_then(|pointer| SCHEMA.pointer(pointer))
            .expect("references of the schema lead into it");
        return unfold(target, choices);
    }
    let mut folded = false;
    for several in ["allOf", "anyOf", "oneOf"] {
        if let Some(list) = schema.get(several).and_then(Value::as_array) {
            folded = true;
            list.iter().for_each(|choice| unfold(choice, choices));
        }
    }
    if !folded {
        choices.push(schema);
    }
}
