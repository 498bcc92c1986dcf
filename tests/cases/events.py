"""Builds CAPI2 events as element trees, with the shapes of real ones.

A story describes what happened (a Task with its calls) and this file writes
the events that Windows would have logged about it; forms.py then turns them
into what people post. Names, GUIDs and hashes are derived from the names of
the things, so that a story gives the same bytes every time.
"""
import datetime
import hashlib

PROVIDER = '{5bbca4a8-b209-48dc-a8c7-b23d3e5216fb}'
OPERATIONAL = 'Microsoft-Windows-CAPI2/Operational'

MESSAGES = {
    '2': 'The system cannot find the file specified.',
    '5': 'Access is denied.',
    '3E3': 'The I/O operation has been aborted because of either a thread '
           'exit or an application request.',
    '490': 'Element not found.',
    '2EE2': 'The operation timed out',
    '2EE7': 'The server name or address could not be resolved',
    '2EFE': 'The connection with the server was terminated abnormally',
    '2EFD': 'A connection with the server could not be established',
    '2F94': 'The Proxy Auto-configuration URL was not found.',
    '80070005': 'Access is denied.',
    '80072751': 'A socket operation was attempted to an unreachable host.',
    '80090016': 'Keyset does not exist',
    '80091007': 'The hash value is not correct.',
    '80092010': 'The certificate is revoked.',
    '80092012': 'The revocation function was unable to check revocation for '
                'the certificate.',
    '80092013': 'The revocation function was unable to check revocation '
                'because the revocation server was offline.',
    '80092014': "The certificate is not in the revocation server's database.",
    '8009200D': 'Not a cryptographic message or the cryptographic message is '
                'not formatted correctly.',
    '8009310B': 'ASN1 bad tag value met.',
    '80096004': 'The signature of the certificate cannot be verified.',
    '80096005': 'The timestamp signature and/or certificate could not be '
                'verified or is malformed.',
    '80096010': 'The digital signature of the object did not verify.',
    '80096019': "A certificate's basic constraint extension has not been "
                'observed.',
    '80190193': 'Forbidden (403).',
    '801901F7': 'Service unavailable (503).',
    '80190194': 'Not found (404).',
    '80190197': 'Proxy authentication required (407).',
    '800B0100': 'No signature was present in the subject.',
    '800B0101': 'A required certificate is not within its validity period '
                'when verifying against the current system clock or the '
                'timestamp in the signed file.',
    '800B0105': 'A certificate contains an unknown extension that is marked '
                "'critical'.",
    '800B0109': 'A certificate chain processed, but terminated in a root '
                'certificate which is not trusted by the trust provider.',
    '800B010A': 'A certificate chain could not be built to a trusted root '
                'authority.',
    '800B010C': 'A certificate was explicitly revoked by its issuer.',
    '800B010E': 'The revocation process could not continue - the '
                'certificate(s) could not be checked.',
    '800B010F': "The certificate's CN name does not match the passed value.",
    '800B0110': 'The certificate is not valid for the requested usage.',
    '800B0111': 'The certificate was explicitly marked as untrusted by the '
                'user.',
    '800B0112': 'A certification chain processed correctly, but one of the '
                'CA certificates is not trusted by the policy provider.',
    '800B0113': 'The certificate has invalid policy.',
    '800B0114': 'The certificate has an invalid name. The name is not '
                'included in the permitted list or is explicitly excluded.',
}

ERROR_BITS = [
    (0x1, 'CERT_TRUST_IS_NOT_TIME_VALID'),
    (0x4, 'CERT_TRUST_IS_REVOKED'),
    (0x8, 'CERT_TRUST_IS_NOT_SIGNATURE_VALID'),
    (0x10, 'CERT_TRUST_IS_NOT_VALID_FOR_USAGE'),
    (0x20, 'CERT_TRUST_IS_UNTRUSTED_ROOT'),
    (0x40, 'CERT_TRUST_REVOCATION_STATUS_UNKNOWN'),
    (0x100, 'CERT_TRUST_INVALID_EXTENSION'),
    (0x400, 'CERT_TRUST_INVALID_BASIC_CONSTRAINTS'),
    (0x4000, 'CERT_TRUST_HAS_NOT_PERMITTED_NAME_CONSTRAINT'),
    (0x10000, 'CERT_TRUST_IS_PARTIAL_CHAIN'),
    (0x100000, 'CERT_TRUST_HAS_WEAK_SIGNATURE'),
    (0x1000000, 'CERT_TRUST_IS_OFFLINE_REVOCATION'),
    (0x2000000, 'CERT_TRUST_NO_ISSUANCE_CHAIN_POLICY'),
    (0x4000000, 'CERT_TRUST_IS_EXPLICIT_DISTRUST'),
    (0x8000000, 'CERT_TRUST_HAS_NOT_SUPPORTED_CRITICAL_EXT'),
]
INFO_BITS = [
    (0x2, 'CERT_TRUST_HAS_KEY_MATCH_ISSUER'),
    (0x4, 'CERT_TRUST_HAS_NAME_MATCH_ISSUER'),
    (0x8, 'CERT_TRUST_IS_SELF_SIGNED'),
    (0x100, 'CERT_TRUST_HAS_PREFERRED_ISSUER'),
]
CHAIN_FLAGS = [
    (0x1, 'CERT_CHAIN_CACHE_END_CERT'),
    (0x4, 'CERT_CHAIN_CACHE_ONLY_URL_RETRIEVAL'),
    (0x8000000, 'CERT_CHAIN_REVOCATION_ACCUMULATIVE_TIMEOUT'),
    (0x20000000, 'CERT_CHAIN_REVOCATION_CHECK_CHAIN'),
    (0x40000000, 'CERT_CHAIN_REVOCATION_CHECK_CHAIN_EXCLUDE_ROOT'),
    (0x80000000, 'CERT_CHAIN_REVOCATION_CHECK_CACHE_ONLY'),
]
VERIFY_FLAGS = [
    (0x2, 'CERT_VERIFY_CACHE_ONLY_BASED_REVOCATION'),
    (0x4, 'CERT_VERIFY_REV_ACCUMULATIVE_TIMEOUT_FLAG'),
]
POLICIES = {1: 'BASE', 2: 'AUTHENTICODE', 3: 'AUTHENTICODE_TS', 4: 'SSL',
            6: 'NT_AUTH'}
EXCLUDE_ROOT = 0x40000000
CACHE_ONLY = 0xA0000000


def sha1(text):
    return hashlib.sha1(text.encode()).hexdigest().upper()


def guid(text):
    h = hashlib.md5(text.encode()).hexdigest().upper()
    return '{%s-%s-4%s-A%s-%s}' % (h[:8], h[8:12], h[13:16], h[17:20], h[20:])


class E:
    """An element: attributes in order, then either text or children."""

    def __init__(self, tag, attrs=None, *children, text=None):
        self.tag, self.attrs = tag, dict(attrs or {})
        self.children, self.text = [c for c in children if c], text


def bits(tag, value, table):
    attrs = {'value': '%X' % value}
    for bit, name in table:
        if value & bit:
            attrs[name] = 'true'
    return E(tag, attrs)


def result(code, tag='Result'):
    if code == '0':
        return E(tag, {'value': '0'})
    return E(tag, {'value': code}, text=MESSAGES[code])


class Cert:
    def __init__(self, name, issuer=None, start='2024-03-01T08:00:00Z',
                 end='2026-03-01T08:00:00Z', hash='SHA256', bits='2048',
                 dns=(), eku=('1.3.6.1.5.5.7.3.1', 'Server Authentication')):
        self.name, self.issuer = name, issuer or self
        self.start, self.end, self.hash = start, end, hash
        self.bits, self.dns, self.eku = bits, dns, eku
        self.ref = sha1('cert ' + name + start) + '.cer'

    def el(self, tag='Certificate'):
        return E(tag, {'fileRef': self.ref, 'subjectName': self.name})

    def algorithm(self):
        oid = {'SHA256': '1.2.840.113549.1.1.11', 'MD5': '1.2.840.113549.1.1.4',
               'SHA1': '1.2.840.113549.1.1.5'}[self.hash]
        return E('SignatureAlgorithm', {'oid': oid, 'hashName': self.hash,
                                        'publicKeyName': 'RSA'})

    def key(self):
        return E('PublicKeyAlgorithm', {
            'oid': '1.2.840.113549.1.1.1', 'publicKeyName': 'RSA',
            'publicKeyLength': self.bits})

    def full(self):
        ca = self.issuer is self
        names = [E('DNSName', text=d) for d in self.dns]
        return E(
            'Certificate', {'fileRef': self.ref, 'subjectName': self.name},
            E('Subject', {}, E('CN', text=self.name)),
            E('SubjectKeyID', {'computed': 'false',
                               'hash': sha1('key ' + self.name)}),
            self.algorithm(), self.key(),
            E('Issuer', {}, E('CN', text=self.issuer.name)),
            E('SerialNumber', text=sha1('serial ' + self.name)[:20]),
            E('NotBefore', text=self.start), E('NotAfter', text=self.end),
            E('Extensions', {},
              None if ca else E('AuthorityKeyIdentifier', {}, E(
                  'KeyID', {'hash': sha1('key ' + self.issuer.name)})),
              E('SubjectAltName', {}, *names) if names else None,
              E('BasicConstraints', {'critical': 'true', 'cA': 'true'})
              if ca else None))


class Crl:
    def __init__(self, issuer, url, start, end):
        self.issuer, self.url, self.start, self.end = issuer, url, start, end
        self.ref = sha1('crl ' + url + start) + '.crl'

    def el(self, location=None):
        attrs = {}
        if location:
            attrs['location'] = location
            if location != 'TvoCache':
                attrs['url'] = self.url
        attrs.update(fileRef=self.ref, issuerName=self.issuer.name)
        return E('CertificateRevocationList', attrs)

    def full(self):
        return E(
            'CertificateRevocationList',
            {'fileRef': self.ref, 'issuerName': self.issuer.name},
            E('Issuer', {}, E('CN', text=self.issuer.name)),
            E('ThisUpdate', text=self.start),
            E('NextUpdate', text=self.end) if self.end else None,
            E('Extensions', {},
              E('AuthorityKeyIdentifier', {}, E(
                  'KeyID', {'hash': sha1('key ' + self.issuer.name)})),
              E('CRLNumber', text='57')))


class Event:
    def __init__(self, id, level, task, opcode, keywords, time, record, pid,
                 tid, channel, computer, user, body=None, data=None,
                 source='Microsoft-Windows-CAPI2'):
        self.id, self.level, self.task = id, level, task
        self.opcode, self.keywords = opcode, keywords
        self.time, self.record, self.pid, self.tid = time, record, pid, tid
        self.channel, self.computer, self.user = channel, computer, user
        self.body, self.data, self.source = body, data, source

    def when(self):
        return self.time.strftime('%Y-%m-%dT%H:%M:%S.%f') + '0Z'


def app(id, data, level=2, time='2024-05-14 07:31:12', record=48122,
        computer='FS02.corp.example', source='Microsoft-Windows-CAPI2'):
    """An event of the Application channel."""
    return Event(id, level, 0, 0, '0x8080000000000000', parse(time), record,
                 1320, 6604, 'Application', computer, None, data=data,
                 source=source)


def parse(text):
    return datetime.datetime.strptime(text + '.204817', '%Y-%m-%d %H:%M:%S.%f')


SHAPES = {  # id: (task, opcode, keyword bits)
    10: (11, 1, 3), 11: (11, 2, 3), 30: (30, 0, 1), 40: (41, 1, 5),
    41: (41, 2, 5), 42: (42, 0, 5), 50: (51, 1, 0x2e), 51: (51, 2, 0x2e),
    52: (53, 1, 0x36), 53: (53, 2, 0x36), 70: (70, 0, 0x80),
    80: (80, 1, 0x40), 81: (80, 2, 0x40), 82: (82, 0, 0x400),
    90: (90, 0, 0x200),
}
STARTS = {10: 'CertGetCertificateChainStart', 40: 'CertVerifyRevocationStart',
          50: 'CryptRetrieveObjectByUrlCacheStart',
          52: 'CryptRetrieveObjectByUrlWireStart', 80: 'WinVerifyTrustStart'}


class Task:
    """One outermost call: every method appends the event of that number."""

    def __init__(self, name, process='lsass.exe', time='2025-02-11 09:14:27',
                 computer='WEB11.corp.example', user='S-1-5-18', token=None,
                 seq=1, record=7310, now=None):
        self.name, self.process, self.computer = name, process, computer
        self.user, self.token, self.seq = user, token, seq
        self.id, self.time, self.record = guid('task ' + name), parse(time), record
        self.pid = 600 + sum(process.encode()) % 9000 // 4 * 4
        self.tid = self.pid + 3044
        self.now = self.time.strftime('%Y-%m-%dT%H:%M:%S.187Z')
        self.events = []

    def add(self, id, root, children, code=None, level=None, text=True):
        task, opcode, key = SHAPES[id]
        aux = {'ProcessName': self.process}
        if self.token:
            aux['impersonateToken'] = self.token
        tail = [E('EventAuxInfo', aux),
                E('CorrelationAuxInfo', {'TaskId': self.id,
                                         'SeqNumber': str(self.seq)})]
        if code is not None:
            tail.append(result(code))
        if level is None:
            level = 2 if id == 42 or code not in (None, '0') else 4
        self.events.append(Event(
            id, level, task, opcode, '0x%016x' % (0x4000000000000000 | key),
            self.time, self.record, self.pid, self.tid, OPERATIONAL,
            self.computer, self.user, E(root, {}, *(children + tail))))
        self.seq += 1
        self.record += 1
        self.time += datetime.timedelta(milliseconds=16)
        return self

    def wait(self, seconds):
        self.time += datetime.timedelta(seconds=seconds)
        return self

    def start(self, *ids):
        for id in ids:
            self.add(id, STARTS[id], [])
        return self

    def chain(self, elements, code='0', ref=None, flags=EXCLUDE_ROOT, at=None,
              level=None, more=0, store=(), eku=None):
        """11. An element is (cert, errors, revocation code or None, crl)."""
        total, made = more, []
        for cert, errors, revocation, crl in elements:
            total |= errors
            info = 0x10C if cert.issuer is cert else 0x102
            if more & 0x10000:
                info &= ~0x100
            proof = None
            if revocation is not None:
                proof = E('RevocationInfo',
                          {'freshnessTime': 'P2DT4H31M9S'} if crl else {},
                          result(revocation, 'RevocationResult'),
                          crl.el('UrlCache') if crl else None)
            made.append(E(
                'ChainElement', {}, cert.el(), cert.algorithm(), cert.key(),
                E('TrustStatus', {}, bits('ErrorStatus', errors, ERROR_BITS),
                  bits('InfoStatus', info, INFO_BITS)),
                E('ApplicationUsage', {'any': 'true'}),
                E('IssuanceUsage', {'any': 'true'}
                  if cert.issuer is cert else {}), proof))
        leaf = elements[0][0]
        oid, name = eku or leaf.eku
        return self.add(11, 'CertGetCertificateChain', [
            leaf.el(), E('ValidationTime', text=at or self.now),
            E('AdditionalStore', {}, *[c.el() for c in store or (leaf,)]),
            E('ExtendedKeyUsage', {}, E('Usage', {'oid': oid, 'name': name})),
            bits('Flags', flags, CHAIN_FLAGS),
            E('ChainEngineInfo', {'context': 'machine'
                                  if self.user == 'S-1-5-18' else 'user'}),
            E('AdditionalInfo', {}, E('NetworkConnectivityStatus', {
                'value': '1', '_SENSAPI_NETWORK_ALIVE_LAN': 'true'})),
            E('CertificateChain', {'chainRef': ref or guid('chain ' + self.name)},
              E('TrustStatus', {}, bits('ErrorStatus', total, ERROR_BITS),
                bits('InfoStatus', 0 if more & 0x10000 else 0x100, INFO_BITS)),
              *made)], code, level)

    def policy(self, cert, code='0', kind=4, where=None, server=None, ref=None,
               flags=0, ignore=0):
        extra = None
        if kind == 4:
            attrs = {'authType': 'server'}
            if server:
                attrs['serverName'] = server
            extra = E('SSLAdditionalPolicyInfo', attrs,
                      E('IgnoreFlags', {'value': '%X' % ignore}))
        elif kind in (2, 3):
            extra = E('AuthenticodeAdditionalPolicyInfo', {}, settings())
        index = where or (('-1', '-1') if code == '0' else ('0', '0'))
        table = [(0x10, 'CERT_CHAIN_POLICY_ALLOW_UNKNOWN_CA_FLAG')]
        return self.add(30, 'CertVerifyCertificateChainPolicy', [
            E('Policy', {'type': 'CERT_CHAIN_POLICY_' + POLICIES[kind],
                         'constant': str(kind)}), cert.el(),
            E('CertificateChain',
              {'chainRef': ref or guid('chain ' + self.name)}),
            bits('Flags', flags, table), extra,
            E('Status', {'chainIndex': index[0], 'elementIndex': index[1]})],
            code)

    def revocation(self, cert, code='0', crl=None, location='Wire', flags=4,
                   reason='0', at=None, timeout='PT20S'):
        status = {'index': '0', 'error': code, 'reason': reason}
        if crl:
            status['actualFreshnessTime'] = 'P2DT4H31M9S'
        status['thirdPartyProviderUsed'] = r'C:\Windows\System32\cryptnet.dll'
        return self.add(41, 'CertVerifyRevocation', [
            cert.el(), cert.issuer.el('IssuerCertificate'),
            bits('Flags', flags, VERIFY_FLAGS),
            E('AdditionalParameters', {
                'timeToUse': at or self.now, 'currentTime': self.now,
                'urlRetrievalTimeout': timeout}),
            E('RevocationStatus', status),
            crl.el(location) if crl else None], code)

    def reject(self, cert, crl, location='UrlCache'):
        return self.add(42, 'CertRejectedRevocationInfo', [
            cert.el('SubjectCertificate'),
            cert.issuer.el('IssuerCertificate'), crl.el(location),
            E('Action', {'name': 'CheckTimeValidity'})])

    def prefetch(self, crl, sync):
        return E('CacheInfo', {'lastSyncTime': sync}, E(
            'URLCachePrefetchInfo', {
                'objectType': 'CRYPTNET_URL_CACHE_PRE_FETCH_CRL',
                'thisUpdateTime': crl.start, 'nextUpdateTime': crl.end,
                'publishTime': crl.end}), E(
            'URLCacheFlushInfo', {'expireTime': crl.end}), E(
            'URLCacheResponseInfo', {
                'responseType': 'CRYPTNET_URL_CACHE_RESPONSE_HTTP',
                'responseValidated': 'true', 'lastModifiedTime': crl.start}))

    def cached(self, url, crl=None, code='0', sync=None):
        return self.add(51, 'CryptRetrieveObjectByUrlCache', [
            E('URL', {'scheme': 'http'}, text=url),
            E('Object', {'type': 'CONTEXT_OID_CRL', 'constant': '2'}),
            E('Flags', {'value': '2003',
                        'CRYPT_RETRIEVE_MULTIPLE_OBJECTS': 'true',
                        'CRYPT_CACHE_ONLY_RETRIEVAL': 'true',
                        'CRYPT_LDAP_SCOPE_BASE_ONLY_RETRIEVAL': 'true'}),
            E('AuxInfo', {'maxUrlRetrievalByteCount': '104857600'}),
            self.prefetch(crl, sync or crl.start) if crl else None,
            E('RetrievedObjects', {}, crl.el()) if crl else None], code)

    def wire(self, url, code='0', actions=(), headers=(), crl=None,
             timeout='PT15S', cache=False, kind=('CONTEXT_OID_CRL', '2'),
             level=None, after=()):
        """53. An action is (name, parameter or None, error or None)."""
        def act(name, parameter, error):
            attrs = {'name': name}
            if parameter:
                attrs['parameter1'] = parameter
            return E('Action', attrs, result(error, 'Error') if error else None)
        scheme, _, rest = url.partition(':')
        host, _, path = rest[2:].partition('/')
        info = [E('NetworkConnectivityStatus', {
            'value': '1', '_SENSAPI_NETWORK_ALIVE_LAN': 'true'})]
        info += [act(*a) for a in actions]
        if scheme == 'http':
            info.append(E('HTTPRequestHeadersInfo', {}, *[
                E('Header', text=t) for t in (
                    'GET /%s HTTP/1.1' % path, 'Connection: Keep-Alive',
                    'Accept: */*', 'User-Agent: Microsoft-CryptoAPI/10.0',
                    'Host: ' + host)]))
        if headers:
            info.append(E('HTTPResponseHeadersInfo', {}, *[
                E('Header', text=t) for t in headers]))
        info += [act(*a) for a in after]
        if level is None and any(a[2] for a in list(actions) + list(after)):
            level = 2
        return self.add(53, 'CryptRetrieveObjectByUrlWire', [
            E('URL', {'scheme': scheme}, text=url),
            E('Object', {'type': kind[0], 'constant': kind[1]}),
            E('Timeout', text=timeout),
            E('Flags', {'value': '202005',
                        'CRYPT_RETRIEVE_MULTIPLE_OBJECTS': 'true',
                        'CRYPT_WIRE_ONLY_RETRIEVAL': 'true',
                        'CRYPT_LDAP_SCOPE_BASE_ONLY_RETRIEVAL': 'true',
                        'CRYPT_PROXY_CACHE_RETRIEVAL': 'true'}),
            E('AuxInfo', {'maxUrlRetrievalByteCount': '104857600',
                          'fProxyCacheRetrieval': 'true'}),
            E('AdditionalInfo', {}, *info),
            self.prefetch(crl, self.now) if crl and cache else None,
            E('RetrievedObjects', {}, crl.el()) if crl else None],
            code, level)

    def trust(self, file, code='0', chain=None, stamp=None, signed=None,
              digest=True):
        stamped = [
            E('TimestampInfo', {'format': 'RFC3161'},
              E('DigestAlgorithm', {'oid': '2.16.840.1.101.3.4.2.1',
                                    'hashName': 'SHA256'}),
              E('SignTime', text=signed)),
            E('TimestampChain', {'chainRef': stamp})] if stamp else []
        return self.add(81, 'WinVerifyTrust', [
            E('ActionID', text='{00AAC56B-CD44-11D0-8CC2-00C04FC295EE}'),
            E('UIChoice', {'value': '2'}, text='WTD_UI_NONE'),
            E('RevocationCheck', {'value': '0'}),
            E('StateAction', {'value': '1'}, text='WTD_STATEACTION_VERIFY'),
            E('Flags', {'value': '80000080',
                        'WTD_REVOCATION_CHECK_CHAIN_EXCLUDE_ROOT': 'true',
                        'CPD_USE_NT5_CHAIN_FLAG': 'true'}),
            E('FileInfo', {'filePath': file, 'hasFileHandle': 'true'}),
            E('DigestInfo', {'digestAlgorithm': 'SHA256',
                             'digest': sha1(file) * 2}) if digest else None,
            settings(),
            E('SignerInfo', {}, E('DigestAlgorithm', {
                'oid': '2.16.840.1.101.3.4.2.1', 'hashName': 'SHA256'}))
            if chain else None,
            E('CertificateChain', {'chainRef': chain}) if chain else None,
        ] + stamped, code)

    def catalog(self, file, code='490'):
        return self.add(82, 'CryptCATAdminEnumCatalogFromHash', [
            E('CATQueryInfo', {'hash': sha1('file ' + file),
                               'targetFilePath': file[2:]}),
            E('AdditionalInfo', {}, E('Action', {
                'name': 'Call_CryptSvcCatDBEnumCatalogs_NotFound',
                'parameter1': '{127D0A1D-4EF2-11D1-8608-00C04FC295EE}'}),
              E('CryptSvcCatalogs'))], code)

    def objects(self, *things):
        return self.add(90, 'X509Objects', [t.full() for t in things])

    def key(self, cert, code='0'):
        return self.add(70, 'CryptAcquireCertificatePrivateKey', [
            cert.el(), E('Flags', {'value': '40'}),
            E('CryptProvider', {
                'container': 'le-' + sha1(cert.name)[:12].lower(),
                'name': 'Microsoft Software Key Storage Provider',
                'type': '0'})], code)


def settings():
    return E('RegPolicySetting', {
        'value': '23C00', 'WTPF_OFFLINEOK_IND': 'true',
        'WTPF_OFFLINEOK_COM': 'true', 'WTPF_OFFLINEOKNBU_IND': 'true',
        'WTPF_OFFLINEOKNBU_COM': 'true', 'WTPF_IGNOREREVOCATIONONTS': 'true'})
