#!/usr/bin/env python3
"""run.py AVOW [FOLDER [STORY...]]: asks avow about each story, prints TAP.

Each story is one test: input.* is given to `avow explain --json`, and the
summary must say what expected.json says. `harmless` may be a list of equally
right answers; `reject` names causes that would be wrong.
"""
import collections
import glob
import json
import os
import subprocess
import sys

TIMEOUT = 20


def ask(avow, path, *more):
    done = subprocess.run([avow, 'explain', '--json', *more, path],
                          capture_output=True, timeout=TIMEOUT)
    if done.returncode not in (0, 1, 2):
        raise ValueError('exit %d: %s' % (
            done.returncode, done.stderr.decode(errors='replace').strip()))
    return json.loads(done.stdout.decode('utf-8'))


def differences(want, summary, ids):
    out = []

    def check(ok, what, expected, got):
        if not ok:
            out.append('%s: want %s, got %s' % (
                what, json.dumps(expected), json.dumps(got)))

    check(summary['events'] == want['events'], 'events', want['events'],
          summary['events'])
    cause, right = summary['cause'], [want['cause']] + want['accept']
    if want['cause'] is not None:
        check(cause in right, 'cause', right, cause)
    check(cause not in want.get('reject', []), 'cause', 'none of %s'
          % want.get('reject'), cause)
    harmless = want['harmless']
    if not isinstance(harmless, list):
        harmless = [harmless]
    check(any(summary['harmless'] is h for h in harmless), 'harmless',
          harmless, summary['harmless'])
    if want['first_remedy']:
        first = (summary['remedies'] or [None])[0]
        check(first in want['first_remedy'], 'first remedy',
              want['first_remedy'], summary['remedies'])
    for code in want['error_codes']:
        check(code in summary['error_codes'], 'code', code,
              summary['error_codes'])
    check(collections.Counter(ids) == collections.Counter(want['event_ids']),
          'event ids', want['event_ids'], ids)
    if 'computers' in want:
        names = sorted(c['name'] for c in summary['computers'])
        check(names == want['computers'], 'computers', want['computers'],
              names)
    return out


def judge(avow, folder):
    with open(os.path.join(folder, 'expected.json'), encoding='utf-8') as f:
        want = json.load(f)
    path = glob.glob(os.path.join(folder, 'input.*'))[0]
    try:
        answer = ask(avow, path)
        every = ask(avow, path, '--all')
    except (OSError, ValueError, subprocess.TimeoutExpired) as e:
        return [str(e)], want
    ids = [i for c in every['cases'] for i in c['event_ids']]
    return differences(want, answer['summary'], ids), want


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    avow = sys.argv[1]
    root = (sys.argv[2] if len(sys.argv) > 2
            else os.path.dirname(os.path.abspath(__file__)))
    names = sys.argv[3:] or sorted(
        d for d in os.listdir(root)
        if os.path.exists(os.path.join(root, d, 'expected.json')))
    print('1..%d' % len(names))
    bad = 0
    for number, name in enumerate(names, 1):
        wrong, want = judge(avow, os.path.join(root, name))
        bad += bool(wrong)
        print('%s %d - %s' % ('not ok' if wrong else 'ok', number, name))
        for line in wrong:
            print('# ' + line)
        if wrong:
            print('# why: ' + want['why'])
        sys.stdout.flush()
    return 1 if bad or not names else 0


sys.exit(main())
