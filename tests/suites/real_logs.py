#!/usr/bin/env python3
"""The two real CAPI2 logs, read and explained from end to end.

usage: real_logs.py AVOW SHARED

Held against expected.json: the records and their ids, the events by number
and level, the verified samples byte for byte; and that no verdict of a task of
its own is lost (39 of them in both logs). Prints TAP.
"""
import collections
import hashlib
import json
import pathlib
import subprocess
import sys

VERDICTS_OF_THEIR_OWN = 39


def run(*command):
    return subprocess.run([str(part) for part in command], capture_output=True, check=True).stdout


def task_of(event):
    facts = next(iter((event.get("data") or {}).values()), None) or {}
    return (facts.get("CorrelationAuxInfo") or {}).get("TaskId")


def check_export(avow, log, expected):
    events = [json.loads(line) for line in run(avow, "events", "export", "--from", log, "--json").splitlines()]
    ids = [event["record_id"] for event in events]
    yield "record ids in order", ids, list(range(expected["min_id"], expected["max_id"] + 1))
    counts = collections.Counter(str(event["event_id"]) for event in events)
    yield "events by number", dict(counts), expected["per_event_id"]
    levels = collections.Counter(f"{event['event_id']}/level{event['level']}" for event in events)
    yield "events by number and level", dict(levels), expected["per_event_id_and_level"]


def check_samples(avow, log, expected):
    text = run(avow, "events", "export", "--from", log, "--xml").decode("utf-8")
    start = text.index("<Event xmlns")
    events = {}
    for piece in text[start:].split("<Event xmlns")[1:]:
        event = "<Event xmlns" + piece[: piece.index("</Event>") + len("</Event>")]
        record = int(event.split("<EventRecordID>")[1].split("<")[0])
        events[record] = event
    for sample in expected["verified_samples"]:
        rendered = events.get(sample["record_id"], "")
        wanted = sample["xml"].rstrip("\n")
        if hashlib.sha256((wanted + "\n").encode()).hexdigest() == sample["xml_sha256"] or \
           hashlib.sha256(wanted.encode()).hexdigest() == sample["xml_sha256"]:
            yield f"sample {sample['record_id']}", unindent(rendered), unindent(wanted)
        else:
            yield f"sample {sample['record_id']} is what its digest says", False, True


def unindent(xml):
    return [line.strip() for line in xml.splitlines()]


def check_cases(avow, log, expected):
    answer = json.loads(run_any(avow, "explain", "--all", "--json", log))
    yield "events explained", answer["summary"]["events"], expected["total_records"]
    alone = [case for case in answer["cases"] if case["event_ids"] == [30]]
    yield "verdicts without their chain", len(alone), 0


def run_any(*command):
    return subprocess.run([str(part) for part in command], capture_output=True, check=False).stdout


def lonely_verdicts(avow, logs):
    tasks = collections.defaultdict(list)
    for log in logs:
        for line in run(avow, "events", "export", "--from", log, "--json").splitlines():
            event = json.loads(line)
            tasks[log, task_of(event)].append(event["event_id"])
    return sum(1 for ids in tasks.values() if ids == [30])


def main():
    avow, folder = sys.argv[1], pathlib.Path(sys.argv[2]) / "capi2" / "real-logs"
    if not (folder / "expected.json").exists():
        print("1..0 # SKIP the real logs are not here")
        return 0
    files = json.loads((folder / "expected.json").read_text(encoding="utf-8"))["files"]
    results = []
    for name, expected in files.items():
        for check in (check_export, check_samples, check_cases):
            for what, got, wanted in check(avow, folder / name, expected):
                results.append((f"{name[:12]} {what}", got, wanted))
    results.append(("verdicts that are a task of their own",
                    lonely_verdicts(avow, [folder / name for name in files]), VERDICTS_OF_THEIR_OWN))
    print(f"1..{len(results)}")
    failed = 0
    for number, (what, got, wanted) in enumerate(results, 1):
        failed += got != wanted
        print(f"{'ok' if got == wanted else 'not ok'} {number} - {what}")
        if got != wanted:
            print(f"# got {str(got)[:300]}")
            print(f"# not {str(wanted)[:300]}")
    return 1 if failed else 0


sys.exit(main())
