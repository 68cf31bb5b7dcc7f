#!/bin/sh
# Installs what is missing. `setup.sh run` for running the server, `setup.sh test` for the tests too.
# On Debian and Ubuntu with apt; elsewhere it says what to install.
set -eu

want=${1:-run}

say() { printf '%s\n' "$*" >&2; }

for tool in cargo node npm; do
    command -v "$tool" >/dev/null 2>&1 || {
        say "$tool is missing. Install Rust (https://rustup.rs) and Node.js 20.19 or newer, then try again."
        exit 1
    }
done

has_postgres() {
    command -v initdb >/dev/null 2>&1 && return 0
    for bin in /usr/lib/postgresql/*/bin/initdb /usr/pgsql-*/bin/initdb /usr/local/pgsql/bin/initdb \
        /opt/homebrew/opt/postgresql*/bin/initdb; do
        [ -x "$bin" ] && return 0
    done
    return 1
}

has_chromium() { command -v chromium >/dev/null 2>&1 || command -v chromium-browser >/dev/null 2>&1; }

has_nats() {
    command -v nats-server >/dev/null 2>&1 && return 0
    for bin in /usr/sbin/nats-server /usr/local/bin/nats-server; do
        [ -x "$bin" ] && return 0
    done
    return 1
}

has_cjk() { fc-list 2>/dev/null | grep -q 'CJK'; }

packages=
has_postgres || packages="$packages postgresql"
command -v cc >/dev/null 2>&1 || packages="$packages build-essential"
if [ "$want" = test ]; then
    has_chromium || packages="$packages chromium"
    # For the tests with several servers; one alone needs none.
    has_nats || packages="$packages nats-server"
    has_cjk || packages="$packages fonts-noto-cjk fontconfig"
fi
[ -n "$packages" ] || exit 0

if ! command -v apt-get >/dev/null 2>&1; then
    say "Please install:$packages (PostgreSQL 15 or newer, NATS 2.9 or newer), then try again."
    exit 1
fi
sudo=
if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null && sudo=sudo
    [ -n "$sudo" ] || { say "Please run as root: apt-get install$packages"; exit 1; }
fi

# Debian's packages would start servers of their own; Plenary and its tests run private ones.
try=1
while :; do
    # shellcheck disable=SC2086
    if $sudo apt-get update -qq && $sudo env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -qq --no-install-recommends $packages >/dev/null; then
        break
    fi
    [ "$try" -ge 3 ] && { say "apt-get could not install:$packages"; exit 1; }
    try=$((try + 1))
    sleep 5
done
