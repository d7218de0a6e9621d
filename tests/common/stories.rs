//! Small worlds with one key and constant delays, in which every instant of a story is known by hand.

/// NEAR is 10 ms from the store, FAR is 100 ms.
pub const WORLD: &str = r#"
title    = "By hand"
duration = "5m"
[store]
at = "IAD"
[cache]
start       = "cold"
hit-latency = "1ms"
[pop.NEAR]
to-store = "10ms"
[pop.FAR]
to-store = "100ms"
"#;

pub fn script(operations: &[(&str, &str, &str)]) -> String {
    let operations = operations.iter().map(|(time, pop, what)| {
        format!("[[script]]\ntime = \"{time}\"\npop = \"{pop}\"\n{what} = \"k\"\n")
    });
    operations.collect()
}

/// A copy comes to FAR at 1:00.200, is superseded at 1:10.010, and read at 1:45.
pub fn kept() -> String {
    WORLD.to_owned()
        + &script(&[
            ("60s", "FAR", "get"),
            ("70s", "NEAR", "put"),
            ("105s", "FAR", "get"),
        ])
}

/// The store is asked at 1:00.100 and has a new version at 1:00.150; its answer is at FAR at 1:00.200.
pub fn on_its_way(second_read: &str) -> String {
    WORLD.to_owned()
        + &script(&[
            ("60s", "FAR", "get"),
            ("60140ms", "NEAR", "put"),
            (second_read, "FAR", "get"),
        ])
}

/// Two PoPs below a tier, 10 ms away, which is 50 ms from the store.
pub fn below_a_tier() -> String {
    r#"
title    = "By hand, with a tier"
duration = "5m"
[store]
at = "IAD"
[cache]
start       = "cold"
hit-latency = "1ms"
[[tier]]
name = "regional"
at   = ["FRA"]
keep = "60s"
[[link]]
from    = "FRA"
to      = "IAD"
one-way = "50ms"
[pop.ONE]
to-store = "10ms"
[pop.TWO]
to-store = "10ms"
"#
    .to_owned()
        + &script(&[
            ("60s", "ONE", "get"),
            ("70s", "ONE", "put"),
            ("80s", "TWO", "get"),
            ("110s", "TWO", "get"),
        ])
}

/// Whether every element that is opened is closed in its turn.
pub fn is_well_formed(markup: &str) -> bool {
    let mut open = Vec::new();
    for piece in markup.split('<').skip(1) {
        let Some((tag, text)) = piece.split_once('>') else {
            return false;
        };
        let is_attributes_even = tag.matches('"').count() % 2 == 0;
        let is_text_plain = !text.contains('&') || text.contains(';');
        if !is_attributes_even || !is_text_plain {
            return false;
        }
        let name = |tag: &str| tag.split(' ').next().unwrap_or_default().to_owned();
        match tag.strip_prefix('/') {
            Some(closed) if open.pop() != Some(name(closed)) => return false,
            Some(_) => {}
            None if tag.ends_with('/') => {}
            None => open.push(name(tag)),
        }
    }
    open.is_empty()
}
