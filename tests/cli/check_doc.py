#!/usr/bin/env python3
"""check_doc.py AVOW SOURCE: the manual names every option, and doc/json.md every member of the JSON."""
import json
import pathlib
import re
import subprocess
import sys

# Verbs whose help lists actions, each with a help of its own.
ACTIONS = {"events": ["list", "show", "follow", "export"]}
PAGES = ["avow-cache.1", "avow-events.1", "avow-explain.1", "avow-verify.1"]


def check_manual(program, source):
    for page in PAGES:
        verb = page.removeprefix("avow-").removesuffix(".1")
        text = (source / "man" / page).read_text(encoding="utf-8").replace("\\-", "-")
        text = re.sub(r"\bFl (Fl |-)", "--", text)  # mdoc
        helps = [[action, "--help"] for action in ACTIONS.get(verb, [])] or [["--help"]]
        said = "".join(subprocess.run([program, verb, *words], capture_output=True, text=True, check=True).stdout
                       for words in helps)
        for option in sorted(set(re.findall(r"--[a-z][a-z-]*", said))):
            if option != "--help" and not re.search(re.escape(option) + r"(?![a-z-])", text):
                yield f"{page} does not tell {option}"


def check_json(source):
    schema = json.loads((source / "doc/explain.schema.json").read_text(encoding="utf-8"))
    text = (source / "doc/json.md").read_text(encoding="utf-8")
    told = set(re.findall(r"`([a-z_]+)(?:\[\])?`", text))
    for part in [schema] + [schema["$defs"][name] for name in ("input", "summary", "cause", "case", "diff")]:
        for name in part["properties"]:
            if name not in told:
                yield f"doc/json.md does not tell {name}"


def main():
    source = pathlib.Path(sys.argv[2])
    problems = list(check_manual(sys.argv[1], source)) + list(check_json(source))
    for problem in problems:
        print(problem)
    sys.exit(1 if problems else 0)


main()
