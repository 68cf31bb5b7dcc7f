#!/bin/sh
# The server with the demo workshop, and before it Vite, which shows a change of the UI as soon as it is saved.
set -eu
cd "$(dirname "$0")/.."

port=${DEV_PORT:-5173}
# Browsers come from Vite's address, so that is the origin that the server accepts.
export PLENARY_URL="http://localhost:$port"
export PLENARY_DEMO="${PLENARY_DEMO:-on}"
export PLENARY_LISTEN=127.0.0.1:8080

cargo build
./target/debug/plenary serve &
server=$!
trap 'kill "$server" 2>/dev/null; wait "$server"' EXIT
trap 'exit 130' INT TERM
until curl -fs "http://$PLENARY_LISTEN/health/ready" >/dev/null 2>&1; do
    kill -0 "$server" 2>/dev/null || exit 1
    sleep 0.2
done
cd web && npx vite --port "$port" --strictPort
