#!/usr/bin/env python3
"""Runs questions that go online while calls fail: online.py memory|io AVOW MODULE [--all] [--only WORD].

As run.py does: each command once undisturbed, then with the n-th call failing, alone or with all later ones. What a network
brings and when is not the same in every run, so how many calls there are is taken as about right; what must hold in every
run is told in questions.py. The output is TAP.
"""
import concurrent.futures
import errno
import itertools
import pathlib
import sys

import questions

WORKERS = 3
MEMORY_STEPS = 6, 1.7  # every one of the first ones, then wider by
IO_STEPS = 3, 2.5
SHORT = "short"
IO_CALLS = (
    ("open", (errno.EACCES, errno.EMFILE, errno.ENOSPC)),
    ("write", (errno.EIO, errno.ENOSPC)),
    ("pwrite", (errno.EIO, errno.ENOSPC)),
    ("pread", (errno.EIO,)),
    ("read", (errno.EIO, SHORT)),
    ("fsync", (errno.EIO,)),
    ("ftruncate", (errno.EIO,)),
    ("rename", (errno.EIO, errno.ENOSPC)),
    ("renameat", (errno.EIO, errno.ENOSPC)),
    ("mkdir", (errno.EACCES, errno.EROFS)),
    ("mmap", (errno.ENOMEM,)),
    ("fstat", (errno.EIO,)),
    ("lock", (errno.ENOLCK, errno.EAGAIN)),
    ("flock", (errno.ENOLCK,)),
    ("unlink", (errno.EACCES,)),
    ("close", (errno.EIO,)),
    ("socket", (errno.EMFILE, errno.EACCES, errno.ENETUNREACH)),
    ("send", (errno.EPIPE, errno.ECONNRESET, SHORT)),
    ("recv", (errno.ECONNRESET, errno.EIO, SHORT)),
    ("getrandom", (errno.ENOSYS,)),
    ("thread", (0,)),
)


def steps(count, is_all, pace):
    n, (first, wider) = 1, pace
    while n <= count:
        yield n
        n = n + 1 if is_all or n < first else max(n + 1, int(n * wider))


def disturb(bench, command, calm, faults, cases):
    """Problems found when calls fail, and how many runs that took."""
    if calm.code not in (0, 1, 2):
        return [f"undisturbed: exit code {calm.code}, {calm.err!r}"], 0
    found = [f"undisturbed: {p}" for p in questions.problems_of(command, calm, calm)]
    for case in cases:
        outcome = bench.run(command, {**faults, **case})
        shown = " ".join(f"{key[6:].lower()} {value}" for key, value in case.items())
        found += [f"of {calm.count}, {shown}: {p}" for p in questions.problems_of(command, calm, outcome)]
    return found, len(cases)


def check_memory(bench, command, module, is_all):
    faults = {"LD_PRELOAD": str(module)}
    calm = bench.run(command, faults)
    return disturb(bench, command, calm, faults, [
        {"FAULT_AT": str(n), "FAULT_ONCE": once} for n in steps(calm.count or 0, is_all, MEMORY_STEPS) for once in "01"])


def check_io(bench, command, module, is_all):
    """All reasons for all calls with --all, else each takes its turn."""
    found, runs = [], 0
    for call, reasons in IO_CALLS:
        faults = {"LD_PRELOAD": str(module), "FAULT_CALL": call}
        calm = bench.run(command, faults)
        turn = itertools.cycle((str(reason), once) for reason in reasons for once in "01")
        cases = []
        for n in steps(calm.count or 0, is_all, IO_STEPS):
            for reason, once in itertools.islice(turn, 2 * len(reasons) if is_all else 1):
                cases.append({"FAULT_AT": str(n), "FAULT_ERRNO": reason, "FAULT_ONCE": once})
        more, count = disturb(bench, command, calm, faults, cases)
        found, runs = found + [f"{call} {p}" for p in more], runs + count
    return found, runs


def main():
    what, avow, module = sys.argv[1], *(pathlib.Path(a).resolve() for a in sys.argv[2:4])
    check = {"memory": check_memory, "io": check_io}[what]
    is_all = "--all" in sys.argv
    only = sys.argv[sys.argv.index("--only") + 1] if "--only" in sys.argv else ""
    if questions.servers.missing("openssl"):
        print("1..0 # SKIP openssl is not installed")
        return
    with questions.bench(avow) as bench:
        commands = [c for c in bench.commands() if only in c.name]
        print(f"1..{len(commands)}")
        with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
            checked = pool.map(lambda c: check(bench, c, module, is_all), commands)
            for number, (command, (found, runs)) in enumerate(zip(commands, checked), 1):
                print(f"{'not ' if found else ''}ok {number} - {command.name}: {runs} faults")
                for problem in found[:20]:
                    print(f"# {problem}")
                sys.stdout.flush()


main()
