//! The `kvlag` binary.
fn main() {}
