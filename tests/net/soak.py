#!/usr/bin/env python3
"""soak.py AVOW [QUESTIONS]: many processes, one cache, and a hostile server.

Eight processes at a time ask about certificates whose truth is known, while the
server answers a third of all requests wrongly, clients are killed with SIGKILL
at random moments and objects are dropped from the cache they share. Nobody may
be told a wrong verdict: "undecided" is allowed, the opposite of the truth is
not. Afterwards the cache must be whole, the server is left in peace and every
question must be answered exactly, online and then from the cache alone; and
one long run with many files must not gather descriptors.
"""
import collections
import concurrent.futures
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

import faults
import servers
import tap
import world

PROCESSES = 8
CAS, LEAVES = 10, 10 # certificates: their product
FILES_AT_MOST = 12 # in one process
RESYNC = 0.3 # of the processes believe nothing older than a second
KILLED = 0.25
KILLED_WITHIN = 0.15 # seconds
DROPPED = 0.2
BRIEF = 4 # seconds for which half of the objects are in time
WRONG = 0.33
FAULTS = ['reset', 'reset-midway', 'truncate', 'chunk-cut', 'garbage',
          'close', 'slow', 'status', 'html', 'spoilt', 'other']
SEED = 20261122
LONG_RUN = 600 # files of the run whose descriptors are counted
DESCRIPTORS = 64


class Soak:
    def __init__(self, avow, questions, scratch, out):
        self.avow, self.questions, self.out = avow, questions, out
        self.random = random.Random(SEED)
        self.lock = threading.Lock()
        self.place = world.World(scratch)
        self.home = world.Home(os.path.join(scratch, 'home'))
        self.home.configure(['negative-seconds = 1', 'url-timeout-ms = 1000'])
        self.truth, self.urls, self.bodies = {}, [], {}
        self.asked, self.killed, self.dropped = 0, 0, 0
        self.is_storm = True
        self.answers, self.wrong = collections.Counter(), []
        self.codes = collections.Counter()

    def build(self):
        """CAs of their own names, each with one CRL for half of its
        certificates and a responder for the others."""
        pki = self.place.pki
        spoilt = pki.crl(self.place.ca, spoil=True)
        base = self.place.faults.url()
        for c in range(CAS):
            ca = pki.issue('Soak CA %d' % c, pki.root, 'sub', ca=True)
            leaves = []
            for n in range(LEAVES):
                word = '%d-%d' % (c, n)
                crl = base + '/soak/%d.crl' % c
                ocsp = base + '/soak/%s/ocsp' % word
                leaf = pki.issue(
                    'soak-%s.test' % word, ca, 'leaf',
                    **({'ocsp': [ocsp]} if n % 2 else {'cdp': [crl]}))
                leaves.append((leaf, n % 3 == 0))
                path = self.place.write('soak-%s.pem' % word,
                                        leaf.pem + ca.pem)
                self.truth[path] = 'not-trusted' if n % 3 == 0 else 'trusted'
                if n % 2:
                    self.serve_ocsp(pki, '/soak/%s/ocsp' % word, ca, c,
                                    n % 3 == 0)
                    self.urls.append(ocsp)
            self.urls.append(base + '/soak/%d.crl' % c)
            self.serve_crl(pki, c, ca, leaves)
        self.bodies['spoilt'], self.bodies['other'] = spoilt, ca.der
        self.place.faults.chaos = self.chaos

    def lifetime(self, number):
        """Hours: in the storm half of all is in time for seconds only."""
        return BRIEF / 3600 if number % 2 and self.is_storm else 24

    def serve_crl(self, pki, number, ca, leaves):
        """Fresh each time. One CA has a CRL of a size that is kept as a
        file."""
        revoked = [(leaf.serial, 'superseded', -5)
                   for leaf, is_revoked in leaves if is_revoked]
        entries = pki.crl_entries(60000) if number == 0 else None

        def body(_request):
            return pki.crl(ca, revoked, this_update=-0.001,
                           next_update=self.lifetime(number),
                           entries=entries, number=int(time.time()))
        self.place.faults.serve('/soak/%d.crl' % number, body=body,
                                kind=world.KIND['crl'])

    def serve_ocsp(self, pki, path, ca, number, is_revoked):
        def body(request):
            return pki.ocsp_response(
                request.ocsp(), ca, this_update=-0.001,
                next_update=self.lifetime(number + 1),
                status='revoked' if is_revoked else 'good')
        self.place.faults.serve(path, body=body, kind=world.KIND['ocsp'])

    def chaos(self, request):
        """Another answer than the right one, now and then."""
        with self.lock:
            if self.random.random() >= WRONG:
                return None
            fault = self.random.choice(FAULTS)
        right = self.place.faults.find(request)
        if right is None:
            return None
        if fault == 'status':
            return faults.Answer(b'no', 503)
        if fault == 'html':
            return faults.Answer(faults.PORTAL, 200, 'text/html')
        if fault in self.bodies:
            return faults.Answer(self.bodies[fault], 200, right.kind)
        return faults.Answer(right.body, 200, right.kind, fault=fault,
                             seconds=0.2)

    def command(self, files, *more):
        return [self.avow, 'verify', '--json', '--roots',
                os.path.join(self.place.folder, 'root.pem'), '--revocation',
                'require', '--scope', 'end', '--timeout', '2',
                '--allow-address', 'loopback', *more, *files]

    def judge(self, stdout, is_complete):
        """Every whole line is an answer, also of a process that was
        killed."""
        lines = stdout.split(b'\n')
        for line in lines[:-1]:
            answer = json.loads(line)
            verdict, want = answer['verdict'], self.truth[answer['input']]
            self.answers[verdict] += 1
            if verdict not in (want, 'undecided'):
                self.wrong.append('%s: %s, but %s' % (
                    answer['input'], verdict, want))
        if is_complete and lines[-1]:
            self.wrong.append('half a line: %r' % lines[-1][:80])

    def one(self, _number):
        """A process: some questions, perhaps killed, perhaps a drop."""
        with self.lock:
            if self.asked >= self.questions:
                return False
            files = self.random.sample(
                sorted(self.truth), self.random.randint(1, FILES_AT_MOST))
            files = files[:self.questions - self.asked]
            self.asked += len(files)
            dies = self.random.random() < KILLED
            after = self.random.random() * KILLED_WITHIN
            url = self.random.choice(self.urls) \
                if self.random.random() < DROPPED else None
            more = ['--newer-than', '1s'] \
                if self.random.random() < RESYNC else []
        if url:
            self.home.run([self.avow, 'cache', 'drop', '--url', url])
            self.dropped += 1
        with subprocess.Popen(self.command(files, *more),
                              stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE,
                              env=self.home.environment()) as child:
            timer = threading.Timer(after, child.kill)
            if dies:
                timer.start()
            stdout, stderr = child.communicate(timeout=120)
            timer.cancel()
        with self.lock:
            was_killed = child.returncode == -signal.SIGKILL and dies
            self.killed += was_killed
            self.codes[child.returncode] += 1
            if not was_killed and child.returncode not in (0, 1, 2):
                self.wrong.append('exit %d: %s' % (
                    child.returncode, stderr[-300:].decode(errors='replace')))
            self.judge(stdout, not was_killed)
        return True

    def storm(self):
        begun = time.monotonic()
        with concurrent.futures.ThreadPoolExecutor(PROCESSES) as pool:
            while self.asked < self.questions:
                list(pool.map(self.one, range(PROCESSES * 2)))
        seconds = time.monotonic() - begun
        requests = len(self.place.faults.log)
        self.out.say('%d questions of %d processes in %.0f s, %d at a time' % (
            self.asked, sum(self.codes.values()), seconds, PROCESSES))
        self.out.say('killed %d processes; dropped %d objects; %d requests '
                     'reached the server' % (self.killed, self.dropped,
                                             requests))
        self.out.say('answers: ' + ', '.join(
            '%s %d' % item for item in sorted(self.answers.items())))
        self.out.ok(not self.wrong, 'no wrong verdict in the storm',
                    *self.wrong[:10])
        self.out.ok(self.answers['trusted'] and self.answers['not-trusted'],
                    'some questions were decided')
        self.out.ok(self.killed > 0, 'some processes were killed')

    def cache_is_whole(self, when):
        code, stdout, stderr, _ = self.home.run(
            [self.avow, 'cache', 'verify'])
        said = (stdout + stderr).decode(errors='replace').strip()
        self.out.say('cache verify %s: %s' % (when, said.splitlines()[0]
                                               if said else '(nothing)'))
        self.out.ok(code == 0, 'the cache is whole ' + when, code, said)

    def in_peace(self):
        """The truth, online and then out of the cache."""
        self.place.faults.chaos, self.is_storm = None, False
        time.sleep(BRIEF + 1) # nothing of the storm may expire in peace
        for what, more in (('online', []), ('offline', ['--offline'])):
            code, stdout, stderr, _ = self.home.run(
                self.command(sorted(self.truth), *more), timeout=120)
            got = {a['input']: a['verdict']
                   for a in map(json.loads, stdout.splitlines())}
            bad = ['%s: %s' % item for item in got.items()
                   if item[1] != self.truth[item[0]]]
            self.out.ok(code in (0, 1) and got == self.truth,
                        'in peace all is answered exactly, ' + what,
                        code, stderr.decode(errors='replace'), *bad[:10])

    def nothing_is_lost(self):
        code, stdout, stderr, _ = self.home.run(
            [self.avow, 'cache', 'list', '--json'])
        lacks = [url for url in self.urls if url.encode() not in stdout]
        self.out.ok(code == 0 and not lacks, 'the cache holds an object of '
                    'each of %d URLs' % len(self.urls), code,
                    stderr.decode(errors='replace'), *lacks)

    def damage_is_noticed(self):
        """Else "whole" would say nothing: spoil an octet of each big file."""
        folder = os.path.join(self.home.folder, 'cache')
        files = [os.path.join(at, name) for at, _, names in os.walk(folder)
                 for name in names if name.endswith('.der')]
        # One that a killed process has left behind belongs to no object.
        for name in files:
            with open(name, 'r+b') as f:
                f.seek(os.path.getsize(name) // 2)
                octet = f.read(1)
                f.seek(-1, os.SEEK_CUR)
                f.write(bytes((octet[0] ^ 0xff,)))
        code, stdout, stderr, _ = self.home.run([self.avow, 'cache', 'verify'])
        self.out.ok(code == 1, 'a spoilt octet is noticed',
                    files, code, (stdout + stderr).decode(errors='replace'))

    def descriptors(self):
        """One process with many files, and a server that fails again."""
        self.place.faults.chaos = self.chaos
        files = (sorted(self.truth) * (LONG_RUN // len(self.truth) + 1))
        files = files[:min(LONG_RUN, self.questions)]
        home = world.Home(os.path.join(self.place.folder, 'long'))
        home.configure(['negative-seconds = 0', 'url-timeout-ms = 1000'])
        counts = []
        with open(os.path.join(self.place.folder, 'long.out'), 'wb') as sink:
            with subprocess.Popen(self.command(files), stdout=sink,
                                  stderr=sink,
                                  env=home.environment()) as child:
                while child.poll() is None:
                    try:
                        counts.append(len(os.listdir(
                            '/proc/%d/fd' % child.pid)))
                    except OSError:
                        break
                    time.sleep(0.01)
        if not self.out.ok(len(counts) >= 8, 'the long run can be watched',
                           counts):
            return
        quarter = len(counts) // 4
        early, late = max(counts[quarter:2 * quarter]), max(counts[-quarter:])
        self.out.say('descriptors of one process over %d questions: at most '
                     '%d, second quarter %d, last quarter %d' % (
                         len(files), max(counts), early, late))
        self.out.ok(max(counts) <= DESCRIPTORS and late <= early + 4,
                    'no descriptor is leaked', counts[::max(1, quarter // 8)])


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    avow = os.path.abspath(sys.argv[1])
    questions = int(sys.argv[2]) if len(sys.argv) > 2 else 300
    servers.stop_at_the_end()
    scratch = tempfile.mkdtemp(prefix='avow-soak-')
    out = tap.Tap()
    try:
        soak = Soak(avow, questions, scratch, out)
        soak.build()
        soak.storm()
        soak.cache_is_whole('after the storm')
        soak.in_peace()
        soak.nothing_is_lost()
        soak.cache_is_whole('at the end')
        soak.damage_is_noticed()
        soak.descriptors()
    finally:
        servers.stop_all()
        shutil.rmtree(scratch, ignore_errors=True)
    return out.end()


sys.exit(main())
