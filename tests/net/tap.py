"""TAP for the tests that are programs of their own."""
import sys


class Tap:
    def __init__(self):
        self.number, self.bad = 0, 0

    def ok(self, claim, what, *lines):
        self.number += 1
        self.bad += not claim
        print('%s %d - %s' % ('ok' if claim else 'not ok', self.number, what))
        for line in lines if not claim else ():
            for part in str(line).splitlines()[:40]:
                print('# ' + part)
        sys.stdout.flush()
        return claim

    def skip(self, what, why):
        self.number += 1
        print('ok %d - %s # SKIP %s' % (self.number, what, why))

    @staticmethod
    def say(text):
        print('# ' + text)
        sys.stdout.flush()

    def end(self):
        print('1..%d' % self.number)
        return 1 if self.bad or not self.number else 0
