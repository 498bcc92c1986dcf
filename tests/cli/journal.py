#!/usr/bin/env python3
"""What arrives at journald's socket: journal.py AVOW FIXTURES.

The test stands in for journald in a mount namespace of its own, where /run is empty but for the socket. Where such a
namespace cannot be made it skips. The output is TAP.
"""
import os
import pathlib
import socket
import subprocess
import sys
import tempfile

SOCKET = pathlib.Path("/run/systemd/journal/socket")
INSIDE = "--inside"


def verify(avow, fixtures, home, *arguments):
    env = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", **{f"XDG_{name}_HOME": home for name in ("STATE", "CACHE", "CONFIG")}}
    return subprocess.run([avow, "verify", "--quiet", "--revocation", "none", "--roots", fixtures / "root.pem", "--extra",
                           fixtures / "ca.pem", "--at", "2026-06-01", *arguments], env=env, check=False)


def read_entry(data):
    """The native protocol: KEY=value lines; a value with a line break would have a length before it."""
    return dict(line.split("=", 1) for line in data.decode("utf-8").splitlines())


def received(server):
    entries = []
    while True:
        try:
            entries.append(read_entry(server.recv(1 << 20)))
        except BlockingIOError:
            return entries


def check(avow, fixtures):
    SOCKET.parent.mkdir(parents=True)
    with tempfile.TemporaryDirectory(dir="/run") as home, \
            socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as server:
        without = verify(avow, fixtures, home, "--journald", fixtures / "good.pem")
        yield "nobody listens: the answer stands", without.returncode == 0
        server.bind(str(SOCKET))
        verify(avow, fixtures, home, fixtures / "good.pem")
        yield "nothing is told unless it is asked for", received(server) == []
        done = verify(avow, fixtures, home, "--journald", fixtures / "expired.pem", fixtures / "good.pem")
        entries = received(server)
        yield "one entry for each question", done.returncode == 1 and len(entries) == 2
        refused, trusted = entries
        yield "the cause, the certificate, the answer", (
            refused["AVOW_CAUSE"] == "expired" and refused["AVOW_SUBJECT"] == "old.example.org"
            and refused["AVOW_ANSWER"] == "not-trusted" and refused["PRIORITY"] == "3"
            and refused["MESSAGE"].startswith("NOT TRUSTED ") and len(refused["MESSAGE_ID"]) == 32)
        yield "what is trusted is information", trusted["AVOW_ANSWER"] == "trusted" and trusted["PRIORITY"] == "6"
        yield "records of the event log beside it", refused["AVOW_RECORDS"] == "9-12" and trusted["AVOW_RECORDS"] == "13-16"
        shown = subprocess.run([avow, "events", "show", "--xml", refused["AVOW_TASK"]], capture_output=True, text=True,
                               env={"XDG_STATE_HOME": home}, check=False)
        yield "and the task under which they are shown", shown.stdout.count("<Event ") == 3


def main():
    avow, fixtures = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()
    if INSIDE not in sys.argv:
        os.execvp("unshare", ["unshare", "--map-root-user", "--mount", "sh", "-c",
                              f'mount -t tmpfs tmpfs /run && exec "$0" "$@" {INSIDE}', sys.executable, __file__, str(avow),
                              str(fixtures)])
    results = list(check(avow, fixtures))
    print(f"1..{len(results)}")
    for number, (name, is_good) in enumerate(results, 1):
        print(f"{'' if is_good else 'not '}ok {number} - {name}")


def can_unshare():
    done = subprocess.run(["unshare", "--map-root-user", "--mount", "mount", "-t", "tmpfs", "tmpfs", "/run"],
                          capture_output=True, check=False)
    return done.returncode == 0


if INSIDE not in sys.argv and not can_unshare():
    print("1..0 # SKIP no namespace for a journal of our own")
else:
    main()
