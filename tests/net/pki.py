"""A small PKI, made anew for each run and thrown away with it.

`openssl` makes the keys and the signatures; what they are put on is written
here, octet by octet, because half of it is what no CA would issue: CRLs of
another issuer, with a broken signature, out of scope, from tomorrow. All dates
are relative to now: those of certificates to when the PKI was made, those of
evidence to when it is issued.

`python3 pki.py FOLDER` makes one to look at.
"""
import base64
import concurrent.futures
import datetime
import hashlib
import os
import subprocess
import sys

import der

HOUR = datetime.timedelta(hours=1)
DAY = datetime.timedelta(days=1)

OID_CN, OID_O = '2.5.4.3', '2.5.4.10'
OID_SKI, OID_KEY_USAGE = '2.5.29.14', '2.5.29.15'
OID_SAN, OID_BASIC = '2.5.29.17', '2.5.29.19'
OID_CRL_NUMBER, OID_REASON = '2.5.29.20', '2.5.29.21'
OID_DELTA, OID_IDP = '2.5.29.27', '2.5.29.28'
OID_CDP, OID_AKI = '2.5.29.31', '2.5.29.35'
OID_EKU, OID_FRESHEST = '2.5.29.37', '2.5.29.46'
OID_AIA = '1.3.6.1.5.5.7.1.1'
OID_AD_OCSP, OID_AD_ISSUERS = '1.3.6.1.5.5.7.48.1', '1.3.6.1.5.5.7.48.2'
OID_OCSP_BASIC, OID_NOCHECK = '1.3.6.1.5.5.7.48.1.1', '1.3.6.1.5.5.7.48.1.5'
OID_SERVER_AUTH = '1.3.6.1.5.5.7.3.1'
OID_OCSP_SIGNING = '1.3.6.1.5.5.7.3.9'
OID_NEXT_PUBLISH = '1.3.6.1.4.1.311.21.4'
ECDSA_SHA256 = der.seq(der.oid('1.2.840.10045.4.3.2'))
SHA1 = der.seq(der.oid('1.3.14.3.2.26'), der.null())

REASONS = {'unspecified': 0, 'keyCompromise': 1, 'cACompromise': 2,
           'affiliationChanged': 3, 'superseded': 4,
           'cessationOfOperation': 5, 'certificateHold': 6,
           'removeFromCRL': 8, 'privilegeWithdrawn': 9}
KEY_USAGE = {'digitalSignature': 0, 'keyCertSign': 5, 'cRLSign': 6}
OCSP_ERRORS = {'malformed-request': 1, 'internal-error': 2, 'try-later': 3,
               'sig-required': 5, 'unauthorized': 6}


def openssl(*args, data=None):
    done = subprocess.run(['openssl', *args], input=data, capture_output=True,
                          check=False)
    if done.returncode:
        raise RuntimeError('openssl %s: %s' % (
            args[0], done.stderr.decode(errors='replace')))
    return done.stdout


def pem(what, data):
    text = base64.b64encode(data).decode()
    lines = [text[at:at + 64] for at in range(0, len(text), 64)]
    return '-----BEGIN %s-----\n%s\n-----END %s-----\n' % (
        what, '\n'.join(lines), what)


def name(common, organization='Avow Net Tests'):
    def rdn(kind, text):
        return der.set_of(der.seq(der.oid(kind), der.utf8(text)))
    return der.seq(rdn(OID_O, organization), rdn(OID_CN, common))


class Key:
    """A P-256 key in a file; signing is done by openssl."""

    def __init__(self, path):
        self.path = path
        openssl('genpkey', '-algorithm', 'EC', '-pkeyopt',
                'ec_paramgen_curve:P-256', '-out', path)
        self.spki = openssl('pkey', '-in', path, '-pubout', '-outform', 'DER')
        point = der.Reader(self.spki).inside()
        point.next()
        self.id = hashlib.sha1(point.next()[1][1:]).digest()

    def sign(self, data):
        return openssl('dgst', '-sha256', '-sign', self.path, data=data)


def signed(tbs, key, spoil=False):
    """SEQUENCE { tbs, algorithm, signature }."""
    signature = bytearray(key.sign(tbs))
    if spoil:
        signature[-1] ^= 1
    return der.seq(tbs, ECDSA_SHA256, der.bits(bytes(signature)))


def extension(kind, value, critical=False):
    return der.seq(der.oid(kind), der.boolean(True) if critical else b'',
                   der.octets(value))


def points(urls):
    """CRLDistributionPoints: one point for each URL, or for each list."""
    def point(names):
        names = [names] if isinstance(names, str) else names
        full = b''.join(der.implicit(6, url.encode()) for url in names)
        return der.seq(der.explicit(0, der.explicit(0, full)))
    return der.seq(*(point(names) for names in urls))


def access(ocsp, issuers):
    def description(method, url):
        return der.seq(der.oid(method), der.implicit(6, url.encode()))
    return der.seq(*[description(OID_AD_OCSP, url) for url in ocsp],
                   *[description(OID_AD_ISSUERS, url) for url in issuers])


class Cert:
    """A certificate and what is needed to issue in its name."""

    def __init__(self, data, subject, key, serial, common):
        self.der, self.name, self.key = data, subject, key
        self.serial, self.common = serial, common

    @property
    def pem(self):
        return pem('CERTIFICATE', self.der)


class Pki:
    def __init__(self, folder):
        self.folder, self.now = folder, der.now()
        self.serial = 0x1000
        names = ['root', 'ca', 'sub', 'other', 'delegate', 'leaf', 'stranger']
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            made = pool.map(
                lambda n: Key(os.path.join(folder, n + '.key')), names)
            self.keys = dict(zip(names, made))
        self.root = self.issue('Net Root', None, 'root', ca=True)
        # The same name as the issuing CA in every case, with another key.
        self.other = self.issue('Net Issuing CA', self.root, 'other', ca=True)
        self.stranger = self.issue('Strange Root', None, 'stranger', ca=True)

    def issue(self, common, issuer, key, ca=False, serial=None,
              not_before=None, not_after=None, cdp=(), ocsp=(), aia=(),
              freshest=(), dns=(), usage=None, eku=None, nocheck=False,
              spoil=False):
        """A certificate; `issuer` None makes it self-signed."""
        if serial is None:
            self.serial += 1
            serial = self.serial
        key, subject = self.keys[key], name(common)
        signer = issuer.key if issuer else key
        if usage is None:
            usage = ['keyCertSign', 'cRLSign'] if ca else ['digitalSignature']
        if eku is None:
            eku = [] if ca else [OID_SERVER_AUTH]
        exts = [
            extension(OID_BASIC, der.seq(der.boolean(True) if ca else b''),
                      True),
            extension(OID_KEY_USAGE,
                      der.named_bits(*(KEY_USAGE[u] for u in usage)), True),
            extension(OID_SKI, der.octets(key.id)),
        ]
        if issuer:
            exts.append(extension(
                OID_AKI, der.seq(der.implicit(0, signer.id))))
        if eku:
            exts.append(extension(OID_EKU, der.seq(*map(der.oid, eku))))
        if dns:
            exts.append(extension(OID_SAN, der.seq(
                *(der.implicit(2, text.encode()) for text in dns))))
        if nocheck:
            exts.append(extension(OID_NOCHECK, der.null()))
        if cdp:
            exts.append(extension(OID_CDP, points(cdp)))
        if freshest:
            exts.append(extension(OID_FRESHEST, points(freshest)))
        if ocsp or aia:
            exts.append(extension(OID_AIA, access(ocsp, aia)))
        tbs = der.seq(
            der.explicit(0, der.integer(2)), der.integer(serial), ECDSA_SHA256,
            issuer.name if issuer else subject,
            der.seq(der.time(not_before or self.now - 30 * DAY),
                    der.time(not_after or self.now + 300 * DAY)),
            subject, key.spki, der.explicit(3, der.seq(*exts)))
        return Cert(signed(tbs, signer, spoil), subject, key, serial, common)

    def crl(self, issuer, revoked=(), this_update=-1, next_update=24,
            number=None, base=None, key=None, issuer_name=None, idp=None,
            freshest=(), next_publish=None, spoil=False, entries=None,
            critical=False):
        """
        A CRL in DER. Dates are hours from now; `next_update` None: none.
        `revoked` holds (serial, reason, hours), `entries` ready-made octets.
        `base` makes it a delta, `idp` is an IssuingDistributionPoint's
        contents, `critical` adds an extension that nobody knows.
        """
        now, key = der.now(), self.keys[key] if key else issuer.key
        rows = []
        for serial, reason, hours in revoked:
            ext = extension(OID_REASON, der.enumerated(REASONS[reason]))
            rows.append(der.seq(
                der.integer(serial), der.time(now + hours * HOUR),
                der.seq(ext) if reason != 'unspecified' else b''))
        exts = [extension(OID_AKI, der.seq(der.implicit(0, key.id))),
                extension(OID_CRL_NUMBER, der.integer(
                    1 if number is None else number))]
        if base is not None:
            exts.append(extension(OID_DELTA, der.integer(base), True))
        if idp is not None:
            exts.append(extension(OID_IDP, der.seq(idp), True))
        if freshest:
            exts.append(extension(OID_FRESHEST, points(freshest)))
        if next_publish is not None:
            exts.append(extension(OID_NEXT_PUBLISH, der.time(
                now + next_publish * HOUR)))
        if critical:
            exts.append(extension('1.3.6.1.4.1.99999.1', der.null(), True))
        body = b''.join(rows) + (entries or b'')
        tbs = der.seq(
            der.integer(1), ECDSA_SHA256,
            name(issuer_name) if issuer_name else issuer.name,
            der.time(now + this_update * HOUR),
            der.time(now + next_update * HOUR)
            if next_update is not None else b'',
            der.seq(body) if body else b'',
            der.explicit(0, der.seq(*exts)))
        return signed(tbs, key, spoil)

    def crl_entries(self, count, first=0x40000000):
        """That many revoked serials, for CRLs of real CAs' sizes."""
        when = der.time(self.now - 30 * DAY)
        return b''.join(
            b'\x30\x15\x02\x04' + (first + i).to_bytes(4, 'big') + when
            for i in range(count))

    def ocsp_response(self, request, issuer, status='good', reason=None,
                      hours=-48, this_update=-1, next_update=24, signer=None,
                      key=None, certs=(), spoil=False, other_id=False,
                      strange=False):
        """
        The answer to a request in DER. `signer` is the certificate whose key
        signs (the issuer without one) and is put in; `other_id` answers about
        another certificate, `strange` about one of another issuer.
        """
        wanted, nonce = read_request(request)
        now = der.now()
        if other_id:
            wanted = wanted[:-1] + bytes((wanted[-1] ^ 0x55,))
        if strange:
            wanted = cert_id(self.stranger, 77)
        if status == 'good':
            said = der.implicit(0, b'')
        elif status == 'unknown':
            said = der.implicit(2, b'')
        else:
            said = der.implicit(1, der.generalized(
                now + hours * HOUR) + (der.explicit(0, der.enumerated(
                    REASONS[reason])) if reason else b''), True)
        single = der.seq(
            wanted, said, der.generalized(now + this_update * HOUR),
            der.explicit(0, der.generalized(now + next_update * HOUR))
            if next_update is not None else b'')
        by = signer or issuer
        sign_key = self.keys[key] if key else by.key
        tbs = der.seq(
            der.explicit(2, der.octets(sign_key.id)),
            der.generalized(now + this_update * HOUR), der.seq(single),
            der.explicit(1, der.seq(nonce)) if nonce else b'')
        signature = bytearray(sign_key.sign(tbs))
        if spoil:
            signature[-1] ^= 1
        enclosed = [c.der for c in ([signer] if signer else []) + list(certs)]
        basic = der.seq(
            tbs, ECDSA_SHA256, der.bits(bytes(signature)),
            der.explicit(0, der.seq(*enclosed)) if enclosed else b'')
        return der.seq(der.enumerated(0), der.explicit(0, der.seq(
            der.oid(OID_OCSP_BASIC), der.octets(basic))))


def ocsp_error(word):
    return der.seq(der.enumerated(OCSP_ERRORS[word]))


def cert_id(issuer, serial):
    return der.seq(SHA1, der.octets(hashlib.sha1(issuer.name).digest()),
                   der.octets(issuer.key.id), der.integer(serial))


def read_request(data):
    """(the first CertID, the nonce extension or None) of an OCSPRequest."""
    tbs = der.Reader(data).inside().inside()
    while tbs.peek() in (0xa0, 0xa1):
        tbs.next()
    wanted = tbs.inside().inside().next()[2]
    nonce = None
    if tbs.peek() == 0xa2:
        for_all = tbs.inside().inside()
        while for_all:
            whole = for_all.next()[2]
            if der.oid('1.3.6.1.5.5.7.48.1.2') in whole:
                nonce = whole
    return wanted, nonce


def pkcs7(*certs):
    """Certificates only, as CAs publish .p7c files."""
    return openssl('crl2pkcs7', '-nocrl', '-certfile', '/dev/stdin',
                   '-outform', 'DER',
                   data=''.join(c.pem for c in certs).encode())


def only_contains(what):
    """Contents of an IDP whose scope is one kind of certificate."""
    number = {'user': 1, 'ca': 2, 'indirect': 4, 'attribute': 5}[what]
    return der.implicit(number, b'\xff')


def only_reasons(*reasons):
    raw = der.named_bits(*(REASONS[r] for r in reasons))
    return der.implicit(3, der.Reader(raw).next()[1])


def idp_name(url):
    return der.explicit(0, der.explicit(0, der.implicit(6, url.encode())))


def check(folder):
    """openssl agrees that what is meant to be good is good."""
    pki = Pki(folder)
    ca = pki.issue('Net Issuing CA', pki.root, 'ca', ca=True)
    leaf = pki.issue('leaf', ca, 'leaf', dns=['localhost'])
    big = pki.crl(ca, entries=pki.crl_entries(100000))
    files = {'root.pem': pki.root.pem, 'ca.pem': ca.pem,
             'leaf.pem': leaf.pem, 'ca.crl': pem('X509 CRL', big),
             'root.crl': pem('X509 CRL', pki.crl(pki.root)),
             'revoked.crl': pem('X509 CRL', pki.crl(
                 ca, [(leaf.serial, 'keyCompromise', -5)]))}
    for file, text in files.items():
        with open(os.path.join(folder, file), 'w', encoding='ascii') as f:
            f.write(text)

    def path(file):
        return os.path.join(folder, file)
    base = ['verify', '-CAfile', path('root.pem'), '-untrusted',
            path('ca.pem'), '-crl_check', '-CRLfile']
    openssl(*base, path('ca.crl'), path('leaf.pem'))
    try:
        openssl(*base, path('revoked.crl'), path('leaf.pem'))
    except RuntimeError as refusal:
        return 'revoked' in str(refusal)
    return False


if __name__ == '__main__':
    os.makedirs(sys.argv[1], exist_ok=True)
    sys.exit(0 if check(sys.argv[1]) else 1)
