#!/usr/bin/env python3
"""Runs avow while calls fail: run.py memory|io AVOW MODULE EXAMPLES [--all].

Each command is run once undisturbed, which tells how many calls could fail, and then with the n-th of them failing: every
n of the first ones, then ever wider steps up to the last (with --all every one, which takes minutes). Whatever fails,
avow must

- end by itself, with 70 (no memory) or 74 (input or output failed), having said why in one line on standard error (--quiet: in none); or
- do as if nothing had happened: the same exit code, the same output.

A file named by --output is the old one, or the complete new one; nothing else is left beside it. `verify` may also give its
answer and say in one line that the event log is not written; whatever happens, that log can be read afterwards and has no
gap. The output is TAP.
"""
import concurrent.futures
import errno
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

TIMEOUT_SECONDS = 60
WORKERS = 2
EVERY_ONE_UP_TO = 24
WIDER_BY = 1.22
EXIT_NO_MEMORY = 70
EXIT_IO = 74
OLD = b"what stood there before\n"
SHORT = "short"


class Command:
    """`{in}` and `{out}` in the arguments are the input and the output file."""

    def __init__(self, kind, name, arguments, source, is_piped=False, warning=None):
        self.name = f"{kind}: {name}"
        self.warning = warning  # what may be said instead of doing it; only the calls for the log are made to fail
        self.arguments = arguments
        self.source = source
        self.is_piped = is_piped


class Outcome:
    def __init__(self, code, out, err, target, left, count):
        self.code, self.out, self.err, self.target, self.left, self.count = code, out, err, target, left, count

    def result(self):
        return self.code, self.out, self.target


def make_inputs(avow, examples, folder):
    """One small log of each kind, with events of several causes."""
    def export(source, *arguments):
        done = subprocess.run([avow, "events", "export", "--from", source, *arguments], check=True, capture_output=True)
        return done.stdout

    for name in ("capi2-example.evtx", "thread.txt"):
        shutil.copy(examples / name, folder)
    log = folder / "capi2-example.evtx"
    events = export(log, "--xml").decode().split("</Event>")
    head, last = events[0], len(events) - 1
    kept = [events[i] for i in range(1, last) if i % 3 == 0]
    (folder / "log.xml").write_text("</Event>".join([head, *kept]) + "</Event>\n</Events>\n", encoding="utf-8")
    lines = export(log, "--json").splitlines(keepends=True)
    (folder / "log.json").write_bytes(b"".join(lines[::3]))
    utf16 = (folder / "log.xml").read_text(encoding="utf-8").replace('encoding="utf-8"', 'encoding="utf-16"')
    (folder / "log16.xml").write_text(utf16, encoding="utf-16")


LOG_WARNING = "avow: the event log is not written: "


def question(fixtures, name, *options):
    return ["verify", *options, "--revocation", "none", "--no-cache", "--roots", str(fixtures / "root.pem"), "--extra",
            str(fixtures / "ca.pem"), "--at", "2026-06-01", str(fixtures / name)]


def make_log(avow, fixtures, folder):
    """An event log of two questions, which every run gets a copy of."""
    env = {"PATH": "/usr/bin:/bin", "XDG_STATE_HOME": str(folder / "state")}
    for name in ("good.pem", "expired.pem"):
        subprocess.run([avow, *question(fixtures, name)], env=env, check=False, capture_output=True)


def log_commands(fixtures):
    none = fixtures / "root.pem"
    return [
        *(Command("own log", " ".join(words), words, none) for words in (
            ["events", "list"], ["events", "list", "--events", "--json"], ["events", "show", "5-8"],
            ["events", "export", "--xml"], ["explain", "last", "2"])),
        Command("own log", "events export --to", ["events", "export", "--to", "{out}"], none),
        Command("own log", "verify", question(fixtures, "expired.pem"), none, warning=LOG_WARNING),
        Command("own log", "verify --quiet", question(fixtures, "good.pem", "--quiet"), none, warning=LOG_WARNING),
    ]


def task_of(avow, path):
    """The TaskId of one case, without braces."""
    done = subprocess.run([avow, "events", "export", "--from", path, "--xml"], check=True, capture_output=True)
    return done.stdout.decode().split('TaskId="{')[1].split("}")[0]


def memory_commands(avow, folder):
    commands = []
    for kind, name in (("evtx", "capi2-example.evtx"), ("XML", "log.xml"), ("JSON", "log.json"), ("paste", "thread.txt")):
        path = folder / name
        task = task_of(avow, path)
        for arguments in (["explain"], ["explain", "--json"], ["explain", "--xml"], ["explain", "--task", task],
                          ["explain", "--json", "--task", task], ["explain", "--diff", str(folder / "thread.txt")],
                          ["explain", "--quiet"]):
            shown = " ".join(a for a in arguments if "/" not in a).replace(task, "ID")
            commands.append(Command(kind, shown, [*arguments, "{in}"], path))
        for form in ("--xml", "--json"):
            commands.append(Command(kind, f"events export {form}", ["events", "export", "--from", "{in}", form], path))
        commands.append(Command(kind, "events export --to",
                                ["events", "export", "--from", "{in}", "--to", "{out}"], path))
    commands.append(Command("evtx", "events export --jobs 3",
                            ["events", "export", "--from", "{in}", "--xml", "--jobs", "3"],
                            folder / "capi2-example.evtx"))
    commands.append(Command("UTF-16 XML", "explain -", ["explain", "-"], folder / "log16.xml", is_piped=True))
    pki = pathlib.Path(__file__).resolve().parent.parent / "fixtures" / "verify"
    for form in ([], ["--json"], ["--xml"]):
        commands.append(Command("certificate", " ".join(["verify", *form]),
                                ["verify", *form, "--no-cache", "--no-log", "--at", "2026-06-01", "--roots", str(pki / "root.pem"),
                                 "--extra", str(pki / "ca.pem"), "--crl", str(pki / "ca.crl"), "{in}"], pki / "revoked.pem"))
    return commands


def io_commands(avow, folder):
    commands = []
    for kind, name in (("evtx", "capi2-example.evtx"), ("XML", "log.xml"), ("JSON", "log.json"), ("paste", "thread.txt")):
        path = folder / name
        for is_piped in (False, True):
            source = "-" if is_piped else "{in}"
            shown = "of a pipe" if is_piped else "of a file"
            for arguments in (["explain"], ["explain", "--xml"], ["explain", "--json"]):
                commands.append(Command(kind, f"{' '.join(arguments)} {shown}", [*arguments, source], path, is_piped))
            for form in (["--xml"], ["--json"], ["--to", "{out}"]):
                commands.append(Command(kind, f"events export {form[0]} {shown}",
                                        ["events", "export", "--from", source, *form], path, is_piped))
    return commands


class Bench:
    def __init__(self, avow, module, folder):
        self.avow, self.module, self.folder = avow, module, folder

    def is_sound(self, state):
        done = subprocess.run([self.avow, "events", "list", "--events", "--json"], env={"XDG_STATE_HOME": str(state)},
                              capture_output=True, check=False)
        records = [json.loads(line)["record_id"] for line in done.stdout.splitlines()]
        return done.returncode == 0 and len(records) >= 8 and records == list(range(1, len(records) + 1))

    def run(self, command, faults):
        with tempfile.TemporaryDirectory(dir=self.folder) as place:
            place = pathlib.Path(place)
            target, count = place / "target.evtx", place / "count"
            target.write_bytes(OLD)
            shutil.copytree(self.folder / "state", place / "state")
            names = {"{in}": str(command.source), "{out}": str(target)}
            # Nobody's own configuration, cache or log.
            env = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "LD_PRELOAD": str(self.module),
                   "XDG_CONFIG_HOME": "/nowhere", "XDG_CACHE_HOME": "/nowhere", "XDG_STATE_HOME": "/nowhere",
                   "FAULT_COUNT": str(count), "XDG_STATE_HOME": str(place / "state"), **faults}
            with open(command.source if command.is_piped else os.devnull, "rb") as source:
                given = source.read()
            done = subprocess.run([self.avow, *(names.get(a, a) for a in command.arguments)], env=env, input=given,
                                  capture_output=True, timeout=TIMEOUT_SECONDS, check=False)
            counted = int(count.read_text()) if count.exists() else None
            left = sorted(p.name for p in place.iterdir() if p not in (target, count, place / "state"))
            new = target.read_bytes() if target.exists() else None
            if command.warning and not self.is_sound(place / "state"):
                left.append("an event log with a gap or none")
            return Outcome(done.returncode, done.stdout, done.stderr, new, left, counted)


def is_warning(command, err):
    lines = err.decode("utf-8", "replace").splitlines()
    return command.warning is not None and len(lines) == 1 and lines[0].startswith(command.warning)


def problems_of(command, calm, outcome, code):
    """What is wrong with a run in which something failed."""
    found = []
    if outcome.code < 0:
        found.append(f"ended by signal {-outcome.code}")
    elif outcome.code == code:
        lines = outcome.err.decode("utf-8", "replace").splitlines()
        wanted = 0 if "--quiet" in command.arguments else 1
        if len(lines) != wanted or any(not line.startswith("avow: ") for line in lines):
            found.append(f"standard error is {lines!r}")
        if outcome.target not in (OLD, calm.target):
            found.append("a half-written output file")
    elif outcome.result() != calm.result():
        found.append(f"exit code {outcome.code}, expected {code}; {len(outcome.out)} of {len(calm.out)} bytes; "
                     f"{outcome.err.decode('utf-8', 'replace')!r}")
    elif outcome.err != calm.err and not is_warning(command, outcome.err):
        found.append(f"standard error is {outcome.err!r}")
    if outcome.left:
        found.append(f"left behind: {outcome.left}")
    return found


def steps(count, is_all, before=0):
    n = 1
    while before + n <= count:
        yield before + n
        n = n + 1 if is_all or n < EVERY_ONE_UP_TO else max(n + 1, int(n * WIDER_BY))


def calls_before_log(bench, command, faults):
    if command.warning is None:
        return 0
    bare = Command("", "", [*command.arguments, "--no-log"], command.source)
    return bench.run(bare, faults).count or 0


def check_memory(bench, command, is_all):
    calm = bench.run(command, {})
    if calm.code not in (0, 1, 2) or not calm.count:
        return [f"undisturbed: exit code {calm.code}, {calm.count} calls, {calm.err!r}"]
    found = []
    for n in steps(calm.count, is_all, calls_before_log(bench, command, {})):
        for once in ("0", "1"):
            outcome = bench.run(command, {"FAULT_AT": str(n), "FAULT_ONCE": once})
            found += [f"{n} of {calm.count}{' only' if once == '1' else ' on'}: {p}"
                      for p in problems_of(command, calm, outcome, EXIT_NO_MEMORY)]
    return found


IO_CALLS = (
    ("write", (errno.EIO, errno.ENOSPC, SHORT)),
    ("read", (errno.EIO, SHORT)),
    ("mmap", (errno.EIO,)),
    ("fstat", (errno.EIO,)),
    ("lseek", (errno.EIO,)),
    ("fchmod", (errno.EIO,)),
    ("fsync", (errno.EIO, errno.ENOSPC)),
    ("close", (errno.EIO,)),
    ("rename", (errno.EIO, errno.ENOSPC)),
)


def check_io(bench, command, is_all):
    found = []
    for call, reasons in IO_CALLS:
        calm = bench.run(command, {"FAULT_CALL": call})
        if calm.code not in (0, 1, 2):
            found.append(f"undisturbed: exit code {calm.code}, {calm.err!r}")
            continue
        for n in steps(calm.count or 0, is_all, calls_before_log(bench, command, {"FAULT_CALL": call})):
            for reason in reasons:
                for once in ("0", "1"):
                    outcome = bench.run(command, {"FAULT_CALL": call, "FAULT_ERRNO": str(reason), "FAULT_AT": str(n),
                                                  "FAULT_ONCE": once})
                    wrong = problems_of(command, calm, outcome, None if reason == SHORT else EXIT_IO)
                    found += [f"{call} {n} of {calm.count}, {reason}, once {once}: {p}" for p in wrong]
    return found


def main():
    what, avow, module, examples = sys.argv[1], *(pathlib.Path(a).resolve() for a in sys.argv[2:5])
    is_all = "--all" in sys.argv
    make, check = {"memory": (memory_commands, check_memory), "io": (io_commands, check_io)}[what]
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        fixtures = examples.parent / "tests" / "fixtures" / "verify"
        make_inputs(avow, examples, folder)
        make_log(avow, fixtures, folder)
        commands = make(avow, folder) + log_commands(fixtures)
        bench = Bench(avow, module, folder)
        print(f"1..{len(commands)}")
        with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
            for number, (command, found) in enumerate(zip(commands, pool.map(
                    lambda c: check(bench, c, is_all), commands)), 1):
                print(f"{'not ' if found else ''}ok {number} - {command.name}")
                for problem in found[:20]:
                    print(f"# {problem}")
                sys.stdout.flush()


main()
