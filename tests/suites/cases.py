#!/usr/bin/env python3
"""Posted cases with known answers: what `avow explain --json` says of each.

usage: cases.py AVOW SHARED

A case is right when its CAPI2 events are counted right, the main cause and its
harmlessness are right and the first remedy is among the expected ones. Where
the people who collected the cases accept several causes, any of them is right.
Prints TAP; skips when the corpus is not there.
"""
import json
import pathlib
import subprocess
import sys


def problems(case, answer):
    """Everything in which the answer differs from what is known."""
    expected = case["expected"]
    summary = answer["summary"]
    counts = {expected["event_count"]}
    if "Accept count 1 or 2" in case.get("notes", ""):
        counts = {1, 2}
    causes = {expected["root_cause"]}
    for event in expected["per_event"]:
        causes.update(event.get("root_cause_accept", []))
    found = []
    if summary["events"] not in counts:
        found.append(f"events {summary['events']}, expected {sorted(counts)}")
    if summary["cause"] not in causes:
        found.append(f"cause {summary['cause']}, expected {sorted(causes)}")
    if summary["harmless"] != expected["is_harmless"]:
        found.append(f"harmless {summary['harmless']}, expected {expected['is_harmless']}")
    if not summary["remedies"] or summary["remedies"][0] not in expected["fix"]:
        found.append(f"remedies {summary['remedies']}, expected one of {expected['fix']} first")
    missing = set(expected["error_codes"]) - set(summary["error_codes"])
    if missing:
        found.append(f"codes {summary['error_codes']} lack {sorted(missing)}")
    return found


def main():
    avow, shared = sys.argv[1], pathlib.Path(sys.argv[2])
    cases = sorted((shared / "capi2" / "cases").glob("*/case.json"))
    if not cases:
        print("1..0 # SKIP the collected cases are not here")
        return 0
    print(f"1..{len(cases)}")
    failed = 0
    for number, path in enumerate(cases, 1):
        case = json.loads(path.read_text(encoding="utf-8"))
        done = subprocess.run([avow, "explain", "--json", str(path.parent / "input.txt")],
                              capture_output=True, text=True, check=False)
        try:
            found = problems(case, json.loads(done.stdout))
        except (ValueError, KeyError) as error:
            found = [f"no answer ({error!r}): exit {done.returncode}, {done.stderr.strip()}"]
        failed += bool(found)
        print(f"{'not ' if found else ''}ok {number} - {path.parent.name}")
        for problem in found:
            print(f"# {problem}")
    return 1 if failed else 0


sys.exit(main())
