#!/usr/bin/env python3
"""test_tls.py AVOW [NAME...]: avow verify HOST against real servers. TAP.

`openssl s_server` in every state of misconfiguration, scripted servers that
break off in every way, and an HTTP proxy; all on loopback. NAMEs choose tests.
"""
import contextlib
import datetime
import json
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import traceback

import pki
import servers
import world

LATE = 0.2  # what may be added to a budget of time
TESTS = []


def test(function):
    TESTS.append(function)
    return function


class Wrong(Exception):
    """What a test found."""


def same(what, got, want):
    if got != want:
        raise Wrong('%s: want %r, got %r' % (what, want, got))


def holds(what, text, part):
    if part not in text:
        raise Wrong('%s does not hold %r:\n%s' % (what, part, text))


def lacks(what, text, part):
    if part in text:
        raise Wrong('%s holds %r:\n%s' % (what, part, text))


class Answer:
    def __init__(self, done, seconds):
        self.code, self.seconds = done.returncode, seconds
        self.out = done.stdout.decode()
        self.err = done.stderr.decode()

    @property
    def flat(self):
        """The text without its line breaks."""
        return re.sub(r'\s+', ' ', self.out)

    @property
    def json(self):
        try:
            return json.loads(self.out)
        except ValueError:
            raise Wrong('no JSON: %r %r' % (self.out, self.err)) from None

    @property
    def tls(self):
        return self.json['tls']

    @property
    def notes(self):
        return self.tls['notes']


class Bench:
    """The PKI, avow, and servers that end with their test."""

    def __init__(self, avow, folder):
        self.avow, self.folder = avow, folder
        self.world = world.World(folder)
        self.pki, self.ca = self.world.pki, self.world.ca
        self.sub = self.pki.issue('Net Sub CA', self.ca, 'sub', ca=True)
        self.leaf = self.issue()
        self.count = 0
        # A sanitizer needs time to begin, which is no part of a budget.
        begun = time.monotonic()
        subprocess.run([avow, '--version'], check=True, capture_output=True)
        self.startup = time.monotonic() - begun
        self.stack = contextlib.ExitStack()

    def issue(self, **more):
        return self.pki.issue('localhost', more.pop('by', self.ca), 'leaf',
                              dns=more.pop('dns', ['localhost']), **more)

    def file(self, content):
        self.count += 1
        return self.world.write('tls/%d' % self.count, content)

    def serve(self, *certs, key='leaf', options=(), staple=None):
        """s_server with these certificates in this order; its port."""
        chain = self.file(''.join(c.pem for c in certs[1:]))
        first = self.file(certs[0].pem)
        more = ['-cert_chain', chain] if certs[1:] else []
        if staple:
            more += ['-status_file', self.file(staple)]
        self.count += 1
        server = servers.Server(self.folder, 's_server%d' % self.count)
        server.start(lambda port: [
            'openssl', 's_server', '-accept', '127.0.0.1:%d' % port, '-cert',
            first, '-key', self.pki.keys[key].path, '-quiet', *more,
            *options])
        self.stack.callback(server.stop)
        return server.port

    def script(self, talk, at=('127.0.0.1', 0), family=socket.AF_INET):
        """A server whose every connection runs talk(socket); its port."""
        listener = socket.create_server(at, family=family)

        def accept():
            while True:
                try:
                    connection = listener.accept()[0]
                except OSError:
                    return
                threading.Thread(target=converse, args=(connection,),
                                 daemon=True).start()

        def converse(connection):
            with connection, contextlib.suppress(OSError, ValueError):
                connection.settimeout(20)
                talk(connection)

        def stop():
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            listener.close()

        threading.Thread(target=accept, daemon=True).start()
        self.stack.callback(stop)
        return listener.getsockname()[1]

    def command(self, *args):
        if '--roots' not in args:
            args += ('--roots', os.path.join(self.folder, 'root.pem'))
        return [self.avow, 'verify', '--no-log', '--allow-address',
                'loopback', *args]

    def environment(self, more=()):
        home = world.Home(tempfile.mkdtemp(dir=self.folder))
        return {**home.environment(), **dict(more)}

    def ask(self, *args, env=(), cwd=None, home=None):
        begun = time.monotonic()
        done = subprocess.run(
            self.command(*args), capture_output=True, check=False, timeout=60,
            env={**(home or self.environment()), **dict(env)}, cwd=cwd,
            stdin=subprocess.DEVNULL)
        return Answer(done, time.monotonic() - begun)

    def tell(self, port, *args, **more):
        """--json about localhost."""
        return self.ask('--json', 'localhost:%d' % port, *args, **more)


@test
def complete_chain(b):
    port = b.serve(b.leaf, b.ca)
    said = b.ask('localhost:%d' % port)
    same('exit', said.code, 0)
    lines = said.out.splitlines()
    same('first line', lines[0], 'TRUSTED  localhost:%d  "localhost"' % port)
    holds('text', said.flat, 'server TLS 1.3, X25519, no OCSP staple, '
          'address 127.0.0.1:%d ' % port)
    holds('text', said.flat, 'purpose tls-server, host localhost,')
    lacks('text', said.out, 'The server')
    told = b.tell(port)
    same('notes', told.notes, [])
    same('purpose', told.json['purpose'], 'tls-server')
    same('hosts', told.json['hosts'], ['localhost'])
    same('sni', told.tls['sni'], 'localhost')
    same('sent', [c['subject'].split(',')[0] for c in told.tls['sent']],
         ['CN=localhost', 'CN=Net Issuing CA'])
    same('cipher', told.tls['cipher'], 'TLS_AES_256_GCM_SHA384')
    same('staple', told.tls['staple'], None)


@test
def protocols_and_groups(b):
    told = b.tell(b.serve(b.leaf, b.ca, options=['-tls1_2']))
    same('exit', told.code, 0)
    same('protocol', told.tls['protocol'], 'TLS 1.2')
    same('group', told.tls['group'], 'X25519')
    told = b.tell(b.serve(b.leaf, b.ca, options=[
        '-tls1_3', '-groups', 'P-384']))
    same('protocol', told.tls['protocol'], 'TLS 1.3')
    same('group', told.tls['group'], 'P-384')


@test
def protocols_inside(b):
    port = b.serve(b.leaf, b.ca, options=['-alpn', 'h2'])
    same('of any port', b.tell(port).tls['alpn'], None)
    told = b.ask('--json', 'https://localhost:%d/' % port)
    same('of https', told.tls['alpn'], 'h2')


@test
def old_protocols_only(b):
    port = b.serve(b.leaf, b.ca, options=[
        '-tls1_1', '-cipher', 'ALL:@SECLEVEL=0'])
    said = b.ask('localhost:%d' % port)
    same('exit', said.code, 74)
    holds('error', said.err, 'the server speaks no TLS 1.2 or 1.3')


@test
def protocol_version_alert(b):
    def talk(s):
        s.recv(4096)
        s.sendall(b'\x15\x03\x01\x00\x02\x02\x46')
    said = b.ask('localhost:%d' % b.script(talk))
    same('exit', said.code, 74)
    holds('error', said.err, 'the server speaks no TLS 1.2 or 1.3: it refused '
          'with alert 70, protocol version')


@test
def chosen_old_version_is_named(b):
    def talk(s):
        s.recv(4096)
        hello = (b'\x03\x01' + bytes(32) + b'\x00' + b'\xc0\x13' + b'\x00')
        message = b'\x02' + len(hello).to_bytes(3, 'big') + hello
        s.sendall(b'\x16\x03\x01' + len(message).to_bytes(2, 'big') + message)
        s.recv(4096)
    said = b.ask('localhost:%d' % b.script(talk))
    same('exit', said.code, 74)
    holds('error', said.err, 'it chose TLS 1.0')


@test
def intermediate_at_hand(b):
    extra = b.file(b.ca.pem)
    port = b.serve(b.leaf)
    said = b.ask('localhost:%d' % port, '--extra', extra)
    same('exit', said.code, 0)
    holds('text', said.flat, 'The server did not send certificate 1, "Net '
          'Issuing CA"; it was at hand here. Other programs may fail on '
          'that: fix the server.')
    same('notes', b.tell(port, '--extra', extra).notes, ['chain-incomplete'])


@test
def intermediate_fetched(b):
    url = b.world.faults.url() + '/tls/ca.crt'
    b.world.faults.serve('/tls/ca.crt', body=b.ca.der,
                         kind='application/pkix-cert')
    port = b.serve(b.issue(aia=[url]))
    home = b.environment()
    said = b.ask('localhost:%d' % port, home=home)
    same('exit', said.code, 0)
    holds('text', said.flat, 'The server did not send certificate 1, "Net '
          'Issuing CA"; it was fetched from %s. Other programs may fail on '
          'that: fix the server.' % url)
    said = b.ask('localhost:%d' % port, '--offline', home=home)
    same('exit', said.code, 66)
    said = b.ask('localhost:%d' % port, home=home)
    holds('text', said.flat, 'it was in the cache, from %s.' % url)


@test
def intermediate_nowhere(b):
    said = b.ask('localhost:%d' % b.serve(b.leaf))
    same('exit', said.code, 1)
    holds('text', said.flat, 'NOT TRUSTED')
    holds('text', said.flat, 'The server did not send the certificate that '
          'issued "localhost", and it was not found elsewhere.')


@test
def two_missing(b):
    extra = b.file(b.ca.pem + b.sub.pem)
    said = b.ask('localhost:%d' % b.serve(b.issue(by=b.sub)), '--extra',
                 extra)
    same('exit', said.code, 0)
    holds('text', said.flat, 'did not send certificate 1, "Net Sub CA"; it '
          'was at hand here. The server did not send certificate 2, "Net '
          'Issuing CA"; it was at hand here. Other programs')


@test
def wrong_order(b):
    leaf = b.issue(by=b.sub)
    port = b.serve(leaf, b.ca, b.sub)
    same('notes', b.tell(port).notes, ['chain-order'])
    said = b.ask('localhost:%d' % port)
    same('exit', said.code, 0)
    holds('text', said.flat, 'in the wrong order')
    same('notes', b.tell(b.serve(leaf, b.sub, b.ca)).notes, [])


@test
def ca_first(b):
    told = b.tell(b.serve(b.ca, b.leaf, key='ca'))
    same('exit', told.code, 1)
    holds('notes', told.notes, 'first-is-ca')
    same('judged', told.json['elements'][0]['subject'].split(',')[0],
         'CN=Net Issuing CA')


@test
def needless_certificates(b):
    port = b.serve(b.leaf, b.ca, b.ca, b.pki.root, b.pki.stranger)
    same('notes', b.tell(port).notes,
         ['root-sent', 'sent-twice', 'sent-unused'])
    said = b.ask('localhost:%d' % port)
    same('exit', said.code, 0)
    lacks('text', said.out, 'The server')
    said = b.ask('--why', 'localhost:%d' % port)
    holds('text', said.flat, 'The server sends the root "Net Root" as well, '
          'which no client needs.')
    holds('text', said.flat, 'sends 1 certificate that the chain does not')


def staple_of(b, leaf, **more):
    return b.world.staple(leaf, **more)


@test
def staple_good(b):
    port = b.serve(b.leaf, b.ca, staple=staple_of(b, b.leaf))
    said = b.ask('localhost:%d' % port)
    same('exit', said.code, 0)
    holds('text', said.flat, 'OCSP staple: good, ')
    holds('text', said.flat, ' min old, address')
    told = b.tell(port, '--revocation', 'require', '--scope', 'end')
    same('exit', told.code, 0)
    same('staple', [told.tls['staple'][n] for n in (
        'state', 'cert_status', 'is_judged')], ['current', 'good', True])
    same('notes', told.notes, [])
    same('tries', told.json.get('retrievals', []), [])
    # CERT_TRUST_SSL_HANDSHAKE_OCSP and CERT_TRUST_SSL_TIME_VALID_OCSP.
    same('info', told.json['elements'][0]['info'], 'c0102')
    told = b.tell(b.serve(b.leaf, b.ca, staple=staple_of(b, b.leaf),
                          options=['-tls1_2']))
    same('staple of TLS 1.2', told.tls['staple']['cert_status'], 'good')


@test
def staple_not_asked(b):
    said = b.ask('localhost:%d' % b.serve(
        b.leaf, b.ca, staple=staple_of(b, b.leaf)), '--revocation', 'none')
    holds('text', said.flat, 'OCSP staple: says good, ')


@test
def staple_revoked(b):
    port = b.serve(b.leaf, b.ca, staple=staple_of(
        b, b.leaf, status='revoked', reason='keyCompromise'))
    said = b.ask('localhost:%d' % port)
    same('exit', said.code, 1)
    holds('text', said.flat, 'OCSP staple: revoked, ')
    holds('text', said.flat, 'CRYPT_E_REVOKED')
    # As Windows has it, a stale one still proves it.
    told = b.tell(b.serve(b.leaf, b.ca, staple=staple_of(
        b, b.leaf, status='revoked', reason='keyCompromise', this_update=-48,
        next_update=-24)))
    same('exit', told.code, 1)
    same('notes', told.notes, ['staple-expired'])
    same('is judged', told.tls['staple']['is_judged'], True)
    same('info', told.json['elements'][0]['info'], '40102')


@test
def staples_of_no_use(b):
    other = b.issue()
    rows = [
        ('staple-expired', 'expired', 'expired 24 h ago',
         staple_of(b, b.leaf, this_update=-48, next_update=-24)),
        ('staple-not-yet-valid', 'not-yet-valid', 'not valid yet',
         staple_of(b, b.leaf, this_update=24, next_update=48)),
        ('staple-other-certificate', 'other-certificate',
         'of another certificate', staple_of(b, other)),
        ('staple-error', 'error', 'an error of the responder',
         pki.ocsp_error('try-later')),
        ('staple-refused', 'refused', 'cannot be believed',
         staple_of(b, b.leaf, spoil=True)),
        ('staple-unknown', 'current', 'says unknown, ',
         staple_of(b, b.leaf, status='unknown')),
    ]
    for note, state, words, staple in rows:
        port = b.serve(b.leaf, b.ca, staple=staple)
        told = b.tell(port)
        same('notes', told.notes, [note])
        same('state', told.tls['staple']['state'], state)
        same(note, told.code, 0)  # unknown is forgiven by default
        said = b.ask('localhost:%d' % port)
        holds(note, said.flat, 'OCSP staple: ' + words)
        holds(note, said.out, "server")
        same(note, b.tell(port, '--revocation', 'require', '--scope',
                          'end').code, 2)


@test
def must_staple(b):
    request = b.file(pki.openssl(
        'req', '-new', '-key', b.pki.keys['leaf'].path, '-subj',
        '/CN=localhost'))
    extensions = b.file('subjectAltName=DNS:localhost\n'
                        'tlsfeature=status_request\n'
                        'extendedKeyUsage=serverAuth\n')
    pem = pki.openssl(
        'x509', '-req', '-in', request, '-CA', b.file(b.ca.pem), '-CAkey',
        b.pki.keys['ca'].path, '-set_serial', '77777', '-days', '30',
        '-extfile', extensions).decode()
    der = ssl.PEM_cert_to_DER_cert(pem)
    leaf = pki.Cert(der, None, b.pki.keys['leaf'], 77777, 'localhost')
    port = b.serve(leaf, b.ca)
    same('notes', b.tell(port).notes, ['must-staple-missing'])
    holds('text', b.ask('localhost:%d' % port).flat, 'demands an OCSP staple')
    port = b.serve(leaf, b.ca, staple=staple_of(b, leaf))
    same('notes', b.tell(port).notes, [])


@test
def client_certificates(b):
    for options in (['-tls1_2'], ['-tls1_3']):
        port = b.serve(b.leaf, b.ca, options=['-Verify', '1', *options])
        told = b.tell(port)
        same('exit', told.code, 0)
        same('notes', told.notes, ['client-certificate-wanted'])
        lacks('text', b.ask('localhost:%d' % port).out, 'client')
        holds('text', b.ask('--why', 'localhost:%d' % port).flat,
              'certificate of the client')


@test
def unproved_key(b):
    """
    Somebody shows a certificate without its key: RSA key exchange proves it
    only at the end, and an alert before that must not pass for a server that
    wants a client certificate.
    """
    folder = tempfile.mkdtemp(dir=b.folder)
    path = os.path.join(folder, 'cert.pem')
    pki.openssl('req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-subj',
                '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost',
                '-keyout', os.path.join(folder, 'key.pem'), '-out', path)
    with open(path, encoding='ascii') as f:
        cert = ssl.PEM_cert_to_DER_cert(f.read())
    seen = []

    def message(kind, body):
        return bytes((kind,)) + len(body).to_bytes(3, 'big') + body

    def vector(body):
        return len(body).to_bytes(3, 'big') + body

    def talk(s):
        s.recv(4096)
        flight = message(2, b'\x03\x03' + bytes(32) + b'\x00\x00\x9c\x00'
                         + b'\x00\x05\xff\x01\x00\x01\x00')
        flight += message(11, vector(vector(cert)))
        flight += message(13, b'\x01\x01\x00\x02\x04\x01\x00\x00')
        flight += message(14, b'')
        s.sendall(b'\x16\x03\x03' + len(flight).to_bytes(2, 'big') + flight)
        seen.append(s.recv(4096))
        s.sendall(b'\x15\x03\x03\x00\x02\x02\x28')
        s.recv(4096)
    said = b.ask('localhost:%d' % b.script(talk), '--roots', path)
    same('exit', said.code, 74)
    holds('error', said.err, 'refused with alert 40')
    same('our answer', seen[0][:1], b'\x16')  # not an alert: it was taken
    # The same certificate with its key is good.
    server = servers.Server(b.folder, 's_server_rsa')
    server.start(lambda port: [
        'openssl', 's_server', '-accept', '127.0.0.1:%d' % port, '-cert',
        path, '-key', os.path.join(folder, 'key.pem'), '-quiet', '-tls1_2',
        '-cipher', 'AES128-GCM-SHA256'])
    b.stack.callback(server.stop)
    told = b.tell(server.port, '--roots', path)
    same('exit', told.code, 0)
    same('group', told.tls['group'], None)


@test
def wrong_name(b):
    port = b.serve(b.leaf, b.ca)
    said = b.ask('127.0.0.1:%d' % port)
    same('exit', said.code, 1)
    holds('text', said.flat, 'is not for 127.0.0.1')
    # --host stands for the name of the server, SNI included.
    told = b.ask('--json', '127.0.0.1:%d' % port, '--host', 'localhost')
    same('exit', told.code, 0)
    same('sni', told.tls['sni'], 'localhost')
    same('sni of an address', b.ask(
        '--json', '127.0.0.1:%d' % port).tls['sni'], None)


@test
def names_of_other_scripts(b):
    leaf = b.issue(dns=['xn--bcher-kva.example'])
    port = b.serve(leaf, b.ca)
    told = b.ask('--json', '127.0.0.1:%d' % port, '--host',
                 'B\u00fccher.example')
    same('exit', told.code, 0)
    same('sni', told.tls['sni'], 'xn--bcher-kva.example')


@test
def sni_chooses(b):
    other = b.issue(dns=['other.test'])
    port = b.serve(b.leaf, b.ca, options=[
        '-servername', 'other.test', '-cert2', b.file(other.pem), '-key2',
        b.pki.keys['leaf'].path])
    same('exit', b.tell(port).code, 0)
    told = b.tell(port, '--host', 'other.test', '--extra', b.file(b.ca.pem))
    same('exit', told.code, 0)


@test
def ipv6(b):
    if not socket.has_ipv6 or not os.path.exists('/proc/net/if_inet6'):
        return 'no IPv6 here'
    with open('/proc/net/if_inet6', encoding='ascii') as f:
        if '0' * 31 + '1 ' not in f.read():
            return 'no IPv6 here'
    inner = b.serve(b.leaf, b.ca)

    def pass_on(s):
        relay(s, socket.create_connection(('127.0.0.1', inner)))
    port = b.script(pass_on, ('::1', 0), socket.AF_INET6)
    told = b.ask('--json', '[::1]:%d' % port, '--host', 'localhost')
    same('exit', told.code, 0)
    same('input', told.json['input'], '[::1]:%d' % port)
    same('address', told.tls['address'], '[::1]:%d' % port)
    same('exit', b.ask('::1').code, 66)
    return None


@test
def urls_are_taken(b):
    port = b.serve(b.leaf, b.ca)
    told = b.ask('--json', 'https://LOCALHOST:%d/a/b?c=d:1' % port)
    same('exit', told.code, 0)
    same('input', told.json['input'], 'localhost:%d' % port)
    said = b.ask('https://me:secret@localhost:%d/' % port)
    same('exit', said.code, 66)
    lacks('error', b.ask('https://localhost:%d' % port).err, 'secret')


@test
def what_is_no_host(b):
    for word, part in (
            ('no/such/file', 'no such file, and not a host name'),
            ('localhost:0', 'a port is a number from 1 to 65535'),
            ('localhost:', 'a port is a number'),
            ('a b', 'no such file, and not a host name'),
            ('[::1', 'the bracket of the address is not closed'),
            ('absent.pem', 'absent.pem: No such file or directory')):
        said = b.ask(word)
        same(word, said.code, 66)
        holds(word, said.err, part)


@test
def nobody_there(b):
    said = b.ask('localhost:%d' % b.world.closed)
    same('exit', said.code, 66)
    same('error', said.err, 'avow: localhost:%d: the server refused the '
         'connection (127.0.0.1:%d)\n' % (b.world.closed, b.world.closed))
    said = b.ask('--timeout', '2', 'nobody.invalid')
    same('exit', said.code, 66)
    holds('error', said.err, 'nobody.invalid: no such file; as a host: the '
          'host name does not resolve')


@test
def nobody_there_as_json(b):
    said = b.ask('--json', 'localhost:%d' % b.world.closed)
    same('exit', said.code, 66)
    answer = said.json
    same('input', answer['input'], 'localhost:%d' % b.world.closed)
    same('verdict', answer['verdict'], None)
    same('problem', answer['problem'], {
        'outcome': 'refused', 'code': '2efd', 'exit_status': 66,
        'detail': said.err.removeprefix('avow: ').rstrip('\n')})
    said = b.ask('--json', '--timeout', '2', 'nobody.invalid')
    same('outcome', said.json['problem']['outcome'], 'dns')
    same('code', said.json['problem']['code'], '2ee7')


@test
def no_tls_there(b):
    rows = [
        (b'HTTP/1.1 400 Bad Request\r\n\r\n', 'answers in plain HTTP'),
        (b'220 mail ESMTP\r\n', '--starttls smtp'),
        (b'* OK IMAP ready\r\n', '--starttls imap'),
        (b'+OK POP3 ready\r\n', '--starttls pop3'),
        (b'SSH-2.0-x\r\n', 'speaks SSH'),
        (b'\x00' * 600, 'what the server says is no TLS'),
        (b'\x15\x03\x03\x00\x02\x02\x28',
         'refused with alert 40, handshake failure'),
        (b'\x16\x03\x03\x00\x04\x0e\x00\x00\x00', 'the handshake failed: '),
        (b'', 'closed the connection in the middle of the handshake'),
    ]
    for answer, part in rows:
        def talk(s, answer=answer):
            s.sendall(answer)
            if answer:
                s.recv(65536)
                time.sleep(0.1)
            else:
                s.recv(65536)
        said = b.ask('localhost:%d' % b.script(talk))
        same(repr(answer), said.code, 74)
        holds(repr(answer), said.err, part)


@test
def floods_end(b):
    def talk(s):
        # Handshake records of a Certificate message without end.
        s.recv(4096)
        hello = (b'\x03\x03' + bytes(32) + b'\x00' + b'\xc0\x2b' + b'\x00')
        message = b'\x02' + len(hello).to_bytes(3, 'big') + hello
        message += b'\x0b\xff\xff\xff'
        s.sendall(b'\x16\x03\x03' + len(message).to_bytes(2, 'big') + message)
        while True:
            s.sendall(b'\x16\x03\x03\x40\x00' + b'\x00' * 16384)
    said = b.ask('--timeout', '5', 'localhost:%d' % b.script(talk))
    same('exit', said.code, 74)
    if said.seconds > 3:
        raise Wrong('took %.1f s' % said.seconds)


@test
def silence_costs_the_budget(b):
    def mute(s):
        while s.recv(4096):
            pass
    port = b.script(mute)
    hole = b.world.faults.ports['blackhole']
    rows = [(port, 'in the TLS handshake', 74, ()),
            (port, 'while STARTTLS was asked for', 74,
             ('--starttls', 'smtp')),
            (hole, 'no answer came in time (127.0.0.1', 66, ())]
    for where, part, code, options in rows:
        for budget in (0.3, 1.0):
            said = b.ask('--timeout', str(budget), 'localhost:%d' % where,
                         *options)
            same('exit', said.code, code)
            holds('error', said.err, part)
            if not budget <= said.seconds <= budget + LATE + b.startup:
                raise Wrong('%s: %.2f s of %.1f' % (part, said.seconds,
                                                    budget))


# Runs in namespaces of its own: loopback alone, and a name server on it that
# never answers. argv: a resolv.conf, then the command.
LONELY = """
import ctypes, fcntl, os, socket, struct, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
fcntl.ioctl(s, 0x8914, struct.pack('16sh14x', b'lo', 0x41))  # SIOCSIFFLAGS
libc = ctypes.CDLL(None, use_errno=True)
if libc.mount(sys.argv[1].encode(), b'/etc/resolv.conf', None, 4096, None):
    sys.exit(99)
s.bind(('127.0.0.1', 53))
os.set_inheritable(s.fileno(), True)
os.execv(sys.argv[2], sys.argv[2:])
"""


def ask_alone(b, *args):
    conf = b.file('nameserver 127.0.0.1\n')
    begun = time.monotonic()
    try:
        done = subprocess.run(
            ['unshare', '-mn', sys.executable, '-c', LONELY, conf,
             *b.command(*args)], env=b.environment(), capture_output=True,
            check=False, timeout=60)
    except FileNotFoundError:
        return None
    if done.returncode == 99 or b'unshare' in done.stderr:
        return None
    return Answer(done, time.monotonic() - begun)


@test
def dead_name_servers(b):
    said = ask_alone(b, '--timeout', '1', 'www.example.org')
    if said is None:
        return 'no namespaces here'
    same('exit', said.code, 66)
    holds('error', said.err, 'www.example.org: no such file; as a host: the '
          'host name does not resolve: the name servers gave no answer')
    # Python and unshare take their time to begin, too.
    if not 1 <= said.seconds <= 1 + LATE + b.startup + 0.5:
        raise Wrong('%.2f s' % said.seconds)
    return None


@test
def no_network(b):
    for address in ('192.0.2.1', '2001:db8::1'):
        said = ask_alone(b, '--timeout', '5', address)
        if said is None:
            return 'no namespaces here'
        same('exit', said.code, 66)
        holds('error', said.err, 'there is no way to the address')
    return None


@test
def visit_and_answer_share_the_budget(b):
    """A slow server leaves less for a dead CRL server."""
    hole = b.world.faults.ports['blackhole']
    leaf = b.issue(cdp=['http://127.0.0.1:%d/a.crl' % hole])
    inner = b.serve(leaf, b.ca)

    def slow(s):
        time.sleep(0.6)
        relay(s, socket.create_connection(('127.0.0.1', inner)))
    said = b.tell(b.script(slow), '--timeout', '1.2', '--revocation',
                  'require', '--scope', 'end')
    same('exit', said.code, 2)
    if said.seconds > 1.2 + LATE + b.startup:
        raise Wrong('%.2f s' % said.seconds)


@test
def interrupts_answer_at_once(b):
    def mute(s):
        while s.recv(4096):
            pass
    child = subprocess.Popen(
        b.command('localhost:%d' % b.script(mute)), stderr=subprocess.PIPE,
        env=b.environment())
    time.sleep(0.5)
    begun = time.monotonic()
    child.send_signal(signal.SIGINT)
    err = child.communicate(timeout=10)[1].decode()
    if time.monotonic() - begun > LATE:
        raise Wrong('%.2f s' % (time.monotonic() - begun))
    holds('error', err, 'interrupted')
    same('exit', child.returncode, 74)


def relay(one, other):
    def pump(a, c):
        with contextlib.suppress(OSError):
            while data := a.recv(65536):
                c.sendall(data)
            c.shutdown(socket.SHUT_WR)
    back = threading.Thread(target=pump, args=(other, one), daemon=True)
    back.start()
    pump(one, other)
    back.join(5)
    other.close()


@test
def through_a_proxy(b):
    asked = []

    def proxy(s):
        head = b''
        while b'\r\n\r\n' not in head:
            head += s.recv(4096)
        asked.append(head)
        if b'Basic bWU6c2VjcmV0' not in head:
            s.sendall(b'HTTP/1.1 407 Who are you\r\n\r\n')
            return
        port = int(head.split(b' ')[1].rsplit(b':', 1)[1])
        s.sendall(b'HTTP/1.1 200 Connected\r\nVia: x\r\n\r\n')
        relay(s, socket.create_connection(('127.0.0.1', port)))
    way = b.script(proxy)
    port = b.serve(b.leaf, b.ca)
    told = b.tell(port, '--proxy', 'http://me:secret@127.0.0.1:%d' % way)
    same('exit', told.code, 0)
    same('proxy', told.tls['proxy'], 'http://127.0.0.1:%d' % way)
    same('named by', told.tls['proxy_named_by'], 'option')
    holds('request', asked[0].decode(), 'CONNECT localhost:%d HTTP/1.1\r\n'
          % port)
    env = {'https_proxy': 'http://me:secret@127.0.0.1:%d' % way}
    said = b.ask('localhost:%d' % port, env=env)
    holds('text', said.flat, 'through the proxy http://127.0.0.1:%d '
          '(environment)' % way)
    lacks('text', said.out, 'secret')
    said = b.ask('localhost:%d' % port, '--proxy',
                 'http://127.0.0.1:%d' % way)
    same('exit', said.code, 74)
    holds('error', said.err, 'the proxy wants a user and password: "HTTP/1.1 '
          '407 Who are you"')
    before = len(asked)
    for more in ({'no_proxy': 'localhost'}, {'no_proxy': '*'}):
        same('exit', b.ask('localhost:%d' % port, env={**env, **more}).code,
             0)
    same('exit', b.ask('localhost:%d' % port, '--proxy', 'none',
                       env=env).code, 0)
    same('asked', len(asked), before)
    said = b.ask('localhost:%d' % port, '--proxy', 'http://127.0.0.1:%d'
                 % b.world.closed)
    same('exit', said.code, 66)
    same('error', said.err, 'avow: localhost:%d: the proxy http://127.0.0.1:'
         '%d (option) cannot be reached: the server refused the connection '
         '(127.0.0.1:%d)\n' % (port, b.world.closed, b.world.closed))
    said = b.ask('localhost:%d' % port, '--proxy', 'socks5://127.0.0.1:9')
    holds('error', said.err, 'only proxies with http:// URLs')


@test
def mail_through_a_proxy(b):
    """What follows the proxy's 200 in one piece is the server's greeting."""
    chain = b.file(b.leaf.pem + b.ca.pem)
    mail = servers.StartTls('smtp', chain, b.pki.keys['leaf'].path)
    b.stack.callback(mail.stop)

    def proxy(s):
        s.recv(4096)
        other = socket.create_connection(('127.0.0.1', mail.port))
        s.sendall(b'HTTP/1.1 200 OK\r\n\r\n' + other.recv(4096))
        relay(s, other)
    way = 'http://127.0.0.1:%d' % b.script(proxy)
    told = b.tell(mail.port, '--starttls', 'smtp', '--proxy', way)
    same('exit', told.code, 0)
    same('proxy', told.tls['proxy'], way)
    told = b.tell(mail.port, '--starttls', 'smtp',
                  env={'https_proxy': way})
    same('proxy', told.tls['proxy'], None)


@test
def starttls(b):
    chain = b.file(b.leaf.pem + b.ca.pem)
    for name in ('smtp', 'imap', 'pop3'):
        server = servers.StartTls(name, chain, b.pki.keys['leaf'].path)
        b.stack.callback(server.stop)
        told = b.tell(server.port, '--starttls', name)
        same(name, told.code, 0)
        same(name, told.tls['starttls'], name)
        holds('text', b.ask('localhost:%d' % server.port, '--starttls',
                            name).flat, 'after STARTTLS (%s)' % name)
        refusing = servers.StartTls(name, chain, b.pki.keys['leaf'].path,
                                    refuses=name != 'pop3')
        b.stack.callback(refusing.stop)
        if name != 'pop3':
            said = b.ask('localhost:%d' % refusing.port, '--starttls', name)
            same(name, said.code, 74)
            holds(name, said.err, '500 not here')
    same('usage', b.ask('localhost:25', '--starttls', 'ftp').code, 64)


@test
def starttls_refused_by_others(b):
    def imap(s):
        s.sendall(b'* OK ready\r\n')
        s.recv(4096)
        s.sendall(b'* CAPABILITY IMAP4rev1\r\na1 OK done\r\n')
        s.recv(4096)

    def injects(s):
        s.sendall(b'+OK\r\n')
        s.recv(4096)
        s.sendall(b'+OK\r\n+OK and something before TLS\r\n')
        s.recv(4096)

    def closes(s):
        s.sendall(b'220 hi\r\n')
        s.recv(4096)
    said = b.ask('localhost:%d' % b.script(imap), '--starttls', 'imap')
    same('exit', said.code, 74)
    holds('error', said.err, 'the IMAP server does not offer STARTTLS')
    said = b.ask('localhost:%d' % b.script(injects), '--starttls', 'pop3')
    same('exit', said.code, 74)
    holds('error', said.err, 'the TLS connection failed')
    said = b.ask('localhost:%d' % b.script(closes), '--starttls', 'smtp')
    same('exit', said.code, 74)
    holds('error', said.err, 'closed the connection before TLS began')


@test
def starttls_of_slapd(b):
    if servers.missing('slapd', 'slapadd'):
        return 'no slapd here'
    folder = os.path.join(b.folder, 'slapd-tls')
    os.makedirs(folder, exist_ok=True)
    server = servers.Slapd(folder, {}, b.leaf.pem + b.ca.pem,
                           b.pki.keys['leaf'].path)
    b.stack.callback(server.stop)
    told = b.tell(server.port, '--starttls', 'ldap')
    same('exit', told.code, 0)
    same('starttls', told.tls['starttls'], 'ldap')

    def ldap(s):
        s.recv(4096)
        s.sendall(bytes.fromhex('300f020101780a0a0135040004036e6f21'))
        s.recv(4096)
    said = b.ask('localhost:%d' % b.script(ldap), '--starttls', 'ldap')
    same('exit', said.code, 74)
    holds('error', said.err, 'result 53, no!')
    return None


@test
def nginx(b):
    if servers.missing('nginx'):
        return 'no nginx here'
    folder = os.path.join(b.folder, 'nginx-tls')
    os.makedirs(folder, exist_ok=True)
    key, both = b.pki.keys['leaf'].path, 'TLSv1.2 TLSv1.3'
    server = servers.Nginx(folder, [
        (b.leaf.pem, key, None, both),
        (b.leaf.pem + b.ca.pem, key, staple_of(b, b.leaf), both)])
    b.stack.callback(server.stop)
    told = b.tell(server.tls_ports[0], '--extra', b.file(b.ca.pem))
    same('exit', told.code, 0)
    same('notes', told.notes, ['chain-incomplete'])
    told = b.tell(server.tls_ports[1])
    same('staple', told.tls['staple']['cert_status'], 'good')
    said = b.ask('localhost:%d' % server.port)
    same('exit', said.code, 74)
    holds('error', said.err, 'plain HTTP')
    return None


@test
def offline_connects_to_nobody(b):
    calls = []

    def talk(s):
        calls.append(s.recv(1))
    said = b.ask('--offline', 'localhost:%d' % b.script(talk))
    same('exit', said.code, 66)
    holds('error', said.err, '--offline forbids')
    time.sleep(0.1)
    same('connections', calls, [])


@test
def files_come_first(b):
    folder = tempfile.mkdtemp(dir=b.folder)
    with open(os.path.join(folder, 'localhost'), 'w', encoding='ascii') as f:
        f.write(b.leaf.pem + b.ca.pem)
    told = b.ask('--json', 'localhost', cwd=folder)
    same('exit', told.code, 0)
    same('tls', told.json.get('tls'), None)
    same('purpose', told.json['purpose'], 'any')


@test
def several_targets(b):
    port = b.serve(b.leaf, b.ca)
    said = b.ask('--json', 'localhost:%d' % port, b.file(
        b.leaf.pem + b.ca.pem), '127.0.0.1:%d' % port)
    same('exit', said.code, 1)
    same('answers', [json.loads(line)['verdict']
                     for line in said.out.splitlines()],
         ['trusted', 'trusted', 'not-trusted'])


@test
def other_forms(b):
    port = b.serve(b.leaf, b.ca)
    said = b.ask('--print-chain', 'pem', 'localhost:%d' % port)
    same('chain', said.out, b.leaf.pem + b.ca.pem + b.pki.root.pem)
    holds('events', b.ask('--xml', 'localhost:%d' % port).out, '<Event')
    said = b.ask('-q', 'localhost:%d' % port)
    same('quiet', (said.code, said.out, said.err), (0, '', ''))
    said = b.ask('-q', 'localhost:%d' % b.world.closed)
    same('quiet', (said.code, said.out, said.err), (66, '', ''))


@test
def hostile_words(b):
    """Nothing that a server or a certificate says moves the cursor."""
    evil = 'evil\x1b[2J\u202ecod\n'
    ca = b.pki.issue(evil, b.pki.root, 'sub', ca=True)
    port = b.serve(b.issue(by=ca))
    said = b.ask('--why', 'localhost:%d' % port, '--extra', b.file(ca.pem))
    same('exit', said.code, 0)
    holds('text', said.flat, 'did not send certificate 1, "evil')
    for bad in ('\x1b', '\u202e', '\ncod'):
        lacks('text', said.out, bad)
    told = b.tell(port, '--extra', b.file(ca.pem))
    lacks('json', told.out, '\x1b')

    def mail(s):
        s.sendall(b'554 \x1b]0;evil\x07\xff\xfe\0 go\r\n')
        s.recv(4096)
    said = b.ask('localhost:%d' % b.script(mail), '--starttls', 'smtp')
    same('exit', said.code, 74)
    same('lines', said.err.count('\n'), 1)
    holds('error', said.err, 'does not want to talk: "554 \\x1B]0;evil')
    holds('error', said.err, ' go"')
    for bad in '\x1b\x07\0':
        lacks('error', said.err, bad)


@test
def expired_certificate(b):
    now = b.pki.now
    port = b.serve(b.issue(not_before=now - datetime.timedelta(9),
                           not_after=now - datetime.timedelta(2)), b.ca)
    said = b.ask('localhost:%d' % port)
    same('exit', said.code, 1)
    holds('text', said.flat, 'CERT_E_EXPIRED')


def run(bench, function):
    """None, or why it was skipped."""
    with contextlib.ExitStack() as stack:
        bench.stack = stack
        return function(bench)


def main():
    avow, names = os.path.abspath(sys.argv[1]), sys.argv[2:]
    if servers.missing('openssl'):
        print('1..0 # SKIP no openssl here')
        return 0
    chosen = [t for t in TESTS if not names or t.__name__ in names]
    failed = 0
    servers.stop_at_the_end()
    print('1..%d' % len(chosen))
    with tempfile.TemporaryDirectory() as folder:
        os.makedirs(os.path.join(folder, 'tls'))
        os.makedirs(os.path.join(folder, 'starttls'))
        bench = Bench(avow, folder)
        for number, function in enumerate(chosen, 1):
            name = function.__name__.replace('_', '-')
            try:
                skipped = run(bench, function)
                print('ok %d - %s%s' % (
                    number, name, ' # SKIP ' + skipped if skipped else ''))
            except Exception:  # pylint: disable=broad-except
                failed += 1
                print('not ok %d - %s' % (number, name))
                for line in traceback.format_exc().splitlines()[-12:]:
                    print('# ' + line)
            sys.stdout.flush()
        servers.stop_all()
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
