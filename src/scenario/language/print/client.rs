//! The tables of clients in the printed scenario.

use super::worker::inline_request;
use super::{Printer, inline_pop_list, inline_spread, quoted};
use crate::scenario::language::file;
use crate::scenario::language::forms::PopList;
use crate::scenario::language::quantity::Spread;
use crate::scenario::language::{condition, key_pattern, value};
use crate::scenario::{
    Client, ClientStart, Comparison, Condition, DEFAULT_CACHE_TTL, Distribution, RoamingRule, Step,
    Worker,
};
use crate::units::{Duration, Share, Size};

/// What steps need not say because the client says it, and whom they ask.
struct Defaults<'w> {
    /// The scenario's Workers, to which steps refer by number.
    workers: &'w [Worker],
    cache_ttl: Duration,
    value_size: Option<Size>,
    expiration_ttl: Option<Duration>,
}

impl Printer {
    /// Prints `[client.NAME]`.
    pub(super) fn client(&mut self, table: &file::Client, client: &Client, workers: &[Worker]) {
        self.header(&format!("[client.{}]", client.name));
        self.at_and_split(&table.at, &table.split, |_| {});
        match &client.start {
            ClientStart::Once { count } => self.line("count", count),
            ClientStart::Looping { count, .. } => {
                self.line("count", count);
                self.spread("think", &table.think);
            }
            ClientStart::Arriving { .. } => {
                self.written_quantity("rate", &table.rate);
                self.arrivals(&table.arrivals);
            }
        }
        let defaults = Defaults {
            workers,
            cache_ttl: table
                .cache_ttl
                .as_ref()
                .map_or(DEFAULT_CACHE_TTL, |w| w.value),
            value_size: table.value_size.as_ref().map(|w| w.value),
            expiration_ttl: table.expiration_ttl.as_ref().map(|w| w.value),
        };
        if client.reads() {
            self.quantity("cache-ttl", defaults.cache_ttl);
        }
        self.written_quantity("value-size", &table.value_size);
        self.written_quantity("expiration-ttl", &table.expiration_ttl);
        if let Some(roaming) = &client.roaming {
            let among = table.roam.as_ref().and_then(|roam| roam.among.as_ref());
            let among = match among {
                Some(among) => inline_pop_list(&among.value),
                None => inline_pop_list(&PopList::Word("all".to_owned())),
            };
            let rule = match roaming.rule {
                RoamingRule::Probability(share) => format!("probability = \"{}\"", Share(share)),
                RoamingRule::Every(every) => format!("every = \"{every}\""),
            };
            self.line("roam", format!("{{ {rule}, among = {among} }}"));
        }
        self.text.push_str("steps = [\n");
        for step in &client.steps {
            let step = inline_step(step, client, &defaults);
            self.text.push_str(&format!("    {step},\n"));
        }
        self.text.push_str("]\n");
    }
}

fn inline_step(step: &Step, client: &Client, defaults: &Defaults<'_>) -> String {
    let key = |index: &usize| quoted(&key_pattern::print(&client.keys[*index]));
    match step {
        Step::Get {
            key: index,
            cache_ttl,
        } => {
            let mut text = format!("{{ get = {}", key(index));
            if *cache_ttl != defaults.cache_ttl {
                text += &format!(", cache-ttl = \"{cache_ttl}\"");
            }
            text + " }"
        }
        Step::Put {
            key: index,
            value,
            value_size,
            expiration_ttl,
            metadata,
        } => {
            let value = value::print(value);
            let mut text = format!("{{ put = {}, value = {value}", key(index));
            if let (Some(size), true) = (value_size, *value_size != defaults.value_size) {
                text += &format!(", value-size = \"{size}\"");
            }
            if let (Some(ttl), true) = (expiration_ttl, *expiration_ttl != defaults.expiration_ttl)
            {
                text += &format!(", expiration-ttl = \"{ttl}\"");
            }
            if let Some(metadata) = metadata {
                text += &format!(", metadata = {}", quoted(metadata));
            }
            text + " }"
        }
        Step::Delete { key: index } => format!("{{ delete = {} }}", key(index)),
        Step::List { prefix, page } => {
            let prefix = quoted(&key_pattern::literal(prefix));
            format!("{{ list = {prefix}, limit = {page} }}")
        }
        Step::Request { worker, request } => inline_request(request, &defaults.workers[*worker]),
        Step::Count { name } => format!("{{ count = \"{name}\" }}"),
        Step::Think(time) => format!("{{ think = {} }}", inline_time(time)),
        Step::Repeat { times, steps } => {
            let steps = inline_steps(steps, client, defaults);
            format!("{{ repeat = {times}, steps = {steps} }}")
        }
        Step::If {
            condition,
            then,
            otherwise,
        } => inline_if(condition, then, otherwise, client, defaults),
    }
}

fn inline_if(
    condition: &Condition,
    then: &[Step],
    otherwise: &[Step],
    client: &Client,
    defaults: &Defaults<'_>,
) -> String {
    let is_equal = matches!(
        condition,
        Condition::Number {
            comparison: Comparison::Equal,
            ..
        } | Condition::Status {
            comparison: Comparison::Equal,
            ..
        }
    );
    // `read != 5` is `read = 5` with the steps exchanged.
    let is_turned = is_equal && then.is_empty();
    let (first, second) = match is_turned {
        true => (otherwise, then),
        false => (then, otherwise),
    };
    let condition = quoted(&condition::print(condition, is_turned));
    let first = inline_steps(first, client, defaults);
    if second.is_empty() {
        return format!("{{ if = {condition}, then = {first} }}");
    }
    let second = inline_steps(second, client, defaults);
    format!("{{ if = {condition}, then = {first}, else = {second} }}")
}

fn inline_steps(steps: &[Step], client: &Client, defaults: &Defaults<'_>) -> String {
    let steps = steps.iter().map(|step| inline_step(step, client, defaults));
    format!("[{}]", steps.collect::<Vec<_>>().join(", "))
}

/// The distribution of the model as the file writes it.
fn inline_time(time: &Distribution<Duration>) -> String {
    match time {
        Distribution::Constant(always) => inline_spread(&Spread::Constant(*always)),
        Distribution::Lognormal { p50, p99 } => {
            format!("{{ lognormal = {{ p50 = \"{p50}\", p99 = \"{p99}\" }} }}")
        }
        Distribution::Exponential { mean } => {
            format!("{{ exponential = {{ mean = \"{mean}\" }} }}")
        }
        Distribution::Uniform { min, max } => {
            format!("{{ uniform = {{ min = \"{min}\", max = \"{max}\" }} }}")
        }
    }
}
