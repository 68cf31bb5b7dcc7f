#!/bin/sh
# Begins a migration: scripts/migration.sh verb_noun. How to go on stands in migrations/README.md.
set -eu
cd "$(dirname "$0")/.."

name=${1:-}
case $name in
    '' | *[!a-z0-9_]* | _* | *_)
        echo "A name is needed, such as: make migration NAME=create_notices" >&2
        exit 2
        ;;
esac
folder="migrations/$(date -u +%Y-%m-%d-%H%M%S)_$name"
mkdir "$folder"
printf -- '-- What this adds, in a sentence.\n' >"$folder/up.sql"
printf -- '-- Takes back all that up.sql does, in the reverse order.\n' >"$folder/down.sql"
echo "$folder"
