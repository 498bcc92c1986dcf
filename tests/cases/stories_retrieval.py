"""Stories of the Operational log: how revocation information was got."""
from events import (CACHE_ONLY, EXCLUDE_ROOT, Cert, Crl, Task, guid)
from forms import (browser, evtx_dump, evtx_dump_pretty, exported,
                   format_list, friendly, inner, json_lines, quoted,
                   wevtutil, xml, xml_rows)
from story import story

ROOT = Cert('Example Root CA 1', start='2010-05-04T10:00:00Z',
            end='2035-05-04T10:00:00Z', bits='4096')
SUB = Cert('Example Issuing CA 2', ROOT, '2015-05-04T10:00:00Z',
           '2031-05-04T10:00:00Z', bits='4096')
LEAF = Cert('intranet.corp.example', SUB, '2024-06-01T00:00:00Z',
            '2026-06-01T00:00:00Z', dns=('intranet.corp.example',))
URL = 'http://pki.example.net/crl/issuing2.crl'
FRESH = Crl(SUB, URL, '2025-02-10T02:00:00Z', '2025-02-17T14:00:00Z')
STALE = Crl(SUB, URL, '2025-01-27T02:00:00Z', '2025-02-03T14:00:00Z')
ROOTCRL = Crl(ROOT, 'http://pki.example.net/crl/root1.crl',
              '2024-12-01T00:00:00Z', '2025-06-01T00:00:00Z')
GOOD = [(LEAF, 0, '0', FRESH), (SUB, 0, '0', ROOTCRL), (ROOT, 0, None, None)]
UNKNOWN = [(LEAF, 0x1000040, '80092013', None), (SUB, 0, '0', ROOTCRL),
           (ROOT, 0, None, None)]
ALL = (LEAF, SUB, ROOT, ROOTCRL)
OPEN = ['allow-network-to-crl', 'allow-crl-ocsp-hosts']
DIRECT = [('NoProxy', None, None)]
OK = ['HTTP/1.1 200 OK', 'Content-Type: application/pkix-crl',
      'Content-Length: 1841', 'Server: nginx']


def failed(name, wire, process='lsass.exe', seconds=0, offline='80092013',
           objects=ALL, **more):
    """10 40 40 50 51 52 53 41 90 11: the download of the leaf's CRL fails."""
    t = Task(name, process, **more).start(10, 40)
    t.revocation(SUB, crl=ROOTCRL, location='UrlCache').start(40, 50)
    t.cached(URL, code='2').start(52).wait(seconds)
    wire(t)
    t.revocation(LEAF, offline)
    t.objects(*objects)
    return t.chain(UNKNOWN, '80092013')


FAILED_IDS = [10, 40, 41, 40, 50, 51, 52, 53, 41, 90, 11]


def network():
    dns = [('NoProxy', None, None), ('Call_WinHttpSendRequest', None, '2EE7')]
    why = ('events.md 53: sent directly (NoProxy), the name does not '
           'resolve: the account does not use the proxy that people have.')
    t = failed('dns service', lambda t: t.wire(URL, '2EE7', dns),
               'Microsoft.IdentityServer.ServiceHost.exe',
               user='S-1-5-21-1004336348-1177238915-682003330-1605')
    story('53-dns-service-account-exported', exported(t.events), FAILED_IDS,
          'proxy-not-used-dns-failure', False,
          ['set-proxy-for-service-account', 'set-winhttp-proxy'],
          ['2EE7', '80092013'], why, file='input.xml')
    t = failed('dns system', lambda t: t.wire(URL, '2EE7', dns),
               'svchost.exe')
    story('53-dns-system-account-evtx-dump', evtx_dump(t.events), FAILED_IDS,
          'proxy-not-used-dns-failure', False,
          ['set-proxy-for-system-account', 'set-winhttp-proxy'],
          ['2EE7', '80092013'], why, file='input.jsonl')
    t = failed('proxy 407', lambda t: t.wire(
        URL, '80190197', [('ProxyListAndByPassList', 'wsg.corp.example:8080',
                           None)],
        ['HTTP/1.1 407 Proxy Authentication Required', 'Via: 1.1 wsg',
         'Proxy-Authenticate: NTLM', 'Content-Type: text/html']),
        'w3wp.exe', user='S-1-5-82-3006700770-424185619-1745488364-794895919-'
        '4004696415')
    story('53-proxy-407', xml(t.events), FAILED_IDS,
          'proxy-authentication-required', False, ['allow-url-through-proxy'],
          ['80092013'], 'HTTP 407 by the proxy: CryptoAPI does not sign in, '
          'the URL must pass without.')
    t = failed('timeout', lambda t: t.wire(
        URL, '2EE2', DIRECT + [('Call_WinHttpSendRequest', None, '2EE2')]),
        'vpxd.exe', seconds=15)
    story('53-timeout-firewall-browser', browser(t.events), FAILED_IDS,
          'revocation-timeout', False, OPEN + ['set-winhttp-proxy'],
          ['2EE2', '80092013'], 'The request went out and nothing came back '
          'for 15 s: a firewall drops it (errors.tsv 2EE2).',
          accept=['network-blocked', 'revocation-offline-network'])
    refused = DIRECT + [('Call_WinHttpSendRequest', None, '2EFD')]
    t = failed('refused lsass', lambda t: t.wire(URL, '2EFD', refused),
               token='S-1-5-21-1004336348-1177238915-682003330-1130')
    story('53-refused-lsass-wevtutil', wevtutil(t.events), FAILED_IDS,
          'firewall-blocks-lsass', False,
          ['allow-lsass-through-firewall'] + OPEN, ['2EFD', '80092013'],
          'The connection of lsass.exe is refused; a host firewall that '
          'filters by program is usual (shared case of curl and schannel).',
          accept=['network-blocked'])
    t = failed('refused w3wp', lambda t: t.wire(URL, '2EFD', refused),
               'MicrosoftEdgeUpdate.exe', computer='KIOSK-3')
    story('53-refused-other-records', evtx_dump_pretty(t.events), FAILED_IDS,
          'network-blocked', False, OPEN + ['set-winhttp-proxy'],
          ['2EFD', '80092013'], 'errors.tsv 2EFD: refused or blocked.',
          accept=['revocation-offline-network'])
    t = failed('404', lambda t: t.wire(
        URL, '80190194', DIRECT,
        ['HTTP/1.1 404 Not Found', 'Content-Type: text/html',
         'Server: Microsoft-IIS/10.0']), 'svchost.exe')
    story('53-http-404', xml(t.events), FAILED_IDS, 'crl-not-usable', False,
          ['fix-cdp', 'publish-fresh-crl'], ['80092013'],
          'The server of the CDP answers that the file is not there: the '
          'network is fine, the CA must publish it there.',
          accept=['revocation-offline-network'])
    t = failed('portal', lambda t: t.wire(
        URL, '8009310B', DIRECT,
        ['HTTP/1.1 200 OK', 'Content-Type: text/html; charset=UTF-8',
         'Server: GuestPortal/4.1', 'Cache-Control: no-store',
         'Content-Length: 5120']), 'svchost.exe')
    story('53-captive-portal-html', quoted(xml(t.events)), FAILED_IDS,
          'crl-not-usable', False,
          ['allow-url-through-proxy', 'fix-cdp'] + OPEN, ['80092013'],
          'HTTP 200 with text/html in place of a CRL: a portal or proxy page '
          '(events.md 53).', accept=['proxy-authentication-required'])


def dates():
    def expired(name, show):
        t = Task(name, 'svchost.exe').start(10, 40, 50)
        t.cached(URL, STALE).reject(LEAF, STALE).start(52)
        t.wire(URL, actions=DIRECT, headers=OK, crl=STALE, cache=not show)
        t.reject(LEAF, STALE, 'Wire').revocation(LEAF, '80092013')
        if show:
            t.objects(LEAF, SUB, ROOT, STALE)
        return t.chain([(LEAF, 0x1000040, '80092013', STALE),
                        (SUB, 0, '0', ROOTCRL), (ROOT, 0, None, None)],
                       '80092013')
    why = ('The CRL just fetched with HTTP 200 has its next update on 3 '
           'February and it is 11 February: the CA serves a stale one.')
    fix = ['publish-fresh-crl']
    t = expired('crl expired 90', True)
    story('crl-expired-proved-by-90', xml(t.events),
          [10, 40, 50, 51, 42, 52, 53, 42, 41, 90, 11], 'crl-expired', False,
          fix, ['80092013'], why)
    t = expired('crl expired 53', False)
    story('crl-expired-proved-by-53-fl', format_list(t.events),
          [10, 40, 50, 51, 42, 52, 53, 42, 41, 11], 'crl-expired', False, fix,
          ['80092013'], why)

    t = Task('42 then good', 'taskhostw.exe').start(10, 40, 50)
    t.cached(URL, STALE).reject(LEAF, STALE).start(52)
    t.wire(URL, actions=DIRECT, headers=OK, crl=FRESH, cache=True)
    t.revocation(LEAF, crl=FRESH).objects(LEAF, SUB, ROOT, FRESH).chain(GOOD)
    story('42-then-good-download', xml(t.events),
          [10, 40, 50, 51, 42, 52, 53, 41, 90, 11], 'cached-crl-expired', True,
          ['none-needed', 'ignore'], [], 'events.md 42: the cached copy had '
          'run out and was replaced by a download; all succeeded.')

    t = Task('wpad', 'mmc.exe').start(10, 40, 50).cached(URL, code='2')
    wpad = ('Call_WinHttpGetProxyForUrl', None, '2F94')
    t.start(52).wire(URL, actions=[wpad] + DIRECT, headers=OK, crl=FRESH)
    t.revocation(LEAF, crl=FRESH).objects(*ALL).chain(GOOD)
    story('wpad-missing-download-good', browser(t.events),
          [10, 40, 50, 51, 52, 53, 41, 90, 11], 'wpad-not-found', True,
          ['none-needed', 'ignore'], ['2F94'], 'events.md section 1: Level 2 '
          'with Result 0; only the search for a proxy failed.')

    t = Task('write', 'OUTLOOK.EXE').start(10, 40, 50).cached(URL, code='2')
    t.start(52).wire(URL, actions=DIRECT, headers=OK, crl=FRESH,
                     after=[('WriteToCache', None, '80070005')])
    t.revocation(LEAF, crl=FRESH).objects(*ALL).chain(GOOD)
    story('cache-write-denied-download-good', wevtutil(t.events),
          [10, 40, 50, 51, 52, 53, 41, 90, 11], 'url-cache-write-failed', True,
          ['none-needed', 'ignore'], ['80070005'], 'The CRL was fetched and '
          'used; only its copy could not be kept. Fetched again next time.')

    t = Task('two urls', 'svchost.exe').start(10, 40, 52)
    t.wire('ldap:///CN=Issuing2,CN=CDP,CN=Public%20Key%20Services,DC=corp?'
           'certificateRevocationList?base', '80072751').start(52)
    t.wire(URL, actions=DIRECT, headers=OK, crl=FRESH)
    t.revocation(LEAF, crl=FRESH).objects(*ALL).chain(GOOD)
    story('ldap-url-fails-http-works', xml(t.events),
          [10, 40, 52, 53, 52, 53, 41, 90, 11], 'revocation-offline-network',
          True, [], [], 'The first CDP URL failed, the second gave the CRL; '
          '41 and 11 succeeded, so nothing is lost but time.',
          accept=['network-blocked', 'no-error'])


def cache_only():
    why = ('The flags allow the cache only and it held no CRL: nothing was '
           'asked of the network, status unknown; nothing is wrong.')
    none = ['none-needed', 'ignore']
    cause = 'revocation-offline-cache-only'

    def make(name, process, **more):
        t = Task(name, process, **more).start(10, 40)
        t.revocation(LEAF, '80092013', flags=6)
        return t.chain(UNKNOWN, '80092013', flags=CACHE_ONLY)
    user = 'S-1-5-21-1004336348-1177238915-682003330-1001'
    t = make('uac', 'consent.exe', user=user, token=user)
    story('cache-only-consent-friendly', friendly(t.events[2:]), [41, 11],
          cause, True, none, ['80092013'], why)
    t = make('shell', 'explorer.exe', user=user)
    story('cache-only-explorer-browser', browser(t.events), [10, 40, 41, 11],
          cause, True, none, ['80092013'], why)
    t = make('svchost', 'svchost.exe')
    story('cache-only-svchost-mail', quoted(xml(t.events[2:3]), '>> '), [41],
          cause, True, none, ['80092013'], why)
    t = make('host', 'taskhostw.exe', user=user)
    text = format_list(t.events, 120, ('Informationen', 'Fehler')).replace(
        'The revocation function was unable to check revocation because the '
        'revocation server was offline.', 'Die Sperrfunktion konnte die '
        'Sperrung nicht überprüfen, da der Sperrserver offline war.')
    story('cache-only-taskhostw-fl-de', text, [10, 40, 41, 11], cause, True,
          none, ['80092013'], why)


def tolerated():
    t = Task('setup', 'msiexec.exe').start(80, 10, 40, 50)
    signer = Cert('Example Software GmbH', SUB, '2024-06-01T00:00:00Z',
                  '2026-06-01T00:00:00Z',
                  eku=('1.3.6.1.5.5.7.3.3', 'Code Signing'))
    t.cached(URL, code='2').start(52).wait(15)
    t.wire(URL, '2EE2', DIRECT + [('Call_WinHttpSendRequest', None, '2EE2')])
    t.revocation(signer, '80092013')
    t.chain([(signer, 0x1000040, '80092013', None), (SUB, 0, '0', ROOTCRL),
             (ROOT, 0, None, None)], '80092013')
    t.policy(signer, kind=2).objects(signer, SUB, ROOT)
    t.trust(r'C:\Install\setup-4.2.msi', chain=guid('chain setup'))
    story('offline-ok-81-succeeds', xml(t.events),
          [80, 10, 40, 50, 51, 52, 53, 41, 11, 30, 90, 81],
          'revocation-timeout', True, [], ['2EE2', '80092013'],
          'chain-status.md section 8: Authenticode with the default settings '
          '(WTPF_OFFLINEOK) accepts unknown revocation; 30 and 81 are 0.',
          accept=['network-blocked', 'revocation-offline-network'])

    t = failed('wrapped', lambda t: t.wire(
        URL, '2EE7', DIRECT + [('Call_WinHttpSendRequest', None, '2EE7')]),
        'svchost.exe')
    story('log-starts-in-mid-task', exported(t.events[7:]), [53, 41, 90, 11],
          'proxy-not-used-dns-failure', False,
          ['set-proxy-for-system-account', 'set-winhttp-proxy'],
          ['2EE7', '80092013'], 'events.md section 5: a wrapped log begins '
          'with stops whose starts are gone; the innermost failure is 53.',
          file='input.xml')

    names = ['TS01.corp.example', 'TS02.corp.example', 'TS03.corp.example']
    events = []
    for i, name in enumerate(names):
        events += failed('farm%d' % i, lambda t: t.wire(
            URL, '2EE2', DIRECT + [('Call_WinHttpSendRequest', None, '2EE2')]),
            'svchost.exe', seconds=15, computer=name,
            time='2025-02-11 09:2%d:00' % i, record=900 + 70 * i).events
    story('three-computers-one-cause', json_lines(events), FAILED_IDS * 3,
          'revocation-timeout', False, OPEN + ['set-winhttp-proxy'],
          ['2EE2', '80092013'], 'The same failure on three computers.',
          accept=['network-blocked', 'revocation-offline-network'],
          computers=names, file='input.jsonl')

    only = failed('alone', lambda t: t.wire(URL, '2EE7')).events[-1:]
    story('11-offline-no-details-elided', '\n'.join(
        l for l in xml_rows(only[0]) if 'AdditionalStore' not in l).replace(
            '      <ChainEngineInfo', '      ...\n      <ChainEngineInfo')
        + '\n', [11],
        'revocation-download-failed-no-details', False, [], ['80092013'],
        '11 says that the server was offline; 53 would say why and is not '
        'here.', accept=['revocation-offline-network'])
    no = [(LEAF, 0, '0', FRESH), (SUB, 0x40, '80092012', None),
          (ROOT, 0, None, None)]
    t = Task('no cdp', 'svchost.exe').chain(no, '0', level=4)
    story('11-no-check-on-intermediate', xml(t.events), [11],
          'revocation-no-check', True, ['none-needed', 'ignore', 'fix-cdp'],
          ['80092012'], 'events.md section 1: Result 0 with an inner 80092012; '
          'the CA certificate names nothing to check with and nobody minds.')
    t = Task('ocsp', 'OneDrive.exe').start(10, 40).revocation(
        LEAF, '80092014').chain(
        [(LEAF, 0x40, '80092014', None)] + UNKNOWN[1:], '80092014')
    story('41-ocsp-does-not-know-it', browser(t.events), [10, 40, 41, 11],
          'crl-not-usable', False, [], ['80092014'],
          'errors.tsv 80092014: the responder was reached and does not know '
          'the certificate; not revoked, not a network problem.',
          accept=['revocation-no-check', 'ocsp-unknown'],
          reject=['revoked', 'no-error', 'revocation-offline-cache-only',
                  'network-blocked'])


def fine():
    t = Task('good', 'lsass.exe').start(10, 40, 50).cached(URL, FRESH)
    t.revocation(LEAF, crl=FRESH, location='UrlCache').objects(
        LEAF, SUB, ROOT, FRESH).chain(GOOD)
    t.events[-1].level = 4
    p = Task('good policy', 'lsass.exe', record=7400,
             time='2025-02-11 09:14:28').policy(
        LEAF, ref=guid('chain good'), server='intranet.corp.example')
    story('good-task-and-policy', xml(t.events + p.events),
          [10, 40, 50, 51, 41, 90, 11, 30], 'no-error', True,
          ['none-needed', 'ignore'], [], 'Every result is 0 and no bit is '
          'set.')
    t = Task('starts', 'chrome.exe').start(10, 40, 50)
    story('start-events-only', ''.join(
        '<Event><System><Provider Name="Microsoft-Windows-CAPI2"/><EventID>%d'
        '</EventID><Channel>%s</Channel></System><UserData>%s</UserData>'
        '</Event>\n' % (e.id, e.channel, inner(e)) for e in t.events),
        [10, 40, 50], 'no-error', True, ['none-needed', 'ignore'], [],
        'Start events carry no result; nothing failed.')


def all():
    network()
    dates()
    cache_only()
    tolerated()
    fine()
