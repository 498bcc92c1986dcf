#!/usr/bin/env python3
"""peers.py AVOW [FILE]: what curl, openssl and avow say of the same failures.

Each failure is a TLS server of its own whose certificate leads to a broken
CRL, OCSP responder or issuer. All is asked for real, and what was said becomes
the table of doc/side-by-side.md. Ports and folders of the run are replaced by
names; nothing else is touched.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile
import textwrap

import servers
import world

HEAD = '''# What curl, openssl and avow say of the same failures

Made by `make peers` from real runs; change `tests/net/peers.py`, not this page. Each failure is a small
PKI of its own: a root that is trusted, an issuing CA, and a TLS server on `localhost` whose certificate names
one place to ask about revocation (or for its issuer). Four programs are asked:

- `curl URL` fetches what the certificate names, as an administrator would by hand;
- `openssl s_client -crl_download -crl_check -connect HOST` visits the server;
- `openssl verify -crl_download -crl_check` looks at the certificate file;
- `avow verify --revocation require --scope end --allow-address loopback` visits the server.

Ports of the run are replaced by names such as `pki:80`; of longer answers the lines that tell the reason are shown.
%s
'''

GOOD = {'crl': {}}
FAILURES = [
    ('good-crl', 'The CRL is good',
     {'cdp': ['{http}/ca.crl']}, {'/ca.crl': GOOD}, {}),
    ('revoked', 'The certificate is revoked', {'cdp': ['{http}/ca.crl']},
     {'/ca.crl': {'crl': {'revokes': [['leaf', 'keyCompromise', -5]]}}}, {}),
    ('crl-expired', 'The CRL has expired', {'cdp': ['{http}/ca.crl']},
     {'/ca.crl': {'crl': {'this_update': -48, 'next_update': -24}}}, {}),
    ('crl-404', 'The CRL is not there (404)',
     {'cdp': ['{http}/ca.crl']}, {}, {}),
    ('captive-portal', 'A captive portal answers with a web page',
     {'cdp': ['{http}/ca.crl']},
     {'/ca.crl': {'text': '<!DOCTYPE html><html>Please log in</html>',
                  'type': 'text/html',
                  'headers': {'Via': '1.1 portal.hotel.example'}}}, {}),
    ('dns', 'The host name does not resolve',
     {'cdp': ['http://crl.avow.invalid/ca.crl']}, {}, {}),
    ('refused', 'Nobody listens', {'cdp': ['{closed}/ca.crl']}, {}, {}),
    ('firewall', 'A firewall drops every packet',
     {'cdp': ['{blackhole}/ca.crl']}, {}, {}),
    ('truncated', 'The connection breaks in the middle',
     {'cdp': ['{http}/ca.crl']},
     {'/ca.crl': {'crl': {'entries': 2000}, 'fault': 'truncate'}}, {}),
    ('crl-of-another-ca', 'The CRL is of another CA',
     {'cdp': ['{http}/ca.crl']},
     {'/ca.crl': {'crl': {'of': 'stranger'}}}, {}),
    ('crl-bad-signature', 'The signature of the CRL is broken',
     {'cdp': ['{http}/ca.crl']},
     {'/ca.crl': {'crl': {'spoil': True}}}, {}),
    ('crl-scope', 'The CRL is for CA certificates only',
     {'cdp': ['{http}/ca.crl']},
     {'/ca.crl': {'crl': {'idp': 'ca'}}}, {}),
    ('crl-pem', 'The CRL is published as PEM', {'cdp': ['{http}/ca.crl']},
     {'/ca.crl': {'crl': {}, 'as': 'pem'}}, {}),
    ('first-url-dead', 'The first URL is dead, the second works',
     {'cdp': [['{http}/gone.crl', '{http}/ca.crl']]}, {'/ca.crl': GOOD}, {}),
    ('no-url', 'The certificate names nothing to check with', {}, {}, {}),
    ('ocsp-overloaded', 'The OCSP responder is overloaded',
     {'ocsp': ['{http}/ocsp']},
     {'/ocsp': {'ocsp_error': 'try-later'}}, {}),
    ('incomplete-chain', 'The server does not send its intermediate',
     {'aia': ['{http}/ca.crt'], 'cdp': ['{http}/ca.crl']},
     {'/ca.crt': {'certs': ['ca']}, '/ca.crl': GOOD}, {'bundle': ['leaf']}),
]
NO_ANSWER = 'no answer after %d seconds: stopped'
TELLING = re.compile(
    r'^(no answer.*|verify error:.*|Verify return code:.*|Verification.*|Unable to.*|'
    r'.*[eE]rror[ :].*|.*: OK|.*[fF]ailed.*|curl: .*)$')


def run(command, home, seconds=30, data=b''):
    try:
        code, stdout, stderr, _ = home.run(command, data, timeout=seconds)
    except subprocess.TimeoutExpired:
        return None, NO_ANSWER % seconds
    return code, (stdout + stderr).decode('utf-8', 'replace')


def telling(text):
    """The lines of openssl's answer that tell something, each once."""
    lines = []
    for line in text.splitlines():
        line = re.sub(r'^[0-9A-F]{8,}:error:', 'error:', line.strip())
        if TELLING.match(line) and line not in lines:
            lines.append(line)
    return lines[:6] or ['(nothing)']


def head(text):
    """The answer and its cause: the lines up to the facts of the asking, the
    continuation of each joined to it."""
    lines = []
    for line in text.splitlines():
        if not line.strip() or line.startswith(('asked', 'windows')):
            break
        if line.startswith('  ') and lines:
            lines[-1] += ' ' + line.strip()
        else:
            lines.append(line.rstrip())
    lines += [' '.join(found.split()) for found in re.findall(
        r'^The server did not send[^\n]*(?:\n(?! |not)[^\n]+)*', text, re.M)]
    return lines or ['(nothing)']


def wrapped(text):
    """As wide as the page, what is continued under what it continues."""
    return '\n'.join(
        piece for line in text.splitlines()
        for piece in textwrap.wrap(
            line, 110, subsequent_indent=' ' * 10, break_long_words=False,
            break_on_hyphens=False) or [''])


class Table:
    def __init__(self, avow, place):
        self.avow, self.place = avow, place
        self.stories = []
        for name, title, leaf, serves, more in FAILURES:
            told = {'story': title, 'leaf': dict(leaf, dns=['localhost']),
                    'serves': serves, **more}
            self.stories.append(
                (title, world.Story(place, name, told)))
        self.nginx = servers.Nginx(
            os.path.join(place.folder), [
                (self.chain(story), place.pki.keys['leaf'].path, None,
                 'TLSv1.2 TLSv1.3') for _, story in self.stories])

    @staticmethod
    def chain(story):
        bundle = story.told.get('bundle', ['leaf', 'ca'])
        return ''.join(story.certs[n].pem for n in bundle)

    def tidy(self, text, story, port):
        """Ports and folders by name."""
        ports = self.place.faults.ports
        pairs = [('127.0.0.1:%d/%s/' % (ports['origin'], story.name), 'pki/'),
                 ('127.0.0.1:%d' % ports['origin'], 'pki'),
                 ('127.0.0.1 port %d' % ports['origin'], 'pki port 80'),
                 ('127.0.0.1:%d' % self.place.closed, 'closed'),
                 ('127.0.0.1 port %d' % self.place.closed, 'closed port 80'),
                 ('127.0.0.1:%d' % ports['blackhole'], 'blackhole'),
                 ('127.0.0.1 port %d' % ports['blackhole'],
                  'blackhole port 80'),
                 ('localhost:%d' % port, 'localhost:443'),
                 ('127.0.0.1:%d' % port, '127.0.0.1:443'),
                 (story.folder + '/', ''), (self.place.folder + '/', '')]
        for old, new in pairs:
            text = text.replace(old, new)
        return text

    def row(self, number):
        title, story = self.stories[number]
        port = self.nginx.tls_ports[number]
        target = 'localhost:%d' % port
        roots = os.path.join(self.place.folder, 'root.pem')
        home = world.Home(os.path.join(story.folder, 'home'))
        ca = story.write('ca.pem', story.certs['ca'].pem)
        only = story.write('only.pem', story.certs['leaf'].pem)
        urls = [url for member in ('ocsp', 'cdp', 'aia')
                for point in story.told['leaf'].get(member, [])
                for url in ([point] if isinstance(point, str) else point)]
        parts = []

        def add(shown, lines, code):
            parts.append((self.tidy(shown, story, port), code, self.tidy(
                '\n'.join(lines), story, port)))
        if urls:
            url = story.fill(urls[0])
            code, text = run(['curl', '-sS', '-m', '5', '-o', os.path.join(
                story.folder, 'fetched'), '-w', 'HTTP %{http_code}, '
                '%{size_download} bytes, %{content_type}\n', url], home)
            add('curl %s' % url, text.strip().splitlines(), code)
        code, text = run(
            ['openssl', 's_client', '-connect', target, '-servername',
             'localhost', '-CAfile', roots, '-crl_download', '-crl_check',
             '-verify_return_error'], home)
        add('openssl s_client', telling(text), code)
        extra = ['-untrusted', ca] if 'bundle' not in story.told else []
        code, text = run(['openssl', 'verify', '-CAfile', roots, *extra,
                          '-crl_download', '-crl_check', only], home)
        add('openssl verify', telling(text), code)
        code, text = run(story.command(self.avow, {}, [])[:-1] + [target],
                         home)
        add('avow verify', head(text), code)
        out = ['', '## %d. %s' % (number + 1, title), '']
        for shown, code, text in parts:
            out.append('`%s`%s' % (
                shown, ', exit %d' % code if code is not None else ''))
            out.append('')
            out.append(textwrap.indent(wrapped(text), '    '))
            out.append('')
        return parts, '\n'.join(out).rstrip()


def cell(text):
    return text.replace('|', '\\|').replace('<', '&lt;')


def brief(parts):
    """A cell each for curl, openssl and avow."""
    said = {'curl': 'names nothing to fetch'}
    for shown, code, text in parts:
        lines = text.splitlines()
        if shown.startswith('curl'):
            said['curl'] = next((line for line in lines if line.startswith(
                'curl:')), lines[0].strip(' ,'))
        elif shown == 'openssl verify':
            said['openssl'] = next(
                (line for line in reversed(lines)
                 if re.match(r'error \d+ at|.*: OK', line)), lines[-1])
        elif shown == 'avow verify':
            causes = [re.sub('^(cause|note) +', '', line)
                      for line in lines[1:] if line.startswith(
                          ('cause', 'note', 'The server did'))]
            said['avow'] = re.split('  +', lines[0])[0] + ''.join(
                ': ' + line for line in causes[:1])
    return '| %s | %s | %s |' % tuple(
        cell(said[who]) for who in ('curl', 'openssl', 'avow'))


def summary(rows):
    lines = ['', '| | curl | openssl verify | avow verify |',
             '|---|---|---|---|']
    for (_, title, *_), (parts, _) in zip(FAILURES, rows):
        lines.append('| %s %s' % (title, brief(parts)))
    quiet = sum(1 for parts, _ in rows[1:] for shown, code, _ in parts
                if shown.startswith('curl') and code == 0)
    lines += ['', 'In %d of the %d failures curl ends with exit status 0: '
              'something came, and curl does not look at what.' % (
                  quiet, len(rows) - 1)]
    return '\n'.join(lines)


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    avow = os.path.abspath(sys.argv[1])
    lacks = servers.missing('nginx', 'curl', 'openssl')
    if lacks:
        sys.exit('%s is not installed; see ./deps.sh --tests' % lacks)
    servers.stop_at_the_end()
    scratch = tempfile.mkdtemp(prefix='avow-peers-')
    try:
        table = Table(avow, world.World(scratch))
        rows = [table.row(n) for n in range(len(FAILURES))]
    finally:
        servers.stop_all()
        shutil.rmtree(scratch, ignore_errors=True)
    page = HEAD % summary(rows)
    page += '\n'.join(text for _, text in rows) + '\n'
    if len(sys.argv) > 2:
        with open(sys.argv[2], 'w', encoding='utf-8') as f:
            f.write(page)
    else:
        print(page)
    return 0


sys.exit(main())
