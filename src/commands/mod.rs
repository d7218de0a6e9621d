//! The commands of the command line, one short script each.

pub mod pops;
