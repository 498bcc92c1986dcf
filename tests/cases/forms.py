"""Turns events into the forms in which people post them.

Each form keeps the damage that goes with it: consoles cut at a column, mail
programs put a mark before every line, forums eat indentation.
"""
import json
import re
import textwrap
from xml.sax.saxutils import escape

from events import PROVIDER

SPACE = 'http://schemas.microsoft.com/win/2004/08/events/event'

NAMES = {10: 'Build Chain', 11: 'Build Chain', 30: 'Verify Chain Policy',
         40: 'Verify Revocation', 41: 'Verify Revocation',
         42: 'Reject Revocation Information',
         51: 'Retrieve Object from Cache', 53: 'Retrieve Object from Network',
         70: 'Acquire Certificate Private Key', 80: 'Verify Trust',
         81: 'Verify Trust', 90: 'X509 Objects'}
DETAILS = ('For more details for this event, please refer to the "Details" '
           'section')


def attr(text, quote='"'):
    return escape(text).replace(quote, '&quot;' if quote == '"' else '&apos;')


def system(ev):
    """The System part as (tag, attributes, text) rows."""
    provider = [('Name', ev.source), ('Guid', PROVIDER)]
    if ev.data is not None:
        provider.append(('EventSourceName', ev.source))
    return [
        ('Provider', provider, None),
        ('EventID', [('Qualifiers', '0')] if ev.data is not None else [],
         str(ev.id)),
        ('Version', [], '0'), ('Level', [], str(ev.level)),
        ('Task', [], str(ev.task)), ('Opcode', [], str(ev.opcode)),
        ('Keywords', [], ev.keywords),
        ('TimeCreated', [('SystemTime', ev.when())], None),
        ('EventRecordID', [], str(ev.record)), ('Correlation', [], None),
        ('Execution', [('ProcessID', str(ev.pid)),
                       ('ThreadID', str(ev.tid))], None),
        ('Channel', [], ev.channel), ('Computer', [], ev.computer),
        ('Security', [('UserID', ev.user)] if ev.user else [], None)]


def rows(el, depth, quote, indent, end):
    pad = indent * depth
    head = pad + '<' + el.tag + ''.join(
        ' %s=%s%s%s' % (k, quote, attr(v, quote), quote)
        for k, v in el.attrs.items())
    if el.text is not None:
        return [head + '>' + escape(el.text) + '</' + el.tag + '>']
    if not el.children:
        return [head + end]
    out = [head + '>']
    for c in el.children:
        out += rows(c, depth + 1, quote, indent, end)
    return out + [pad + '</' + el.tag + '>']


def xml_rows(ev, quote='"', indent='  ', end=' />'):
    out = ['<Event xmlns=%s%s%s>' % (quote, SPACE, quote), indent + '<System>']
    for tag, attrs, text in system(ev):
        head = indent * 2 + '<' + tag + ''.join(
            ' %s=%s%s%s' % (k, quote, attr(v, quote), quote) for k, v in attrs)
        out.append(head + end if text is None
                   else head + '>' + escape(text) + '</' + tag + '>')
    out.append(indent + '</System>')
    if ev.data is not None:
        out.append(indent + '<EventData>')
        out += [indent * 2 + '<Data>' + escape(d) + '</Data>' for d in ev.data]
        out.append(indent + '</EventData>')
    else:
        out.append(indent + '<UserData>')
        out += rows(ev.body, 2, quote, indent, end)
        out.append(indent + '</UserData>')
    return out + ['</Event>']


def xml(events):
    return '\n\n'.join('\n'.join(xml_rows(e)) for e in events) + '\n'


def exported(events):
    """Saved as XML from Event Viewer: one root, one line an event."""
    return ('<?xml version="1.0" encoding="utf-8" standalone="yes"?>\n<Events>'
            + ''.join(''.join(xml_rows(e, "'", '', '/>')) for e in events)
            + '</Events>\n')


def wevtutil(events):
    """wevtutil qe: apostrophes, one line an event, no root."""
    return ''.join(''.join(xml_rows(e, "'", '', '/>')) + '\n' for e in events)


def browser(events):
    """Copied out of a browser's or the viewer's tree: - before what opens."""
    out = []
    for e in events:
        lines = xml_rows(e)
        for i, line in enumerate(lines):
            body = line.lstrip()
            opens = (body.startswith('<') and not body.startswith('</')
                     and not body.endswith('/>') and '</' not in body)
            out.append(('- ' if opens else '  ') + line)
        out.append('')
    return '\n'.join(out)


def friendly(events):
    """The Friendly View of the Details tab, copied."""
    out = []

    def element(el, depth):
        pad = '  ' * depth
        out.append(pad + ('- ' if el.children or el.attrs else '') + el.tag
                   + (' ' + el.text if el.text is not None else '') + ' ')
        out.append('')
        for k, v in el.attrs.items():
            out.append('   [ %s]  %s ' % (k, v))
        if el.attrs:
            out.append('')
        for c in el.children:
            element(c, 1)

    for e in events:
        out.append('- System ')
        out.append('')
        for tag, attrs, text in system(e):
            if attrs and text is None:
                out += ['  - %s ' % tag, '']
                out += ['   [ %s]  %s ' % a for a in attrs] + ['']
            else:
                out += ['   %s %s ' % (tag, text or ''), '']
        if e.data is not None:
            out += ['- EventData ', '']
            for d in e.data:
                out += ['   %s ' % d, '']
        else:
            out += ['- UserData ', '']
            element(e.body, 1)
        out += ['', '']
    return '\n'.join(out)


LABELS = {  # log, source, date, id, category, level, keywords, user, computer, text
    'en': 'Log Name|Source|Date|Event ID|Task Category|Level|Keywords|User|'
          'Computer|Description|Application|None|Error|Classic|N/A',
    'de': 'Protokollname|Quelle|Datum|Ereignis-ID|Aufgabenkategorie|Ebene|'
          'Schlüsselwörter|Benutzer|Computer|Beschreibung|Application|Keine|'
          'Fehler|Klassisch|Nicht zutreffend',
    'fr': 'Nom du journal |Source |Date |ID de l’événement |Catégorie de la '
          'tâche |Niveau |Mots clés |Utilisateur |Ordinateur |Description |'
          'Application|'
          'Aucun|Erreur|Classique|N/A',
    'es': 'Nombre de registro|Origen|Fecha|Id. del evento|Categoría de la '
          'tarea|Nivel|Palabras clave|Usuario|Equipo|Descripción|Application|'
          'Ninguno|Error|Clásico|No disponible',
    'it': 'Nome registro|Origine|Data|ID evento|Categoria attività|Livello|'
          'Parole chiave|Utente|Computer|Descrizione|Application|Nessuna|'
          'Errore|Classico|N/D',
    'nl': 'Logboeknaam|Bron|Datum|Gebeurtenis-id|Taakcategorie|Niveau|'
          'Trefwoorden|Gebruiker|Computer|Beschrijving|Application|Geen|Fout|'
          'Klassiek|n.v.t.',
    'pt': 'Nome do Log|Fonte|Data|Identificação do Evento|Categoria da '
          'Tarefa|Nível|Palavras-chave|Usuário|Computador|Descrição|'
          'Application|Nenhum|Erro|Clássico|N/D',
    'ru': 'Имя журнала|Источник|Дата|Код события|Категория задачи|Уровень|'
          'Ключевые слова|Пользователь|Компьютер|Описание|Application|'
          'Отсутствует|Ошибка|Классический|Н/Д',
    'pl': 'Nazwa dziennika|Źródło|Data|Identyfikator zdarzenia|Kategoria '
          'zadania|Poziom|Słowa kluczowe|Użytkownik|Komputer|Opis|'
          'Application|Brak|Błąd|Klasyczny|Nie dotyczy',
    'cs': 'Název protokolu|Zdroj|Datum|ID události|Kategorie úlohy|Úroveň|'
          'Klíčová slova|Uživatel|Počítač|Popis|Application|Není|Chyba|'
          'Klasické|Není k dispozici',
    'hu': 'Napló neve|Forrás|Dátum|Eseményazonosító|Feladatkategória|Szint|'
          'Kulcsszavak|Felhasználó|Számítógép|Leírás|Application|Nincs|Hiba|'
          'Klasszikus|N/A',
    'tr': 'Günlük Adı|Kaynak|Tarih|Olay Kimliği|Görev Kategorisi|Düzey|'
          'Anahtar Sözcükler|Kullanıcı|Bilgisayar|Açıklama|Application|Yok|'
          'Hata|Klasik|Yok',
    'da': 'Lognavn|Kilde|Dato|Hændelses-id|Opgavekategori|Niveau|Nøgleord|'
          'Bruger|Computer|Beskrivelse|Application|Ingen|Fejl|Klassisk|I/T',
    'nb': 'Loggnavn|Kilde|Dato|Hendelses-ID|Oppgavekategori|Nivå|Nøkkelord|'
          'Bruker|Datamaskin|Beskrivelse|Application|Ingen|Feil|Klassisk|I/T',
    'fi': 'Lokin nimi|Lähde|Päivämäärä|Tapahtuman tunnus|Tehtäväluokka|Taso|'
          'Avainsanat|Käyttäjä|Tietokone|Kuvaus|Application|Ei mitään|Virhe|'
          'Perinteinen|Ei käytettävissä',
    'el': 'Όνομα αρχείου καταγραφής|Προέλευση|Ημερομηνία|Αναγνωριστικό '
          'συμβάντος|Κατηγορία εργασίας|Επίπεδο|Λέξεις-κλειδιά|Χρήστης|'
          'Υπολογιστής|Περιγραφή|Application|Καμία|Σφάλμα|Κλασικό|Δ/Υ',
    'ja': 'ログの名前|ソース|日付|イベント ID|タスクのカテゴリ|レベル|キーワード|'
          'ユーザー|コンピューター|説明|Application|なし|エラー|クラシック|N/A',
    'zh': '日志名称|来源|日期|事件 ID|任务类别|级别|关键字|用户|计算机|描述|'
          'Application|无|错误|经典|暂缺',
    'ko': '로그 이름|원본|날짜|이벤트 ID|작업 범주|수준|키워드|사용자|컴퓨터|설명|'
          'Application|없음|오류|클래식|해당 없음',
    'sv': 'Loggnamn|Källa|Datum|Händelse-ID|Aktivitetskategori|Nivå|Nyckelord|'
          'Användare|Dator|Beskrivning|Application|Inget|Fel|Klassisk|Saknas',
}


def general(ev, message, lang='en', date='5/14/2024 9:31:12 AM', category=None,
            level=None, xml_too=False):
    """What the Copy button of Event Viewer gives, text part."""
    w = LABELS[lang].split('|')
    values = [ev.channel, ev.source, date, str(ev.id), category or w[11],
              level or w[12], w[13] if ev.data is not None else '',
              ev.user or w[14], ev.computer]
    lines = ['%-15s%s' % (w[i] + ':', v) for i, v in enumerate(values)]
    lines += [w[9] + ':', message]
    if xml_too:
        lines += ['Event Xml:'] + xml_rows(ev)
    return '\n'.join(lines) + '\n'


def bare(ev, message, lang='en', **more):
    """As a console prints it: the words of the message only, one per label."""
    return re.sub(r':\s{2,}', ': ', general(ev, message, lang, **more))


def inner(ev):
    """The UserData of an event on one line, as EventLogRecord gives it."""
    root = rows(ev.body, 0, '"', '', ' />')
    root[0] = root[0].replace('<' + ev.body.tag,
                              '<%s xmlns="%s"' % (ev.body.tag, SPACE), 1)
    return ''.join(root)


def format_list(events, width=100, words=('Information', 'Error')):
    """PowerShell's Format-List: values wrapped hard at the window's width."""
    out = []
    for e in events:
        kind = words[0] if e.level == 4 else words[1]
        for k, v in (('TimeCreated', e.time.strftime('%d/%m/%Y %H:%M:%S')),
                     ('ID', str(e.id)), ('RecordType', kind),
                     ('DetailedMessage', inner(e))):
            head = '%-15s : ' % k
            room = width - len(head)
            parts = [v[i:i + room] for i in range(0, len(v), room)]
            out.append(head + parts[0])
            out += [' ' * len(head) + p for p in parts[1:]]
        out.append('')
    return '\n'.join(out)


def quoted(text, mark='> ', width=None):
    """A mail quote, folded if a width is given."""
    out = []
    for line in text.splitlines():
        parts = textwrap.wrap(line, width, break_long_words=False,
                              break_on_hyphens=False) if width else [line]
        out += [(mark + p).rstrip() for p in parts or ['']]
    return '\n'.join(out) + '\n'


def tree(el, suffixed=False):
    """An element as JSON; repeated ones become a list, or with suffixed the
    earlier ones are renamed NAME_1, NAME_2 and the last keeps its name."""
    out = {}
    if el.attrs:
        out['#attributes'] = dict(el.attrs)
    if el.text is not None:
        if not out:
            return el.text
        out['#text'] = el.text
    for c in el.children:
        made = tree(c, suffixed)
        if c.tag not in out:
            out[c.tag] = made
        elif suffixed:
            free = 1
            while '%s_%d' % (c.tag, free) in out:
                free += 1
            out['%s_%d' % (c.tag, free)] = out[c.tag]
            out[c.tag] = made
        else:
            if not isinstance(out[c.tag], list):
                out[c.tag] = [out[c.tag]]
            out[c.tag].append(made)
    return out or None


def dump_tree(ev, suffixed=False):
    part = {}
    for tag, attrs, text in system(ev):
        if attrs:
            part[tag] = {'#attributes': {
                k: int(v) if v.isdigit() else v for k, v in attrs}}
            if text is not None:
                part[tag]['#text'] = int(text)
        else:
            part[tag] = int(text) if text and text.isdigit() else text
    event = {'#attributes': {'xmlns': SPACE}, 'System': part}
    if ev.data is not None:
        event['EventData'] = {'Data': {'#text': ev.data}}
    else:
        event['UserData'] = {ev.body.tag: tree(ev.body, suffixed)}
    return {'Event': event}


def json_lines(events):
    return ''.join(json.dumps(dump_tree(e), ensure_ascii=False) + '\n'
                   for e in events)


def evtx_dump(events):
    """evtx_dump -o jsonl: one key cannot be there twice."""
    return ''.join(json.dumps(dump_tree(e, True), ensure_ascii=False) + '\n'
                   for e in events)


def evtx_dump_pretty(events):
    """evtx_dump -o json: a line before each record, then many lines."""
    return ''.join('Record %d\n%s\n' % (
        e.record, json.dumps(dump_tree(e, True), indent=2,
                             ensure_ascii=False)) for e in events)


def winlogbeat(events, messages):
    lines = []
    for e, message in zip(events, messages):
        doc = {
            '@timestamp': e.time.strftime('%Y-%m-%dT%H:%M:%S.%f')[:-3] + 'Z',
            'message': message, 'log': {'level': 'information' if e.level == 4
                                        else 'error'},
            'event': {'code': str(e.id), 'kind': 'event',
                      'provider': e.source},
            'host': {'name': e.computer},
            'winlog': {
                'api': 'wineventlog', 'channel': e.channel,
                'computer_name': e.computer, 'event_id': str(e.id),
                'provider_guid': PROVIDER, 'provider_name': e.source,
                'record_id': e.record, 'opcode': 'Info',
                'process': {'pid': e.pid, 'thread': {'id': e.tid}},
                'keywords': ['Classic']}}
        if e.data is not None:
            doc['winlog']['event_data'] = {
                'param%d' % (i + 1): d for i, d in enumerate(e.data)}
        lines.append(json.dumps(doc, ensure_ascii=False) + '\n')
    return ''.join(lines)


def wazuh(events, messages):
    lines = []
    for e, message in zip(events, messages):
        sys_part = {
            'providerName': e.source, 'providerGuid': PROVIDER,
            'eventSourceName': e.source, 'eventID': str(e.id), 'version': '0',
            'level': str(e.level), 'task': str(e.task),
            'opcode': str(e.opcode), 'keywords': e.keywords,
            'systemTime': e.when(), 'eventRecordID': str(e.record),
            'processID': str(e.pid), 'threadID': str(e.tid),
            'channel': e.channel, 'computer': e.computer,
            'severityValue': 'ERROR' if e.level == 2 else 'INFORMATION',
            'message': '"%s"' % message}
        lines.append(json.dumps({
            'timestamp': e.time.strftime('%Y-%m-%dT%H:%M:%S.%f')[:-3] + '+0000',
            'rule': {'level': 5, 'id': '60602',
                     'description': 'Windows application error event.'},
            'agent': {'id': '014', 'name': e.computer.split('.')[0]},
            'decoder': {'name': 'windows_eventchannel'},
            'data': {'win': {'system': sys_part, 'eventdata': {
                'data': ', '.join(e.data)}}},
            'location': 'EventChannel'}, ensure_ascii=False) + '\n')
    return ''.join(lines)


def yaml_text(value):
    if value is None:
        return 'null'
    if isinstance(value, int):
        return str(value)
    if value == '' or re.search(r"[:{}\[\]#'\"<>*&%@]|^\d|^0x|^-|^(true|null)$",
                                value):
        return "'" + value.replace("'", "''") + "'"
    return value


def yaml_rows(value, pad):
    out = []
    for k in sorted(value):
        v = value[k]
        if isinstance(v, dict):
            out += [pad + k + ':'] + yaml_rows(v, pad + '  ')
        elif isinstance(v, list):
            out.append(pad + k + ':')
            for item in v:
                if isinstance(item, dict):
                    sub = yaml_rows(item, pad + '  ')
                    out.append(pad + '- ' + sub[0].lstrip())
                    out += sub[1:]
                else:
                    out.append(pad + '- ' + yaml_text(item))
        else:
            out.append(pad + k + ': ' + yaml_text(v))
    return out


def flatten(value):
    """chainsaw puts attributes beside the element, as NAME_attributes."""
    if isinstance(value, list):
        return [flatten(v) for v in value]
    if not isinstance(value, dict):
        return value
    out = {}
    for k, v in value.items():
        if isinstance(v, dict) and '#attributes' in v:
            rest = {a: b for a, b in v.items() if a != '#attributes'}
            out[k + '_attributes'] = v['#attributes']
            if list(rest) == ['#text']:
                out[k] = rest['#text']
            elif rest:
                out[k] = flatten(rest)
        else:
            out[k] = flatten(v)
    return out


def chainsaw(events):
    out = []
    for e in events:
        doc = flatten(dump_tree(e))
        doc.pop('Event_attributes', None)
        if e.data is not None:
            doc['Event']['EventData'] = {'Binary': None, 'Data': e.data}
        out += ['---'] + yaml_rows(doc, '')
    return '\n'.join(out) + '\n'


def text_query(events, messages):
    """wevtutil qe /f:text."""
    out = []
    for i, (e, message) in enumerate(zip(events, messages)):
        level = 'Error' if e.level == 2 else 'Information'
        out += ['Event[%d]:' % i, '  Log Name: ' + e.channel,
                '  Source: ' + e.source,
                '  Date: ' + e.time.strftime('%Y-%m-%dT%H:%M:%S.204'),
                '  Event ID: %d' % e.id,
                '  Task: ' + ('N/A' if not e.task else NAMES[e.id]),
                '  Level: ' + level, '  Opcode: Info',
                '  Keyword: ' + ('Classic' if e.data is not None else 'N/A'),
                '  User: ' + (e.user or 'N/A'), '  User Name: N/A',
                '  Computer: ' + e.computer, '  Description: ', message, '']
    return '\n'.join(out)
