#!/usr/bin/env python3
"""Writes all stories beside this file, as folders; with --check compares.

A story is a problem as somebody would post it (input) and what a person who
knows CAPI2 would answer (expected.json). The stories are told in the
stories_*.py, the events built in events.py and dressed in forms.py.
"""
import os
import sys
import tempfile

import stories_application
import stories_forms
import stories_retrieval
import stories_verdict
import story


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    for module in (stories_application, stories_retrieval, stories_verdict,
                   stories_forms):
        module.all()
    if sys.argv[1:] != ['--check']:
        story.write(here)
        return 0
    bad = 0
    with tempfile.TemporaryDirectory() as folder:
        story.write(folder)
        for base, _, files in os.walk(folder):
            for name in files:
                made = os.path.join(base, name)
                kept = os.path.join(here, os.path.relpath(made, folder))
                if not os.path.exists(kept) or (
                        open(made, 'rb').read() != open(kept, 'rb').read()):
                    print('differs:', kept)
                    bad = 1
    return bad


sys.exit(main())
