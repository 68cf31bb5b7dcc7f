#!/bin/sh
# Checks licences, sources and unwanted crates by deny.toml. Without advisories, since their database comes from another
# place than the crates; the GitHub workflow checks them.
set -eu
cd "$(dirname "$0")/.."

if ! cargo deny --version >/dev/null 2>&1; then
    echo "cargo-deny is not installed (cargo install cargo-deny --locked): licences and sources are not checked." >&2
    exit 0
fi
exec cargo deny --locked check bans licenses sources
