//! kvlag's own CSV: columns found by the names in the header, times of the scenario.

use std::ops::Range;

use super::clock::{Clock, Origin};
use super::error::{Checked, Problem, Trouble};
use super::fields::Fields;
use super::input::{Input, Lines};
use super::intern::Texts;
use super::rules::{Key, Rules, seconds};
use super::{Action, TraceOperation};
use crate::units::{Duration, Size};

/// The columns by name; those behind the required ones may be left out.
const NAMES: [&str; 9] = [
    "time_s",
    "pop",
    "op",
    "key",
    "size_bytes",
    "cache_ttl_s",
    "expiration_ttl_s",
    "client",
    "pages",
];

/// How many of them there must be.
const REQUIRED: usize = 6;

const DELIMITER: u8 = b',';

/// Reads operations.
pub struct KvlagCsv {
    pub(super) input: Input,
    pub(super) keys: Texts,
    pub(super) prefixes: Texts,
    pub(super) clients: Texts,
    rules: Rules,
    clock: Clock,
    fields: Fields,
    /// Where each of [`NAMES`] stands.
    columns: [Option<usize>; NAMES.len()],
    /// How many columns the header has.
    width: usize,
}

/// A column of the current line.
struct Field<'l> {
    text: &'l [u8],
    span: Range<usize>,
}

impl KvlagCsv {
    /// Before the header.
    pub fn new(input: Input, rules: Rules) -> Self {
        KvlagCsv {
            input,
            keys: Texts::default(),
            prefixes: Texts::default(),
            clients: Texts::default(),
            rules,
            clock: Clock::new(Origin::Scenario),
            fields: Fields::default(),
            columns: [None; NAMES.len()],
            width: 0,
        }
    }

    /// Reads the header.
    pub fn start(&mut self) -> Result<(), Trouble> {
        if !self.input.next_line(Lines::Quoted(DELIMITER))? {
            let what = "this file is empty, without even a header";
            return Err(Trouble::End(Problem::new(0..0, what).help(header_help())));
        }
        self.header().map_err(Trouble::End)
    }

    fn header(&mut self) -> Checked<()> {
        let line = self.input.line();
        self.fields.split(line, DELIMITER)?;
        self.width = self.fields.len();
        for column in 0..self.width {
            let name = self.fields.get(line, column);
            let span = self.fields.span(column);
            let shown = String::from_utf8_lossy(name);
            let Some(known) = NAMES.iter().position(|known| known.as_bytes() == name) else {
                let what = format!("the header has an unknown column `{shown}`");
                return Err(Problem::new(span, what).help(header_help()));
            };
            if self.columns[known].replace(column).is_some() {
                let what = format!("the header has a second column `{shown}`");
                return Err(Problem::new(span, what));
            }
        }
        let required = self.columns.iter().zip(NAMES).take(REQUIRED);
        let missing: Vec<String> = required
            .filter(|(column, _)| column.is_none())
            .map(|(_, name)| format!("`{name}`"))
            .collect();
        if !missing.is_empty() {
            let what = format!("the header lacks {}", missing.join(", "));
            return Err(Problem::new(0..line.len(), what).help(header_help()));
        }
        Ok(())
    }

    /// The next operation.
    pub fn next(&mut self) -> Result<Option<TraceOperation>, Trouble> {
        if !self.input.next_line(Lines::Quoted(DELIMITER))? {
            return Ok(None);
        }
        Ok(Some(self.operation()?))
    }

    fn operation(&mut self) -> Checked<TraceOperation> {
        let line = self.input.line();
        self.fields.split(line, DELIMITER)?;
        if self.fields.len() != self.width {
            let (here, header) = (self.fields.len(), self.width);
            let what = format!("this line has {here} columns, and the header has {header}");
            return Err(Problem::new(0..line.len(), what));
        }
        let field = |name: usize| {
            self.columns[name].map_or(
                Field {
                    text: b"",
                    span: 0..0,
                },
                |column| Field {
                    text: self.fields.get(line, column),
                    span: self.fields.span(column),
                },
            )
        };
        let (time, pop, op, key) = (field(0), field(1), field(2), field(3));
        let instant = seconds(time.text, &time.span)?;
        let pop = self.rules.pop(pop.text, &pop.span)?;
        let action = match op.text {
            b"get" => Draft::Get {
                key: self.rules.key(key.text, &key.span, &self.keys)?,
                cache_ttl: self.rules.cache_ttl(field(5).text, &field(5).span)?,
                size: self.rules.size(field(4).text, &field(4).span)?,
            },
            b"put" => Draft::Put {
                key: self.rules.key(key.text, &key.span, &self.keys)?,
                size: self.rules.size(field(4).text, &field(4).span)?,
                expiration_ttl: self.rules.expiration_ttl(field(6).text, &field(6).span)?,
            },
            b"delete" => Draft::Delete {
                key: self.rules.key(key.text, &key.span, &self.keys)?,
            },
            b"list" => Draft::List {
                prefix: self.rules.prefix(key.text, &key.span, &self.prefixes)?,
                pages: self.rules.pages(field(8).text, &field(8).span)?,
            },
            other => {
                let other = String::from_utf8_lossy(other);
                let what = format!("`{other}` is not an operation");
                let help = "there are `get`, `put`, `delete` and `list`";
                return Err(Problem::new(op.span, what).help(help));
            }
        };
        let client = field(7);
        let client = match client.text {
            b"" => None,
            name => Some(self.rules.client(name, &client.span, &self.clients)?),
        };
        let advanced = self.clock.advance(instant);
        let time = advanced.map_err(|what| Problem::new(time.span, what))?;
        // Nothing can be wrong from here on: only now new names get their numbers.
        Ok(TraceOperation {
            time,
            pop,
            client: client.map(|client| client.number(&mut self.clients)),
            action: action.numbered(&mut self.keys, &mut self.prefixes),
        })
    }
}

/// An action whose names may have no number yet.
enum Draft<'n> {
    Get {
        key: Key<'n>,
        cache_ttl: Duration,
        size: Option<Size>,
    },
    Put {
        key: Key<'n>,
        size: Option<Size>,
        expiration_ttl: Option<Duration>,
    },
    Delete {
        key: Key<'n>,
    },
    List {
        prefix: Key<'n>,
        pages: Option<u32>,
    },
}

impl Draft<'_> {
    fn numbered(self, keys: &mut Texts, prefixes: &mut Texts) -> Action {
        match self {
            Draft::Get {
                key,
                cache_ttl,
                size,
            } => Action::Get {
                key: key.number(keys),
                cache_ttl,
                size,
            },
            Draft::Put {
                key,
                size,
                expiration_ttl,
            } => Action::Put {
                key: key.number(keys),
                size,
                expiration_ttl,
            },
            Draft::Delete { key } => Action::Delete {
                key: key.number(keys),
            },
            Draft::List { prefix, pages } => Action::List {
                prefix: prefix.number(prefixes),
                pages,
            },
        }
    }
}

fn header_help() -> String {
    let (required, optional) = NAMES.split_at(REQUIRED);
    format!(
        "kvlag's own CSV has columns {}, and perhaps {}; libCacheSim's is `format = \"libcachesim-csv\"`",
        required.join(", "),
        optional.join(", ")
    )
}
