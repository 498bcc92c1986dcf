#!/usr/bin/env python3
"""offline.py AVOW COUNTER LAUNCHER: what must open no socket opens none.

Each command is run twice: with COUNTER preloaded, which writes down every call
that has to do with sockets, and by LAUNCHER, under a filter of the kernel's
that kills at the first of them. A question that does go online shows first
that both would notice.
"""
import json
import os
import shutil
import signal
import sys
import tempfile

import servers
import tap
import world

EXIT_SKIP = 77


class Proof:
    def __init__(self, avow, counter, launcher, place, out):
        self.avow, self.counter, self.launcher = avow, counter, launcher
        self.place, self.out = place, out
        self.count_file = os.path.join(place.folder, 'sockets')
        self.has_filter = True

    def counted(self, home, command, data=None):
        """(exit code, the socket calls it made, what it said)"""
        if os.path.exists(self.count_file):
            os.unlink(self.count_file)
        code, stdout, stderr, _ = home.run(
            command, data, env={'LD_PRELOAD': self.counter,
                                'SOCKET_COUNT': self.count_file})
        calls = ''
        if os.path.exists(self.count_file):
            with open(self.count_file, encoding='ascii') as f:
                calls = f.read()
        return code, calls, stdout + stderr

    def filtered(self, home, command, data=None):
        code, stdout, stderr, _ = home.run([self.launcher, *command], data)
        return code, stdout + stderr

    def would_notice(self, home, command):
        code, calls, said = self.counted(home, command)
        self.out.ok(code == 0 and 'connect' in calls,
                    'the counter sees what an online question does',
                    code, calls, said.decode(errors='replace'))
        shutil.rmtree(os.path.join(home.folder, 'cache'))
        code, said = self.filtered(home, command)
        if code == EXIT_SKIP:
            self.has_filter = False
            self.out.skip('the filter kills an online question',
                          said.decode(errors='replace').strip())
            return
        self.out.ok(code == -signal.SIGSYS,
                    'the filter kills an online question', code,
                    said.decode(errors='replace'))

    def opens_none(self, what, home, command, want, data=None):
        code, calls, said = self.counted(home, command, data)
        said = said.decode(errors='replace')
        self.out.ok(code == want and not calls,
                    what + ': no socket is counted',
                    'exit %d, wanted %d' % (code, want), calls, said)
        if not self.has_filter:
            self.out.skip(what + ': nothing to kill', 'no seccomp here')
            return
        code, said = self.filtered(home, command, data)
        self.out.ok(code == want, what + ': the kernel finds nothing to kill',
                    'exit %d, wanted %d' % (code, want),
                    said.decode(errors='replace'))


def questions(place):
    """A certificate with everything to ask for, and one without its issuer."""
    full = world.Story(place, 'full', {
        'ca': {'cdp': ['{http}/root.crl']},
        'leaf': {'cdp': ['{http}/ca.crl'], 'ocsp': ['{http}/ocsp'],
                 'aia': ['{http}/ca.crt']},
        'serves': {'/root.crl': {'crl': {'of': 'root'}},
                   '/ca.crl': {'crl': {}}, '/ocsp': {'ocsp': {}},
                   '/ca.crt': {'certs': ['ca']}},
        'options': ['--scope', 'chain-exclude-root'], 'bundle': ['leaf']})
    return full


def prove(proof, place):
    story = questions(place)
    home = world.Home(os.path.join(place.folder, 'home'))
    empty = world.Home(os.path.join(place.folder, 'empty'))
    step = story.told
    ask = story.command(proof.avow, step, [])
    offline = [*ask[:2], '--offline', *ask[2:]]
    proof.would_notice(home, ask)
    # The filter killed what was to fill the cache; ask once more.
    code, stdout, stderr, _ = home.run(ask)
    proof.out.ok(code == 0, 'the question is answered online', stdout, stderr)
    proof.opens_none('all of it cached', home, ask, 0)
    proof.opens_none('--offline, all of it cached', home, offline, 0)
    proof.opens_none('--offline, nothing cached', empty, offline, 1)
    whole = story.write('whole.pem', story.certs['leaf'].pem
                        + story.certs['ca'].pem)
    proof.opens_none('--offline, only revocation unknown', empty,
                     [*offline[:-1], whole], 2)
    batch = json.dumps({
        'id': '1', 'target': story.certs['leaf'].pem,
        'extra': [story.certs['ca'].pem], 'revocation': 'require'})
    roots = os.path.join(place.folder, 'root.pem')
    proof.opens_none('--batch', home, [proof.avow, 'verify', '--batch',
                                       '--roots', roots], 0,
                     batch.encode() + b'\n')
    _, events, _, _ = home.run([*ask[:2], '--xml', *ask[2:]])
    proof.opens_none('explain', home, [proof.avow, 'explain', '-'], 0, events)
    for verb in (['cache', 'list'], ['cache', 'verify'], ['events', 'list'],
                 ['explain', 'last']):
        proof.opens_none(' '.join(verb), home, [proof.avow, *verb], 0)


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    avow, counter, launcher = (os.path.abspath(a) for a in sys.argv[1:])
    servers.stop_at_the_end()
    scratch = tempfile.mkdtemp(prefix='avow-offline-')
    out = tap.Tap()
    try:
        place = world.World(scratch)
        prove(Proof(avow, counter, launcher, place, out), place)
    finally:
        servers.stop_all()
        shutil.rmtree(scratch, ignore_errors=True)
    return out.end()


sys.exit(main())
