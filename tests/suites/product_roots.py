#!/usr/bin/env python3
"""CERT_CHAIN_POLICY_MICROSOFT_ROOT over the roots of Microsoft's program.

usage: product_roots.py AVOW SHARED

Exactly the product roots pass, and with the flag for it exactly the application
root. Prints TAP; skips when the roots are not there.
"""
import json
import pathlib
import re
import subprocess
import sys

PRODUCTS = ["Microsoft Root Authority", "Microsoft Root Certificate Authority",
            "Microsoft Root Certificate Authority 2010"]
APPLICATION = ["Microsoft Root Certificate Authority 2011"]


def passing(avow, roots, flags):
    questions = [json.dumps({"target": root, "roots": [root], "policy": "microsoft-root", "policy_flags": flags})
                 for root in roots]
    done = subprocess.run([avow, "verify", "--batch"], input="\n".join(questions), capture_output=True, text=True,
                          check=False)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(answers) == len(roots), done.stderr
    names = [answer["elements"][0]["subject"] for answer in answers
             if answer.get("policy_result") == "0" and answer["elements"]]
    return sorted(re.search(r"CN=([^,+]*)", name).group(1) for name in names)


def main():
    avow, path = sys.argv[1], pathlib.Path(sys.argv[2]) / "ctl" / "roots" / "roots.pem"
    if not path.exists():
        print("1..0 # SKIP the roots are not here")
        return 0
    roots = re.findall(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", path.read_text(encoding="utf-8"),
                       re.S)
    print("1..2")
    failed = 0
    for number, (flags, wanted) in enumerate((("0", PRODUCTS), ("20000", APPLICATION)), 1):
        got = passing(avow, roots, flags)
        failed += got != wanted
        print(f"{'ok' if got == wanted else 'not ok'} {number} - flags {flags}: {', '.join(wanted)}")
        if got != wanted:
            print(f"# got {got}")
    return 1 if failed else 0


sys.exit(main())
