#!/bin/sh
# Runs every check, and says in its last lines what passed.
set -eu
cd "$(dirname "$0")/.."

# A clean clone is built once: what only quickens the next build would double the space that it takes.
[ -z "${CI:-}" ] || export CARGO_INCREMENTAL=0

summary=
begin=$(date +%s)

step() {
    name=$1
    shift
    started=$(date +%s)
    printf '\n== %s\n' "$name"
    if "$@"; then
        summary="$summary
  passed  $name ($(($(date +%s) - started)) s)"
    else
        printf '%s\n' "$summary" "  FAILED  $name"
        exit 1
    fi
}

web() { (cd web && npm run --silent "$1" -- ${2:-}); }

step "set up" sh scripts/setup.sh test
step "web: packages" sh -c 'cd web && npm ci --no-audit --no-fund --loglevel=error'
step "web: format" web format:check
step "web: types and accessibility warnings" web check
step "web: lint" web lint
step "web: unit tests" web test
step "web: build" web build
step "rust: format" cargo fmt --check
step "rust: licences and sources of the crates" sh scripts/deny.sh
step "rust: lints" cargo clippy --quiet --all-targets -- -D warnings
# This makes target/debug/plenary too, which the steps after it use; `cargo build` would make it
# again, with other features of the libraries.
step "rust: tests" cargo test --quiet
step "web: API types are the server's" web api --check
step "browser tests" node tests/browser/run.js

printf '\nAll passed in %s s:%s\n' "$(($(date +%s) - begin))" "$summary"
