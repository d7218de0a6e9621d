//! Which PoPs there are and where: the catalogue's, and those of the scenario's own.

use std::collections::{BTreeMap, BTreeSet};

use super::Checker;
use crate::scenario::catalogue::{self, CataloguePop};
use crate::scenario::language::diagnostic::{Code, Diagnostic};
use crate::scenario::language::file::{self, File};
use crate::scenario::language::forms::PopList;
use crate::scenario::language::source::Span;
use crate::scenario::language::suggest::nearest;
use crate::scenario::language::written::Written;
use crate::scenario::{Place, PopIndex};

/// A PoP before its ways to the store are known.
pub struct Spot<'f> {
    /// Its code.
    pub code: String,
    /// City and country, or nothing.
    pub city: String,
    /// Where it is, if that is known.
    pub place: Option<Place>,
    /// The region of that place.
    pub region: Option<&'static str>,
    /// Where the scenario names it first.
    pub span: Span,
    /// Its own table, if it has one.
    pub settings: Option<(&'f Written<String>, &'f file::Pop)>,
}

/// The scenario's PoPs, found by code.
pub struct Places<'f> {
    /// In the file's order.
    pub pops: Vec<Spot<'f>>,
    /// Whether all that the file names were found; else a name that is not here may be no second mistake.
    pub are_complete: bool,
    by_code: BTreeMap<String, PopIndex>,
}

/// Stands in where a place is unknown, which is a mistake already noted.
pub const NOWHERE: Place = Place {
    latitude: 0.0,
    longitude: 0.0,
};

/// What is known of a code.
pub enum Located {
    /// A place.
    At(Place),
    /// A PoP of the scenario that has none.
    Nowhere,
    /// Not the code of anything.
    Unknown,
}

impl Places<'_> {
    /// The PoP with a code.
    pub fn find(&self, code: &str) -> Option<PopIndex> {
        self.by_code.get(code).copied()
    }

    /// Where a code is: a PoP of the scenario, or one of the catalogue.
    pub fn locate(&self, code: &str) -> Located {
        match (self.find(code), catalogue::find(code)) {
            (Some(index), _) => match self.pops[index].place {
                Some(place) => Located::At(place),
                None => Located::Nowhere,
            },
            (None, Some(pop)) => Located::At(pop.place),
            (None, None) => Located::Unknown,
        }
    }

    /// The codes of the scenario's PoPs.
    pub fn codes(&self) -> impl Iterator<Item = &str> {
        self.pops.iter().map(|spot| spot.code.as_str())
    }

    /// The code of a known place that was probably meant, with its city.
    pub fn nearest_code(&self, code: &str) -> Option<String> {
        nearest(code, self.codes())
            .map(str::to_owned)
            .or_else(|| nearest_in_catalogue(code))
    }

    fn add<'f>(places: &mut Places<'f>, spot: Spot<'f>) {
        places.by_code.insert(spot.code.clone(), places.pops.len());
        places.pops.push(spot);
    }
}

/// What an entry of a list of PoPs stands for.
pub enum Choice<'l> {
    /// Every PoP.
    All,
    /// Every PoP of a region.
    Region(&'static str),
    /// One PoP.
    One(&'l str),
}

/// The scenario's PoPs: those of `pops`, then those of tables `[pop.X]` that are not among them.
pub fn places<'f>(file: &'f File, checker: &mut Checker<'_>) -> Places<'f> {
    let mut places = Places {
        pops: Vec::new(),
        are_complete: true,
        by_code: BTreeMap::new(),
    };
    let mistakes_before = checker.mistakes.len();
    let listed = match &file.pops {
        Some(list) => choices(list, "pops", checker),
        None => Vec::new(),
    };
    let own_names: BTreeSet<&str> = file.pop.iter().map(|(name, _)| name.as_str()).collect();
    for (choice, span) in listed {
        match choice {
            Choice::All => take(&mut places, catalogue::pops().iter(), &span, checker),
            Choice::Region(region) => {
                let here = catalogue::pops().iter().filter(|pop| pop.region == region);
                take(&mut places, here, &span, checker);
            }
            Choice::One(code) => match catalogue::find(code) {
                Some(pop) => take(&mut places, [pop].into_iter(), &span, checker),
                // A PoP of one's own may be named here as well; its table says what it is.
                None if own_names.contains(code) => {
                    own(&mut places, code, &span, checker);
                }
                None => checker.mistake(unknown_pop(code, &span)),
            },
        }
    }
    for (name, settings) in file.pop.iter() {
        if places.find(&name.value).is_none() {
            match catalogue::find(&name.value) {
                Some(pop) => take(&mut places, [pop].into_iter(), &name.span, checker),
                None => own(&mut places, &name.value, &name.span, checker),
            }
        }
        if let Some(index) = places.find(&name.value) {
            places.pops[index].settings = Some((name, settings));
        }
    }
    for spot in &mut places.pops {
        move_near(spot, checker);
    }
    places.are_complete = checker.mistakes.len() == mistakes_before;
    if places.pops.is_empty() && places.are_complete {
        places.are_complete = false;
        let mistake = Diagnostic::new(Code::Missing, "a scenario needs at least one PoP");
        let mistake = match &file.pops {
            Some(list) => mistake.at(&list.span, "this names none"),
            None => mistake,
        };
        checker.mistake(mistake.help(
            "for example `pops = [\"LHR\", \"SYD\"]`; `kvlag pops` lists the catalogue, [pop.X] adds one of your own",
        ));
    }
    places
}

/// Adds PoPs of the catalogue.
fn take<'f>(
    places: &mut Places<'f>,
    pops: impl Iterator<Item = &'static CataloguePop>,
    span: &Span,
    checker: &mut Checker<'_>,
) {
    for pop in pops {
        if let Some(index) = places.find(pop.code) {
            checker.mistake(given_twice(pop.code, span, &places.pops[index].span));
            continue;
        }
        let spot = Spot {
            code: pop.code.to_owned(),
            city: format!("{}, {}", pop.city, pop.country),
            place: Some(pop.place),
            region: Some(pop.region),
            span: span.clone(),
            settings: None,
        };
        Places::add(places, spot);
    }
}

/// Adds a PoP of the scenario's own.
fn own(places: &mut Places<'_>, name: &str, span: &Span, checker: &mut Checker<'_>) {
    if let Some(index) = places.find(name) {
        checker.mistake(given_twice(name, span, &places.pops[index].span));
        return;
    }
    checker.name("PoP", name, span);
    let spot = Spot {
        code: name.to_owned(),
        city: String::new(),
        place: None,
        region: None,
        span: span.clone(),
        settings: None,
    };
    Places::add(places, spot);
}

/// Puts a PoP where its table says.
fn move_near(spot: &mut Spot<'_>, checker: &mut Checker<'_>) {
    let Some(near) = spot
        .settings
        .and_then(|(_, settings)| settings.near.as_ref())
    else {
        return;
    };
    match catalogue::find(near) {
        Some(pop) => {
            spot.city = format!("near {}, {}", pop.city, pop.country);
            spot.place = Some(pop.place);
            spot.region = Some(pop.region);
        }
        None => {
            checker.mistake(unknown_pop(near, &near.span));
            spot.place = Some(NOWHERE);
        }
    }
}

fn given_twice(code: &str, span: &Span, first: &Span) -> Diagnostic {
    let mistake = Diagnostic::new(Code::GivenTwice, format!("`{code}` is in the list twice"));
    if span == first {
        mistake.at(span, "")
    } else {
        mistake.at(span, "again").also(first, "first here")
    }
}

fn unknown_pop(code: &str, span: &Span) -> Diagnostic {
    let title = format!("`{code}` is not in the catalogue of PoPs");
    let mistake = Diagnostic::new(Code::UnknownName, title).at(span, "");
    match nearest_in_catalogue(code) {
        Some(near) => mistake.help(format!("did you mean {near}?")),
        None if code.contains(|c: char| !c.is_ascii_alphanumeric()) => {
            mistake.help("`kvlag pops` lists them")
        }
        None => mistake.help(format!(
            "`kvlag pops` lists them; a PoP of your own needs a table [pop.{code}]"
        )),
    }
}

/// The code of the catalogue that was probably meant, by its letters or its city.
fn nearest_in_catalogue(code: &str) -> Option<String> {
    let by_city = catalogue::pops()
        .iter()
        .find(|pop| pop.city.eq_ignore_ascii_case(code));
    let by_code = || {
        let near = nearest(code, catalogue::pops().iter().map(|pop| pop.code));
        near.and_then(catalogue::find)
    };
    by_city
        .or_else(by_code)
        .map(|pop| format!("`{}` ({}, {})", pop.code, pop.city, pop.country))
}

/// What the entries of a list stand for, each with its place in the text; mistakes are noted and left out.
pub fn choices<'l>(
    list: &'l Written<PopList>,
    key: &str,
    checker: &mut Checker<'_>,
) -> Vec<(Choice<'l>, Span)> {
    let mut choices = Vec::new();
    match &list.value {
        PopList::Word(word) if word == "all" => choices.push((Choice::All, list.span.clone())),
        PopList::Word(word) => match word.strip_prefix("region:") {
            Some(region) => choices.extend(region_choice(region, word, &list.span, checker)),
            None => {
                let title = format!("`{key}` is a list, \"all\" or \"region:…\"");
                let help = if word.starts_with(|first: char| first.is_ascii_digit()) {
                    format!("an instant is `time = \"{word}\"`; `{key}` says at which PoPs")
                } else {
                    format!("write `{key} = [\"{word}\"]` for one PoP")
                };
                checker.mistake(
                    Diagnostic::new(Code::WrongForm, title)
                        .at(&list.span, "")
                        .help(help),
                );
            }
        },
        PopList::List(entries) => {
            for entry in entries {
                let choice = match entry.value.strip_prefix("region:") {
                    Some(region) => region_choice(region, entry, &entry.span, checker),
                    None if entry.value == "all" => {
                        checker.mistake(
                            Diagnostic::new(Code::WrongForm, "\"all\" stands alone, not in a list")
                                .at(&entry.span, "")
                                .help(format!("write `{key} = \"all\"`")),
                        );
                        None
                    }
                    None => Some((Choice::One(&entry.value), entry.span.clone())),
                };
                choices.extend(choice);
            }
        }
    }
    choices
}

fn region_choice<'l>(
    region: &str,
    word: &str,
    span: &Span,
    checker: &mut Checker<'_>,
) -> Option<(Choice<'l>, Span)> {
    let codes = || catalogue::REGIONS.iter().map(|(code, _)| *code);
    if let Some(code) = codes().find(|code| *code == region) {
        return Some((Choice::Region(code), span.clone()));
    }
    let part = word.len() - region.len()..word.len();
    let at = checker.sources.within(span, word, part);
    let title = format!("`{region}` is not a region");
    let mistake = Diagnostic::new(Code::UnknownName, title).at(&at, "");
    let all: Vec<&str> = codes().collect();
    checker.mistake(match nearest(region, codes()) {
        Some(near) => mistake.did_you_mean(Some(near)),
        None => mistake.help(format!("the regions: {}", all.join(", "))),
    });
    None
}
