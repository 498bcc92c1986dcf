#!/usr/bin/env python3
"""Runs the transcripts of the command line: run.py AVOW SCHEMA FILE.test...

A transcript is a list of commands with what they must print, one blank line between them:

    # A sentence that names the test
    $ avow explain --quiet fleet.xml
    > a line of standard output
    >~ a regular expression for one line of standard output
    >* any further lines of standard output, or none
    ! a line of standard error (also !~ and !*)
    = 1

The exit code is 0 unless "=" says otherwise; streams that are not mentioned must be empty. Before the command may stand
"% tty 100" (standard output and error are a terminal of 100 columns) and "% env NAME=VALUE". After it, instead of ">"
lines, "@" checks JSON: the output must be one object that fits the schema, and each "@ EXPRESSION" must be true, where the
members of the object are names. Commands run in a copy of the fixtures, and the commands of one file share a cache, an
event log and a configuration of their own, empty at first. The output is TAP.
"""
import fcntl
import json
import os
import pathlib
import pty
import re
import struct
import subprocess
import sys
import tempfile
import termios

import schema as json_schema

TIMEOUT_SECONDS = 60


class Step:
    def __init__(self, name):
        self.name = name
        self.command = None
        self.lines = {">": [], "!": []}
        self.checks = []
        self.is_json = False
        self.code = 0
        self.columns = 0
        self.env = {}


def read_setting(step, text):
    word, _, rest = text.partition(" ")
    if word == "tty":
        step.columns = int(rest)
    elif word == "env":
        name, _, value = rest.partition("=")
        step.env[name] = value
    else:
        raise ValueError(f"setting {word}")


def read_transcript(path):
    steps = []
    for line in path.read_text(encoding="utf-8").splitlines():
        mark, rest = line[:1], line[2:]
        if mark == "#":
            steps.append(Step(rest))
        elif mark == "%":
            read_setting(steps[-1], rest)
        elif mark == "$":
            steps[-1].command = rest
        elif mark in (">", "!"):
            kind = line[1:2] if line[1:2] in ("~", "*") else ""
            steps[-1].lines[mark].append((kind, line[3:] if kind else rest))
        elif mark == "@":
            steps[-1].is_json = True
            if rest:
                steps[-1].checks.append(rest)
        elif mark == "=":
            steps[-1].code = int(rest)
        elif line.strip():
            raise ValueError(f"{path}: {line}")
    return steps


def has_terminals():
    """A bare chroot has no pseudo-terminals."""
    try:
        for end in pty.openpty():
            os.close(end)
    except OSError:
        return False
    return True


def run_on_terminal(step, folder, env):
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 25, step.columns, 0, 0))
    with subprocess.Popen(["sh", "-c", step.command], cwd=folder, env=env, stdin=subprocess.DEVNULL,
                          stdout=theirs, stderr=theirs) as process:
        os.close(theirs)
        output = b""
        while True:
            try:
                piece = os.read(ours, 65536)
            except OSError:
                break
            if not piece:
                break
            output += piece
        os.close(ours)
        return process.wait(TIMEOUT_SECONDS), output.replace(b"\r\n", b"\n"), b""


def run(step, folder, home, program):
    env = {"PATH": f"{program.parent}:/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TERM": "xterm", "XDG_STATE_HOME": f"{home}/state",
           "XDG_CACHE_HOME": f"{home}/cache", "XDG_CONFIG_HOME": f"{home}/config", **step.env}
    for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS"):
        if name in os.environ:
            env[name] = os.environ[name]
    if step.columns:
        return run_on_terminal(step, folder, env)
    done = subprocess.run(["sh", "-c", step.command], cwd=folder, env=env, stdin=subprocess.DEVNULL,
                          capture_output=True, timeout=TIMEOUT_SECONDS, check=False)
    return done.returncode, done.stdout, done.stderr


def fits(want, have):
    """Whether the lines fit; "*" swallows as few lines as it can."""
    if not want:
        return not have
    kind, text = want[0]
    if kind == "*":
        return any(fits(want[1:], have[i:]) for i in range(len(have) + 1))
    if not have:
        return False
    same = re.fullmatch(text, have[0]) if kind == "~" else text == have[0]
    return bool(same) and fits(want[1:], have[1:])


def check_json(step, text, schema):
    try:
        document = json.loads(text)
    except ValueError as error:
        return [f"no JSON: {error}"]
    problems = list(json_schema.check(schema, schema, document))
    for expression in step.checks:
        try:
            if not eval(expression, {"__builtins__": {"len": len, "set": set, "sorted": sorted, "all": all,
                                                      "any": any, "str": str}}, document):
                problems.append(f"not so: {expression}")
        except Exception as error:  # a member that is missing, of any kind
            problems.append(f"not so: {expression}: {error!r}")
    return problems


def check(step, folder, home, program, schema):
    code, out, err = run(step, folder, home, program)
    streams = {">": out.decode("utf-8", "backslashreplace"), "!": err.decode("utf-8", "backslashreplace")}
    problems = []
    if code != step.code:
        problems.append(f"exit code {code}, expected {step.code}")
    if step.is_json:
        problems += check_json(step, streams[">"], schema)
        streams[">"] = ""
    for mark, text in streams.items():
        if not fits(step.lines[mark], text.splitlines()):
            problems.append("standard output:" if mark == ">" else "standard error:")
            problems += [f"  {mark} {line}" for line in text.splitlines()]
    return problems


def main():
    program = pathlib.Path(sys.argv[1]).resolve()
    schema = json.loads(pathlib.Path(sys.argv[2]).read_text(encoding="utf-8"))
    # A checker that finds fault with nothing would prove nothing.
    assert list(json_schema.check(schema, schema, {"schema_version": "1", "cases": [{}]}))
    here = pathlib.Path(__file__).resolve().parent
    files = [pathlib.Path(name) for name in sys.argv[3:]]
    steps = [(path.stem, step) for path in files for step in read_transcript(path)]
    print(f"1..{len(steps)}")
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as home:
        subprocess.run([sys.executable, here / "make_fixtures.py", folder], check=True)
        before = sorted(os.listdir(folder))
        for number, (name, step) in enumerate(steps, 1):
            if step.columns and not has_terminals():
                print(f"ok {number} - {name}: {step.name} # SKIP no pseudo-terminals here")
                continue
            problems = check(step, folder, home, program, schema)
            # Nothing is ever written next to an input.
            if sorted(os.listdir(folder)) != before:
                problems.append("a file was left behind")
                before = sorted(os.listdir(folder))
            print(f"{'not ' if problems else ''}ok {number} - {name}: {step.name}")
            for problem in problems:
                print(f"# {problem}")


main()
