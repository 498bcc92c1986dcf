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
    ('The CRL is good', {'cdp': ['{http}/ca.crl']}, {'/ca.crl': GOOD}, {}),
    ('The certificate is revoked', {'cdp': ['{http}/ca.crl']},
     {'/ca.crl': {'crl': {'revokes': [['leaf', 'keyCompromise', -5]]}}}, {}),
    ('The CRL has expired', {'cdp': ['{http}/ca.crl']},
     {'/ca.crl': {'crl': {'this_update': -48, 'next_update': -24}}}, {}),
    ('The CRL is not there (404)', {'cdp': ['{http}/ca.crl']}, {}, {}),
    ('A captive portal answers with a web page', {'cdp': ['{http}/ca.crl']},
     {'/ca.crl': {'text': '<!DOCTYPE html><html>Please log in</html>',
                  'type': 'text/html',
                  'headers': {'Via': '1.1 portal.hotel.example'}}}, {}),
    ('The host name does not resolve',
     {'cdp': ['http://crl.avow.invalid/ca.crl']}, {}, {}),
    ('Nobody listens', {'cdp': ['{closed}/ca.crl']}, {}, {}),
    ('A firewall drops every packet', {'cdp': ['{blackhole}/ca.crl']}, {}, {}),
    ('The connection breaks in the middle', {'cdp': ['{http}/ca.crl']},
     {'/ca.crl': {'crl': {'entries': 2000}, 'fault': 'truncate'}}, {}),
    ('The CRL is of another CA', {'cdp': ['{http}/ca.crl']},
     {'/ca.crl': {'crl': {'of': 'stranger'}}}, {}),
    ('The signature of the CRL is broken', {'cdp': ['{http}/ca.crl']},
     {'/ca.crl': {'crl': {'spoil': True}}}, {}),
    ('The CRL is for CA certificates only', {'cdp': ['{http}/ca.crl']},
     {'/ca.crl': {'crl': {'idp': 'ca'}}}, {}),
    ('The CRL is published as PEM', {'cdp': ['{http}/ca.crl']},
     {'/ca.crl': {'crl': {}, 'as': 'pem'}}, {}),
    ('The first URL is dead, the second works',
     {'cdp': [['{http}/gone.crl', '{http}/ca.crl']]}, {'/ca.crl': GOOD}, {}),
    ('The certificate names nothing to check with', {}, {}, {}),
    ('The OCSP responder is overloaded', {'ocsp': ['{http}/ocsp']},
     {'/ocsp': {'ocsp_error': 'try-later'}}, {}),
    ('The server does not send its intermediate',
     {'aia': ['{http}/ca.crt'], 'cdp': ['{http}/ca.crl']},
     {'/ca.crt': {'certs': ['ca']}, '/ca.crl': GOOD}, {'bundle': ['leaf']}),
]
TELLING = re.compile(
    r'^(verify error:.*|Verify return code:.*|Verification.*|Unable to.*|'
    r'.*[eE]rror[ :].*|.*: OK|.*[fF]ailed.*|curl: .*)$')


def run(command, home, seconds=25, data=b''):
    try:
        code, stdout, stderr, _ = home.run(command, data, timeout=seconds)
    except subprocess.TimeoutExpired:
        return None, '(no answer after %d s; stopped)' % seconds
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
    """The answer and its cause: the lines up to the facts of the asking."""
    lines = []
    for line in text.splitlines():
        if not line.strip() or line.startswith(('asked', 'windows')):
            break
        lines.append(line.rstrip())
    return lines[:9] or ['(nothing)']


class Table:
    def __init__(self, avow, place):
        self.avow, self.place = avow, place
        self.stories = []
        for number, (title, leaf, serves, more) in enumerate(FAILURES):
            told = {'story': title, 'leaf': dict(leaf, dns=['localhost']),
                    'serves': serves, **more}
            self.stories.append(
                (title, world.Story(place, 'failure-%d' % number, told)))
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
        urls = [u for u in re.findall(r'\{[^"\]]*|http://[^"\]]*', str(
            story.told['leaf']).replace("'", '"')) if u]
        parts = []

        def add(shown, text, code):
            if len(text) > 1 or code is None:
                shown_text = '\n'.join(text)
            else:
                shown_text = text[0]
            parts.append((shown, code, shown_text))
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
                self.tidy(shown, story, port),
                ', exit %d' % code if code is not None else ''))
            out.append('')
            out.append(textwrap.indent(
                self.tidy(text, story, port), '    '))
            out.append('')
        return parts, '\n'.join(out).rstrip()


def count(rows):
    """How many of the failures curl takes for a success."""
    quiet = sum(1 for parts in rows[1:] for shown, code, _ in parts
                if shown.startswith('curl') and code == 0)
    return ('\nOf the %d failures, curl ends with exit status 0 for %d: '
            'something came, and curl does not look at what.'
            % (len(rows) - 1, quiet))


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
    page = HEAD % count([parts for parts, _ in rows])
    page += '\n'.join(text for _, text in rows) + '\n'
    if len(sys.argv) > 2:
        with open(sys.argv[2], 'w', encoding='utf-8') as f:
            f.write(page)
    else:
        print(page)
    return 0


sys.exit(main())
