"""Questions whose right answer is known, and what must hold after each.

A Bench has a PKI, a server on loopback and a home of which every run gets a
copy: a cache that holds all that is asked for, and a log of what was asked.
Whatever is done to avow in between, a run is sound when

- it ends by itself, in time, and says nothing on standard error but lines of
  its own;
- it gives the right answer, or `undecided`, or none with a word on why and an
  exit code of 64 and more: never the opposite of the truth;
- a file named by --output is the old one or the complete new one;
- the cache and the log can be read afterwards, hold no half of anything, and
  have lost nothing that nobody asked to drop.
"""
import contextlib
import json
import os
import pathlib
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "net"))
import servers  # noqa: E402
import world  # noqa: E402

TIMEOUT_SECONDS = 60
OLD = b"what stood there before\n"
ENTRIES = 8000  # of a CRL: enough to be kept as a file
EXIT_OF = {"trusted": 0, "not-trusted": 1, "undecided": 2}
# What differs between two runs that say the same.
VOLATILE = re.compile(rb"\d+ (ms|s|min)\b|\d{4}-\d\d-\d\d[T ][0-9:.]+|/[^ ]*avow-[^ /\"]*|127\.0\.0\.1:\d+|\"(ms|pid)\": ?\d+")


class Command:
    """`home` is "empty" or "full"; `answer` the truth of a question."""

    def __init__(self, name, arguments, home="full", answer=None, writes=False, drops=False, may_fail=()):
        self.name, self.arguments, self.home = name, arguments, home
        self.answer, self.writes, self.drops = answer, writes, drops
        self.may_fail = may_fail  # exit codes that say of a retrieval or an object what went wrong

    def is_json(self):
        return "--json" in self.arguments and self.answer is not None


class Outcome:
    def __init__(self, code, out, err, problems, count=None):
        self.code, self.out, self.err, self.count = code, out, err, count
        self.problems = problems  # of what is on disk afterwards

    def said(self):
        return VOLATILE.sub(b"*", self.out)


def entries_of(home):
    """The cache's objects as (URL, SHA-1), and what is wrong with it."""
    path = home / "cache" / "avow" / "objects.db"
    if not path.exists():
        return set(), []
    with contextlib.closing(sqlite3.connect(path, timeout=10)) as db:
        try:
            whole = db.execute("PRAGMA integrity_check").fetchall()
            rows = db.execute("SELECT url, sha1, file FROM entry").fetchall() \
                if db.execute("SELECT 1 FROM sqlite_master WHERE name = 'entry'").fetchall() else []
        except sqlite3.DatabaseError as why:
            return set(), [f"the cache's database: {why}"]
    problems = [] if whole == [("ok",)] else [f"the cache's database: {whole[:3]}"]
    for _, _, name in rows:
        if name and not list((path.parent / "big").glob(name + "*")):
            problems.append(f"no file {name}")
    return {(url, sha1) for url, sha1, _ in rows}, problems


class Bench:
    def __init__(self, avow, folder):
        self.avow, self.folder = avow, pathlib.Path(folder)
        self.world = world.World(str(self.folder / "world"))
        self.stories = {
            "trusted": self.tell("good", {}),
            "not-trusted": self.tell("revoked", {"revokes": [["leaf", "keyCompromise", -5]]}),
            "undecided": self.tell("unknown", None),
        }
        self.big = self.stories["trusted"].write("big.crl", self.stories["trusted"].octets({"crl": {"entries": ENTRIES}}))
        self.homes = {}
        for name in ("empty", "full"):
            self.homes[name] = world.Home(str(self.folder / name))
        for answer in self.stories:
            code, out, err, _ = self.homes["full"].run([self.avow, *self.question(answer)])
            if code != EXIT_OF[answer]:
                raise RuntimeError(f"{answer}: exit code {code}\n{out.decode()}\n{err.decode()}")
        self.before, problems = entries_of(pathlib.Path(self.homes["full"].folder))
        if problems or len(self.before) < 2:
            raise RuntimeError(f"the cache to begin with: {self.before}, {problems}")

    def tell(self, name, crl):
        """A leaf without its issuer, which is fetched; a CRL or a 404."""
        serves = {"/ca.crt": {"certs": ["ca"]}}
        if crl is not None:
            serves["/ca.crl"] = {"crl": {"entries": ENTRIES, **crl}}
        return world.Story(self.world, name, {
            "ca": {}, "bundle": ["leaf", "ca"], "serves": serves,
            "leaf": {"cdp": ["{http}/ca.crl"], "aia": ["{http}/ca.crt"]},
            "options": ["--timeout", "5"]})

    def question(self, answer, *options):
        story = self.stories[answer]
        return story.command(self.avow, story.told, list(options))[1:]

    def url(self, name):
        return self.world.place("http", "good") + name

    def commands(self):
        """All that is asked, beginning with the questions."""
        found = []
        for answer in self.stories:
            found.append(Command(f"verify, {answer}, empty cache", self.question(answer, "--json"), "empty", answer, True))
            found.append(Command(f"verify, {answer}, from the cache", self.question(answer, "--json"), "full", answer, True))
        found.append(Command("verify --xml", self.question("not-trusted", "--xml"), "empty", "not-trusted", True))
        found.append(Command("verify, as text", self.question("not-trusted"), "empty", "not-trusted", True))
        found.append(Command("verify --offline", [*self.question("not-trusted", "--json"), "--offline"], "full", "not-trusted", True))
        allow = ["--allow-address", "loopback"]
        found += [
            Command("fetch", ["fetch", *allow, self.url("/ca.crt")], "full", may_fail=(1,)),
            Command("fetch --output", ["fetch", *allow, "--json", "--output", "{out}", self.url("/ca.crl")], "empty", may_fail=(1,)),
            Command("cache add", ["cache", "add", str(self.big), "--url", "http://pki.example/new.crl"], writes=True),
            Command("cache add, the first", ["cache", "add", str(self.big), "--url", "http://pki.example/new.crl"], "empty", writes=True),
            Command("cache list", ["cache", "list", "--json"]),
            Command("cache drop", ["cache", "drop", "--url", self.url("/ca.crl")], writes=True, drops=True),
            Command("cache verify", ["cache", "verify"], may_fail=(1,)),
            Command("cache refresh", ["cache", "refresh", "--all", *allow], writes=True, may_fail=(1,)),
            Command("events list", ["events", "list"]),
            Command("events list --events --json", ["events", "list", "--events", "--json"]),
            Command("events show", ["events", "show", "3-6"]),
            Command("events export --xml", ["events", "export", "--xml"]),
            Command("events export --to", ["events", "export", "--to", "{out}"]),
            Command("explain last", ["explain", "last"]),
        ]
        return found

    @contextlib.contextmanager
    def place(self, command):
        """A copy of the home, and a file that stands for --output."""
        with tempfile.TemporaryDirectory(dir=self.folder, prefix="avow-") as place:
            place = pathlib.Path(place)
            home = place / "home"
            shutil.copytree(self.homes[command.home].folder, home)
            (place / "target").write_bytes(OLD)
            yield place, home

    def environment(self, home):
        # Nobody's own configuration, cache, log or proxy.
        return {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC", "HOME": str(home),
                "XDG_CONFIG_HOME": str(home / "config"), "XDG_CACHE_HOME": str(home / "cache"),
                "XDG_STATE_HOME": str(home / "state")}

    def arguments(self, command, place):
        return [str(self.avow), *(str(place / "target") if a == "{out}" else a for a in command.arguments)]

    def disk_problems(self, command, place, home):
        """What the run has left on disk that nobody may find there."""
        found = []
        left = sorted(p.name for p in place.iterdir() if p.name not in ("home", "target", "count"))
        if left:
            found.append(f"left behind: {left}")
        if "{out}" in command.arguments:
            written = (place / "target").read_bytes()
            if written != OLD and not self.is_complete(command, written):
                found.append(f"a half-written file of {len(written)} bytes")
        after, problems = entries_of(home)
        found += problems
        kept = self.before if command.home == "full" else set()
        dropped = {e for e in kept if "/good/ca.crl" in e[0]} if command.drops else set()
        if not kept - dropped <= after:
            found.append(f"lost from the cache: {sorted(url for url, _ in kept - dropped - after)}")
        found += self.log_problems(home)
        if command.writes:
            done = subprocess.run([self.avow, "cache", "verify"], env=self.environment(home), capture_output=True, check=False)
            if done.returncode != 0:
                found.append(f"cache verify afterwards: {done.returncode}, {(done.stdout + done.stderr)[-400:]!r}")
        return found

    def is_complete(self, command, written):
        if command.arguments[0] == "events":
            with tempfile.NamedTemporaryFile(dir=self.folder, suffix=".evtx") as copy:
                copy.write(written)
                copy.flush()
                done = subprocess.run([self.avow, "events", "export", "--from", copy.name, "--xml"], check=False,
                                      capture_output=True)
            return done.returncode == 0
        return written == self.stories["trusted"].world.faults.answers["/good/ca.crl"].body

    @staticmethod
    def log_problems(home):
        path = home / "state" / "avow" / "events.db"
        if not path.exists():
            return []
        with contextlib.closing(sqlite3.connect(path, timeout=10)) as db:
            try:
                whole = db.execute("PRAGMA integrity_check").fetchall()
                if not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'events'").fetchall():
                    return []
                records = [row[0] for row in db.execute("SELECT record FROM events ORDER BY record")]
            except sqlite3.DatabaseError as why:
                return [f"the event log: {why}"]
        if whole != [("ok",)]:
            return [f"the event log: {whole[:3]}"]
        return [] if records == list(range(1, len(records) + 1)) else ["the event log has a gap"]

    def run(self, command, env=(), wrap=()):
        with self.place(command) as (place, home):
            count = place / "count"
            environment = {**self.environment(home), "FAULT_COUNT": str(count), **dict(env)}
            try:
                done = subprocess.run([*wrap, *self.arguments(command, place)], env=environment, stdin=subprocess.DEVNULL,
                                      capture_output=True, timeout=TIMEOUT_SECONDS, check=False)
            except subprocess.TimeoutExpired as late:
                return Outcome(None, late.stdout or b"", late.stderr or b"", ["does not end"])
            counted = int(count.read_text()) if count.exists() else None
            return Outcome(done.returncode, done.stdout, done.stderr, self.disk_problems(command, place, home), counted)


def answer_problems(command, outcome):
    """Of a question that was answered."""
    verdicts = {code: verdict for verdict, code in EXIT_OF.items()}
    verdict = verdicts[outcome.code]
    found = []
    if verdict not in (command.answer, "undecided"):
        found.append(f"WRONG: {verdict} where {command.answer} is right")
    if command.is_json():
        try:
            told = json.loads(outcome.out)["verdict"]
        except (ValueError, KeyError):
            return [*found, f"no complete answer: {outcome.out[-80:]!r}"]
        if told != verdict:
            found.append(f"says {told}, exit code {outcome.code}")
    elif "--xml" in command.arguments and not outcome.out.endswith(b"</Events>\n"):
        found.append(f"no complete answer: {outcome.out[-80:]!r}")
    elif not outcome.out:
        found.append("no answer")
    return found


def problems_of(command, calm, outcome):
    """What is wrong with a run to which something was done."""
    found = list(outcome.problems)
    if outcome.code is None:
        return found
    if outcome.code < 0:
        return [*found, f"ended by signal {-outcome.code}"]
    lines = outcome.err.decode("utf-8", "replace").splitlines()
    if any(not line.startswith("avow: ") for line in lines):
        found.append(f"standard error is {lines!r}")
    if outcome.code >= 64:
        if not lines:
            found.append(f"exit code {outcome.code} without a word")
        if outcome.code not in (65, 66, 70, 74):
            found.append(f"exit code {outcome.code}, {lines!r}")
    elif command.answer is not None and outcome.code in (0, 1, 2):
        found += answer_problems(command, outcome)
    elif outcome.code not in (calm.code, *command.may_fail):
        found.append(f"exit code {outcome.code}, not {calm.code}; {lines!r}")
    elif command.answer is None and not command.may_fail and outcome.said() != calm.said() and not lines:
        found.append(f"another answer without a word: {outcome.out[-300:]!r}")
    return found


@contextlib.contextmanager
def bench(avow):
    servers.stop_at_the_end()
    with tempfile.TemporaryDirectory(prefix="avow-faults-") as folder:
        try:
            yield Bench(str(pathlib.Path(avow).resolve()), folder)
        finally:
            servers.stop_all()
