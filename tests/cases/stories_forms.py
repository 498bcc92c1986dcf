"""Stories whose difficulty is the form, and mixtures of several troubles.

The forms are damaged as forums, mail programs and collectors damage them.
"""
import html
import re

from events import CACHE_ONLY, Cert, Task, app, guid
from forms import (DETAILS, NAMES, browser, evtx_dump, friendly, general,
                   quoted, wevtutil, xml)
from stories_application import (CAB, CLEAR, EXPIRED, FAILED_EXTRACT,
                                 FAILED_SEQ, LET, LIST_WHY, OLD, REACH_WHY,
                                 SEQ, said, writer)
from stories_retrieval import (DIRECT, FAILED_IDS, FRESH, GOOD, LEAF, OK, OPEN,
                               ROOT, STALE, SUB, UNKNOWN, URL,
                               failed)
from stories_verdict import REPLACE, judged
from story import story

TIMEOUT = 'This operation returned because the timeout period expired.'


def expired(name, text, ids=(4107,), **more):
    story(name, text, list(ids), 'ctl-signer-expired', True, CLEAR,
          ['800B0101'], LIST_WHY, **more)


def unreachable(name, text, ids=(4104,), codes=('5B4',), **more):
    story(name, text, list(ids), 'root-list-unreachable', True, LET,
          list(codes), REACH_WHY, **more)


def collectors():
    message = FAILED_EXTRACT % (CAB, EXPIRED['en'])
    expired('splunk-4107', '05/14/2024 09:31:12 AM\nLogName=Application\n'
            'EventCode=4107\nEventType=2\nComputerName=FS02.corp.example\n'
            'SourceName=Microsoft-Windows-CAPI2\nType=Error\nRecordNumber='
            '48122\nKeywords=Classic\nTaskCategory=None\nOpCode=Info\n'
            'Message=' + message + '\n')
    unreachable('get-eventlog-list-4104', 'Index              : 48122\n'
                'EntryType          : Error\nInstanceId         : 4104\n'
                'Message            : ' + (FAILED_SEQ % (SEQ, TIMEOUT)).replace(
                    ' number', '\n                     number') + '\n'
                'Category           : (0)\nCategoryNumber     : 0\n'
                'ReplacementStrings : {' + SEQ + ', ' + TIMEOUT + '}\n'
                'Source             : Microsoft-Windows-CAPI2\n'
                'TimeGenerated      : 14.05.2024 09:31:12\n'
                'TimeWritten        : 14.05.2024 09:31:12\nUserName           '
                ':\n')
    unreachable('syslog-snare-4104', '<11>May 14 09:31:12 fs02 MSWinEventLog\t'
                '2\tApplication\t812\tTue May 14 09:31:12 2024\t4104\t'
                'Microsoft-Windows-CAPI2\tN/A\tN/A\tError\t'
                'FS02.corp.example\tNone\t\t' + FAILED_SEQ % (SEQ, TIMEOUT)
                + '\t48122\n')
    ev = writer('AddLegacyDriverFiles: Unable to back up image of binary '
                'Microsoft Link-Layer Discovery Protocol.',
                'Access is denied.')
    story('event-viewer-csv-513', '\ufeffLevel,Date and Time,Source,Event ID,'
          'Task Category\r\nError,10/3/2023 11:00:08 PM,Microsoft-Windows-'
          'CAPI2,513,None,"' + said(ev).strip().replace('\n', '\r\n')
          + '"\r\nInformation,10/3/2023 10:58:40 PM,VSS,8224,None,The VSS '
          'service is shutting down due to idle timeout. \r\n', [513],
          'system-writer-access-denied', True,
          ['grant-service-read-on-mslldp', 'ignore'], ['5'], 'KB 3209092.')
    story('get-winevent-list-no-details', '\n\nMessage              : '
          + DETAILS + '\nId                   : 11\nVersion              : 0\n'
          'Level                : 2\nTask                 : 11\nOpcode'
          '               : 2\nKeywords             : 4611686018427387907\n'
          'RecordId             : 7312\nProviderName         : Microsoft-'
          'Windows-CAPI2\nLogName              : Microsoft-Windows-CAPI2/'
          'Operational\nProcessId            : 716\nMachineName          : '
          'WEB11.corp.example\nTimeCreated          : 11.02.2025 09:14:27\n'
          'LevelDisplayName     : Error\nTaskDisplayName      : Build Chain\n'
          'Properties           : {System.Diagnostics.Eventing.Reader.'
          'EventProperty}\n', [11], 'insufficient-data', None,
          ['ask-for-full-event', 'open-the-details'], [],
          'Only the System part; the details were not printed.',
          accept=['revocation-download-failed-no-details'])
    story('get-winevent-table', '\n   ProviderName: Microsoft-Windows-CAPI2\n\n'
          'TimeCreated                     Id LevelDisplayName Message\n'
          '-----------                     -- ---------------- -------\n'
          '11.02.2025 09:14:27             30 Error            For more '
          'details for this event, please refer to the "Det...\n'
          '11.02.2025 09:14:27             11 Error            For more '
          'details for this event, please refer to the "Det...\n', [30, 11],
          'insufficient-data', None,
          ['ask-for-full-event', 'open-the-details'], [], 'Ids alone.',
          accept=['revocation-download-failed-no-details'])


def encodings():
    message = 'Fehler beim Extrahieren der Drittanbieterstammliste aus der ' \
        'automatischen Aktualisierungs-CAB-Datei bei: <%s>. Fehler: Ein ' \
        'erforderliches Zertifikat befindet sich nicht im ' \
        'Gültigkeitszeitraum gemessen an der aktuellen Systemzeit oder dem ' \
        'Zeitstempel in der signierten Datei.' % CAB
    text = general(app(4107, []), message, 'de', date='14.05.2024 09:31:12')
    expired('4107-de-utf16', ('\ufeff' + text.replace('\n', '\r\n')).encode(
        'utf-16-le'))
    expired('4107-de-windows-1252', text.encode('cp1252'))
    expired('xp-crypt32-11-de', 'Ereignistyp:\tFehler\nEreignisquelle:\t'
            'crypt32\nEreigniskategorie:\tKeine\nEreigniskennung:\t11\nDatum:'
            '\t\t14.07.2010\nZeit:\t\t08:15:03\nBenutzer:\t\tNicht '
            'zutreffend\nComputer:\tKASSE3\nBeschreibung:\n' + message + '\n',
            [11])
    t = failed('html', lambda t: t.wire(
        URL, '2EE7', [('NoProxy', None, None),
                      ('Call_WinHttpSendRequest', None, '2EE7')]),
        'svchost.exe')
    dns = ('proxy-not-used-dns-failure', False,
           ['set-proxy-for-system-account', 'set-winhttp-proxy'],
           ['2EE7', '80092013'], 'Sent directly, the name does not resolve.')
    story('html-escaped-xml', '<pre>' + html.escape(xml(t.events)) + '</pre>\n',
          FAILED_IDS, *dns)
    story('crlf-bom-xml', ('\ufeff' + xml(t.events).replace('\n', '\r\n')),
          FAILED_IDS, *dns)
    story('mail-folded-xml', quoted(xml(t.events[7:8]), '> ', 72), [53],
          dns[0], False, dns[2], ['2EE7'], dns[4])
    story('backslash-escapes', re.sub(
        r'([_*#])', r'\\\1', xml(t.events[7:8])), [53], dns[0], False, dns[2],
        ['2EE7'], dns[4])
    t = Task('numbers only', 'explorer.exe').start(10, 40)
    t.revocation(LEAF, '80092013', flags=6).chain(
        UNKNOWN, '80092013', flags=CACHE_ONLY)
    story('flags-as-numbers-only', re.sub(
        r' C(ERT|RYPT)_[A-Z_0-9]+="true"', '', xml(t.events)),
        [10, 40, 41, 11], 'revocation-offline-cache-only', True,
        ['none-needed', 'ignore'], ['80092013'], 'Flags value 6 and A0000000 '
        'contain the cache-only bits (flags.tsv); names may be missing.')
    story('untrusted-root-bits-as-numbers', re.sub(
        r' CERT_[A-Z_0-9]+="true"', '', xml(judged(
            'num', 0, '800B0109', root=0x20)[2:])), [11], 'untrusted-root',
        False, ['install-root'], ['800B0109'], 'ErrorStatus 20.')
    t = Task('xml empty', 'lsass.exe').start(10)
    text = xml(t.events).replace('<EventID>10', '<EventID>11')
    story('11-without-user-data', re.sub(
        r'<UserData>.*</UserData>', '<UserData />', text, flags=re.S).replace(
        '<Level>4', '<Level>2').replace('<Opcode>1', '<Opcode>2'), [11],
        'insufficient-data', None, ['ask-for-full-event', 'open-the-details'],
        [], 'The details were cut out; Level 2 alone says that something '
        'failed.', accept=['revocation-download-failed-no-details'])


def mangled():
    """Forms that a forum, an editor or a browser made of good ones."""
    t = failed('mangled', lambda t: t.wire(
        URL, '2EE7', [('NoProxy', None, None),
                      ('Call_WinHttpSendRequest', None, '2EE7')]),
        'svchost.exe')
    remedies = ['set-proxy-for-system-account', 'set-winhttp-proxy',
                'set-proxy-for-service-account']
    why = ('The same task as in the other forms: sent directly, the name '
           'does not resolve.')

    def same(name, text, ids):
        story(name, text, ids, 'proxy-not-used-dns-failure', False, remedies,
              ['2EE7'], why)

    def dressed(text, before, after):
        text = re.sub(r'="([^"]*)"', r'="%s\1%s"' % (before, after), text)
        return re.sub(r'>([^<>\n]+)<', r'>%s\1%s<' % (before, after), text)

    wire = t.events[7:8]
    same('asterisks-round-every-value', dressed(xml(t.events), '*', '*'),
         FAILED_IDS)
    same('bold-marks-round-every-value', dressed(xml(wire), '**', '**'), [53])
    same('bbcode-inside-every-value', dressed(xml(wire), '[b]', '[/b]'), [53])
    same('dash-on-a-line-of-its-own', re.sub(
        r'(?m)^- ', '-\n', browser(t.events)), FAILED_IDS)
    same('friendly-with-bullets', re.sub(
        r'(?m)^( *)[-+] ', '\\1• ', friendly(t.events)), FAILED_IDS)
    same('friendly-without-dashes', re.sub(
        r'(?m)^( *)[-+] ', r'\1', friendly(wire)), [53])
    same('friendly-on-one-line', re.sub(
        r'\s*\n\s*', ' ', friendly(wire)) + '\n', [53])
    story('friendly-task-on-one-line', re.sub(
        r'\s*\n\s*', ' ', friendly(t.events)) + '\n', FAILED_IDS,
        'proxy-not-used-dns-failure', False, remedies, ['2EE7'], why
        + ' If it cannot be read, that must be said: no-error is wrong.',
        reject=['no-error'])
    pair = t.events[7:9]
    headers = [general(e, DETAILS, category=NAMES[e.id], date=(
        e.time.strftime('%-m/%-d/%Y %-I:%M:%S %p'))) for e in pair]
    same('all-headers-then-all-xml', '\n'.join(headers) + '\n' + xml(pair),
         [53, 41])
    same('record-lines-and-xml', ''.join(
        'Record %d\n<?xml version="1.0" encoding="utf-8"?>\n%s' % (
            e.record, xml([e])) for e in t.events), FAILED_IDS)
    same('line-numbers', ''.join('%3d  %s\n' % (i + 1, l) for i, l in enumerate(
        xml(t.events).splitlines())), FAILED_IDS)


def prose():
    story('prose-hex-0x', 'Outlook kann die Verbindung nicht überprüfen. Im '
          'CAPI2-Log steht Ereignis 30 (Verify Chain Policy) mit 0x800b0109.\n',
          [30], 'untrusted-root', False, ['install-root',
          'install-intermediate', 'install-intermediate-on-sender'],
          ['800B0109'], 'The code says it; behind an SSL policy also a partial '
          'chain.', accept=['partial-chain'])
    story('prose-symbol', 'CAPI2 event ID 11, Build Chain, lsass.exe: error '
          'CRYPT_E_REVOCATION_OFFLINE. VPN with client certificates is dead '
          'since we moved the CA web server.\n', [11],
          'revocation-download-failed-no-details', False, [], ['80092013'],
          'Offline, no details why; the VPN fails on it.',
          accept=['revocation-offline-network'])
    story('prose-4107-sentence', 'Event 4107, CAPI2. ' + FAILED_EXTRACT % (
        CAB, 'The data is invalid.') + ' Happens behind our Squid only.\n',
        [4107], 'data-invalid-cab', False,
        ['allow-url-through-proxy', 'set-winhttp-proxy'] + CLEAR, [],
        'TechNet wiki 3128.')
    story('prose-4107-data-invalid-words', 'I see "Event ID 4107, Source: '
          'CAPI2" with "The data is invalid" in the Application log of every '
          'client.\n', [4107], 'data-invalid-cab', False,
          ['allow-url-through-proxy', 'set-winhttp-proxy'] + CLEAR, [],
          'TechNet wiki 3128; the words are given, the address is not.')
    story('prose-4107-data-invalid-words-de', 'Ereignis-ID 4107, Quelle '
          'CAPI2, Fehler: Die Daten sind unzulässig. Was tun?\n', [4107],
          'data-invalid-cab', False,
          ['allow-url-through-proxy', 'set-winhttp-proxy'] + CLEAR, [],
          'As above, in German.')
    story('prose-30-words', "CAPI2 30 error: The certificate's CN name does "
          'not match the passed value.\n', [30], 'name-mismatch', False,
          REPLACE, ['800B010F'], 'The words are those of CERT_E_CN_NO_MATCH.')
    story('prose-41-code-beside-channel', 'Microsoft-Windows-CAPI2/'
          'Operational event 41, lsass.exe, Result value 80092013 whenever '
          'the VPN comes up.\n', [41], 'revocation-download-failed-no-details',
          False, [], ['80092013'], 'Offline; why is not told.',
          accept=['revocation-offline-network', 'firewall-blocks-lsass'])
    story('prose-41-decimal-code', 'curl on Windows: CAPI2 event 41 fails '
          'with 0x80092013 (-2146885613).\n', [41],
          'revocation-download-failed-no-details', False, [], ['80092013'],
          '-2146885613 is 80092013.', accept=['revocation-offline-network'])
    story('prose-53-one-line', 'Event ID: 53 Source: Microsoft-Windows-CAPI2 '
          'Task Category: Retrieve Object from Network URL: '
          'http://crl.example.org/a.crl Result: 2EE2 The operation timed '
          'out\n', [53], 'revocation-timeout', False, [], ['2EE2'],
          'A download that timed out (2EE2).',
          accept=['network-blocked', 'revocation-offline-network'])
    story('prose-81-code', 'WinVerifyTrust returned 800B0100 in CAPI2 event '
          '81 for C:\\Tools\\x.exe.\n', [81], 'no-signature', [False, None],
          [], ['800B0100'], 'TRUST_E_NOSIGNATURE.')
    unreachable('prose-crypt32-8-one-line', 'Source: crypt32 Event ID: 8 '
                + FAILED_SEQ % (SEQ, 'This network connection does not exist.')
                + '\n', [8], ['8CA'])
    expired('prose-4107-run-in-spaces', '  Log Name: Application Source: '
            'Microsoft-Windows-CAPI2 Date: 14/05/2024 09:31:12 Event ID: 4107 '
            'Task Category: None Level: Error Keywords: Classic User: N/A '
            'Computer: FS02 Description: ' + FAILED_EXTRACT % (
                CAB, EXPIRED['en']) + '\n')


def answers():
    t = failed('403', lambda t: t.wire(
        URL, '80190193', [('ProxyListAndByPassList', 'wsg.corp.example:8080',
                           None)],
        ['HTTP/1.1 403 Forbidden', 'Via: 1.1 wsg.corp.example',
         'Content-Type: text/html', 'X-Squid-Error: ERR_ACCESS_DENIED 0']),
        'svchost.exe')
    story('53-proxy-403', xml(t.events), FAILED_IDS, 'network-blocked', False,
          ['allow-url-through-proxy'] + OPEN, ['80092013'],
          'The proxy (Via, X-Squid-Error) refuses the URL.',
          accept=['crl-not-usable', 'revocation-offline-network'])
    t = failed('503', lambda t: t.wire(
        URL, '801901F7', DIRECT, ['HTTP/1.1 503 Service Unavailable',
                                  'Content-Type: text/html']), 'svchost.exe')
    story('53-http-503', xml(t.events), FAILED_IDS,
          'revocation-offline-network', False, [], ['80092013'],
          'The server of the CDP is there and does not serve.',
          accept=['crl-not-usable'], reject=['proxy-not-used-dns-failure'])
    t = failed('reset', lambda t: t.wire(
        URL, '2EFE', DIRECT + [('Call_WinHttpSendRequest', None, '2EFE')]),
        'svchost.exe')
    story('53-connection-reset', evtx_dump(t.events), FAILED_IDS,
          'network-blocked', False, OPEN + ['set-winhttp-proxy'],
          ['2EFE', '80092013'], 'errors.tsv 2EFE: terminated abnormally.',
          accept=['revocation-offline-network'], file='input.jsonl')
    t = Task('aia', 'lsass.exe').start(10, 52)
    t.wire('http://pki.example.net/aia/issuing2.crt', '2EE7',
           [('NoProxy', None, None), ('Call_WinHttpSendRequest', None,
                                      '2EE7')],
           kind=('CONTEXT_OID_CERTIFICATE', '1'))
    t.objects(LEAF).chain([(LEAF, 0, None, None)], '800B010A', more=0x10000)
    story('aia-download-fails-partial-chain', xml(t.events),
          [10, 52, 53, 90, 11], 'partial-chain', False,
          ['install-intermediate', 'install-intermediate-on-sender',
           'set-winhttp-proxy', 'set-proxy-for-system-account'],
          ['800B010A', '2EE7'], 'The issuer was not sent and its AIA URL '
          'cannot be fetched.', accept=['proxy-not-used-dns-failure'])
    t = Task('ocsp slow', 'svchost.exe').start(10, 40, 52).wait(10)
    t.wire('http://ocsp.example.net/MFUwUzBRME8wTTAJBgUrDgMCGgUABBT', '2EE2',
           DIRECT, kind=('CONTEXT_OID_OCSP_RESP', '7'), timeout='PT10S')
    t.start(52).wire(URL, actions=DIRECT, headers=OK, crl=FRESH)
    t.revocation(LEAF, crl=FRESH).objects(LEAF, SUB, ROOT, FRESH).chain(GOOD)
    story('ocsp-times-out-crl-works', wevtutil(t.events),
          [10, 40, 52, 53, 52, 53, 41, 90, 11], 'revocation-timeout', True,
          [], ['2EE2'], 'chain-status.md section 6: one of OCSP and CRL is '
          'enough; 41 and 11 are 0.',
          accept=['network-blocked', 'revocation-offline-network', 'no-error'])
    t = failed('budget', lambda t: t.wire(
        URL, '3E3', DIRECT, timeout='PT0.406S'), 'svchost.exe')
    story('53-budget-used-up', xml(t.events), FAILED_IDS, 'revocation-timeout',
          False, [], ['3E3', '80092013'], 'errors.tsv 3E3: cancelled since the '
          'time budget ran out; 0.4 s were left.',
          accept=['revocation-offline-network', 'network-blocked'])
    t = Task('stale revoked', 'lsass.exe').start(10, 40)
    t.revocation(LEAF, '80092010', STALE, 'UrlCache', reason='4')
    t.objects(LEAF, SUB, ROOT, STALE).chain(
        [(LEAF, 4, '80092010', STALE)] + GOOD[1:], '80092010')
    story('revoked-by-expired-crl', xml(t.events), [10, 40, 41, 90, 11],
          'revoked', False, REPLACE + ['expected-if-test'], ['80092010'],
          'chain-status.md section 6: a stale CRL that lists the certificate '
          'still proves it revoked.')


def mixtures():
    ignored = Task('schannel', 'lsass.exe').start(10, 40).revocation(
        LEAF, '80092013').chain(UNKNOWN, '80092013')
    p = Task('schannel policy', 'lsass.exe', record=7400).policy(
        LEAF, '0', ref=guid('chain schannel'), ignore=0x80)
    story('offline-but-tls-policy-ignores-it', xml(ignored.events + p.events),
          [10, 40, 41, 11, 30], 'revocation-download-failed-no-details', True,
          [], ['80092013'], '30 in its own task has Result 0 with '
          'SECURITY_FLAG_IGNORE_REVOCATION: the connection went on.',
          accept=['revocation-offline-network'])
    old = Cert('Example Issuing CA 2', ROOT, '2015-01-01T00:00:00Z',
               '2025-01-01T00:00:00Z')
    leaf = Cert('files.corp.example', old, '2024-01-01T00:00:00Z',
                '2026-01-01T00:00:00Z')
    t = Task('old ca', 'lsass.exe').start(10).objects(leaf, old, ROOT).chain(
        [(leaf, 0, None, None), (old, 1, None, None), (ROOT, 0, None, None)],
        '800B0101')
    story('expired-intermediate', friendly(t.events), [10, 90, 11], 'expired',
          False, REPLACE + ['install-intermediate',
                            'install-intermediate-on-sender'], ['800B0101'],
          'Bit 1 on element 1, whose NotAfter (90) is past.')
    own = Cert('nas.home.example', start='2020-01-01T00:00:00Z',
               end='2023-01-01T00:00:00Z')
    t = Task('own', 'msedge.exe', computer='HOME-PC').start(10).objects(
        own).chain([(own, 0x21, None, None)], '800B0109')
    story('self-signed-and-expired', xml(t.events), [10, 90, 11],
          'untrusted-root', False, ['install-root', 'replace-certificate'],
          ['800B0109'], 'Two bits; the result names the untrusted root first '
          '(chain-status.md section 8).', accept=['expired'])
    list_ev = app(4107, [CAB, EXPIRED['en']], time='2025-02-11 08:00:00',
                  computer='WEB11.corp.example')
    bad = Task('mixed revoked', 'w3wp.exe').start(10, 40)
    bad.revocation(LEAF, '80092010', FRESH, reason='1').chain(
        [(LEAF, 4, '80092010', FRESH)] + GOOD[1:], '80092010')
    story('harmless-4107-beside-revoked', general(
        list_ev, FAILED_EXTRACT % tuple(list_ev.data)) + '\n'
        + xml(bad.events), [4107, 10, 40, 41, 11], 'revoked', False, REPLACE,
        ['80092010', '800B0101'], 'What needs action comes first.')
    events = []
    for i in range(6):
        t = Task('day%d' % i, 'lsass.exe', record=100 + 20 * i,
                 time='2025-02-11 09:0%d:00' % i).start(10, 40)
        if i == 4:
            t.revocation(LEAF, '80092010', FRESH, reason='1').chain(
                [(LEAF, 4, '80092010', FRESH)] + GOOD[1:], '80092010')
        else:
            t.revocation(LEAF, crl=FRESH).chain(GOOD)
        events += t.events
    story('one-bad-task-among-good', evtx_dump(events), [10, 40, 41, 11] * 6,
          'revoked', False, REPLACE, ['80092010'], 'Five good tasks do not '
          'hide the bad one.', file='input.jsonl')
    t = Task('ctl', 'svchost.exe').start(52).wire(
        OLD + 'disallowedcertstl.cab',
        '2EE7', [('NoProxy', None, None),
                 ('Call_WinHttpSendRequest', None, '2EE7')],
        kind=('CONTEXT_OID_CTL', '3'))
    story('53-disallowed-list-dns', xml(t.events), [52, 53],
          'root-list-unreachable', [True, False], [], ['2EE7'],
          'The list of distrusted certificates could not be fetched.',
          accept=['proxy-not-used-dns-failure'])


def signatures():
    path = r'D:\Tools\old\flash_util.exe'
    for name, code, cause, accept in (
            ('stamp', '80096005', 'timestamp-invalid', []),
            ('digest', '80096010', 'digest-mismatch', []),
            ('hash-value', '80091007', 'digest-mismatch', ['bad-signature']),
            ('none', '800B0100', 'no-signature', []),
            ('asn1', '8009310B', 'malformed', [])):
        t = Task('sig ' + name, 'explorer.exe').start(80).trust(
            path, code, digest=False)
        story('81-alone-' + name, wevtutil(t.events), [80, 81], cause,
              [False, None] if name == 'none' else False, [], [code],
              'The code says it (errors.tsv).', accept=accept)
    t = Task('no info', 'lsass.exe').chain(
        [(LEAF, 0x40, None, None)] + GOOD[1:], '80092012')
    story('11-status-40-without-offline-bit', xml(t.events), [11],
          'revocation-no-check', [False, None], [], ['80092012'],
          'chain-status.md section 6: bit 40 without 1000000 and 80092012 mean '
          'that there is nothing to check with; no network is missing.')
    t = Task('both', 'lsass.exe').start(10, 40).revocation(LEAF, '80092013')
    t.chain([(LEAF, 0x1000041, '80092013', None)] + GOOD[1:], '800B0101')
    story('expired-and-offline', xml(t.events), [10, 40, 41, 11], 'expired',
          False, REPLACE + ['check-clock'], ['800B0101', '80092013'],
          'The result of the chain is CERT_E_EXPIRED; in the order of '
          'chain-status.md section 8 it stands before revocation unknown.',
          accept=['not-yet-valid'])


def all():
    collectors()
    encodings()
    mangled()
    signatures()
    prose()
    answers()
    mixtures()
