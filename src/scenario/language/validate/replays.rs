//! Replays: that the file is there, what stands in it, and options that belong to that.

use super::files::Advice;
use super::places::Places;
use super::{Checker, bounds, sites, written};
use crate::scenario::language::diagnostic::{Code, Diagnostic};
use crate::scenario::language::file;
use crate::scenario::language::source::Span;
use crate::scenario::language::written::Written;
use crate::scenario::{
    Columns, Compression, DEFAULT_CACHE_TTL, Deal, Dealing, FormatName, LogpushFields, Replay,
    TraceFormat,
};
use crate::units::Duration;

const ADVICE: Advice = Advice {
    no_file: "name the file in which the operations stand",
    unreadable: "a replay reads it while it runs",
};

/// Where libCacheSim's CSV has what if the file does not say: the order in which its tools name them.
pub const DEFAULT_COLUMNS: Columns = Columns {
    time: 1,
    key: 2,
    size: Some(3),
};

/// What paths that name a key start with if the file does not say.
pub const DEFAULT_KEY_PREFIX: &str = "/kv/";

/// Fields of Logpush records if the file does not say: time, colo, path and method
/// (developers.cloudflare.com/logs/logpush/logpush-job/datasets/zone/http_requests).
pub const DEFAULT_FIELDS: [&str; 4] = [
    "EdgeStartTimestamp",
    "EdgeColoCode",
    "ClientRequestPath",
    "ClientRequestMethod",
];

/// What names of files end in, and the format that they have if the scenario does not say.
const ENDINGS: [(&str, FormatName); 6] = [
    (".csv", FormatName::KvlagCsv),
    (".oraclegeneral", FormatName::OracleGeneral),
    (".bin", FormatName::OracleGeneral),
    (".ndjson", FormatName::Logpush),
    (".json", FormatName::Logpush),
    (".log", FormatName::Logpush),
];

/// The replays by name.
pub fn replays(file: &file::File, names: &Places<'_>, checker: &mut Checker<'_>) -> Vec<Replay> {
    let mut replays = Vec::new();
    for (name, table) in file.replay.iter() {
        checker.name("replay", name, &name.span);
        let mut workloads = file.workload.iter().map(|(workload, _)| workload);
        if let Some(workload) = workloads.find(|workload| workload.value == name.value) {
            let title = format!("a workload and a replay are both named `{}`", name.value);
            checker.mistake(
                Diagnostic::new(Code::GivenTwice, title)
                    .at(&name.span, "a replay")
                    .also(&workload.span, "a workload")
                    .help("reports and `of NAME` could not tell them apart; rename one"),
            );
        }
        // What is missing is noted; without its format nothing else can be said of a replay.
        if let Some(replay) = replay(name, table, names, checker) {
            replays.push(replay);
        }
    }
    replays.sort_by(|a, b| a.name.cmp(&b.name));
    replays
}

fn replay(
    name: &Written<String>,
    table: &file::Replay,
    names: &Places<'_>,
    checker: &mut Checker<'_>,
) -> Option<Replay> {
    if let Some(ttl) = &table.cache_ttl {
        checker.cache_ttl(ttl);
    }
    let cache_ttl = written(&table.cache_ttl, DEFAULT_CACHE_TTL);
    if let Some(longest) = &table.longest_cache_ttl {
        checker.longest_cache_ttl(longest, cache_ttl);
    }
    if let Some(ttl) = &table.expiration_ttl {
        checker.expiration_ttl(ttl);
    }
    let Some(file) = &table.file else {
        let header = format!("replay `{}`", name.value);
        checker.missing(&name.span, &header, "file", "file = \"trace.csv\"");
        return None;
    };
    let opened = checker.opened(file, &ADVICE);
    let (compression, by_name) = by_name(file);
    let format = match (&table.format, by_name) {
        (Some(format), _) => Some(format.value),
        (None, Some(format)) => Some(format),
        (None, None) => {
            checker.unknown_format(file);
            None
        }
    }?;
    note_foreign_options(table, format, checker);
    let format = match format {
        FormatName::KvlagCsv => TraceFormat::KvlagCsv,
        FormatName::LibCacheSimCsv => TraceFormat::LibCacheSimCsv {
            columns: checker.columns(table),
            delimiter: checker.delimiter(table),
            has_header: table.has_header.as_ref().map(|w| w.value),
            dealing: dealing(table, names, checker),
        },
        FormatName::OracleGeneral => TraceFormat::OracleGeneral {
            dealing: dealing(table, names, checker),
        },
        FormatName::Logpush => TraceFormat::Logpush {
            fields: checker.fields(table),
            key_prefix: checker.key_prefix(table),
        },
    };
    Some(Replay {
        name: name.value.clone(),
        file: opened?.0,
        compression,
        format,
        cache_ttl,
        longest_cache_ttl: written(&table.longest_cache_ttl, cache_ttl),
        expiration_ttl: table.expiration_ttl.as_ref().map(|ttl| ttl.value),
        skip_bad_lines: written(&table.skip_bad_lines, false),
    })
}

/// What a file's name says of its compression and format.
fn by_name(file: &str) -> (Compression, Option<FormatName>) {
    let name = file.to_ascii_lowercase();
    let (compression, name) = if let Some(name) = name.strip_suffix(".zst") {
        (Compression::Zstd, name)
    } else if let Some(name) = name.strip_suffix(".gz") {
        (Compression::Gzip, name)
    } else {
        (Compression::None, name.as_str())
    };
    let ending = ENDINGS.iter().find(|(ending, _)| name.ends_with(ending));
    (compression, ending.map(|(_, format)| *format))
}

fn dealing(table: &file::Replay, names: &Places<'_>, checker: &mut Checker<'_>) -> Dealing {
    Dealing {
        at: sites::chosen_pops(&table.at, "at", "a replay", names, checker),
        deal: written(&table.deal, Deal::Random),
    }
}

/// Notes options that belong to other formats.
fn note_foreign_options(table: &file::Replay, format: FormatName, checker: &mut Checker<'_>) {
    let names_pops = "names the PoP of each operation itself";
    let reads_only = "has only reads";
    let csv = "is no CSV with columns by number; that is \"libcachesim-csv\"";
    let logpush = "has no such thing; that is \"logpush\"";
    let is_csv = format == FormatName::LibCacheSimCsv;
    let is_logpush = format == FormatName::Logpush;
    let no_ttls = "has no records that say a cache-ttl";
    let options: [(&str, Option<&Span>, bool, &str); 9] = [
        ("at", span(&table.at), !format.names_pops(), names_pops),
        ("deal", span(&table.deal), !format.names_pops(), names_pops),
        (
            "longest-cache-ttl",
            span(&table.longest_cache_ttl),
            format.has_cache_ttls(),
            no_ttls,
        ),
        (
            "expiration-ttl",
            span(&table.expiration_ttl),
            format.has_writes(),
            reads_only,
        ),
        ("columns", span(&table.columns), is_csv, csv),
        ("delimiter", span(&table.delimiter), is_csv, csv),
        ("has-header", span(&table.has_header), is_csv, csv),
        ("fields", span(&table.fields), is_logpush, logpush),
        ("key-prefix", span(&table.key_prefix), is_logpush, logpush),
    ];
    for (key, span, has_effect, why) in options {
        if let (Some(span), false) = (span, has_effect) {
            let title = format!("`{key}` says nothing here: \"{}\" {why}", format.name());
            checker.no_effect(span, title, "leave it out, or set another `format`");
        }
    }
}

fn span<T>(value: &Option<Written<T>>) -> Option<&Span> {
    value.as_ref().map(|w| &w.span)
}

impl Checker<'_> {
    fn longest_cache_ttl(&mut self, longest: &Written<Duration>, cache_ttl: Duration) {
        self.cache_ttl(longest);
        if longest.value < cache_ttl {
            let title = format!("the longest cache-ttl is at least `cache-ttl`, {cache_ttl}");
            self.mistake(
                Diagnostic::new(Code::OutOfRange, title)
                    .at(&longest.span, "")
                    .help("it bounds what records may say, and those that say nothing have `cache-ttl`"),
            );
        }
    }

    fn unknown_format(&mut self, file: &Written<String>) {
        let names: Vec<String> = FormatName::ALL
            .iter()
            .map(|format| format!("\"{}\"", format.name()))
            .collect();
        self.mistake(
            Diagnostic::new(
                Code::Missing,
                "the name of this file does not say its format",
            )
            .at(&file.span, "")
            .help(format!("set `format` to one of {}", names.join(", "))),
        );
    }

    fn columns(&mut self, table: &file::Replay) -> Columns {
        let Some(columns) = &table.columns else {
            return DEFAULT_COLUMNS;
        };
        let given = [
            ("time", &columns.time, 1),
            ("key", &columns.key, 1),
            ("size", &columns.size, 0),
        ];
        for (name, number, min) in given {
            let Some(number) = number else { continue };
            if !(min..=bounds::COLUMNS_MAX).contains(&number.value) {
                let max = bounds::COLUMNS_MAX;
                let title = format!("the column of the {name} is from {min} to {max}");
                self.mistake(
                    Diagnostic::new(Code::OutOfRange, title)
                        .at(&number.span, "")
                        .help("columns are counted from 1"),
                );
            }
        }
        let size = columns.size.as_ref().map_or(3, |size| size.value);
        let columns_of = Columns {
            time: written(&columns.time, DEFAULT_COLUMNS.time),
            key: written(&columns.key, DEFAULT_COLUMNS.key),
            size: (size > 0).then_some(size),
        };
        let Columns { time, key, size } = columns_of;
        if time == key || size == Some(time) || size == Some(key) {
            self.mistake(
                Diagnostic::new(Code::GivenTwice, "one column cannot hold two things")
                    .at(&columns.span, "")
                    .help(
                        "what is left out is { time = 1, key = 2, size = 3 }; `size = 0` is none",
                    ),
            );
        }
        columns_of
    }

    fn delimiter(&mut self, table: &file::Replay) -> Option<u8> {
        let delimiter = table.delimiter.as_ref()?;
        match delimiter.as_bytes() {
            [byte] if byte.is_ascii_graphic() && *byte != b'"' && !byte.is_ascii_digit() => {
                Some(*byte)
            }
            [byte @ (b'\t' | b' ')] => Some(*byte),
            _ => {
                self.mistake(
                    Diagnostic::new(Code::OutOfRange, "a delimiter is one ASCII character")
                        .at(&delimiter.span, "")
                        .help("such as \",\" or \"\\t\", and neither a quote nor a digit"),
                );
                None
            }
        }
    }

    fn fields(&mut self, table: &file::Replay) -> LogpushFields {
        let given = table.fields.as_ref().map(|fields| &fields.value);
        let mut name = |field: Option<&Written<String>>, default: &str| {
            let Some(field) = field else {
                return default.to_owned();
            };
            if field.is_empty() {
                self.mistake(
                    Diagnostic::new(Code::BadName, "a field has a name").at(&field.span, "empty"),
                );
            }
            field.value.clone()
        };
        let [time, colo, path, method] = DEFAULT_FIELDS;
        LogpushFields {
            time: name(given.and_then(|fields| fields.time.as_ref()), time),
            colo: name(given.and_then(|fields| fields.colo.as_ref()), colo),
            path: name(given.and_then(|fields| fields.path.as_ref()), path),
            method: name(given.and_then(|fields| fields.method.as_ref()), method),
        }
    }

    fn key_prefix(&mut self, table: &file::Replay) -> String {
        let Some(prefix) = &table.key_prefix else {
            return DEFAULT_KEY_PREFIX.to_owned();
        };
        if !prefix.starts_with('/') {
            let title = "a path starts with `/`, and so does its beginning";
            self.mistake(
                Diagnostic::new(Code::BadName, title)
                    .at(&prefix.span, "")
                    .help("\"/\" takes every path"),
            );
        }
        prefix.value.clone()
    }
}
