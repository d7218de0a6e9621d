//! Who talks to whom, and how long that takes: tiers, each PoP's way through them, and its way to the store.

use super::links::{Links, links};
use super::places::{Located, NOWHERE, Places, Spot, places};
use super::{Checker, DEFAULT_KEEP, DEFAULT_OWN_WRITES, DEFAULT_STORE, bounds, written};
use crate::scenario::catalogue;
use crate::scenario::geography::{self, great_circle_m};
use crate::scenario::language::diagnostic::{Code, Diagnostic};
use crate::scenario::language::file::{self, File};
use crate::scenario::language::source::Span;
use crate::scenario::language::suggest::nearest;
use crate::scenario::language::written::Written;
use crate::scenario::{Delay, Hop, Link, Node, OwnWrites, Place, Pop, Tier, TierAge};
use crate::units::{Duration, Share};

/// What came of it.
pub struct Topology<'f> {
    /// The PoPs with all their delays.
    pub pops: Vec<Pop>,
    /// The tiers.
    pub tiers: Vec<Tier>,
    /// The PoPs by name.
    pub names: Places<'f>,
    /// Whether any delay follows from geography.
    pub is_geography_used: bool,
}

/// One end of a hop.
#[derive(Clone, Copy)]
struct End<'e> {
    code: &'e str,
    place: Option<Place>,
}

/// A tier with the places of its caches.
struct PlacedTier {
    tier: Tier,
    places: Vec<Place>,
}

/// What delays follow from.
struct Network<'f> {
    inflation: Share,
    per_link: Duration,
    jitter: Delay,
    links: Links,
    store: &'f str,
    store_place: Place,
    own_writes: OwnWrites,
    /// Whether any delay followed from geography.
    is_geography_used: bool,
}

/// Resolves the topology.
pub fn topology<'f>(file: &'f File, checker: &mut Checker<'_>) -> Topology<'f> {
    let names = places(file, checker);
    let tiers = tiers(file, &names, checker);
    let mut network = network(file, &names, checker);
    let mut pops = Vec::new();
    for spot in &names.pops {
        pops.push(network.pop(spot, &tiers, checker));
    }
    network.links.note_unused(checker);
    if !network.is_geography_used && !pops.is_empty() {
        note_unused_geography(file, checker);
    }
    Topology {
        pops,
        tiers: tiers.into_iter().map(|placed| placed.tier).collect(),
        names,
        is_geography_used: network.is_geography_used,
    }
}

fn network<'f>(file: &'f File, names: &Places<'_>, checker: &mut Checker<'_>) -> Network<'f> {
    let settings = &file.network;
    if let Some(inflation) = &settings.inflation
        && inflation.value.0 > bounds::INFLATION_MAX
    {
        let title = "a path more than 100 times as long as the great circle";
        checker.mistake(Diagnostic::new(Code::OutOfRange, title).at(&inflation.span, ""));
    }
    if let Some(per_link) = &settings.per_link {
        checker.at_most("per-link", per_link, bounds::DELAY_MAX);
    }
    let store = file.store.at.as_ref();
    let code = store.map_or(DEFAULT_STORE, |at| at.value.as_str());
    let store_place = match (names.locate(code), store) {
        (Located::At(place), _) => place,
        (_, Some(at)) => location_unknown("the store", at, names, checker),
        // Only where a PoP of the default's own code has no place.
        (_, None) => {
            let title = format!("the store is at `{code}`, which has no place here");
            checker.mistake(
                Diagnostic::new(Code::UnknownDelay, title)
                    .help("give it `near`, or put the store elsewhere with `store.at`"),
            );
            NOWHERE
        }
    };
    Network {
        inflation: written(&settings.inflation, geography::DEFAULT_INFLATION),
        per_link: written(&settings.per_link, geography::DEFAULT_PER_LINK),
        jitter: match &settings.jitter {
            Some(jitter) => checker.delay("jitter", jitter),
            None => NO_DELAY,
        },
        links: links(file, names, checker),
        store: code,
        store_place,
        own_writes: written(&file.cache.own_writes, DEFAULT_OWN_WRITES),
        is_geography_used: false,
    }
}

const NO_DELAY: Delay = Delay {
    constant: Duration::ZERO,
    random: None,
};

fn location_unknown(
    what: &str,
    at: &Written<String>,
    names: &Places<'_>,
    checker: &mut Checker<'_>,
) -> Place {
    let code = &at.value;
    let mistake = match names.locate(code) {
        Located::Nowhere => Diagnostic::new(
            Code::UnknownDelay,
            format!("{what} cannot be at `{code}`, which has no place"),
        )
        .at(&at.span, "")
        .help(format!("give [pop.{code}] a place with `near`")),
        _ => {
            let title = format!("`{code}` is not a place where {what} can be");
            let mistake = Diagnostic::new(Code::UnknownName, title).at(&at.span, "");
            match names.nearest_code(code) {
                Some(near) => mistake.help(format!("did you mean {near}?")),
                None => mistake.help("a place is a code of the catalogue; `kvlag pops` lists them"),
            }
        }
    };
    checker.mistake(mistake);
    NOWHERE
}

fn tiers(file: &File, names: &Places<'_>, checker: &mut Checker<'_>) -> Vec<PlacedTier> {
    let mut placed: Vec<PlacedTier> = Vec::new();
    for tier in &file.tier {
        let name = match &tier.name {
            Some(name) => {
                checker.name("tier", name, &name.span);
                if placed.iter().any(|other| other.tier.name == name.value) {
                    let title = format!("two tiers are named `{}`", name.value);
                    checker
                        .mistake(Diagnostic::new(Code::GivenTwice, title).at(&name.span, "again"));
                }
                name.value.clone()
            }
            None => {
                checker.missing(&tier.span, "a tier", "name", "name = \"regional\"");
                String::new()
            }
        };
        if let Some(keep) = &tier.keep {
            checker.at_most("keep", keep, bounds::SPAN_MAX);
        }
        let (codes, places) = tier_places(tier, names, checker);
        placed.push(PlacedTier {
            tier: Tier {
                name,
                places: codes,
                keep: written(&tier.keep, DEFAULT_KEEP),
                age: written(&tier.age, TierAge::Carried),
            },
            places,
        });
    }
    placed
}

fn tier_places(
    tier: &Written<file::Tier>,
    names: &Places<'_>,
    checker: &mut Checker<'_>,
) -> (Vec<String>, Vec<Place>) {
    let example = "at = [\"FRA\", \"IAD\"]";
    let Some(at) = &tier.at else {
        checker.missing(&tier.span, "a tier", "at", example);
        return (Vec::new(), Vec::new());
    };
    if at.is_empty() {
        checker.mistake(
            Diagnostic::new(Code::Missing, "a tier needs at least one place")
                .at(&at.span, "this names none")
                .help(format!("for example `{example}`")),
        );
    }
    let (mut codes, mut places): (Vec<String>, Vec<Place>) = (Vec::new(), Vec::new());
    for (index, code) in at.iter().enumerate() {
        if let Some(first) = at[..index].iter().find(|c| c.value == code.value) {
            let title = format!("`{}` is in the list twice", code.value);
            checker.mistake(
                Diagnostic::new(Code::GivenTwice, title)
                    .at(&code.span, "again")
                    .also(&first.span, "first here"),
            );
        }
        places.push(match names.locate(code) {
            Located::At(place) => place,
            _ => location_unknown("a tier", code, names, checker),
        });
        codes.push(code.value.clone());
    }
    (codes, places)
}

/// The index of the place nearest to `from`; the first of equally near ones.
fn nearest_place(from: Place, places: &[Place]) -> Option<usize> {
    let distance = |place: &Place| great_circle_m(from, *place);
    let by_distance =
        |a: &usize, b: &usize| distance(&places[*a]).total_cmp(&distance(&places[*b]));
    (0..places.len()).min_by(by_distance)
}

fn note_unused_geography(file: &File, checker: &mut Checker<'_>) {
    let network = &file.network;
    let keys = [
        ("inflation", network.inflation.is_some()),
        ("per-link", network.per_link.is_some()),
        ("jitter", network.jitter.is_some()),
    ];
    for (key, is_given) in keys {
        if is_given {
            checker.hints.push(format!(
                "`network.{key}` changes nothing here: it shapes delays that follow from geography, and every delay is given outright."
            ));
        }
    }
}

impl Network<'_> {
    fn pop(&mut self, spot: &Spot<'_>, tiers: &[PlacedTier], checker: &mut Checker<'_>) -> Pop {
        let settings = spot.settings.as_ref().map(|(_, pop)| pop);
        let own_writes = settings.and_then(|pop| pop.own_writes.as_ref());
        let nowhere = Pop {
            code: spot.code.clone(),
            city: spot.city.clone(),
            place: spot.place,
            path: Vec::new(),
            direct: Link {
                up: NO_DELAY,
                down: NO_DELAY,
            },
            own_writes: own_writes.map_or(self.own_writes, |rule| rule.value),
        };
        let Some(choice) = choose_tiers(spot, tiers, checker) else {
            return nowhere;
        };
        let mut from = End {
            code: &spot.code,
            place: spot.place,
        };
        let mut path = Vec::new();
        let stops = choice.iter().enumerate().map(|(tier, &place)| {
            let end = End {
                code: &tiers[tier].tier.places[place],
                place: Some(tiers[tier].places[place]),
            };
            (Node::Tier { tier, place }, end)
        });
        let store = End {
            code: self.store,
            place: Some(self.store_place),
        };
        for (to, end) in stops.chain([(Node::Store, store)]) {
            let first = path.is_empty().then_some(spot);
            let Some(link) = self.link(from, end, first, checker) else {
                checker.mistake(no_delay(spot, end.code));
                return nowhere;
            };
            path.push(Hop { to, link });
            from = end;
        }
        match self.direct(spot, &path) {
            Ok(direct) => Pop {
                path,
                direct,
                ..nowhere
            },
            Err(mistake) => {
                checker.mistake(mistake);
                nowhere
            }
        }
    }

    /// The delays of a hop; `first` is the PoP whose first hop it is.
    fn link(
        &mut self,
        from: End<'_>,
        to: End<'_>,
        first: Option<&Spot<'_>>,
        checker: &mut Checker<'_>,
    ) -> Option<Link> {
        let settings = first.and_then(|spot| spot.settings);
        let given = |key: &'static str| {
            let (_, pop) = settings?;
            let spread = match key {
                "to-store" => pop.to_store.as_ref()?,
                _ => pop.from_store.as_ref()?,
            };
            Some((key, spread))
        };
        let (up, down) = (given("to-store"), given("from-store"));
        if let Some((delay, span)) = self.links.delay(from.code, to.code) {
            if let Some((key, spread)) = up.or(down) {
                checker.mistake(given_twice(key, &spread.span, &span, from.code));
            }
            let (back, _) = self.links.delay(to.code, from.code)?;
            return Some(Link {
                up: delay,
                down: back,
            });
        }
        let up = up.map(|(key, spread)| checker.delay(key, spread));
        let down = down.map(|(key, spread)| checker.delay(key, spread));
        let down = down.or_else(|| up.clone());
        let geography = match (&up, &down) {
            (Some(_), Some(_)) => None,
            _ => Some(self.geography(from.place?, to.place?)),
        };
        Some(Link {
            up: up.or_else(|| geography.clone())?,
            down: down.or(geography)?,
        })
    }

    fn geography(&mut self, from: Place, to: Place) -> Delay {
        self.is_geography_used = true;
        let travel = geography::one_way(from, to, self.inflation, self.per_link);
        Delay {
            constant: travel + self.jitter.constant,
            random: self.jitter.random,
        }
    }

    /// The way of writes and lists.
    fn direct(&mut self, spot: &Spot<'_>, path: &[Hop]) -> Result<Link, Diagnostic> {
        if let [only] = path {
            return Ok(only.link.clone());
        }
        if let Some((up, _)) = self.links.delay(&spot.code, self.store) {
            let back = self.links.delay(self.store, &spot.code);
            let (down, _) = back.expect("a link found in one direction serves both");
            return Ok(Link { up, down });
        }
        let to_store = spot.settings.and_then(|(_, pop)| pop.to_store.as_ref());
        if let (Some(place), None) = (spot.place, to_store) {
            let delay = self.geography(place, self.store_place);
            return Ok(Link {
                up: delay.clone(),
                down: delay,
            });
        }
        let up = sum(path.iter().map(|hop| &hop.link.up));
        let down = sum(path.iter().map(|hop| &hop.link.down));
        match (up, down) {
            (Some(up), Some(down)) => Ok(Link { up, down }),
            _ => Err(no_direct_delay(spot, self.store)),
        }
    }
}

/// The delay of several hops together, if no more than one of them is drawn.
fn sum<'d>(delays: impl Iterator<Item = &'d Delay>) -> Option<Delay> {
    let mut total = NO_DELAY;
    for delay in delays {
        total.constant = total.constant + delay.constant;
        match (total.random, delay.random) {
            (Some(_), Some(_)) => return None,
            (random, other) => total.random = random.or(other),
        }
    }
    Some(total)
}

/// For each tier the place that a PoP uses; `None` where that is unknown, which is noted.
fn choose_tiers(
    spot: &Spot<'_>,
    tiers: &[PlacedTier],
    checker: &mut Checker<'_>,
) -> Option<Vec<usize>> {
    let via: &[Written<String>] = spot
        .settings
        .and_then(|(_, settings)| settings.via.as_ref())
        .map_or(&[], |via| &via.value);
    if let Some(more) = via.get(tiers.len()) {
        let title = match tiers.len() {
            0 => "`via` names tier caches, and there is no tier".to_owned(),
            count => format!("`via` names more places than there are tiers ({count})"),
        };
        checker.no_effect(&more.span, title, "one place for each [[tier]], in order");
    }
    let mut from = spot.place;
    let mut choice = Vec::new();
    for (index, placed) in tiers.iter().enumerate() {
        let place = match via.get(index) {
            Some(code) => match placed.tier.places.iter().position(|c| *c == code.value) {
                Some(place) => place,
                None => {
                    checker.mistake(not_of_tier(code, &placed.tier));
                    return None;
                }
            },
            None if placed.places.len() == 1 => 0,
            None => match from {
                Some(from) => nearest_place(from, &placed.places)?,
                None => {
                    checker.mistake(needs_via(spot, &placed.tier));
                    return None;
                }
            },
        };
        choice.push(place);
        from = Some(placed.places[place]);
    }
    Some(choice)
}

fn not_of_tier(code: &Written<String>, tier: &Tier) -> Diagnostic {
    let title = format!("tier `{}` has no cache at `{}`", tier.name, code.value);
    let places = tier.places.join(", ");
    let near = nearest(code, tier.places.iter().map(String::as_str));
    let mistake = Diagnostic::new(Code::UnknownName, title).at(&code.span, "");
    match near {
        Some(near) => mistake.did_you_mean(Some(near)),
        None => mistake.help(format!("it has: {places}")),
    }
}

fn needs_via(spot: &Spot<'_>, tier: &Tier) -> Diagnostic {
    let title = format!(
        "`{}` has no place, so no cache of tier `{}` is its nearest",
        spot.code, tier.name
    );
    Diagnostic::new(Code::UnknownDelay, title)
        .at(&spot.span, "")
        .help(format!(
            "name one: `via = [\"{}\"]`",
            tier.places.first().map_or("…", |p| p)
        ))
}

fn given_twice(key: &str, span: &Span, link: &Span, code: &str) -> Diagnostic {
    let title = format!("the first delay from `{code}` is given twice");
    Diagnostic::new(Code::GivenTwice, title)
        .at(span, format!("as `{key}`"))
        .also(link, "and as a link")
        .help("keep one of them")
}

fn no_delay(spot: &Spot<'_>, to: &str) -> Diagnostic {
    let code = &spot.code;
    let title =
        format!("`{code}` is not in the catalogue, and nothing says how far it is from `{to}`");
    let meant = catalogue::pops()
        .iter()
        .find(|pop| pop.code.eq_ignore_ascii_case(code) || pop.city.eq_ignore_ascii_case(code));
    let question = meant.map_or(String::new(), |pop| {
        format!("did you mean `{}` ({})? else ", pop.code, pop.city)
    });
    Diagnostic::new(Code::UnknownDelay, title)
        .at(&spot.span, "neither a place nor a delay")
        .help(format!(
            "{question}give it `near = \"AMS\"`, its place, or `to-store = \"20ms\"`, its delay one way"
        ))
}

fn no_direct_delay(spot: &Spot<'_>, store: &str) -> Diagnostic {
    let code = &spot.code;
    let title = format!("nothing says how long a write from `{code}` takes to the store");
    Diagnostic::new(Code::UnknownDelay, title)
        .at(&spot.span, "reads go through tiers, writes go straight")
        .help(format!(
            "add [[link]] with from = \"{code}\", to = \"{store}\" and one-way"
        ))
}
