//! The page's stories: how a few operations came to their answers, each with its sequence.

use super::sequence;
use crate::experiment::{Chosen, LookedAt, Results};
use crate::observe::breaches::Guarantee;
use crate::observe::follow::Choice;
use crate::report::stories::{how_to_see, id, told, too_much};
use crate::scenario::metric::{METRICS, Metric};
use minijinja::value::Serde;
use minijinja::{Value, context};
use std::collections::BTreeMap;

/// What the section is filled with; `None` where nobody has looked.
pub fn stories(results: &Results) -> Option<Value> {
    let stories = &results.stories;
    let among = match &stories.looked_at {
        LookedAt::Nothing => return None,
        LookedAt::TooMuch(operations) => {
            let left_out = too_much(*operations);
            return Some(context! { left_out, among => "", told => Vec::<Value>::new() });
        }
        LookedAt::Run { key, until } => {
            let key = key.as_ref().map(|key| format!("the key `{key}`"));
            let until = until.map(|until| {
                let until = crate::report::format::length_in_words(until);
                format!("the first {until}")
            });
            let limits: Vec<String> = key.into_iter().chain(until).collect();
            match limits.is_empty() {
                true => String::new(),
                false => format!(" ({})", limits.join(", ")),
            }
        }
    };
    let told = results.stories.told.iter();
    let told = told.map(|chosen| story(results, chosen));
    let told: Vec<Value> = told.collect();
    (!told.is_empty()).then(|| context! { left_out => "", among, told })
}

fn story(results: &Results, chosen: &Chosen) -> Value {
    let told = told(results, chosen);
    let name = format!("story-{}", id(chosen.choice));
    context! {
        id => name.as_str(),
        title => title(chosen.choice),
        headline => told.headline(),
        figure => Value::from_safe_string(sequence::figure_on_page(&told, &name)),
        why => told.why(),
        within => told.within(),
        change => told.change(),
        same => told.same(),
        command => how_to_see(results, chosen.choice),
    }
}

fn title(choice: Choice) -> &'static str {
    match choice {
        Choice::Stalest => "The stalest read",
        Choice::Slowest => "The slowest read",
        Choice::Broken(Some(Guarantee::ReadYourWrites)) => {
            "A write that its own author does not see"
        }
        Choice::Broken(Some(Guarantee::MonotonicReads)) => "A read that goes back in time",
        Choice::Broken(Some(Guarantee::LostUpdate)) => "An update that is lost",
        Choice::Broken(None) => "A guarantee that was broken",
    }
}

/// The story on the page that shows what a row of the guarantees counts, by the row's name.
pub fn links(results: &Results) -> Value {
    let mut links = BTreeMap::new();
    for chosen in &results.stories.told {
        let metrics: &[Metric] = match chosen.choice {
            Choice::Stalest => &[Metric::StaleReads],
            Choice::Slowest | Choice::Broken(None) => &[],
            Choice::Broken(Some(Guarantee::ReadYourWrites)) => &[Metric::ReadYourWritesViolations],
            Choice::Broken(Some(Guarantee::MonotonicReads)) => &[Metric::MonotonicReadViolations],
            Choice::Broken(Some(Guarantee::LostUpdate)) => {
                &[Metric::StaleBaseWrites, Metric::LostUpdates]
            }
        };
        let names = METRICS.iter().filter(|info| metrics.contains(&info.metric));
        let names = names.map(|info| info.name.replace('-', " "));
        links.extend(names.map(|name| (name, format!("story-{}", id(chosen.choice)))));
    }
    Value::from(Serde(links))
}
