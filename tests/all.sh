#!/usr/bin/env bash
# Runs every test: format, lints, unit and integration tests, the shipped scenarios, the pages in a browser, and live
# sessions with the clients that people have.
set -euo pipefail
cd "$(dirname "$0")/.."

# Built as people build the program. Step by step the compiler inlines less, and what it gets wrong otherwise would not
# show: rustc 1.95 loses an assignment then (rust-lang/rust#158206), and did so here.
export CARGO_INCREMENTAL=0

install_packages() {
  local root=""
  [ "$(id -u)" = 0 ] || root="sudo -n"
  $root apt-get update -qq && $root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$@" >/dev/null
}

has_chromium() {
  [ -n "${CHROMIUM:-}" ] || command -v chromium chromium-browser google-chrome >/dev/null
}

has_node_and_python() {
  command -v npm >/dev/null && python3 -c "import ensurepip, venv"
}

# What is there already is only looked at. The clients work without what their packages would run or fetch.
install_clients() {
  local from=tests/live/clients into=target/clients
  mkdir -p "$into" && cp "$from/package.json" "$into/" &&
    npm install --prefix "$into" --ignore-scripts --no-audit --no-fund --loglevel error &&
    python3 -m venv "$into/venv" &&
    "$into/venv/bin/pip" install --quiet --disable-pip-version-check -r "$from/requirements.txt"
}

cargo fmt --check
cargo clippy --all-targets -- -D warnings
cargo test --no-fail-fast
if has_chromium || { install_packages chromium && has_chromium; }; then
  cargo test --test browser --test live_page -- --ignored
else
  echo "NOT RUN: tests/browser.rs, tests/live_page.rs. There is no Chromium, and apt-get could not install it: put it into the path." >&2
fi
if { has_node_and_python || install_packages nodejs npm python3-venv; } && install_clients; then
  cargo test --test live -- --ignored
else
  echo "NOT RUN: tests/live/clients.rs, tests/live/workerd.rs. npm and pip could not install workerd, wrangler and the SDKs: Node 20 or later, Python and the network are needed." >&2
fi
