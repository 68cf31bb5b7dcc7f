"""Calls every operation of the OpenAPI with generated input, on a real server with the demo workshop: as a visitor, a
member and a chair. Fails on any 5xx, any status or shape that is not documented, and when more than a few operations
refuse what is valid by the schema.

Run by `make fuzz`; needs `target/debug/plenary` and schemathesis."""

import collections
import json
import os
import subprocess
import sys
import tempfile
import urllib.request

# Operations that may refuse what is valid by the schema: rules between fields, which JSON Schema cannot say.
REFUSING_MAX = 5
# These end the sign-in that asks, so that only a visitor calls them.
ENDING = ["/sign-in", "/sign-out", "/demo/sign-in", "/me/password", "/register"]
# WebSockets, and what waits for an entry.
NOT_CALLED = ["/live", "/screen/live"]
# What must never be found. The other checks are reported: who does not see something is told that it is not there,
# whatever else is wrong with the call, and public reads take any token for none.
NEVER = ["Server error", "Undocumented HTTP status code", "Undocumented Content-Type", "Response violates schema"]
REFUSED = "Schema-valid request rejected"
ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))


class Browser:
    def __init__(self, origin, token=None):
        self.origin, self.token = origin, token

    def call(self, method, path, body=None):
        headers = {"content-type": "application/json", "sec-fetch-site": "same-origin"}
        if self.token:
            headers["authorization"] = f"Bearer {self.token}"
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.origin}/api/v1{path}", data, headers, method=method)
        with urllib.request.urlopen(request) as answer:
            self.cookie = answer.headers.get("set-cookie", "")
            text = answer.read()
            return json.loads(text) if text else None

    def sign_in(self, member):
        self.call("POST", "/demo/sign-in", {"member": member})
        return Browser(self.origin, self.cookie.split(";")[0].split("=", 1)[1])


def start(folder):
    env = {name: value for name, value in os.environ.items() if not name.startswith("PLENARY_")}
    env.pop("DATABASE_URL", None), env.pop("NATS_URL", None)
    env |= {"PLENARY_DEMO": "on", "PLENARY_RATE_LIMITS": "off", "PLENARY_LOG_FILTER": "error"}
    server = subprocess.Popen(
        [f"{ROOT}/target/debug/plenary", "serve", "--listen", "127.0.0.1:0", "--data", f"{folder}/data"],
        env=env, stdout=subprocess.PIPE, text=True)
    for line in server.stdout:
        if line.startswith("Plenary is ready: "):
            return server, line.split(": ", 1)[1].strip()
    sys.exit("the server does not start")


def ids(chair):
    """Path without its end → an id of something that is there."""
    rooms = chair.call("GET", "/rooms")["items"]
    room = next(room for room in rooms if room["kind"] == "workshop" and room["your_role"] == "chair")["id"]
    thread = chair.call("GET", f"/rooms/{room}/threads")["items"][0]["id"]
    post = chair.call("GET", f"/threads/{thread}/posts")["items"][0]["id"]
    session = chair.call("GET", f"/rooms/{room}/sessions")["items"][0]["id"]
    return {"rooms": room, "threads": thread, "posts": post, "sessions": session}


def config(path, origin, token, known):
    lines = []
    for name, value in known.items():
        lines += ["[[operations]]", f'include-path-regex = "^/{name}/\\\\{{id\\\\}}"',
                  "[operations.parameters]", f'"path.id" = "{value}"', ""]
    with open(path, "w") as file:
        file.write("\n".join(lines))


def fuzz(folder, role, origin, token, known, examples):
    settings, report = f"{folder}/{role}.toml", f"{folder}/{role}.json"
    config(settings, origin, token, known)
    command = [f"{os.path.dirname(sys.executable)}/schemathesis", "--config-file", settings, "run",
               f"{origin}/api/v1/openapi.json", "--url", f"{origin}/api/v1", "--checks", "all",
               "--phases", "examples,coverage,fuzzing",
               "--max-examples", str(examples), "--seed", "1", "--continue-on-failure", "--no-shrink",
               "--suppress-health-check", "all", "--workers", "2", "--report", "json", "--report-json-path", report,
               "-H", "sec-fetch-site: same-origin"]
    for path in NOT_CALLED + (ENDING if token else []):
        command += ["--exclude-path", path]
    if token:
        command += ["-H", f"authorization: Bearer {token}"]
    with open(f"{folder}/{role}.txt", "w") as log:
        subprocess.run(command, stdout=log, stderr=subprocess.STDOUT, cwd=folder)
    return report


def main():
    examples = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    folder = os.environ.get("FUZZ_DIR") or tempfile.mkdtemp(prefix="plenary-fuzz-")
    os.makedirs(folder, exist_ok=True)
    # PostgreSQL runs as somebody else where this runs as root.
    os.chmod(folder, 0o755)
    server, origin = start(folder)
    try:
        visitor = Browser(origin)
        people = {item["note"]["en"]: item["id"] for item in visitor.call("GET", "/demo/members")["items"]}
        chair = visitor.sign_in(people["Chair"])
        known = ids(chair)
        roles = {"visitor": None, "member": visitor.sign_in(people["Participant"]).token, "chair": chair.token}
        reports = {role: fuzz(folder, role, origin, token, known, examples) for role, token in roles.items()}
    finally:
        server.terminate()
        server.wait()
    found = collections.defaultdict(set)
    for role, report in reports.items():
        with open(report) as file:
            report = json.load(file)
        print(f"{role}: {report['test_cases']['generated']} calls of {report['operations']['tested']} operations")
        if report["errors"]:
            sys.exit(f"{role}: {report['errors']}")
        for failure in report["failures"]:
            found[failure["title"]].update(failure["operations"])
    for title, operations in sorted(found.items()):
        print(f"{title}: {len(operations)}\n    " + "\n    ".join(sorted(operations)))
    bad = [title for title in NEVER if title in found]
    if bad or len(found[REFUSED]) > REFUSING_MAX:
        sys.exit(f"not as documented; the reports are in {folder}")


main()
