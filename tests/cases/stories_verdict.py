"""Stories of the Operational log: what was held against a certificate."""
from events import Cert, Event, Task, guid
from forms import (DETAILS, browser, chainsaw, evtx_dump, friendly, general,
                   json_lines, wevtutil, xml, xml_rows)
from stories_retrieval import LEAF, ROOT, ROOTCRL, SUB, FRESH
from story import story

CODE = ('1.3.6.1.5.5.7.3.3', 'Code Signing')
SIGNER = Cert('Example Software GmbH', SUB, '2020-06-01T00:00:00Z',
              '2023-06-01T00:00:00Z', eku=CODE)
REPLACE = ['replace-certificate']


def judged(name, errors, code, policy=None, where=('0', '0'), leaf=LEAF,
           process='lsass.exe', sub=0, root=0, more=0, objects=True, **kw):
    """10 90 11, then 30 in a task of its own: an application's two calls."""
    t = Task(name, process, **kw).start(10)
    if objects:
        t.objects(leaf, SUB, ROOT)
    elements = [(leaf, errors, None, None)]
    if not more & 0x10000:
        elements += [(SUB, sub, None, None), (ROOT, root, None, None)]
    t.chain(elements, code, flags=0, more=more)
    if policy:
        p = Task(name + ' policy', process, record=t.record, seq=1, **kw)
        p.policy(leaf, policy, where=where, ref=guid('chain ' + name))
        return t.events + p.events
    return t.events


IDS = [10, 90, 11, 30]


def bits():
    def one(name, text_of, errors, code, policy, cause, first, why, ids=IDS,
            accept=(), reject=(), file='input.txt', **kw):
        evs = judged(name, errors, code, policy, **kw)
        want = [c for c in (code, policy) if c and c != '0']
        story(name, text_of(evs), ids, cause, False, first, want[:1], why,
              accept=accept, reject=reject, file=file)

    future = Cert('intranet.corp.example', SUB, '2025-02-12T00:00:00Z',
                  '2027-02-12T00:00:00Z')
    one('not-yet-valid-90', xml, 1, '800B0101', None, 'not-yet-valid',
        ['check-clock'], 'NotBefore (90) is half a day after the validation '
        'time: too new, or the clock of this machine is slow.', [10, 90, 11],
        leaf=future)
    old = Cert('intranet.corp.example', SUB, '2023-02-01T00:00:00Z',
               '2025-02-01T00:00:00Z')
    one('expired-leaf', browser, 1, '800B0101', '800B0101', 'expired',
        REPLACE, 'NotAfter (90) is ten days before the validation time.',
        leaf=old)
    one('expired-leaf-without-dates', friendly, 1, '800B0101', None,
        'expired', ['replace-certificate', 'check-clock'],
        'NOT_TIME_VALID without dates: too old is much more usual than too '
        'new, but the input cannot tell.', [10, 11], objects=False,
        accept=['not-yet-valid'])
    one('distrusted-root', xml, 0, '800B0111', '800B0111',
        'explicit-distrust', REPLACE + ['delete-stray-user-root-copy'],
        'EXPLICIT_DISTRUST on the root decides, not UNTRUSTED_ROOT beside '
        'it.', root=0x4000020, where=('0', '2'))
    one('distrusted-leaf', wevtutil, 0x4000000, '800B0111', '800B0111',
        'explicit-distrust', REPLACE, 'The certificate is on the disallowed '
        'list.')
    one('untrusted-root-bits', evtx_dump, 0, '800B0109', '800B0109',
        'untrusted-root', ['install-root'], 'UNTRUSTED_ROOT on the last, '
        'self-signed element.', root=0x20, where=('0', '2'),
        file='input.jsonl')
    one('partial-chain-bits', xml, 0, '800B010A', '800B0109',
        'partial-chain', ['install-intermediate',
                          'install-intermediate-on-sender'],
        'PARTIAL_CHAIN: the issuer is missing; that SSL policy says 800B0109 '
        'for it (chain-status.md section 8) does not make the root bad.',
        more=0x10000, where=('0', '-1'))
    weak = Cert('printer9.corp.example', SUB, hash='MD5')
    one('weak-signature-md5', xml, 0x100008, '80096004', '80096004',
        'weak-signature', REPLACE, 'HAS_WEAK_SIGNATURE: MD5.', leaf=weak)
    short = Cert('ilo-rack4.corp.example', SUB, bits='512')
    one('weak-key-512', browser, 8, '80096004', '80096004', 'weak-key',
        REPLACE, 'chain-status.md section 7: RSA below 1024 bits gives bit 8 '
        'on older Windows; the key has 512 bits.', leaf=short,
        accept=['weak-signature'])
    one('bad-signature', xml, 8, '80096004', '80096004', 'bad-signature', [],
        'NOT_SIGNATURE_VALID with SHA-256 and a 2048 bit key: the signature '
        'fails.')
    one('wrong-usage', json_lines, 0x10, '800B0110', '800B0110', 'wrong-usage',
        REPLACE, 'NOT_VALID_FOR_USAGE.', file='input.jsonl')
    one('name-constraint', xml, 0, '800B0114', '800B0114', 'name-constraint',
        REPLACE, 'HAS_NOT_PERMITTED_NAME_CONSTRAINT sits on the CA that '
        'carries the constraint.', sub=0x4000, where=('0', '1'))
    one('basic-constraints', friendly, 0, '80096019', '80096019',
        'basic-constraints', REPLACE, 'INVALID_BASIC_CONSTRAINTS on the '
        'issuer: not a CA.', sub=0x400, where=('0', '1'))
    one('no-issuance-policy', xml, 0x2000000, '800B0113', '800B0113',
        'invalid-policy', REPLACE, 'NO_ISSUANCE_CHAIN_POLICY: a required '
        'policy is in no certificate policy set.')
    one('critical-extension', wevtutil, 0x8000100, '800B0105', '800B0105',
        'unknown-critical-extension', REPLACE,
        'HAS_NOT_SUPPORTED_CRITICAL_EXT, with INVALID_EXTENSION as always.')
    one('name-mismatch-own-task', xml, 0, '0', '800B010F', 'name-mismatch',
        REPLACE, 'The chain is good (11 = 0); only the name asked for is not '
        'in the certificate. Joined by chainRef.')


def revoked():
    t = Task('revoked leaf', 'w3wp.exe').start(10, 40)
    t.revocation(LEAF, '80092010', FRESH, 'UrlCache', reason='1')
    t.objects(LEAF, SUB, ROOT).chain(
        [(LEAF, 4, '80092010', FRESH), (SUB, 0, '0', ROOTCRL),
         (ROOT, 0, None, None)], '80092010')
    p = Task('revoked policy', 'w3wp.exe', record=t.record).policy(
        LEAF, '800B010C', ref=guid('chain revoked leaf'))
    story('revoked-leaf-key-compromise', xml(t.events + p.events),
          [10, 40, 41, 90, 11, 30], 'revoked', False,
          REPLACE + ['expected-if-test'], ['80092010'],
          'The CRL lists the certificate, reason 1 (key compromise).')
    t = Task('revoked ca', 'svchost.exe').start(10, 40)
    t.revocation(SUB, '80092010', ROOTCRL, reason='5').start(40)
    t.revocation(LEAF, '80092013')
    t.chain([(LEAF, 0x1000040, '80092013', None), (SUB, 4, '80092010',
             ROOTCRL), (ROOT, 0, None, None)], '80092010')
    story('revoked-ca-leaf-unknown', wevtutil(t.events),
          [10, 40, 41, 40, 41, 11], 'revoked', False,
          REPLACE + ['expected-if-test'], ['80092010'],
          'chain-status.md section 6: below a revoked CA the rest is '
          'unchecked (offline); the revocation is the cause.')


def policies():
    server = Task('alone', 'lsass.exe').policy(
        LEAF, '800B0109', where=('0', '-1'), server='mail.partner.example',
        ref=guid('chain elsewhere'))
    story('30-untrusted-index-minus-one', xml(server.events), [30],
          'partial-chain', False,
          ['install-intermediate-on-sender', 'install-intermediate',
           'install-root'], ['800B0109'], 'chain-status.md section 8: SSL '
          'policy with element -1 means a partial chain; the words say '
          'untrusted root. Both count, as in the shared case.',
          accept=['untrusted-root'])
    server = Task('index two', 'lsass.exe').policy(
        LEAF, '800B0109', where=('0', '2'), ref=guid('chain elsewhere 2'))
    story('30-untrusted-index-two', browser(server.events), [30],
          'untrusted-root', False, ['install-root'], ['800B0109'],
          'Element 2 of the chain, the root, is not trusted.')
    name = Task('cn', 'lsass.exe').policy(
        LEAF, '800B010F', server='owa.corp.example', ref=guid('chain x'))
    story('30-name-mismatch-friendly', friendly(name.events), [30],
          'name-mismatch', False, REPLACE, ['800B010F'],
          'The server name asked for is not in the certificate.')
    auth = Cert('jdoe@corp.example', SUB, eku=(
        '1.3.6.1.4.1.311.20.2.2', 'Smart Card Logon'))
    nt = Task('ntauth', 'lsass.exe', computer='DC01.corp.example').policy(
        auth, '800B0112', 6, where=('0', '1'), ref=guid('chain nt'))
    story('30-ntauth-untrusted-ca', chainsaw(nt.events), [30], 'untrusted-root',
          False, [], ['800B0112'], 'CERT_E_UNTRUSTEDCA of the NT_AUTH policy: '
          'the issuing CA is not in NTAuth. The nearest name is that of a '
          'trust that was not given.',
          accept=['untrusted-ca', 'ca-not-in-ntauth', 'not-in-ntauth'])
    evs = judged('tolerated', 0, '800B0109', root=0x20, process='rasman.exe')
    p = Task('tolerated policy', 'rasman.exe').policy(
        LEAF, '0', 1, ref=guid('chain tolerated'), flags=0x10)
    story('untrusted-root-allowed-by-policy', xml(evs + p.events), IDS,
          'untrusted-root', True, [], ['800B0109'], 'The chain has an '
          'untrusted root, the policy call allowed an unknown CA and said 0: '
          'the caller went on. Joined by chainRef (events.md section 5).',
          accept=['no-error'])


def files():
    path = r'C:\Users\eva\Downloads\driver_pack.exe'
    t = Task('digest', 'explorer.exe').start(80, 10).chain(
        [(SIGNER, 0, None, None), (SUB, 0, None, None),
         (ROOT, 0, None, None)], at='2022-05-05T10:00:00Z', flags=0)
    t.objects(SIGNER, SUB, ROOT)
    t.trust(path, '80096010', chain=guid('chain digest'))
    story('81-digest-mismatch', xml(t.events), [80, 10, 11, 90, 81],
          'digest-mismatch', False, [], ['80096010'],
          'TRUST_E_BAD_DIGEST: the file was changed after signing.')
    t = Task('cat', 'sysmon64.exe').catalog(path)
    u = Task('unsigned', 'sysmon64.exe', record=7311).start(80).trust(
        path, '800B0100', digest=False)
    story('82-then-81-no-signature', wevtutil(t.events + u.events),
          [82, 80, 81], 'no-signature', [False, None], [],
          ['490', '800B0100'], 'In no catalog (490) and without an embedded '
          'signature.')
    t = Task('cat only', 'sysmon64.exe').catalog(r'C:\Tools\jq.exe')
    story('82-not-in-catalog-alone', browser(t.events), [82],
          'no-signature', True, ['none-needed', 'ignore'], ['490'],
          'events.md 82: 490 means the hash is in no catalog, normal for '
          'files with an embedded signature.', accept=['no-error'])
    tsa = Cert('Example Time Stamp 7', SUB, eku=(
        '1.3.6.1.5.5.7.3.8', 'Time Stamping'))
    t = Task('stamp', 'powershell.exe').start(80, 10).chain(
        [(tsa, 0x20, None, None)], '800B0109', ref=guid('stamp'), flags=0)
    t.objects(tsa).trust(path, '80096005', guid('chain s'), guid('stamp'),
                         '2022-05-05T10:00:00Z')
    story('81-time-stamp-invalid', xml(t.events), [80, 10, 11, 90, 81],
          'timestamp-invalid', False, [], ['80096005'],
          'TRUST_E_TIME_STAMP: the chain of the time stamp is not trusted.',
          accept=['untrusted-root'])
    t = Task('garbage', 'MsMpEng.exe').start(80).trust(path, '8009200D',
                                                       digest=False)
    story('81-malformed-signature', xml(t.events), [80, 81], 'malformed',
          False, [], ['8009200D'], 'CRYPT_E_BAD_MSG: the signature is no '
          'proper message; the file is damaged.')
    when = '2022-05-05T10:00:00Z'
    t = Task('stamped', 'msiexec.exe').start(80, 10, 40).revocation(
        SIGNER, crl=FRESH, at=when)
    t.chain([(SIGNER, 0, '0', FRESH), (SUB, 0, '0', ROOTCRL),
             (ROOT, 0, None, None)], at=when).policy(SIGNER, kind=2)
    t.objects(SIGNER, SUB, ROOT, FRESH).trust(
        r'C:\Install\tool.msi', chain=guid('chain stamped'),
        stamp=guid('stamp 2'), signed=when)
    story('expired-signer-but-time-stamped', xml(t.events),
          [80, 10, 40, 41, 11, 30, 90, 81], 'no-error', True,
          ['none-needed', 'ignore'], [], 'The signer expired in 2023 (90) but '
          'the file was stamped in 2022 and judged as of then; all is 0.')


def products():
    avroot = Cert('Shieldwall Web/Mail Shield Root',
                  start='2024-01-01T00:00:00Z', end='2034-01-01T00:00:00Z')
    site = Cert('www.bank.example', avroot, dns=('www.bank.example',))
    t = Task('av', 'thunderbird.exe', computer='HOME-PC').start(10).objects(
        site, avroot).chain([(site, 0, None, None), (avroot, 0x20, None,
                                                     None)], '800B0109')
    story('tls-inspection-root-untrusted', browser(t.events), [10, 90, 11],
          'untrusted-root', False, ['check-antivirus', 'install-root',
                                    'update-or-remove-antivirus'],
          ['800B0109'], 'The root is that of a TLS inspecting mail shield and '
          'is not in Trusted Root.')
    sproot = Cert('SharePoint Root Authority', start='2014-01-01T00:00:00Z',
                  end='9999-01-01T00:00:00Z')
    sts = Cert('SharePoint Security Token Service', sproot,
               '2014-01-01T00:00:00Z', '9999-01-01T00:00:00Z')
    t = Task('sts', 'OWSTIMER.EXE', computer='SP16.corp.example').start(
        10, 52).wait(15)
    t.wire('http://ctldl.windowsupdate.com/msdownload/update/v3/static/'
           'trustedr/en/authrootstl.cab', '2EE2',
           [('NoProxy', None, None)], kind=('CONTEXT_OID_CTL', '3'))
    t.chain([(sts, 0, None, None), (sproot, 0x20, None, None)], '800B0109')
    story('sharepoint-sts-root-friendly', friendly(t.events),
          [10, 52, 53, 11], 'untrusted-root', False,
          ['add-sharepoint-root-to-trusted-roots', 'install-root',
           'allow-auto-root-update-url'], ['800B0109', '2EE2'],
          'Microsoft Learn, SharePoint STS slowness: its root is not in '
          'Trusted Root, so each build asks the internet for the root list.',
          accept=['root-list-unreachable'])
    key = Task('key', 'certutil.exe', user='S-1-5-21-1-2-3-1107').key(LEAF)
    story('70-private-key-used', xml(key.events), [70], 'private-key-access',
          [True, None], ['review-process-that-used-the-key', 'none-needed'],
          [], 'events.md 70: information that a key was opened.')
    key = Task('key gone', 'w3wp.exe').key(LEAF, '80090016')
    story('70-key-set-missing', xml(key.events), [70], 'private-key-access',
          False, [], ['80090016'], 'NTE_BAD_KEYSET: the key container is gone '
          'or not readable by this account.')


def scraps():
    ask = ['ask-for-full-event', 'open-the-details']
    story('prose-event-11-only', 'Since the last updates I keep getting CAPI2 '
          'event 11 on my PC. How do I get rid of it?\n', [11],
          'insufficient-data', None, ask, [], 'Nothing but a number: not even '
          'the channel is known.')
    ev = Event(11, 2, 11, 2, '0x4000000000000003', Task('x').time, 1, 4, 8,
               'Microsoft-Windows-CAPI2/Operational', 'PC-77', 'S-1-5-18')
    story('general-tab-11-details-missing', general(
        ev, DETAILS, category='Build Chain', date='2/11/2025 10:14:27 AM'),
        [11], 'insufficient-data', None, ask, [], 'The General tab of an '
        'Operational event says nothing; the Details tab is needed.',
        accept=['revocation-download-failed-no-details'])
    story('general-tab-30-sv', general(
        Event(30, 2, 30, 0, '', ev.time, 1, 4, 8, ev.channel, 'DATOR-5',
              'SYSTEM'), 'Mer information om den här händelsen finns i '
        'avsnittet Information', 'sv', category='Verify Chain Policy',
        date='2025-02-11 10:14:27'), [30], 'insufficient-data', None, ask, [],
        'As above, in Swedish.')
    story('event-list-table', 'Level\tDate and Time\tSource\tEvent ID\tTask '
          'Category\nError\t2/11/2025 10:14:27 AM\tCAPI2\t30\tVerify Chain '
          'Policy\nError\t2/11/2025 10:14:27 AM\tCAPI2\t11\tBuild Chain\n'
          'Error\t2/11/2025 10:14:12 AM\tCAPI2\t53\tRetrieve Object from '
          'Network\n', [30, 11, 53], 'insufficient-data', None, ask, [],
          'Only the list; no code.',
          accept=['revocation-download-failed-no-details'])
    story('prose-30-result-line', 'Our RDP gateway logs CAPI2 event id 30 all '
          'day, the details end with <Result value="800B010F">The '
          "certificate's CN name does not match the passed value.</Result> - "
          'what name does it want?\n', [30], 'name-mismatch', False, REPLACE,
          ['800B010F'], 'The code says it: CERT_E_CN_NO_MATCH.')
    t = Task('cut', 'svchost.exe').revocation(LEAF, '80092010', FRESH,
                                              reason='4')
    text = xml(t.events)
    story('41-revoked-truncated', text[:text.index('<Result')], [41],
          'revoked', False, REPLACE + ['expected-if-test'], ['80092010'],
          'RevocationStatus error 80092010 proves it though the end is cut.')
    t = Task('el', 'svchost.exe').start(10).chain(
        [(LEAF, 0, None, None), (SUB, 0, None, None), (ROOT, 0x20, None,
                                                       None)], '800B0109')
    text = xml(t.events[1:]).replace(
        'A certificate chain processed, but terminated in a root certificate '
        'which is not trusted by the trust provider.', 'Η επεξεργασία της '
        'αλυσίδας πιστοποιητικών ολοκληρώθηκε, αλλά τερματίστηκε σε ριζικό '
        'πιστοποιητικό που δεν θεωρείται αξιόπιστο.')
    story('untrusted-root-greek-smart-quotes', text.replace(
        '="', '=“').replace('" ', '” ').replace('">', '”>'), [11],
        'untrusted-root', False, ['install-root'], ['800B0109'],
        'UNTRUSTED_ROOT on the root; the words are Greek and the quotes were '
        'made round by a word processor.')
    t = Task('hu', 'lsass.exe').policy(LEAF, '800B0101', ref=guid('hu'))
    text = general(t.events[0], 'A további részleteket lásd a „Részletek” '
                   'szakaszban.', 'hu', category='Verify Chain Policy',
                   date='2025. 02. 11. 10:14:27', xml_too=True)
    story('30-expired-hungarian-header', text.replace(
        'A required certificate is not within its validity period when '
        'verifying against the current system clock or the timestamp in the '
        'signed file.', 'Egy szükséges tanúsítvány nincs az érvényességi '
        'időtartamán belül.'), [30], 'expired', False,
        ['replace-certificate', 'check-clock'], ['800B0101'],
        'CERT_E_EXPIRED in the policy verdict; header and XML are one event.',
        accept=['not-yet-valid'])
    good = judged('mixed', 0, '800B0109', root=0x20)[2:]
    schannel = ('Log Name:      System\nSource:        Schannel\nDate:'
                '          2/11/2025 10:14:27 AM\nEvent ID:      36882\nTask '
                'Category: None\nLevel:         Error\nDescription:\nThe '
                'certificate received from the remote server was issued by an '
                'untrusted certificate authority.\n\n')
    story('schannel-beside-11', schannel + xml(good), [11], 'untrusted-root',
          False, ['install-root'], ['800B0109'], 'The Schannel event is of '
          'another provider and does not count.')
    md = '\n'.join('> ' + l for l in xml_rows(
        Task('md', 'vmms.exe').policy(LEAF, '800B0110', ref=guid('md'))
        .events[0]))
    story('30-wrong-usage-markdown', '**CAPI2 log says:**\n\n> ```xml\n' + md
          + '\n> ```\n\nThe certificate has *Client Authentication* only.\n',
          [30], 'wrong-usage', False, REPLACE, ['800B0110'],
          'CERT_E_WRONG_USAGE.')


def all():
    bits()
    revoked()
    policies()
    files()
    products()
    scraps()
