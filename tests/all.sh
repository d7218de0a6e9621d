#!/usr/bin/env bash
# Runs every test: format, lints, unit and integration tests, and the shipped scenarios.
set -euo pipefail
cd "$(dirname "$0")/.."
cargo fmt --check
cargo clippy --all-targets -- -D warnings
cargo test --no-fail-fast
