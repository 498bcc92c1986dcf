#!/usr/bin/env python3
"""latency.py AVOW [--strict]: with the network black-holed, an answer comes in time.

A certificate whose OCSP and CRL URLs all lead nowhere is asked about with
--timeout 2, twenty times with --strict: each answer must come within 2.2 seconds, not
counting by how much `sleep 2` is late on this machine at the same time. Then
the same question is interrupted after half a second, and must answer at once.
That much is promised, and asked for with --strict; among other tests a process
may have to wait for its turn, and a second is taken for 0.2 s.
Two slow CRLs of one chain must not take twice as long. Last, ten processes ask
at the same moment with nothing cached: the server must see each URL once.
"""
import concurrent.futures
import os
import pty
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import servers
import tap
import world

IS_STRICT = '--strict' in sys.argv
BUDGET, LATE = 2.0, 0.2 if IS_STRICT else 1.0
TIMES, AT_ONCE = 20 if IS_STRICT else 8, 4
INTERRUPTS = 6
PROCESSES = 10
SLOW = 2.0


def black_holes(place):
    return world.Story(place, 'holes', {
        'ca': {'cdp': ['{blackhole}/root.crl', '{mute}/root.crl'],
               'ocsp': ['{mute}/ocsp']},
        'leaf': {'ocsp': ['{blackhole}/ocsp', '{mute}/ocsp'],
                 'cdp': ['{blackhole}/a.crl', '{mute}/b.crl',
                         '{http}/c.crl'],
                 'aia': ['{blackhole}/ca.crt']},
        'serves': {'/c.crl': {'crl': {}, 'fault': 'stall'}},
        'options': ['--timeout', str(BUDGET), '--scope',
                    'chain-exclude-root']})


def answered(home, command):
    """(the answer, when it was there, when the process had ended)"""
    begun = time.monotonic()
    with subprocess.Popen(command, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL,
                          env=home.environment()) as child:
        text = child.stdout.readline()
        there = time.monotonic() - begun
        text += child.stdout.read()
        child.wait()
    return text, there, time.monotonic() - begun


def in_time(avow, place, out):
    story = black_holes(place)
    command = story.command(avow, story.told, [])

    def sleeper(_number):
        begun = time.monotonic()
        subprocess.run(['sleep', str(BUDGET)], check=True)
        return time.monotonic() - begun

    def ask(number):
        home = world.Home(os.path.join(place.folder, 'home%d' % number))
        return answered(home, command)
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as sleepers:
        with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
            slept = sleepers.map(sleeper, range(TIMES))
            answers = list(pool.map(ask, range(TIMES)))
        machine = max(slept) - BUDGET
    took = sorted(seconds for _, seconds, _ in answers)
    out.say('%d answers under --timeout %g: %.3f to %.3f s, median %.3f s; '
            'the processes, with the event log written, ended within %.3f s; '
            '`sleep %g` beside them was up to %.3f s late' % (
                TIMES, BUDGET, took[0], took[-1], took[TIMES // 2],
                max(ended for _, _, ended in answers), BUDGET, machine))
    wrong = [text for text, _, _ in answers
             if not text.startswith(b'UNDECIDED  ')]
    out.ok(not wrong, 'all are undecided', *wrong[:2])
    out.ok(took[-1] <= BUDGET + LATE + machine,
           'all within %g s' % (BUDGET + LATE), '%.3f s' % took[-1])
    return story


def interrupted(avow, place, story, out):
    took, wrong = [], []
    command = story.command(avow, {'options': [
        '--timeout', '20', '--scope', 'chain-exclude-root']}, [])
    for number in range(INTERRUPTS):
        home = world.Home(os.path.join(place.folder, 'stop%d' % number))
        with subprocess.Popen(command, stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL,
                              env=home.environment()) as child:
            time.sleep(0.5)
            was_early = child.poll() is not None
            begun = time.monotonic()
            child.send_signal(signal.SIGINT)
            answer = child.stdout.readline()
            took.append(time.monotonic() - begun)
            answer += child.stdout.read()
        if was_early or not answer.startswith(b'UNDECIDED  '):
            wrong.append((child.returncode, answer[:300]))
    out.say('%d interrupts answered within %.3f s' % (INTERRUPTS, max(took)))
    out.ok(not wrong, 'an interrupted question is answered', *wrong[:2])
    out.ok(max(took) <= LATE, 'within %g s of the interrupt' % LATE, took)


def on_a_terminal(avow, place, story, *more):
    """What a terminal is shown on standard error, and the answer."""
    home = world.Home(os.path.join(place.folder, 'terminal%d' % len(more)))
    command = story.command(avow, story.told, []) + list(more)
    master, slave = pty.openpty()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=slave,
                          stdin=subprocess.DEVNULL,
                          env=home.environment()) as child:
        os.close(slave)
        shown = b''
        while True:
            try:
                piece = os.read(master, 65536)
            except OSError:  # the other end is closed
                break
            if not piece:
                break
            shown += piece
        answer = child.stdout.read()
    os.close(master)
    return shown, answer


def told_while_waiting(avow, place, story, out):
    try:
        shown, answer = on_a_terminal(avow, place, story)
    except OSError as why:
        out.skip('a terminal is told what is waited for', why)
        return
    out.ok(b'[#' in shown and b'% http://' in shown,
           'a terminal is told what is waited for', shown[-300:])
    out.ok(shown.endswith(b'\r\033[K') and answer.startswith(b'UNDECIDED  '),
           'which is gone when the answer comes', shown[-80:])
    shown, _ = on_a_terminal(avow, place, story, '--quiet')
    out.ok(shown == b'', 'and is not told with --quiet', shown[-300:])


def side_by_side(avow, place, out):
    """What does not depend on each other is fetched at the same time."""
    story = world.Story(place, 'parallel', {
        'ca': {'cdp': ['{http}/root.crl']},
        'leaf': {'cdp': ['{http}/ca.crl']},
        'serves': {'/root.crl': {'crl': {'of': 'root'}, 'fault': 'slow',
                                 'seconds': SLOW},
                   '/ca.crl': {'crl': {}, 'fault': 'slow', 'seconds': SLOW}},
        'options': ['--scope', 'chain-exclude-root']})
    home = world.Home(os.path.join(place.folder, 'parallel-home'))
    text, seconds, _ = answered(home, story.command(avow, story.told, []))
    out.say('two CRLs that take %g s each: answered after %.3f s' % (
        SLOW, seconds))
    out.ok(text.startswith(b'TRUSTED  ') and seconds < 1.7 * SLOW,
           'both CRLs of a chain are fetched at the same time',
           seconds, text.decode(errors='replace'))


def single_flight(avow, place, out):
    story = world.Story(place, 'flight', {
        'ca': {'cdp': ['{http}/root.crl']},
        'leaf': {'cdp': ['{http}/ca.crl'], 'aia': ['{http}/ca.crt']},
        'bundle': ['leaf'],
        'serves': {
            '/root.crl': {'crl': {'of': 'root', 'entries': 50000},
                          'fault': 'slow', 'seconds': 0.4},
            '/ca.crl': {'crl': {}, 'fault': 'slow', 'seconds': 0.4},
            '/ca.crt': {'certs': ['ca'], 'fault': 'slow', 'seconds': 0.4}},
        'options': ['--timeout', '15', '--scope', 'chain-exclude-root']})
    home = world.Home(os.path.join(place.folder, 'flight-home'))
    command = story.command(avow, story.told, ['--json'])
    with concurrent.futures.ThreadPoolExecutor(PROCESSES) as pool:
        answers = list(pool.map(lambda _: home.run(command),
                                range(PROCESSES)))
    wrong = [a for a in answers if a[0] != 0]
    out.ok(not wrong, '%d processes at once are all answered' % PROCESSES,
           *[a[:3] for a in wrong[:2]])
    seen = {path: story.requests(path) for path in
            ('/root.crl', '/ca.crl', '/ca.crt')}
    out.ok(set(seen.values()) == {1}, 'each URL was fetched once', seen)


def main():
    if len(sys.argv) != 2 + IS_STRICT:
        sys.exit(__doc__)
    avow = os.path.abspath(sys.argv[1])
    servers.stop_at_the_end()
    scratch = tempfile.mkdtemp(prefix='avow-latency-')
    out = tap.Tap()
    try:
        place = world.World(scratch)
        story = in_time(avow, place, out)
        interrupted(avow, place, story, out)
        told_while_waiting(avow, place, story, out)
        side_by_side(avow, place, out)
        single_flight(avow, place, out)
    finally:
        servers.stop_all()
        shutil.rmtree(scratch, ignore_errors=True)
    return out.end()


sys.exit(main())
