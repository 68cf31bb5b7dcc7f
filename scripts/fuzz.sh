#!/bin/sh
# Schemathesis against a real server: a few minutes. How many examples of each operation is the argument.
set -eu
cd "$(dirname "$0")/.."

venv=target/fuzz
if ! [ -x "$venv/bin/schemathesis" ]; then
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet --requirement tests/fuzz/requirements.txt
fi
cargo build --quiet
exec "$venv/bin/python" tests/fuzz/run.py "${1:-5}"
