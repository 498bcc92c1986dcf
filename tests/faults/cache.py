#!/usr/bin/env python3
"""cache.py AVOW FAIL-MALLOC FAIL-IO FIXTURES: the cache while calls fail.

Each command runs on a copy of one cache, undisturbed and then with the n-th call failing, that one only or all from there.
Whatever fails, avow must end by itself, having done what it should or saying why not in a line; and afterwards everything in
the cache must be whole, and what was in it before must be in it still, unless the command was to drop or replace it.
"""
import concurrent.futures
import errno
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

TIMEOUT_SECONDS = 60
WORKERS = 2
EVERY_ONE_UP_TO = 12
WIDER_BY = 1.5
CRL, OTHER, BIG = "http://pki.example.org/ca.crl", "http://pki.example.org/other.crl", "http://pki.example.org/big.crl"
IO_CALLS = ("pread", "pwrite", "write", "fsync", "mmap", "fstat", "close", "renameat", "read")
REASONS = {"pwrite": (errno.EIO, errno.ENOSPC), "write": (errno.EIO, errno.ENOSPC)}


def steps(count):
    n = 1
    while n <= count:
        yield n
        n = n + 1 if n < EVERY_ONE_UP_TO else max(n + 1, int(n * WIDER_BY))


def length(size):
    return bytes([size]) if size < 128 else b"\x82" + size.to_bytes(2, "big") if size < 65536 else \
        b"\x83" + size.to_bytes(3, "big")


def value(tag, *parts):
    body = b"".join(parts)
    return bytes([tag]) + length(len(body)) + body


def big_crl(count=6000):
    """A CRL that is stored as a file with an index. Nobody looks at its signature here."""
    algorithm = value(0x30, bytes.fromhex("06082a8648ce3d040302"))
    name = value(0x30, value(0x31, value(0x30, bytes.fromhex("0603550403"), value(0x0C, b"Big CA"))))
    entry = [value(0x30, value(0x02, (0x01000000 + i).to_bytes(4, "big")), value(0x17, b"260101000000Z"))
             for i in range(count)]
    tbs = value(0x30, value(0x02, b"\x01"), algorithm, name, value(0x17, b"260501000000Z"),
                value(0x17, b"400101000000Z"), value(0x30, *entry))
    return value(0x30, tbs, algorithm, value(0x03, b"\x00" + bytes(64)))


class Command:
    def __init__(self, name, arguments, may_lose=()):
        self.name, self.arguments, self.may_lose = name, arguments, set(may_lose)


class Bench:
    def __init__(self, avow, modules, folder):
        self.avow, self.modules, self.folder = avow, modules, folder

    def call(self, place, arguments, env=None):
        home = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "XDG_CACHE_HOME": str(place / "home"),
                "XDG_STATE_HOME": str(place), "XDG_CONFIG_HOME": str(place)}
        return subprocess.run([self.avow, "cache", *arguments], env={**home, **(env or {})}, capture_output=True,
                              timeout=TIMEOUT_SECONDS, check=False)

    def run(self, command, module, faults):
        """(exit code, output, standard error, calls counted, what is wrong with the cache afterwards)"""
        with tempfile.TemporaryDirectory(dir=self.folder) as place:
            place = pathlib.Path(place)
            shutil.copytree(self.folder / "home", place / "home")
            count = place / "count"
            done = self.call(place, command.arguments, {"LD_PRELOAD": str(self.modules[module]),
                                                        "FAULT_COUNT": str(count), **faults})
            counted = int(count.read_text()) if count.exists() else 0
            out = done.stdout.replace(str(place).encode(), b"PLACE")
            # Pages that cannot be read, now and later, are as good as damaged.
            may_heal = faults.get("FAULT_CALL") == "pread" and faults.get("FAULT_ONCE") == "0"
            return done.returncode, out, done.stderr.decode(), counted, list(self.look(place, command, may_heal))

    def look(self, place, command, may_heal):
        check = self.call(place, ["verify", "--json"])
        if check.returncode or check.stderr:
            yield f"not whole: {check.stdout!r} {check.stderr!r}"
        if may_heal:
            return
        entries = json.loads(self.call(place, ["list", "--json"]).stdout)["entries"]
        lost = {CRL, OTHER, BIG} - {entry["url"] for entry in entries} - command.may_lose
        if lost:
            yield f"lost: {lost}"
        if any(".damaged-" in path.name for path in (place / "home" / "avow").iterdir()):
            yield "moved aside, although it was not damaged"


def wrong_with(calm, run, is_unread, is_healed):
    code, out, err, _, cache = run
    lines = err.splitlines()
    if code < 0:
        yield f"ended by signal {-code}"
    elif code in (70, 74):
        if len(lines) != 1 or not lines[0].startswith("avow: "):
            yield f"standard error is {lines!r}"
    elif code == 1 and b'"damaged":1' in out and is_unread:
        pass  # a page that cannot be read is told as damage
    elif (code, out, err) != calm[:3] and not is_healed:
        yield f"exit code {code}, expected 70, 74 or {calm[0]}; {out!r}; {err!r}"
    yield from cache


def check(bench, command):
    kinds = [("memory", {})] + [("io", {"FAULT_CALL": call, "FAULT_ERRNO": str(reason)})
                                for call in IO_CALLS for reason in REASONS.get(call, (errno.EIO,))]
    found = []
    for module, faults in kinds:
        calm = bench.run(command, module, faults)
        found += [f"undisturbed: {problem}" for problem in calm[4]]
        for n in steps(calm[3]):
            for once in ("0", "1"):
                run = bench.run(command, module, {**faults, "FAULT_AT": str(n), "FAULT_ONCE": once})
                found += [f"{faults.get('FAULT_CALL', 'memory')} {n} of {calm[3]}, {faults.get('FAULT_ERRNO')}, "
                          f"once {once}: {problem}" for problem in wrong_with(
                              calm, run, faults.get("FAULT_CALL") == "pread",
                              once == "0" and faults.get("FAULT_CALL") == "pread")]
    return found


def main():
    avow, fail_malloc, fail_io, fixtures = (pathlib.Path(a).resolve() for a in sys.argv[1:5])
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        bench = Bench(avow, {"memory": fail_malloc, "io": fail_io}, folder)
        big, crl = folder / "big.crl", str(fixtures / "ca.crl")
        big.write_bytes(big_crl())
        for file, url in ((crl, CRL), (crl, OTHER), (str(big), BIG)):
            bench.call(folder, ["add", file, "--url", url]).check_returncode()
        commands = [
            Command("list", ["list", "--json", "--url", "nothing"]),
            Command("show", ["show", "--raw", BIG]),
            Command("add a small one", ["add", "--json", str(fixtures / "ca.pem"), "--url", "http://pki.example.org/ca"]),
            Command("replace a small one", ["add", "--json", crl, "--url", CRL]),
            Command("replace a big one", ["add", "--json", str(big), "--url", BIG]),
            Command("drop", ["drop", "--url", "o"], may_lose=(CRL, OTHER, BIG)),
            Command("drop one", ["drop", "--url", "other"], may_lose=(OTHER,)),
            Command("verify", ["verify", "--json"]),
        ]
        print(f"1..{len(commands)}")
        with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
            for number, (command, found) in enumerate(zip(commands, pool.map(lambda c: check(bench, c), commands)), 1):
                print(f"{'not ' if found else ''}ok {number} - {command.name}")
                for problem in found[:20]:
                    print(f"# {problem}")
                sys.stdout.flush()


main()
