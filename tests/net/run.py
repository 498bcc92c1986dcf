#!/usr/bin/env python3
"""run.py AVOW [FOLDER [CASE...]]: asks avow about each world, prints TAP.

Each case is asked three times, each time with fresh folders: with --json for
the exact answer, with --xml for the events, which `avow explain` must read to
the same cause, from what was printed and from the event log, and as text, which must begin with the answer and hold nothing
that a terminal would obey. AVOW_NET_SHOW=1 prints what came.
"""
import concurrent.futures
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import traceback

import servers
import world

JOBS = 4
ANSWER = {'trusted': 'TRUSTED', 'not-trusted': 'NOT TRUSTED',
          'undecided': 'UNDECIDED'}
EXIT = {'trusted': 0, 'not-trusted': 1, 'undecided': 2}
EVENT_ID = re.compile(rb'<EventID[^>]*>(\d+)<')
SHOW = os.environ.get('AVOW_NET_SHOW')


class Wrong(Exception):
    """What a case found."""


def tries_of(answer, story):
    """The retrievals, as a case tells them: [kind, place, URL, outcome,
    status]. Caches that had nothing are told by the number of the others."""
    rows = []
    for r in answer.get('retrievals') or []:
        if r['outcome'] == 'not-cached':
            continue
        rows.append([r['kind'], r['source'], shown(story, r['url']),
                     r['outcome'], r['http_status'] or None])
    return rows


# Ports of the run that have a name, and the server that must run for it.
NAMED = [('http', None), ('https', None), ('blackhole', None),
         ('mute', None), ('closed', None), ('ldap-closed', None),
         ('origin', None), ('credentials', None), ('nginx', 'nginx'), ('https-old', 'nginx'),
         ('ldap', 'slapd'), ('responder', 'ocsp')]


def shown(story, url):
    """The URL with the ports of this run replaced by their names."""
    for word, server in NAMED if url else []:
        if server is None or server in story.world.servers:
            there = story.world.place(word, story.name)
            if url.startswith(there):
                return '{%s}%s' % (word, url[len(there):])
    return url


def abridged(want, got):
    """URLs cut where those that are wanted end in a star."""
    for w, g in zip(want, got):
        if w[2] and w[2].endswith('*') and g[2] and \
                g[2].startswith(w[2][:-1]):
            g[2] = w[2]
    return got


def compare(what, want, got, out):
    if want != got:
        out.append('%s: want %s, got %s' % (what, json.dumps(want),
                                            json.dumps(got)))


def check_json(story, want, code, stdout, out):
    try:
        answer = json.loads(stdout)
    except ValueError:
        out.append('no JSON: %r' % stdout[:200])
        return
    if SHOW:
        print('# ' + stdout.decode())
    compare('verdict', want['verdict'], answer['verdict'], out)
    compare('exit', EXIT[want['verdict']], code, out)
    causes = answer['causes']
    compare('cause', want.get('cause'),
            causes[0]['cause'] if causes else None, out)
    if 'explained' in want:
        notes = answer.get('notes') or [{}]
        compare('note', want['explained'], notes[0].get('cause'), out)
    got = [e['revocation'] and e['revocation']['result']
           for e in answer['elements']]
    compare('results', want['results'], got[:len(want['results'])], out)
    if 'errors' in want:
        compare('errors', want['errors'],
                [e['error'] for e in answer['elements']], out)
    compare('tries', want['tries'], abridged(
        want['tries'], tries_of(answer, story)), out)
    for number, members in want.get('details', {}).items():
        rows = [r for r in answer.get('retrievals') or []
                if r['outcome'] != 'not-cached']
        row = rows[int(number)] if int(number) < len(rows) else {}
        for member, value in members.items():
            compare('try %s, %s' % (number, member), story.fill(value),
                    row.get(member), out)


def check_events(avow, home, want, code, stdout, out):
    ids = [int(i) for i in EVENT_ID.findall(stdout)]
    compare('exit with --xml', EXIT[want['verdict']], code, out)
    compare('events', want['events'], ids, out)
    # What was printed, and what the event log has kept of it.
    for log in ('-', 'last'):
        status, explained, stderr, _ = home.run(
            [avow, 'explain', '--json', log], stdout)
        if status not in (0, 1, 2):
            out.append('explain %s: exit %d, %s' % (log, status,
                                                    stderr.decode()))
            continue
        summary = json.loads(explained)['summary']
        compare('cause by explain ' + log, want.get(
            'explained', want.get('cause', 'no-error')), summary['cause'], out)
        is_known = all(r in ('0', None) for r in want['results'])
        if 'cause' not in want and is_known and summary['harmless'] is False:
            out.append('explain takes for harmful what did no harm')


def check_text(want, code, stdout, out):
    text = stdout.decode('utf-8', 'replace')
    if SHOW:
        print('\n'.join('# ' + line for line in text.splitlines()))
    compare('exit of text', EXIT[want['verdict']], code, out)
    first = text.split('\n', 1)[0]
    if not first.startswith(ANSWER[want['verdict']] + '  '):
        out.append('first line: %r' % first)
    hostile = re.search('[\x00-\x08\x0b-\x1f\x7f-\x9f]', text)
    if hostile:
        out.append('text holds %r' % hostile.group(0))
    flat = ' '.join(text.split())
    for piece in want.get('text', []):
        if not re.search(piece, flat):
            out.append('text lacks /%s/' % piece)


def check_requests(story, want, out):
    for path, count in want.get('requests', {}).items():
        compare('requests for ' + path, count, story.requests(path), out)
    for path in {p for _, _, p in list(story.world.faults.counts)
                 if p.startswith('/%s/' % story.name)}:
        head = story.world.faults.last_head(path)
        for never in ('cookie', 'authorization', 'proxy-authorization'):
            if never in head:
                out.append('sent %s to %s' % (never, path))


def tell(avow, story, form):
    """All steps of a story in one form; what is wrong with the answers."""
    out = []
    home = world.Home(os.path.join(story.folder, 'home-' + form))
    if 'config' in story.told:
        home.configure(story.fill(story.told['config']))
    story.withdraw()
    story.serve(story.told.get('serves', {}))
    option = {'json': ['--json'], 'xml': ['--xml'], 'text': []}[form]
    for number, step in enumerate(story.told.get('steps', [story.told])):
        before = len(out)
        time.sleep(step.get('wait', 0))
        story.serve(step.get('serves', {}))
        story.world.faults.forget('/%s/' % story.name)
        command = story.command(avow, step, option)
        env = {k: story.fill(v) for k, v in step.get('env', {}).items()}
        code, stdout, stderr, seconds = home.run(command, env=env)
        want = step['expect']
        if form == 'json':
            check_json(story, want, code, stdout, out)
            check_requests(story, want, out)
        elif form == 'xml':
            check_events(avow, home, want, code, stdout, out)
        else:
            check_text(want, code, stdout, out)
        if seconds > want.get('within', 6):
            out.append('took %.1f s' % seconds)
        if len(out) > before:
            out[before:] = ['%s, step %d: %s' % (form, number + 1, line)
                            for line in out[before:]]
            if stderr:
                out.append('stderr: ' + stderr.decode(
                    errors='replace').strip()[:300])
    return out


def judge(avow, place, name, told, text):
    lacks = world.needs(text)
    if lacks:
        return 'skip', ['%s is not installed' % lacks]
    try:
        story = world.Story(place, name, told)
        wrong = []
        for form in ('json', 'xml', 'text'):
            wrong += tell(avow, story, form)
    except (OSError, KeyError, RuntimeError, ValueError,
            subprocess.TimeoutExpired):
        wrong = traceback.format_exc().splitlines()
    return 'not ok' if wrong else 'ok', wrong


def run_all(avow, place, cases):
    """Some at a time, told in their order; how many went wrong."""
    bad = 0
    pool = concurrent.futures.ThreadPoolExecutor(JOBS)
    try:
        answers = [pool.submit(judge, avow, place, *case) for case in cases]
        for number, (case, answer) in enumerate(zip(cases, answers), 1):
            word, lines = answer.result()
            bad += word == 'not ok'
            print('%s %d - %s%s' % (
                'ok' if word == 'skip' else word, number, case[0],
                ' # SKIP ' + lines[0] if word == 'skip' else ''))
            for line in lines if word == 'not ok' else []:
                print('# ' + line)
            sys.stdout.flush()
    finally: # at an interrupt, those that have not begun never do
        pool.shutdown(cancel_futures=True)
    return bad


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    avow = os.path.abspath(sys.argv[1])
    here = os.path.dirname(os.path.abspath(__file__))
    folder = sys.argv[2] if len(sys.argv) > 2 else os.path.join(here, 'cases')
    cases = list(world.stories(folder, sys.argv[3:]))
    servers.stop_at_the_end()
    scratch = tempfile.mkdtemp(prefix='avow-net-')
    try:
        place = world.World(scratch)
        print('1..%d' % len(cases))
        bad = run_all(avow, place, cases)
    finally:
        servers.stop_all()
        shutil.rmtree(scratch, ignore_errors=True)
    return 1 if bad or not cases else 0


sys.exit(main())
