#!/usr/bin/env python3
"""refresh.py AVOW: what `avow cache refresh` and `prefetch` let replace what.

One story fills the cache as any question does. Then its server has something
else to give, good or bad, and the cache must hold what it should hold.
"""
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import servers
import tap
import world

HTML = {'text': '<html><head><title>Sign in</title></head></html>',
        'type': 'text/html'}


class Proof:
    def __init__(self, avow, place, out):
        self.avow, self.place, self.out = avow, place, out
        self.home = world.Home(os.path.join(place.folder, 'home'))
        self.story = world.Story(place, 'refresh', {
            'leaf': {'cdp': ['{http}/ca.crl'], 'ocsp': ['{http}/ocsp'],
                     'aia': ['{http}/ca.crt']},
            'serves': {'/ca.crl': {'crl': {'this_update': -5}},
                       '/ocsp': {'ocsp': {'this_update': -5}},
                       '/ca.crt': {'certs': ['ca']}}, 'bundle': ['leaf']})

    def cache(self, *words, fetches=False):
        options = ['--allow-address', 'loopback', '--proxy', 'none'] \
            if fetches else []
        code, stdout, stderr, _ = self.home.run(
            [self.avow, 'cache', *words, *options])
        return code, stdout.decode(), stderr.decode()

    def entries(self):
        _, said, _ = self.cache('list', '--json')
        return {e['kind']: e for e in json.loads(said)['entries']}

    def fill(self):
        for extra in ([], ['--prefer', 'crl-only']):
            command = self.story.command(self.avow, self.story.told, [])
            code, stdout, stderr, _ = self.home.run(
                [*command[:2], *extra, *command[2:]])
            self.out.ok(code == 0, 'the question fills the cache: %s' % extra,
                        stdout.decode(), stderr.decode())
        _, said, _ = self.cache('list')
        # The CRL is good for a day less some hours: one unit fills the column.
        self.out.ok(re.search(r'^  crl +in \d+ (d|h|min) +\d+ B ', said, re.M)
                    is not None, 'the list tells the end in one unit', said)
        held = self.entries()
        self.out.ok(set(held) == {'crl', 'ocsp', 'issuer'}
                    and held['crl']['is_verified']
                    and held['ocsp']['is_verified'],
                    'all of it, and verified', held)

    def refresh(self, what, kind, serves, result, why='', changes=False,
                action=('refresh', '--all')):
        """Serve something; what becomes of the entry of this kind."""
        before = self.entries().get(kind)
        self.story.serve(serves)
        code, said, err = self.cache(*action, '--kind', kind, '--json',
                                     fetches=True)
        told = json.loads(said)['objects'] if said else []
        after = self.entries().get(kind)
        bad = result in ('kept', 'failed')
        self.out.ok(
            len(told) == 1 and told[0]['result'] == result
            and why in (told[0]['why'] or '') and code == int(bad)
            and (before['sha1'] != after['sha1']) == changes,
            '%s: %s' % (what, result), code, said, err, before, after)

    def crls(self):
        def crl(**how):
            return {'/ca.crl': {'crl': how}}
        self.refresh('the same', 'crl', {}, 'unchanged')
        self.refresh('a newer CRL', 'crl', crl(number=2, this_update=-4),
                     'renewed', changes=True)
        self.refresh('an older one', 'crl', crl(number=3, this_update=-6),
                     'kept', 'older than the one')
        self.refresh('a broken signature', 'crl',
                     crl(number=4, this_update=-1, spoil=True),
                     'kept', 'signature of what came does not verify')
        self.refresh('signed by a stranger', 'crl',
                     crl(number=5, this_update=-1, key='leaf'),
                     'kept', 'signature of what came does not verify')
        self.refresh('of another issuer', 'crl',
                     crl(number=6, this_update=-1, of='root'),
                     'kept', 'of another issuer')
        self.refresh('a delta in its place', 'crl',
                     crl(number=7, this_update=-1, base=1), 'kept', 'delta')
        self.refresh('one for other certificates', 'crl',
                     crl(number=8, this_update=-1, idp='attribute'), 'kept',
                     'other certificates')
        self.refresh('one that has expired', 'crl',
                     crl(number=8, this_update=-3, next_update=-1),
                     'failed', 'past its next update')
        self.refresh('a web page', 'crl', {'/ca.crl': HTML}, 'failed')
        self.refresh('nothing', 'crl', {'/ca.crl': {
            'text': 'no', 'status': 404}}, 'failed', 'HTTP error')
        self.refresh('a newer one, at last', 'crl',
                     crl(number=9, this_update=-2), 'renewed', changes=True)

    def others(self):
        self.refresh('a newer response, asked for by GET', 'ocsp',
                     {'/ocsp': {'ocsp': {'this_update': -1}}}, 'renewed',
                     changes=True)
        self.refresh('a response about another certificate', 'ocsp',
                     {'/ocsp': {'ocsp': {'this_update': -0.5,
                                         'other_id': True}}},
                     'kept', 'about another certificate')
        self.refresh('a response with a broken signature', 'ocsp',
                     {'/ocsp': {'ocsp': {'this_update': -0.5,
                                         'spoil': True}}},
                     'kept', 'not signed with the key')
        self.refresh('the error of a responder', 'ocsp',
                     {'/ocsp': {'ocsp_error': 'try-later'}}, 'failed')
        self.refresh('the same certificate', 'issuer', {}, 'unchanged')
        self.refresh('another certificate', 'issuer',
                     {'/ca.crt': {'certs': ['root']}}, 'kept',
                     'another name or another key')

    def due(self):
        """Only what is due is asked for."""
        before = self.story.requests('/ca.crl')
        code, said, _ = self.cache('refresh', '--kind', 'crl', fetches=True)
        self.out.ok(code == 0 and 'Nothing is due; 1 not due.' in said
                    and self.story.requests('/ca.crl') == before,
                    'what is in time is not asked for', said)
        code, said, _ = self.cache('prefetch', '--kind', 'crl', fetches=True)
        self.out.ok(code == 0 and 'Nothing is in its time' in said
                    and self.story.requests('/ca.crl') == before,
                    'nor ahead of its time', said)
        # Twelve hours from publication to the end: from 1.2 h on.
        self.refresh('published two hours ago', 'crl', {'/ca.crl': {'crl': {
            'number': 10, 'this_update': -1.5, 'next_publish': -2,
            'next_update': 10}}}, 'renewed', changes=True)
        self.refresh('now is the time to fetch ahead', 'crl',
                     {'/ca.crl': {'crl': {'number': 11, 'this_update': -1,
                                          'next_update': 20}}},
                     'renewed', changes=True, action=('prefetch',))

    def interrupt(self):
        self.story.serve({'/ca.crl': {'crl': {'this_update': -0.1},
                                      'fault': 'stall', 'seconds': 30}})
        begun = time.monotonic()
        with subprocess.Popen(
                [self.avow, 'cache', 'refresh', '--all', '--kind', 'crl',
                 '--allow-address', 'loopback', '--proxy', 'none'],
                env=self.home.environment(), stdout=subprocess.PIPE,
                stderr=subprocess.PIPE) as child:
            time.sleep(1)
            child.send_signal(signal.SIGINT)
            said, err = child.communicate(timeout=20)
        self.out.ok(child.returncode == 1 and time.monotonic() - begun < 3
                    and b'interrupted' in err,
                    'Ctrl-C answers at once', child.returncode, said, err)
        code, said, _ = self.cache('verify')
        self.out.ok(code == 0, 'and leaves the cache whole', said)
        code, said, _ = self.cache('list', '--kind', 'crl')
        self.out.ok('1 object' in said, 'with what was in it', said)

    def failures(self):
        """A failure is remembered beside the object, and listed."""
        self.story.serve({'/ca.crl': {'text': 'no', 'status': 503},
                          '/ocsp': {'text': 'no', 'status': 503}})
        self.cache('drop', '--kind', 'crl')
        self.cache('drop', '--kind', 'ocsp')
        self.home.run(self.story.command(self.avow, self.story.told, []))
        code, said, _ = self.cache('list', '--failures')
        self.out.ok(code == 0 and '2 remembered failures' in said
                    and 'HTTP error: 503' in said, 'failures are listed',
                    code, said)
        code, said, _ = self.cache('drop', '--failures')
        self.out.ok('2 entries dropped.' in said, 'and dropped', said)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    avow = os.path.abspath(sys.argv[1])
    if servers.missing('openssl'):
        print('1..0 # SKIP openssl is not installed')
        return 0
    servers.stop_at_the_end()
    scratch = tempfile.mkdtemp(prefix='avow-refresh-')
    out = tap.Tap()
    try:
        proof = Proof(avow, world.World(scratch), out)
        for part in (proof.fill, proof.crls, proof.others, proof.due,
                     proof.interrupt, proof.failures):
            part()
    finally:
        servers.stop_all()
        shutil.rmtree(scratch, ignore_errors=True)
    return out.end()


sys.exit(main())
