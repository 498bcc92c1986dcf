#!/usr/bin/env python3
"""cryptnet.py AVOW SHARED: the sample of Windows' URL cache, against what is known of it."""
import datetime
import json
import pathlib
import struct
import subprocess
import sys
import tempfile

MODERN = "ctldl.windowsupdate.com"


def moment(text):
    return text and datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def compare(name, wanted, entry):
    """What differs, a sentence each."""
    for member, told in (("url", entry["url"]), ("etag", entry["etag"] or ""), ("content_size", entry["bytes"])):
        if wanted[member] != told:
            yield f"{name}: {member} is {told!r}, not {wanted[member]!r}"
    for member in ("last_download", "last_modified"):
        if moment(wanted[member]) != moment(entry[member]):
            yield f"{name}: {member} is {entry[member]}, not {wanted[member]}"
    if "wrong-name" in entry["findings"] or "wrong-size" in entry["findings"]:
        yield f"{name}: it is whole, but {entry['findings']}"


def metadata(url):
    wide = url.encode("utf-16-le")
    head = bytearray(0x74)
    struct.pack_into("<I", head, 0, 112)
    struct.pack_into("<I", head, 0x0C, len(wide))
    return bytes(head) + wide


def wrong_names(avow, names):
    """Names seen on real machines that avow does not take for those of their URLs."""
    with tempfile.TemporaryDirectory() as folder:
        place = pathlib.Path(folder)
        for sub in ("Content", "MetaData"):
            (place / sub).mkdir()
        for name, url in names.items():
            (place / "MetaData" / name).write_bytes(metadata(url))
        done = subprocess.run([avow, "cache", "show", "--windows", folder, "--json"], capture_output=True, text=True,
                              check=False)
    entries = json.loads(done.stdout)["entries"]
    return set(names) - {entry["name"] for entry in entries if "wrong-name" not in entry["findings"]}


def main():
    avow, shared = sys.argv[1], pathlib.Path(sys.argv[2]) / "cryptnet-cache"
    if not (shared / "expected.json").exists():
        print("1..0 # SKIP the sample is not here")
        return 0
    expected = json.loads((shared / "expected.json").read_text(encoding="utf-8"))
    done = subprocess.run([avow, "cache", "show", "--windows", shared / "constructed", "--json"], capture_output=True,
                          text=True, check=False)
    entries = {entry["name"]: entry for entry in json.loads(done.stdout)["entries"]}
    problems = [f"{name}: not told" for name in expected["constructed"] if name not in entries]
    for name, entry in entries.items():
        problems += compare(name, expected["constructed"][name], entry)
    names = {told["name"]: url for url, told in expected["file_name_vectors"].items()}
    names |= {row["name"]: row["url"] for row in expected["observed_rows_from_a_real_machine"]}
    wrong = wrong_names(avow, names)
    problems += [f"{name}: not taken for the name of {names[name]}" for name in wrong]
    page = next(entry for entry in entries.values() if "proxy.invalid" in entry["url"])
    old = [entry for entry in entries.values() if MODERN in entry["url"]]
    claims = [
        ("every entry is told as it was made", not problems),
        ("names of real machines are those of their URLs", not wrong and len(names) > 5),
        ("nothing else is told", set(entries) == set(expected["constructed"])),
        ("lists that nobody replaced for a month are stale", all("old-list" in e["findings"] for e in old) and old),
        ("cabinets are named", all(entry["kind"] == "cabinet" for entry in old)),
        ("a page of a proxy is no list", "wrong-content" in page["findings"] and "HTML" in page["looks_like"]),
        ("the exit code tells", done.returncode == 1),
    ]
    print(f"1..{len(claims)}")
    for number, (what, holds) in enumerate(claims, 1):
        print(f"{'ok' if holds else 'not ok'} {number} - {what}")
    for problem in problems:
        print(f"# {problem}")
    return 0 if all(holds for _, holds in claims) else 1


sys.exit(main())
