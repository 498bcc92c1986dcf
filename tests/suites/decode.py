#!/usr/bin/env python3
"""Gives every certificate and CRL of the conformance corpora to a program.

    decode.py PROGRAM SHARED

The program compares what our decoders make of each with libcrypto. Exits 77
(skipped) when the corpora are not there.
"""
import base64
import json
import lzma
import pathlib
import subprocess
import sys
import tempfile


def pem(label, der):
    text = base64.encodebytes(der).decode()
    return f"-----BEGIN {label}-----\n{text}-----END {label}-----\n"


def limbo_blocks(path):
    with lzma.open(path) as f:
        cases = json.load(f)["testcases"]
    for case in cases:
        yield from case["trusted_certs"]
        yield from case["untrusted_intermediates"]
        yield case["peer_certificate"]
        yield from case["crls"]


def pkits_blocks(path):
    corpus = json.loads(path.read_text())
    for der in corpus["certificates"].values():
        yield pem("CERTIFICATE", base64.b64decode(der))
    for der in corpus["crls"].values():
        yield pem("X509 CRL", base64.b64decode(der))


def main():
    program, shared = sys.argv[1], pathlib.Path(sys.argv[2])
    limbo = shared / "corpora" / "limbo.json.xz"
    pkits = shared / "corpora" / "pkits.json"
    if not limbo.exists() or not pkits.exists():
        print("the corpora are not there")
        return 77
    with tempfile.NamedTemporaryFile("w", suffix=".pem") as bundle:
        for source in limbo_blocks(limbo), pkits_blocks(pkits):
            for block in dict.fromkeys(source):
                bundle.write(block.rstrip("\n") + "\n")
        bundle.flush()
        return subprocess.run([program, bundle.name], check=False).returncode


sys.exit(main())
