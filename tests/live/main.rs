//! Live sessions as their clients see them: what `kvlag serve` answers over HTTP.

#[path = "../common/http.rs"]
mod http;
#[path = "../common/served.rs"]
mod served;

mod binding;
mod clients;
mod ending;
mod rest;
mod robust;
mod workerd;

/// One PoP near its store, and nothing that happens by itself.
const WORLD: &str = r#"
title    = "A live world"
duration = "1m"
[store]
at = "IAD"
[pop.NEAR]
to-store = "2ms"
[[script]]
time = "1s"
pop  = "NEAR"
get  = "k"
"#;
