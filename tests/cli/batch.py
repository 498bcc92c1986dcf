#!/usr/bin/env python3
"""batch.py AVOW FIXTURES: the protocol of doc/batch.md, over pipes. Prints TAP."""
import base64
import hashlib
import json
import os
import pathlib
import signal
import ssl
import subprocess
import sys
import time

AVOW, FIXTURES = sys.argv[1], pathlib.Path(sys.argv[2])
AT = "2026-06-01T00:00:00Z"
MEMBERS = {"id", "verdict", "error", "info", "failure", "elements", "policy_result", "policy_chain_index",
           "policy_element_index", "policies", "causes", "paths_tried", "signatures_checked", "ceiling"}


def pem(name):
    return (FIXTURES / name).read_text()


def der(name):
    return ssl.PEM_cert_to_DER_cert(pem(name))


def question(file="good.pem", **more):
    return {"target": pem(file), "extra": [pem("ca.pem")], "roots": [pem("root.pem")], "at": AT, **more}


def run(lines, *options):
    text = "".join(line if isinstance(line, str) else json.dumps(line) + "\n" for line in lines)
    done = subprocess.run([AVOW, "verify", "--batch", *options], input=text.encode(), capture_output=True,
                          timeout=100, check=False)
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]


def one(**more):
    return run([question(**more)])[1][0]


def good_question_is_trusted():
    code, (answer,) = run([question(id="a", purpose="tls-server", host={"dns": "www.example.org"})])
    assert code == 0 and set(answer) == MEMBERS, answer
    assert answer["id"] == "a" and answer["verdict"] == "trusted" and answer["error"] == "0"
    assert [e["sha1"] for e in answer["elements"]] == [
        hashlib.sha1(der(name)).hexdigest() for name in ("good.pem", "ca.pem", "root.pem")]
    assert answer["elements"][0]["subject"] == "CN=www.example.org"
    assert answer["policy_result"] == "0" and answer["policy_element_index"] == -1
    assert answer["causes"] == [] and answer["ceiling"] is None and answer["signatures_checked"] == 2


def answers_come_in_order_on_all_threads():
    lines = [question("expired.pem" if i % 3 == 0 else "good.pem", id=str(i)) for i in range(3000)]
    code, answers = run(lines, "--jobs", "4")
    assert code == 0 and [a["id"] for a in answers] == [str(i) for i in range(3000)]
    assert all((a["verdict"] == "trusted") == (int(a["id"]) % 3 != 0) for a in answers)
    assert run(lines, "--jobs", "1")[1] == answers


def base64_der_is_read_like_pem():
    assert one()["verdict"] == one(extra=[base64.b64encode(der("ca.pem")).decode()])["verdict"]


def bad_lines_are_told_and_the_run_goes_on():
    code, answers = run(["no json\n", "\n", "[]\n", question(id="x", hots={}), question(id="y")])
    assert code == 65
    assert [a.get("line") for a in answers] == [1, 2, 3, 4, None]
    assert all("problem" in a for a in answers[:4]) and answers[3]["id"] == "x"
    assert answers[4]["verdict"] == "trusted"


def last_line_may_lack_its_newline():
    assert run([json.dumps(question())])[1][0]["verdict"] == "trusted"


def typos_are_problems():
    for more in ({"purpose": "tls"}, {"profile": "web"}, {"at": "yesterday"}, {"at": "2026-06-01"}, {"eku": ["1.2.x"]},
                 {"purpose": "any", "eku": []}, {"host": {"dns": "a", "ip": "b"}}, {"host": {"dns": "a b"}},
                 {"host": {"ip": "1.2.3"}}, {"max_depth": -1}, {"max_depth": "1"}, {"roots": "x"}, {"roots": [1]},
                 {"roots": [{"cert": "x", "ekus": []}]}, {"revocation": "yes"}, {"crls": {}},
                 {"disallowed": ["00"]}, {"policies": {"initial": []}}, {"policies": {"initail": ["1.2"]}},
                 {"policy": "mine"}, {"policy_flags": "xyz"}, {"chain_flags": "20000000"}, {"anchor_cas": 1},
                 {"min_digest": "crc"}, {"target": 5}, {"target": None}, {"id": 5}):
        assert "problem" in one(**more), more


def names_cannot_stand_twice():
    line = json.dumps(question())[:-1] + ', "roots": []}\n'
    assert "problem" in run([line])[1][0]


def own_fields_and_nulls_are_passed_over():
    assert one(x_mine={"a": 1}, host=None, purpose=None, crls=None)["verdict"] == "trusted"


def unreadable_target_is_an_answer():
    cut = base64.b64encode((FIXTURES / "cut.der").read_bytes()).decode()
    answer = run([{"target": cut, "roots": []}])[1][0]
    assert answer["verdict"] == "not-trusted" and answer["failure"] == "8009310b" and answer["elements"] == []
    assert answer["causes"][0]["cause"] == "malformed" and "offset 0" in answer["causes"][0]["detail"]


def unreadable_root_is_an_answer():
    answer = one(roots=[pem("root.pem"), "AAAA"])
    assert answer["verdict"] == "not-trusted" and answer["causes"][0]["cause"] == "malformed"
    assert "roots[1]" in answer["causes"][0]["detail"]


def unreadable_extra_is_only_noted():
    answer = one(extra=["AAAA", pem("ca.pem")])
    assert answer["verdict"] == "trusted"
    assert [c["cause"] for c in answer["causes"]] == ["malformed"] and "extra[0]" in answer["causes"][0]["detail"]


def no_roots_trust_nothing():
    answer = one(roots=[])
    assert answer["verdict"] == "not-trusted" and answer["error"] == "10000"
    answer = one(roots=[], extra=[pem("ca.pem"), pem("root.pem")])
    assert answer["error"] == "20" and answer["policy_result"] == "800b0109"


def configured_roots_serve_questions_without_any():
    asked = {key: value for key, value in question().items() if key != "roots"}
    assert run([asked], "--roots", FIXTURES / "root.pem")[1][0]["verdict"] == "trusted"
    assert run([asked], "--roots", FIXTURES / "good.pem")[1][0]["verdict"] == "not-trusted"


def anchors_can_be_limited_to_usages():
    limited = [{"cert": pem("root.pem"), "eku": ["1.3.6.1.5.5.7.3.4"]}]
    assert one(roots=limited, purpose="tls-server")["verdict"] == "not-trusted"
    limited[0]["eku"].append("1.3.6.1.5.5.7.3.1")
    assert one(roots=limited, purpose="tls-server")["verdict"] == "trusted"


def intermediate_is_an_anchor_where_the_profile_says_so():
    assert one(roots=[pem("ca.pem")], extra=[])["verdict"] == "not-trusted"
    assert one(roots=[pem("ca.pem")], extra=[], anchor_cas=True)["verdict"] == "trusted"
    assert one(roots=[pem("ca.pem")], extra=[], profile="rfc5280")["verdict"] == "trusted"


def hosts_must_all_be_there():
    assert one(host=[{"dns": "EXAMPLE.org."}, {"ip": "192.0.2.7"}])["verdict"] == "trusted"
    answer = one(host=[{"dns": "www.example.org"}, {"dns": "mail.example.org"}], purpose="tls-server")
    assert answer["verdict"] == "not-trusted" and answer["causes"][0]["cause"] == "name-mismatch"


def disallowed_wins_over_roots():
    for item in (pem("ca.pem"), hashlib.sha256(der("ca.pem")).hexdigest().upper()):
        answer = one(disallowed=[item])
        assert answer["verdict"] == "not-trusted" and answer["causes"][0]["cause"] == "explicit-distrust", answer
        assert answer["elements"][1]["error"] == "4000000"


def revoked_is_told_with_date_and_reason():
    answer = one(file="revoked.pem", crls=[pem("ca.crl")], revocation="check", revocation_scope="end")
    found = answer["elements"][0]["revocation"]
    assert answer["verdict"] == "not-trusted" and answer["causes"][0]["cause"] == "revoked"
    assert found == {"result": "80092010", "reason": "keyCompromise", "cause": None, "source": "crl",
                     "this_update": "2026-05-01T00:00:00Z"}, found
    assert answer["policy_result"] == "80092010" and answer["elements"][1]["revocation"] is None


def unknown_revocation_is_open_only_when_required():
    more = {"crls": [pem("stale.crl")], "revocation_scope": "end", "profile": "rfc5280"}
    answer = one(revocation="require", **more)
    assert answer["verdict"] == "undecided" and answer["elements"][0]["revocation"]["cause"] == "evidence-stale"
    assert one(revocation="check", **more)["verdict"] == "trusted"
    assert one(revocation="require", **{**more, "now": "2026-03-15T00:00:00Z"})["verdict"] == "trusted"


def policy_can_be_chosen():
    assert one(policy="basic-constraints", roots=[])["policy_result"] == "0"
    flags = one(roots=[], extra=[pem("ca.pem"), pem("root.pem")], policy="base", policy_flags="10")
    assert flags["policy_result"] == "0" and flags["verdict"] == "not-trusted"


def an_answer_does_not_wait_for_the_next_question():
    with subprocess.Popen([AVOW, "verify", "--batch"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        for i in range(3):
            process.stdin.write(json.dumps(question(id=str(i))).encode() + b"\n")
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["id"] == str(i)
        process.stdin.close()
        assert process.wait(20) == 0


def an_interrupt_answers_what_was_read():
    with subprocess.Popen([AVOW, "verify", "--batch"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        process.stdin.write(json.dumps(question(id="a")).encode() + b"\n")
        process.stdin.flush()
        assert json.loads(process.stdout.readline())["id"] == "a"
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == -signal.SIGINT
        process.stdin.close()


def a_reader_that_goes_away_ends_the_run():
    text = (json.dumps(question()) + "\n").encode() * 2000
    with subprocess.Popen([AVOW, "verify", "--batch"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE) as process:
        process.stdout.close()
        started = time.monotonic()
        try:
            process.stdin.write(text)
            process.stdin.close()
        except BrokenPipeError:
            pass
        assert process.wait(60) in (74, -signal.SIGPIPE) and process.stderr.read() == b""
        assert time.monotonic() - started < 60


def memory_does_not_grow_with_the_input():
    # What AddressSanitizer keeps of freed memory is not ours.
    env = dict(os.environ, ASAN_OPTIONS=os.environ.get("ASAN_OPTIONS", "") + ":quarantine_size_mb=1")
    line = (json.dumps(question(x_pad="x" * 20000)) + "\n").encode()
    peaks = []
    for count in (200, 4000):
        with subprocess.Popen([AVOW, "verify", "--batch", "--jobs", "2"], stdin=subprocess.PIPE,
                              stdout=subprocess.DEVNULL, env=env) as process:
            for _ in range(count):
                process.stdin.write(line)
            process.stdin.flush()
            status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
            peaks.append(int(status.split("VmHWM:")[1].split()[0]))
            process.stdin.close()
            assert process.wait(60) == 0
    # The window of chunks in flight may fill up; 80 MB of input must not stay.
    assert peaks[1] < peaks[0] + 40000, peaks


TESTS = [value for value in list(globals().values())
         if callable(value) and getattr(value, "__module__", None) == "__main__"
         and value not in (pem, der, question, run, one)]


def main():
    print(f"1..{len(TESTS)}")
    failed = 0
    for number, test in enumerate(TESTS, 1):
        name = test.__name__.replace("_", " ")
        try:
            test()
            print(f"ok {number} - {name}")
        except AssertionError as error:
            failed += 1
            line = error.__traceback__.tb_next.tb_lineno if error.__traceback__.tb_next else 0
            print(f"not ok {number} - {name}\n# line {line}: {str(error)[:2000]}")
    return 1 if failed else 0


sys.exit(main())
