#!/usr/bin/env python3
"""harm.py AVOW: what users, administrators and disks do to avow.

Its databases deleted, cut, overwritten, exchanged and forbidden; no descriptors left; files that may not grow, as on a full
disk, while many processes write; signals at random moments. The server is well all the time, so a question whose caches are
harmed gets its right answer; one that is stopped or has no descriptors gets the right one, `undecided` or none. questions.py
tells what must hold besides. The output is TAP.
"""
import concurrent.futures
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import time

import questions

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "net"))
import tap  # noqa: E402

SEED = 4
NOBODY = 65534
SIGNALS_EACH = 12
CROWD = 6
LEAST_DESCRIPTORS, MOST_DESCRIPTORS = 3, 16
SPOILT = 12
SLOW_SECONDS = 0.1
BLOCKS = (0, 8, 40, 100, 200, 400)  # of 1024 octets, or 512: how long a file may get
DATABASES = ("cache/avow/objects.db", "state/avow/events.db")


# What is done to a database; `other` is that of the other kind.

def overwrite(path, octets, at=0):
    with open(path, "r+b") as file:
        file.seek(at)
        file.write(octets)


def delete(path, _other):
    path.unlink()


def empty(path, _other):
    path.write_bytes(b"")


def cut(path, _other):
    os.truncate(path, path.stat().st_size // 2 + 100)


def garbage(path, _other):
    path.write_bytes(random.Random(SEED).randbytes(50000))


def garbage_head(path, _other):
    overwrite(path, b"not a database at all" * 5)


def garbage_inside(path, _other):
    size = path.stat().st_size
    overwrite(path, random.Random(SEED).randbytes(size - 4096), 4096)


def directory(path, _other):
    path.unlink()
    path.mkdir()


def of_the_other(path, other):
    shutil.copy(other, path)


def newer(path, _other):
    with questions.contextlib.closing(questions.sqlite3.connect(path)) as db:
        db.execute("PRAGMA user_version = 99")
        db.commit()


def without_wal(path, _other):
    pathlib.Path(f"{path}-wal").unlink(missing_ok=True)


def without_shm(path, _other):
    pathlib.Path(f"{path}-shm").unlink(missing_ok=True)


def garbage_wal(path, _other):
    pathlib.Path(f"{path}-wal").write_bytes(random.Random(SEED).randbytes(40000))


def cut_wal(path, _other):
    wal = pathlib.Path(f"{path}-wal")
    if wal.exists():
        os.truncate(wal, wal.stat().st_size // 2)


def garbage_shm(path, _other):
    pathlib.Path(f"{path}-shm").write_bytes(random.Random(SEED).randbytes(32768))


def folder_is_file(path, _other):
    shutil.rmtree(path.parent)
    path.parent.write_bytes(b"a file\n")


def folder_is_gone(path, _other):
    shutil.rmtree(path.parent)


HARMS = (delete, empty, cut, garbage, garbage_head, garbage_inside, directory, of_the_other, newer, without_wal, without_shm,
         garbage_wal, cut_wal, garbage_shm, folder_is_file, folder_is_gone)
LASTING = (directory, newer, folder_is_file)  # nothing of ours puts that right


def file_read_only(path):
    path.chmod(0o400)


def folder_read_only(path):
    path.parent.chmod(0o500)


def file_forbidden(path):
    path.chmod(0)


def folder_forbidden(path):
    path.parent.chmod(0)


FORBIDDEN = (file_read_only, folder_read_only, file_forbidden, folder_forbidden)


class Harm:
    def __init__(self, bench, out):
        self.bench, self.out = bench, out
        self.truths = [answer for answer in bench.stories if answer != "undecided"]

    def call(self, home, arguments, **more):
        return subprocess.run([self.bench.avow, *arguments], env=self.bench.environment(home), stdin=subprocess.DEVNULL,
                              capture_output=True, timeout=questions.TIMEOUT_SECONDS, check=False, **more)

    def ask(self, home, answer, found, **more):
        """A question that has its right answer, whatever was done."""
        done = self.call(home, self.bench.question(answer, "--json"), **more)
        command = questions.Command("", self.bench.question(answer, "--json"), answer=answer)
        outcome = questions.Outcome(done.returncode, done.stdout, done.stderr, [])
        found += questions.problems_of(command, outcome, outcome)
        if done.returncode != questions.EXIT_OF[answer]:
            found.append(f"{answer}: exit code {done.returncode}, {done.stderr[-300:]!r}, {done.stdout[-1500:]!r}")
        return done.stderr

    def look(self, home, found, **more):
        """The verbs that look after the databases say something sensible."""
        for words in (["cache", "list"], ["cache", "verify"], ["events", "list"], ["explain", "last"]):
            done = self.call(home, words, **more)
            lines = done.stderr.decode("utf-8", "replace").splitlines()
            if done.returncode not in (0, 1, 2, 65, 66, 74) or any(not line.startswith("avow: ") for line in lines) or \
                    (done.returncode >= 64 and not lines):
                found.append(f"{' '.join(words)}: exit code {done.returncode}, {lines!r}, {done.stdout[-200:]!r}")

    def one(self, harm, database):
        found = []
        with self.bench.place(questions.Command("", [])) as (_, home):
            path, other = (home / name for name in (database, *(d for d in DATABASES if d != database)))
            harm(path, other)
            self.look(home, found)
            for answer in self.truths:
                self.ask(home, answer, found)
            said = [self.ask(home, answer, found) for answer in self.truths]
            if harm not in LASTING:
                if any(said):
                    found.append(f"is not put right: {said}")
                found += self.bench.log_problems(home)
                found += questions.entries_of(home)[1]
            elif not all(said):
                found.append("says nothing of a database that it cannot use")
            self.look(home, found)
        return found

    def databases(self):
        cases = [(harm, name) for harm in HARMS for name in DATABASES]
        with concurrent.futures.ThreadPoolExecutor(3) as pool:
            for (harm, name), found in zip(cases, pool.map(lambda case: self.one(*case), cases)):
                self.out.ok(not found, f"{pathlib.Path(name).name}: {harm.__name__.replace('_', ' ')}", *found)

    def spoilt(self):
        """Octets changed here and there, in what all of them read."""
        def one(number):
            found, dice = [], random.Random(SEED + number)
            with self.bench.place(questions.Command("", [])) as (_, home):
                for name in DATABASES:
                    for path in (home / name, pathlib.Path(f"{home / name}-wal")):
                        size = path.stat().st_size if path.exists() else 0
                        for _ in range(dice.choice((1, 4, 30)) if size else 0):
                            overwrite(path, dice.randbytes(dice.choice((1, 2, 40))), dice.randrange(size))
                for path in (home / "cache" / "avow" / "big").iterdir():
                    overwrite(path, dice.randbytes(4), dice.randrange(path.stat().st_size - 4))
                self.look(home, found)
                for answer in self.truths:
                    self.ask(home, answer, found)
                self.look(home, found)
            return found

        with concurrent.futures.ThreadPoolExecutor(3) as pool:
            for number, found in enumerate(pool.map(one, range(SPOILT))):
                self.out.ok(not found, f"octets changed, {number}", *found)

    def as_nobody(self):
        """Nothing is forbidden to root, so somebody else asks."""
        if os.geteuid() != 0:
            return {}
        try:
            subprocess.run([self.bench.avow, "--version"], user=NOBODY, check=True, capture_output=True)
        except (OSError, subprocess.SubprocessError):
            return None
        return {"user": NOBODY}

    def forbidden(self):
        more = self.as_nobody()
        if more is None:
            self.out.skip("databases that are forbidden", "only root may run this build")
            return
        self.bench.folder.chmod(0o755)
        for harm in FORBIDDEN:
            for name in DATABASES:
                found = []
                with self.bench.place(questions.Command("", [])) as (place, home):
                    place.chmod(0o755)
                    for path in [home, *home.rglob("*")]:
                        if more:
                            os.chown(path, NOBODY, NOBODY)
                    harm(home / name)
                    for answer in self.truths:
                        self.ask(home, answer, found, **more)
                    self.look(home, found, **more)
                    (home / name).parent.chmod(0o700)
                self.out.ok(not found, f"{pathlib.Path(name).name}: {harm.__name__.replace('_', ' ')}", *found)

    def descriptors(self):
        for command in self.bench.commands():
            found, calm = [], self.bench.run(command)
            for count in range(LEAST_DESCRIPTORS, MOST_DESCRIPTORS):
                outcome = self.bench.run(command, wrap=["sh", "-c", f'ulimit -n {count}; exec "$@"', "sh"])
                if outcome.code == 127:
                    continue  # the loader found none for the libraries
                found += [f"{count} descriptors: {p}" for p in questions.problems_of(command, calm, outcome)]
            self.out.ok(not found, f"no descriptors: {command.name}", *found)

    def full_disk(self):
        for command in self.bench.commands():
            found, calm = [], self.bench.run(command)
            for blocks in BLOCKS:
                outcome = self.bench.run(command, wrap=["sh", "-c", f'ulimit -f {blocks}; exec "$@"', "sh"])
                found += [f"files of {blocks} blocks: {p}" for p in questions.problems_of(command, calm, outcome)]
            self.out.ok(not found, f"a full disk: {command.name}", *found)

    def crowd(self):
        """Many write while some of them find the disk full."""
        found, dice = [], random.Random(SEED)

        def one(number, home):
            answer = self.truths[number % 2]
            blocks = dice.choice((*BLOCKS, "unlimited", "unlimited"))
            arguments = [*self.bench.question(answer, "--json"), "--newer-than", "1s"]
            done = subprocess.run(["sh", "-c", f'ulimit -f {blocks}; exec "$@"', "sh", self.bench.avow, *arguments],
                                  env=self.bench.environment(home), capture_output=True, check=False,
                                  timeout=questions.TIMEOUT_SECONDS)
            outcome = questions.Outcome(done.returncode, done.stdout, done.stderr, [])
            return questions.problems_of(questions.Command("", arguments, answer=answer), outcome, outcome)

        with self.bench.place(questions.Command("", [])) as (_, home):
            with concurrent.futures.ThreadPoolExecutor(CROWD) as pool:
                for more in pool.map(lambda number: one(number, home), range(CROWD * 8)):
                    found += more
            found += self.bench.log_problems(home) + questions.entries_of(home)[1]
            done = self.call(home, ["cache", "verify"])
            if done.returncode != 0:
                found.append(f"cache verify: {done.returncode}, {done.stdout + done.stderr!r}")
        self.out.ok(not found, f"a full disk for some of {CROWD} processes at a time", *found)

    def interrupt(self, command, number, calm, seconds):
        with self.bench.place(command) as (place, home):
            with subprocess.Popen(self.bench.arguments(command, place), env=self.bench.environment(home),
                                  stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
                time.sleep(seconds)
                if number == signal.SIGPIPE:
                    child.stdout.close()
                else:
                    child.send_signal(number)
                try:
                    stdout, stderr = (b"", child.stderr.read()) if child.stdout.closed else child.communicate(timeout=30)
                    child.wait(30)
                except subprocess.TimeoutExpired:
                    child.kill()
                    return ["does not end"]
            problems = self.bench.disk_problems(command, place, home)
            outcome = questions.Outcome(child.returncode, stdout, stderr, problems)
        if child.returncode == -number or (number == signal.SIGPIPE and child.returncode in (calm.code, 74)):
            return problems
        return questions.problems_of(command, calm, outcome)

    def signals(self):
        dice = random.Random(SEED)
        self.bench.world.faults.chaos = lambda request: time.sleep(SLOW_SECONDS)
        for command in self.bench.commands():
            begun = time.monotonic()
            found, calm = [], self.bench.run(command)
            lasts = time.monotonic() - begun
            jobs = [(number, dice.random() * lasts) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGPIPE)
                    for _ in range(SIGNALS_EACH)]
            with concurrent.futures.ThreadPoolExecutor(4) as pool:
                for (number, after), more in zip(jobs, pool.map(
                        lambda job: self.interrupt(command, job[0], calm, job[1]), jobs)):
                    found += [f"{number.name} after {after:.3f} s: {p}" for p in more]
            self.out.ok(not found, f"signals: {command.name}", *found)
        self.bench.world.faults.chaos = None


def main():
    only = sys.argv[2:] or ["databases", "spoilt", "forbidden", "descriptors", "full_disk", "crowd", "signals"]
    out = tap.Tap()
    if questions.servers.missing("openssl"):
        out.skip("harm", "openssl is not installed")
        return out.end()
    with questions.bench(sys.argv[1]) as bench:
        harm = Harm(bench, out)
        for part in only:
            getattr(harm, part)()
    return out.end()


sys.exit(main())
