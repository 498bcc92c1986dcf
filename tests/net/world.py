"""The world of a case: who issued what, who serves it, and what is asked.

One World stands for a whole run: the PKI, the fault server and the real
servers, started when the first case needs them. A Story is one case.json in
it; doc/testing.md describes the members of that file.
"""
import base64
import json
import os
import re
import subprocess
import threading
import time

import faults
import pki
import servers

BASE_OPTIONS = ['--revocation', 'require', '--scope', 'end', '--timeout', '5',
                '--allow-address', 'loopback']
KIND = {'crl': 'application/pkix-crl', 'ocsp': 'application/ocsp-response',
        'certs': 'application/pkix-cert'}
# What `openssl ocsp` knows; the third serial it does not.
RESPONDER_GOOD, RESPONDER_REVOKED = 0x7001, 0x7002
HTTP_MEMBERS = {'status', 'headers', 'etag', 'fault', 'seconds', 'bytes', 'to'}
NEEDS = {'{nginx}': ('nginx',), '{tls': ('nginx',),
         '{https-old}': ('nginx',), '{ldap}': ('slapd',),
         '{starttls-ldap}': ('slapd',), '{responder}': ()}


def needs(text):
    """The first program that a case wants and that is not installed."""
    for mark, programs in NEEDS.items():
        if mark in text and servers.missing(*programs):
            return servers.missing(*programs)
    return servers.missing('openssl')


class World:
    def __init__(self, folder):
        self.folder = folder
        os.makedirs(os.path.join(folder, 'pki'), exist_ok=True)
        self.pki = pki.Pki(os.path.join(folder, 'pki'))
        self.faults = faults.FaultServer()
        servers.running.append(self.faults)
        self.ca = self.pki.issue('Net Issuing CA', self.pki.root, 'ca',
                                 ca=True)
        self.delegate = self.pki.issue(
            'Net OCSP Signer', self.ca, 'delegate', nocheck=True,
            eku=[pki.OID_OCSP_SIGNING])
        self.write('root.pem', self.pki.root.pem)
        self.lock = threading.RLock()
        self.servers = {}
        self.closed = servers.free_port()

    def write(self, name, content):
        path = os.path.join(self.folder, name)
        with open(path, 'wb') as f:
            f.write(content if isinstance(content, bytes)
                    else content.encode())
        return path

    def server(self, name):
        with self.lock:
            if name not in self.servers:
                folder = os.path.join(self.folder, name)
                os.makedirs(folder, exist_ok=True)
                self.servers[name] = getattr(self, 'start_' + name)(folder)
            return self.servers[name]

    def tls_leaf(self, **more):
        return self.pki.issue('localhost', self.ca, 'leaf',
                              dns=['localhost'], **more)

    def staple(self, leaf, **more):
        request = pki.der.seq(pki.der.seq(pki.der.seq(pki.der.seq(
            pki.cert_id(self.ca, leaf.serial)))))
        return self.pki.ocsp_response(request, self.ca, signer=self.delegate,
                                      **more)

    def start_nginx(self, folder):
        both, key = 'TLSv1.2 TLSv1.3', self.pki.keys['leaf'].path
        self.faults.serve('/shared/ca.crt', body=self.ca.der,
                          kind=KIND['certs'])
        cut = self.tls_leaf(aia=[self.faults.url() + '/shared/ca.crt'])
        good = self.tls_leaf(ocsp=['http://127.0.0.1:%d/' % self.closed])
        bad = self.tls_leaf(ocsp=['http://127.0.0.1:%d/' % self.closed])
        old = self.tls_leaf()
        server = servers.Nginx(folder, [
            (cut.pem, key, None, both),
            (good.pem + self.ca.pem, key, self.staple(good), both),
            (bad.pem + self.ca.pem, key, self.staple(
                bad, status='revoked', reason='keyCompromise'), both),
            (old.pem + self.ca.pem, key, None, 'TLSv1.2')])
        return server

    def start_slapd(self, folder):
        leaf = self.tls_leaf()

        def lines(crl):
            return ('certificateRevocationList;binary:: '
                    + base64.b64encode(crl).decode())
        return servers.Slapd(folder, {
            'good': lines(self.pki.crl(self.ca)),
            'expired': lines(self.pki.crl(self.ca, this_update=-48,
                                          next_update=-24)),
            'bare': 'deltaRevocationList;binary:: ' + base64.b64encode(
                self.pki.crl(self.ca, base=1)).decode()},
            leaf.pem + self.ca.pem, self.pki.keys['leaf'].path)

    def start_ocsp(self, folder):
        return servers.OcspResponder(folder, self.ca, self.delegate, [
            (RESPONDER_GOOD, None),
            (RESPONDER_REVOKED, ('keyCompromise', self.pki.now - pki.DAY))])

    def start_starttls(self, folder):
        leaf = self.tls_leaf()
        chain = self.write('starttls/chain.pem', leaf.pem + self.ca.pem)
        key = self.pki.keys['leaf'].path
        return {name: servers.StartTls(name, chain, key)
                for name in ('smtp', 'imap', 'pop3')}

    def place(self, word, case):
        """What a {word} in a URL or an option stands for."""
        ports = self.faults.ports
        if word == 'http':
            return '%s/%s' % (self.faults.url(), case)
        if word == 'origin':
            return self.faults.url()
        if word == 'https':
            return 'https://127.0.0.1:%d/%s' % (ports['origin'], case)
        if word in ('proxy', 'proxy407', 'portal'):
            return self.faults.url(word)
        if word in ('blackhole', 'mute'):
            return 'http://127.0.0.1:%d' % ports[word]
        if word == 'closed':
            return 'http://127.0.0.1:%d' % self.closed
        if word == 'ldap-closed':
            return 'ldap://127.0.0.1:%d' % self.closed
        if word == 'credentials':
            return 'http://name:word@127.0.0.1:%d/%s' % (
                ports['origin'], case)
        if word == 'https-old':
            return 'https://127.0.0.1:' + self.place('tls-old', case)
        if word == 'case':
            return os.path.join(self.folder, 'cases', case)
        if word == 'nginx':
            return 'http://127.0.0.1:%d/%s' % (
                self.server('nginx').port, case)
        if word.startswith('tls-'):
            number = ['cut', 'staple', 'staple-revoked', 'old'].index(word[4:])
            return str(self.server('nginx').tls_ports[number])
        if word == 'ldap':
            return 'ldap://127.0.0.1:%d' % self.server('slapd').port
        if word == 'responder':
            return 'http://127.0.0.1:%d' % self.server('ocsp').port
        if word == 'starttls-ldap':
            return str(self.server('slapd').port)
        if word.startswith('starttls-'):
            return str(self.server('starttls')[word[9:]].port)
        raise ValueError('no such place: {%s}' % word)


class Story:
    """One case of a world: its certificates, and what is served for it."""

    def __init__(self, world, name, told):
        self.world, self.name, self.told = world, name, told
        self.folder = os.path.join(world.folder, 'cases', name)
        os.makedirs(self.folder, exist_ok=True)
        self.certs = {'root': world.pki.root, 'other': world.pki.other,
                      'stranger': world.pki.stranger,
                      'delegate': world.delegate}
        self.certs['ca'] = self.issue('ca', world.pki.root, ca=True) \
            if 'ca' in told else world.ca
        issuer = self.certs['ca']
        if 'sub' in told:
            issuer = self.certs['sub'] = self.issue('sub', issuer, ca=True)
        for extra, how in told.get('more', {}).items():
            self.certs[extra] = self.issue(
                extra, self.certs[how.get('by', 'ca')],
                ca=how.get('ca', False), how=how)
        by = told.get('leaf', {}).get('by')
        self.certs['leaf'] = self.issue(
            'leaf', self.certs[by] if by else issuer)
        bundle = told.get('bundle', ['leaf', 'sub', 'ca'])
        self.target = self.write('leaf.pem', ''.join(
            self.certs[n].pem for n in bundle if n in self.certs))
        for file, what in told.get('files', {}).items():
            self.write(file, what if isinstance(what, str)
                       else self.octets(what))
        self.serve(told.get('serves', {}))

    def issue(self, which, issuer, ca=False, how=None):
        how = dict(how or self.told.get(which, {}))
        common = {'ca': 'Net Issuing CA', 'sub': 'Net Sub CA'}.get(
            which, how.pop('name', self.name + '.test'))
        key = how.pop('key', which)
        how.pop('by', None)
        how.pop('ca', None)
        for member in ('cdp', 'ocsp', 'aia', 'freshest'):
            how[member] = [self.fill(u) for u in how.get(member, [])]
        if 'eku' in how:
            how['eku'] = [self.fill(o) for o in how['eku']]
        for member in ('not_before', 'not_after'):
            if member in how:
                how[member] = self.world.pki.now + how[member] * pki.HOUR
        return self.world.pki.issue(common, issuer, key, ca=ca, **how)

    def write(self, name, content):
        return self.world.write(os.path.join('cases', self.name, name),
                                content)

    def fill(self, value):
        """Places and names put in; lists item by item."""
        if isinstance(value, list):
            return [self.fill(item) for item in value]
        if not isinstance(value, str):
            return value
        return re.sub(r'\{([a-z0-9-]+)\}', lambda found: self.world.place(
            found.group(1), self.name), value)

    def idp(self, word):
        if word in ('user', 'ca', 'indirect', 'attribute'):
            return pki.only_contains(word)
        if word == 'reasons':
            return pki.only_reasons('keyCompromise', 'superseded')
        return pki.idp_name(self.fill(word))

    def crl(self, how):
        how = dict(how)
        issuer = self.certs[how.pop('of', 'sub' if 'sub' in self.certs
                                    else 'ca')]
        revoked = [(self.certs[row[0]].serial if isinstance(row[0], str)
                    else row[0], *row[1:]) for row in how.pop('revokes', [])]
        if 'idp' in how:
            how['idp'] = self.idp(how['idp'])
        if 'freshest' in how:
            how['freshest'] = self.fill(how['freshest'])
        if 'entries' in how:
            how['entries'] = self.world.pki.crl_entries(how['entries'])
        return self.world.pki.crl(issuer, revoked, **how)

    def ocsp(self, how):
        how = dict(how)
        issuer = self.certs[how.pop('of', 'sub' if 'sub' in self.certs
                                    else 'ca')]
        signer = how.pop('signer', 'delegate')
        how['signer'] = self.certs[signer] if signer else None
        return lambda request: self.world.pki.ocsp_response(
            request.ocsp(), issuer, **how)

    def octets(self, what):
        if 'crl' in what:
            body = self.crl(what['crl'])
            if what.get('as') == 'pem':
                body = pki.pem('X509 CRL', body).encode()
        elif 'ocsp' in what:
            body = self.ocsp(what['ocsp'])
        elif 'ocsp_error' in what:
            body = pki.ocsp_error(what['ocsp_error'])
        elif 'staple' in what:
            body = self.world.staple(self.certs['leaf'], **what['staple'])
        elif 'certs' in what:
            certs = [self.certs[n] for n in what['certs']]
            body = {'der': lambda: certs[0].der,
                    'pem': lambda: ''.join(c.pem for c in certs).encode(),
                    'pkcs7': lambda: pki.pkcs7(*certs)
                    }[what.get('as', 'der')]()
        elif 'hex' in what:
            body = bytes.fromhex(what['hex']) * what.get('times', 1)
        else:
            body = what.get('text', '').encode()
        if 'cut' in what:
            body = body[:len(body) - what['cut']]
        return body

    def serve(self, serves):
        for path, what in serves.items():
            body = self.octets(what)
            kind = what.get('type') or next(
                (t for k, t in KIND.items() if k in what), None)
            if path.startswith('{nginx}'):
                self.world.server('nginx').put(
                    self.name + path.removeprefix('{nginx}'), body)
                continue
            how = {k: self.fill(v) for k, v in what.items()
                   if k in HTTP_MEMBERS}
            # A number stands for a value of that many octets.
            how['headers'] = {
                key: 'x' * value if isinstance(value, int) else value
                for key, value in what.get('headers', {}).items()}
            self.world.faults.serve('/%s%s' % (self.name, path), body=body,
                                    kind=kind, **how)

    def withdraw(self):
        prefix = '/%s/' % self.name
        self.world.faults.withdraw(prefix)
        self.world.faults.forget(prefix)

    def requests(self, path):
        """How often the fault server was asked for it."""
        return self.world.faults.count('/%s%s' % (self.name, path))

    def command(self, avow, step, form):
        options = self.fill(step.get('options', self.told.get('options', [])))
        # An option of the case takes the place of the usual one.
        base = []
        for at in range(0, len(BASE_OPTIONS), 2):
            if BASE_OPTIONS[at] not in options:
                base += BASE_OPTIONS[at:at + 2]
        if step.get('bare', self.told.get('bare')):
            at = base.index('--allow-address')
            del base[at:at + 2]
        target = self.fill(self.told.get('target', self.target))
        return [avow, 'verify', *form, '--roots',
                os.path.join(self.world.folder, 'root.pem'), *base, *options,
                target]


class Home:
    """Fresh places for cache, log and configuration."""

    def __init__(self, folder):
        self.folder = folder
        for name in ('cache', 'state', 'config'):
            os.makedirs(os.path.join(folder, name), exist_ok=True)

    def environment(self):
        kept = {k: v for k, v in os.environ.items()
                if not k.lower().endswith('_proxy')}
        kept.update({'XDG_CACHE_HOME': os.path.join(self.folder, 'cache'),
                     'XDG_STATE_HOME': os.path.join(self.folder, 'state'),
                     'XDG_CONFIG_HOME': os.path.join(self.folder, 'config'),
                     'HOME': self.folder, 'TZ': 'UTC', 'LC_ALL': 'C.UTF-8'})
        return kept

    def configure(self, lines):
        folder = os.path.join(self.folder, 'config', 'avow')
        os.makedirs(folder, exist_ok=True)
        with open(os.path.join(folder, 'avow.conf'), 'w',
                  encoding='utf-8') as f:
            f.write(''.join(line + '\n' for line in lines))

    def run(self, command, data=None, timeout=40, **more):
        """(exit code, standard output, standard error, seconds)"""
        if servers.ended.is_set():
            raise RuntimeError('interrupted')
        environment = self.environment()
        environment.update(more.pop('env', {}))
        begun = time.monotonic()
        done = subprocess.run(command, input=data, capture_output=True,
                              env=environment, timeout=timeout, check=False,
                              **more)
        return (done.returncode, done.stdout, done.stderr,
                time.monotonic() - begun)


def stories(folder, names=()):
    """(name, the parsed case.json, its text) of each case."""
    for name in names or sorted(os.listdir(folder)):
        path = os.path.join(folder, name, 'case.json')
        if os.path.exists(path):
            with open(path, encoding='utf-8') as f:
                text = f.read()
            yield name, json.loads(text), text
