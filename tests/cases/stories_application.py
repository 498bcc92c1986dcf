"""Stories of the Application log: trust lists, the catalog database, VSS."""
from events import app
from forms import (bare, browser, chainsaw, friendly, general, quoted,
                   text_query, wazuh, winlogbeat, wevtutil, xml)
from story import story

CAB = ('http://ctldl.windowsupdate.com/msdownload/update/v3/static/trustedr/'
       'en/authrootstl.cab')
OLD = ('http://www.download.windowsupdate.com/msdownload/update/v3/static/'
       'trustedr/en/')
SEQ = OLD + 'authrootseq.txt'
CRT = OLD + 'D559A586669B08F46A30A133F8A9ED3D038E2EA8.crt'

EXPIRED = {
    'en': 'A required certificate is not within its validity period when '
          'verifying against the current system clock or the timestamp in '
          'the signed file.',
    'fr': 'Un certificat requis n’est pas dans sa période de validité selon '
          'la vérification par rapport à l’horloge système en cours ou le '
          'tampon daté dans le fichier signé.',
    'es': 'Un certificado requerido no está dentro de su período de validez '
          'al verificarse con el reloj de sistema actual o la marca de '
          'tiempo en el archivo firmado.',
    'it': 'Certificato richiesto non compreso nel periodo di validità '
          "rispetto all'orologio di sistema corrente o alla data e ora "
          'indicate nel file firmato.',
    'pt': 'Um certificado necessário não está dentro do período de validade '
          'ao ser verificado em relação ao relógio do sistema atual ou ao '
          'carimbo de data/hora no arquivo assinado.',
    'ru': 'Истек/не наступил срок действия требуемого сертификата при '
          'проверке по системным часам или по отметке времени в подписанном '
          'файле.',
    'tr': 'Geçerli sistem saatine veya imzalanmış dosyadaki zaman damgasına '
          'göre doğrulandığında gerekli bir sertifika geçerlilik süresi '
          'içinde değil.',
    'da': 'Et nødvendigt certifikat er ikke inden for dets '
          'gyldighedsperiode, når det kontrolleres i forhold til det '
          'aktuelle systemur eller tidsstemplet i den signerede fil.',
    'fi': 'Tarvittava varmenne ei ole voimassa, kun sitä verrataan '
          'järjestelmän kelloon tai allekirjoitetun tiedoston aikaleimaan.',
}
FAILED_EXTRACT = ('Failed extract of third-party root list from auto update '
                  'cab at: <%s> with error: %s')
FAILED_SEQ = ('Failed auto update retrieval of third-party root list sequence '
              'number from: <%s> with error: %s')
FAILED_CAB = ('Failed auto update retrieval of third-party root list cab '
              'from: <%s> with error: %s')
FAILED_CRT = ('Failed auto update retrieval of third-party root certificate '
              'from: <%s> with error: %s')

CLEAR = ['clear-url-cache', 'kb2328240',
         'delete-cryptneturlcache-of-service-profiles']
LET = ['allow-windows-update-url', 'allow-auto-root-update-url',
       'allow-url-through-proxy', 'set-winhttp-proxy',
       'set-proxy-for-system-account', 'ignore', 'turn-off-auto-root-update']
PROXY = ['allow-url-through-proxy', 'set-winhttp-proxy']
LIST_WHY = ('KB 2328240: the signer of the cached list has expired, the '
            'cached copy is tried first; no function is lost.')
REACH_WHY = ('KB 317541 and KB 2253680: the list could not be fetched; the '
             'roots already present go on working, the event may be ignored '
             'or the URL opened.')


def expired(name, text, ids=(4107,), why=LIST_WHY, **more):
    story(name, text, list(ids), 'ctl-signer-expired', True, CLEAR,
          ['800B0101'], why, **more)


def unreachable(name, text, ids, codes, accept=(), why=REACH_WHY, **more):
    story(name, text, ids, 'root-list-unreachable', True, LET, codes, why,
          accept=accept, **more)


def lists():
    ev = app(4107, [CAB, EXPIRED['en']])
    expired('4107-expired-copy-button-en', general(
        ev, FAILED_EXTRACT % tuple(ev.data), xml_too=True))
    expired('4107-expired-general-fr', general(
        app(4107, []), 'Échec de l’extraction de la liste racine tierce '
        'depuis le fichier CAB de mise à jour automatique à : <%s> avec '
        'l’erreur : %s' % (CAB, EXPIRED['fr']), 'fr',
        date='14/05/2024 09:31:12'))
    expired('4107-expired-prose-es', 'Hola a todos. Desde hace una semana el '
            'visor de eventos de tres equipos con Windows 7 se llena de '
            'errores CAPI2 4107: “Error al extraer la lista raíz de terceros '
            'del archivo .cab de actualización automática en: <%s> con '
            'error: %s” ¿Es grave? La hora del sistema está bien.\n'
            % (OLD + 'authrootstl.cab', EXPIRED['es']))
    expired('4107-expired-general-it', general(
        app(4107, []), "Impossibile estrarre l'elenco radice di terze parti "
        'dal file CAB di aggiornamento automatico in: <%s> con errore: %s'
        % (CAB, EXPIRED['it']), 'it', date='14/05/2024 09:31:12'))
    expired('4107-expired-bbcode-pt', '[quote="marcelo_sp"]Aparece toda vez '
            'que ligo o PC:\n[code]\n' + general(
                app(4107, []), 'Falha ao extrair a lista raiz de terceiros '
                'do arquivo cab de atualização automática em: <[url]%s[/url]>'
                ' com erro: %s' % (CAB, EXPIRED['pt']), 'pt',
                date='14/05/2024 04:31:12')
            + '[/code][/quote]\nJá passei o antivírus e nada.\n')
    expired('4107-expired-general-ru', general(
        app(4107, []), 'Ошибка при извлечении корневого списка независимых '
        'производителей из CAB-файла автоматического обновления по адресу: '
        '<%s>. Ошибка: %s' % (CAB, EXPIRED['ru']), 'ru',
        date='14.05.2024 10:31:12'))
    expired('4107-expired-xml-tr', xml([app(4107, [CAB, EXPIRED['tr']])]))
    expired('4107-expired-wazuh-da', wazuh(
        [app(4107, [CAB, EXPIRED['da']])], [
            'Udpakningen af tredjepartsrodlisten fra CAB-filen til '
            'automatisk opdatering mislykkedes på: <%s> med fejlen: %s'
            % (CAB, EXPIRED['da'])]))
    expired('4107-expired-fi-friendly', friendly(
        [app(4107, [CAB, EXPIRED['fi']])]))
    expired('vista-11-application-log-xml', xml(
        [app(11, [OLD + 'authrootstl.cab', EXPIRED['en']],
             time='2010-07-19 06:02:44', record=20551)]), [11],
        why='events.md section 1: event 11 of the Application log, Task 0, is '
        'the old number of 4107 and not Build Chain.')
    expired('xp-crypt32-11-mail', quoted(
        'Event Type:\tError\nEvent Source:\tcrypt32\nEvent Category:\tNone\n'
        'Event ID:\t11\nDate:\t\t7/14/2010\nTime:\t\t8:15:03 AM\nUser:\t\t'
        'N/A\nComputer:\tKASSE3\nDescription:\n' + (
            FAILED_EXTRACT % (OLD + 'authrootstl.cab', EXPIRED['en']))
        + '\n\nFor more information, see Help and Support Center at '
        'http://go.microsoft.com/fwlink/events.asp.\n', width=68)
        + '\nSame here since July 9th, XP SP3.\n', [11],
        why='events.md section 1: crypt32 11 of XP is the old number of 4107.')

    why = ('TechNet wiki 3128: the proxy or a portal answered with something '
           'that is no cabinet.')
    text = ('Fehler beim Extrahieren der Drittanbieterstammliste aus der '
            'automatischen Aktualisierungs-CAB-Datei bei: <%s>. Fehler: Die '
            'Daten sind unzulässig.' % CAB)
    story('4107-data-invalid-general-de', general(
        app(4107, []), text + '\n.', 'de', date='14.05.2024 09:31:12'),
        [4107], 'data-invalid-cab', False, PROXY + CLEAR, [], why)
    story('4107-data-invalid-zh', general(
        app(4107, []), '从以下位置的自动更新 cab 中提取第三方的根目录列表失败: '
        '<%s>，错误为: 数据无效。' % CAB, 'zh', date='2024/5/14 15:31:12'),
        [4107], 'data-invalid-cab', False, PROXY + CLEAR, [], why)
    story('4107-data-invalid-xml-cs', browser(
        [app(4107, [CAB, 'Data jsou neplatná.'])]), [4107],
        'data-invalid-cab', False, PROXY + CLEAR, [], why)
    story('4107-untrusted-signer', general(
        app(4107, []), FAILED_EXTRACT % (
            CAB, 'A certificate chain processed, but terminated in a root '
            'certificate which is not trusted by the trust provider.\n.')),
        [4107], 'untrusted-root', False, [], ['800B0109'],
        'The text is that of CERT_E_UNTRUSTEDROOT: the root above the '
        'signer of the list is not trusted on this machine, so no list is '
        'accepted.', accept=['partial-chain'])


def downloads():
    timeout = 'This operation returned because the timeout period expired.'
    ev = app(4099, [CAB, timeout + '\n'])
    unreachable('4099-timeout-general', general(
        ev, FAILED_CAB % (CAB, timeout) + '\n.'), [4099], ['5B4'])
    unreachable('4101-dns-chainsaw', chainsaw([app(4101, [
        CRT, 'The server name or address could not be resolved'])]),
        [4101], ['2EE7'])
    unreachable('4104-timeout-general-ko', general(
        app(4104, []), '<%s>에서 타사 루트 목록 시퀀스 번호를 자동 업데이트하여 '
        '검색하지 못했습니다. 오류: 제한 시간이 만료되어 이 작업이 반환되었습니다.'
        % SEQ, 'ko', date='2024-05-14 오후 4:31:12'), [4104], [])
    unreachable('4104-connect-general-ja', general(
        app(4104, []), 'サード パーティのルート リスト シーケンス番号の自動更新の取得に'
        '失敗しました。 <%s> エラー: サーバーとの接続を確立できませんでした。'
        % SEQ, 'ja', date='2024/05/14 16:31:12'), [4104], [])
    unreachable('4104-proxy-login-wevtutil-text', text_query(
        [app(4104, [])], [FAILED_SEQ % (SEQ, 'The login request was denied')]),
        [4104], ['2EEF'], ['proxy-authentication-required'])
    unreachable('4104-access-nl', general(
        app(4104, []), 'Kan het volgnummer van de lijst met '
        'basiscertificaten van derden niet automatisch ophalen van: <%s>. '
        'Fout: Toegang geweigerd.' % SEQ, 'nl', date='14-5-2024 09:31:12'),
        [4104], [])
    unreachable('vista-8-general', general(
        app(8, [], time='2009-02-03 18:20:09'), FAILED_SEQ % (
            SEQ, 'This network connection does not exist.'),
        date='2/3/2009 7:20:09 PM'), [8], ['8CA'])
    unreachable('xp-crypt32-3', 'Event Type: Error\nEvent Source: crypt32\n'
                'Event Category: None\nEvent ID: 3\nDate: 11/02/2008\nTime: '
                '22:41:17\nUser: N/A\nComputer: DELL-LAPTOP\nDescription:\n'
                + FAILED_CAB % (OLD + 'authrootstl.cab', 'A connection with '
                                'the server could not be established') + '\n',
                [3], ['2EFD'], why='events.md section 1: the ids 1-12 are '
                '4096+n, so crypt32 3 is 4099: the list could not be fetched.')
    two = [app(4104, [SEQ, timeout], time='2024-05-14 07:31:12'),
           app(4099, [CAB, timeout], time='2024-05-14 07:32:12',
               record=48123)]
    unreachable('4104-4099-winlogbeat', winlogbeat(two, [
        FAILED_SEQ % (SEQ, timeout), FAILED_CAB % (CAB, timeout)]),
        [4104, 4099], ['5B4'])


def successes():
    done = 'root-auto-update-success'
    why = 'Successes of the automatic root update; nothing failed.'
    name = 'CN=Example Global Root G3, O=Example Trust, C=NL'
    evs = [app(4097, [name, 'A7C1' * 10], 4),
           app(4098, [CAB], 4, record=48123),
           app(4100, [CRT], 4, record=48124),
           app(4103, [SEQ], 4, record=48125),
           app(4108, [name, 'B001' * 10], 4, record=48126)]
    story('4097-4108-successes-text', text_query(evs, [
        'Successful auto update of third-party root certificate:: Subject: '
        '<%s> Sha1 thumbprint: <%s>.' % tuple(evs[0].data),
        'Successful auto update retrieval of third-party root list cab from: '
        '<%s>.' % CAB,
        'Successful auto update retrieval of third-party root certificate '
        'from: <%s>.' % CRT,
        'Successful auto update retrieval of third-party root list sequence '
        'number from: <%s>.' % SEQ,
        'Successful auto delete of third-party root certificate:: Subject: '
        '<%s> Sha1 thumbprint: <%s>.' % tuple(evs[4].data)]),
        [4097, 4098, 4100, 4103, 4108], done, True, ['none-needed', 'ignore'],
        [], why, accept=['no-error'])
    when = '‎Tuesday, ‎May ‎14, ‎2024 3:01:17 AM'
    story('4111-4113-successes-winlogbeat', winlogbeat(
        [app(4111, [when], 4), app(4112, [when], 4), app(4113, [when], 4)],
        ['Successful auto update of third-party root list with effective '
         'date: %s.' % when, 'Successful auto update of disallowed '
         'certificate list with effective date: %s.' % when,
         'Successful auto update of pin rules with effective date: %s.'
         % when]), [4111, 4112, 4113], done, True, ['none-needed', 'ignore'],
        [], why, accept=['no-error'])
    story('4097-success-prose-nb', 'Hei! Hva betyr denne? "Vellykket '
          'automatisk oppdatering av tredjeparts rotsertifikat:: Emne: <%s> '
          'Sha1-avtrykk: <%s>." Kilde CAPI2, hendelses-ID 4097.\n'
          % (name, 'A7C1' * 10), [4097], done, True,
          ['none-needed', 'ignore'], [], why, accept=['no-error'])
    story('4110-store-write-denied', xml([app(4110, [
        'Third-Party Root Certification Authorities', 'Access is denied.'])]),
        [4110], None, [False, None], [], ['5'],
        'A root could not be written to its store: a failure (events.tsv '
        '4110), whatever its name; not a missing list and not a success.',
        reject=['no-error', 'root-auto-update-success', 'root-list-unreachable',
                'system-writer-access-denied'])
    story('4102-threshold', text_query([app(4102, ['50', '60'], 4)], [
        'Reached crypt32 threshold of 50 events and will suspend logging for '
        '60 minutes.']), [4102], 'insufficient-data', [None, True], [], [],
        'events.tsv 4102: information that logging pauses; the events that '
        'led to it are not shown.', accept=['no-error'])


ONIDENTITY = ('Cryptographic Services failed while processing the '
              'OnIdentity() call in the System Writer Object.')


def writer(step, error=None):
    text = '\nDetails:\n' + step
    if error is not None:
        text += '\n\nSystem Error:\n' + error + '\n'
    return app(513, [text], time='2023-10-03 21:00:08', record=9120,
               computer='HV-01')


def said(ev):
    return ONIDENTITY + '\n' + ev.data[0] + '.\n'


def system_writer():
    denied, missing = 'system-writer-access-denied', 'system-writer-missing-file'
    lldp = 'AddLegacyDriverFiles: Unable to back up image of binary '
    acl = ['grant-service-read-on-mslldp', 'ignore']
    ev = writer(lldp + 'Microsoft Link-Layer Discovery Protocol.',
                'Access is denied.')
    why = ('KB 3209092: NT AUTHORITY\\SERVICE may not read the driver\'s '
           'service record; the backup itself is unharmed.')
    story('513-mslldp-friendly', friendly([ev]), [513], denied, True, acl,
          ['5'], why)
    story('513-mslldp-de', general(
        ev, 'Fehler beim Kryptografiedienst während der Verarbeitung des '
        '"OnIdentity()"-Aufrufs im System Writer-Objekt.\n\nDetails:\n' + lldp
        + 'Microsoft-Verbindungsschicht-Erkennungsprotokoll.\n\nSystem '
        'Error:\nZugriff verweigert\n.', 'de', date='03.10.2023 23:00:08'),
        [513], denied, True, acl, ['5'], why)
    stale = ['remove-stale-driver-service', 'ignore']
    ev = writer(lldp + 'npf_legacy.',
                'The system cannot find the file specified.')
    why = ('A driver is still registered whose file is gone; the backup goes '
           'on without it (shared case of the same kind).')
    story('513-missing-driver-pl', general(
        ev, 'Usługi kryptograficzne nie powiodły się podczas przetwarzania '
        'wywołania OnIdentity() w obiekcie System Writer.\n\nSzczegóły:\n'
        + lldp + 'npf_legacy.\n\nBłąd systemu:\nNie można odnaleźć '
        'określonego pliku.\n.', 'pl', date='2023-10-03 23:00:08'), [513],
        missing, True, stale, ['2'], why)
    ev = writer('AddWin32ServiceFiles: Unable to back up image of service '
                'AcmeUpdater since QueryServiceConfig API failed',
                'The system cannot find the file specified.')
    story('513-win32-service-missing', bare(
        ev, said(ev), date='10/3/2023 11:00:08 PM'), [513], missing, True,
        stale, ['2'], why)
    ev = writer('AddCoreCsiFiles : BeginFileEnumeration() failed.',
                'Access is denied.')
    story('513-csi-enumeration-bbcode', '[B]Windows Server Backup fails with '
          '"System writer is not found"[/B]\n[QUOTE][FONT=Courier New]'
          + general(ev, said(ev), date='10/3/2023 11:00:08 PM')
          + '[/FONT][/QUOTE]\n[I]vssadmin list writers[/I] does not show it '
          'either.\n', [513], denied, False,
          ['repair-filemaps-acl', 'restart-cryptsvc'], ['5'],
          'KB 2009272: the service may not read the FileMaps folder; the '
          'System Writer is missing and the backup fails.')
    ev = writer('AddCoreCsiFiles : RtlConvertNtFilePathToWin32Path() failed.',
                '0xC0000039 (unresolvable)')
    story('513-path-unresolvable-wevtutil', wevtutil([ev]), [513],
          'system-writer-path-unresolvable', False,
          ['fix-filemaps-or-junction'], [],
          'events.md section 6: a path of the component store cannot be '
          'resolved (STATUS_OBJECT_PATH_INVALID); the writer gives up.')
    ev = writer(lldp + 'Acme Disk Filter.')
    story('513-no-system-error', general(
        ev, said(ev), date='10/3/2023 11:00:08 PM'), [513],
        'system-writer-error-unspecified', None,
        ['ask-for-full-event', 'open-the-details'], [],
        'Without the system error it cannot be told whether the driver file '
        'is missing or may not be read.')
    ev = writer(lldp + 'Acme Disk Filter.', 'The parameter is incorrect.')
    story('513-parameter-incorrect', general(
        ev, said(ev), date='10/3/2023 11:00:08 PM'), [513],
        'system-writer-error-unspecified', [None, True, False], [], ['57'],
        'ERROR_INVALID_PARAMETER is neither a missing file nor missing '
        'rights.', accept=['system-writer-path-unresolvable'])
    text = ('The Cryptographic Services service failed to initialize the VSS '
            'backup "System Writer" object.\n\nDetails:\n%s\n\nSystem Error:'
            '\n%s\n.')
    ev = app(512, [''], time='2023-10-03 21:00:08')
    story('512-shutdown', general(ev, text % (
        'Could not query the status of the EventSystem service.',
        'A system shutdown is in progress.')), [512],
        'system-writer-error-unspecified', [True, None], [], [],
        'The service was asked for the writer while Windows shut down; that '
        'passes with the restart.', reject=[denied, missing, 'no-error'])
    story('512-access-denied', general(ev, text % (
        'Could not subscribe to the VSS shadow copy service.',
        'Access is denied.')), [512], denied, False, [], ['5'],
        'Without the System Writer a system state backup fails (KB 2009272); '
        'the system error is Access is denied.')
    why = ('events.tsv 256/257: the catalog database could not be opened; '
           'signatures by catalog cannot be checked until that is repaired.')
    text = ('The Cryptographic Services service failed to initialize the '
            'Catalog Database. The ')
    first = ['restart-cryptsvc', 'check-antivirus']
    story('257-esent-1032', general(
        app(257, ['-1032']), text + 'ESENT error was: -1032.'), [257],
        'catalog-database-failed', False, first, [], why)
    story('256-access-denied-table', 'Level\tDate and Time\tSource\tEvent ID\t'
          'Task Category\nError\t5/14/2024 9:31:12 AM\tMicrosoft-Windows-'
          'CAPI2\t256\tNone\t"' + text + 'error was: 2147942405 (0x80070005) '
          ': Access is denied."\nError\t5/14/2024 9:31:13 AM\tMicrosoft-'
          'Windows-CAPI2\t257\tNone\t"' + text + 'ESENT error was: -1032."\n',
          [256, 257], 'catalog-database-failed', False, first, [], why)


def all():
    lists()
    downloads()
    successes()
    system_writer()
