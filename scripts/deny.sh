#!/bin/sh
# Checks what the crates are licensed under and where they come from (deny.toml). Without the network, so without
# advisories; the GitHub workflow checks those.
set -eu
cd "$(dirname "$0")/.."

if ! cargo deny --version >/dev/null 2>&1; then
    echo "cargo-deny is not installed (cargo install cargo-deny --locked): licences and sources are not checked." >&2
    exit 0
fi
exec cargo deny --offline --log-level error check bans licenses sources
