//! Live sessions as their clients see them: what `kvlag serve` answers over HTTP.

mod clients;
mod common;
mod rest;
