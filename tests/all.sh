#!/usr/bin/env bash
# Runs every test: format, lints, unit and integration tests, the shipped scenarios, and the pages in a browser.
set -euo pipefail
cd "$(dirname "$0")/.."

has_chromium() {
  [ -n "${CHROMIUM:-}" ] || command -v chromium chromium-browser google-chrome >/dev/null
}

install_chromium() {
  local root=""
  [ "$(id -u)" = 0 ] || root="sudo -n"
  $root apt-get update -qq && $root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium
}

cargo fmt --check
cargo clippy --all-targets -- -D warnings
cargo test --no-fail-fast
if has_chromium || { install_chromium >/dev/null && has_chromium; }; then
  cargo test --test browser -- --ignored
else
  echo "NOT RUN: tests/browser.rs. There is no Chromium, and apt-get could not install it: put it into the path." >&2
fi
