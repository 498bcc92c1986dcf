#!/usr/bin/env python3
"""batch_limbo.py AVOW SHARED: x509-limbo through `avow verify --batch`.

The suites beside this one ask the chain floor; this one asks the program, so that the protocol, the reading of hosts and
times and the threads stand between. The profile is chosen by the namespace of a case, and nothing else about it is known.
"""
import json
import lzma
import pathlib
import subprocess
import sys

SUFFIXES = pathlib.Path("/usr/share/publicsuffix/public_suffix_list.dat")
WITHOUT_SUFFIXES = 2 # cases that need the list
USAGES = {"anyExtendedKeyUsage": "2.5.29.37.0", "serverAuth": "1.3.6.1.5.5.7.3.1", "clientAuth": "1.3.6.1.5.5.7.3.2",
          "codeSigning": "1.3.6.1.5.5.7.3.3", "emailProtection": "1.3.6.1.5.5.7.3.4",
          "timeStamping": "1.3.6.1.5.5.7.3.8", "OCSPSigning": "1.3.6.1.5.5.7.3.9"}
HOSTS = {"DNS": "dns", "IP": "ip", "RFC822": "email"}
SKIPPED = 77


def question(case):
    names = [case["expected_peer_name"]] if case["expected_peer_name"] else []
    usages = case["extended_key_usage"]
    asked = {
        "id": case["id"],
        "target": case["peer_certificate"],
        "extra": case["untrusted_intermediates"],
        "roots": case["trusted_certs"],
        "crls": case["crls"],
        "profile": "webpki" if case["id"].startswith("webpki::") else "rfc5280",
        "at": case["validation_time"],
        "max_depth": case["max_chain_depth"],
        "host": [{HOSTS[name["kind"]]: name["value"]} for name in names + (case["expected_peer_names"] or [])],
        "revocation": "require" if case["crls"] else "none",
    }
    if usages:
        asked |= {"eku": [USAGES[name] for name in usages]}
    else:
        asked |= {"purpose": "tls-server" if case["validation_kind"] == "SERVER" else "tls-client"}
    return asked


def main():
    program, shared = sys.argv[1], pathlib.Path(sys.argv[2])
    path = shared / "corpora" / "limbo.json.xz"
    if not path.exists():
        print(f"{path} is not there")
        return SKIPPED
    cases = json.load(lzma.open(path))["testcases"]
    lines = "".join(json.dumps(question(case)) + "\n" for case in cases)
    done = subprocess.run([program, "verify", "--batch", "--jobs", "2"], input=lines, stdout=subprocess.PIPE, text=True,
                          check=True)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [answer["id"] for answer in answers] == [case["id"] for case in cases]
    wrong = [case["id"] for case, answer in zip(cases, answers)
             if (answer["verdict"] == "trusted") != (case["expected_result"] == "SUCCESS")]
    print(f"{len(cases) - len(wrong)} of {len(cases)} passed")
    print("\n".join(wrong))
    return len(wrong) > (0 if SUFFIXES.exists() else WITHOUT_SUFFIXES)


sys.exit(main())
