#!/usr/bin/env python3
"""Writes the invented logs that the transcripts explain: python3 make_fixtures.py FOLDER."""
import hashlib
import pathlib
import shutil
import struct
import sys

NAMESPACE = "http://schemas.microsoft.com/win/2004/08/events/event"
GUID = "{5bbca4a8-b209-48dc-a8c7-b23d3e5216fb}"
OFFLINE = "The revocation function was unable to check revocation because the revocation server was offline."
UNTRUSTED = ("A certificate chain processed, but terminated in a root certificate which is not trusted by the "
             "trust provider.")
EXPIRED_LIST = ("A required certificate is not within its validity period when verifying against the current "
                "system clock or the timestamp in the signed file.")
LIST_URL = "http://www.download.windowsupdate.com/msdownload/update/v3/static/trustedr/en/authrootstl.cab"


def system(number, task, opcode, level, time, record, computer, channel):
    source = ' EventSourceName="Microsoft-Windows-CAPI2"' if channel == "Application" else ""
    return f"""  <System>
    <Provider Name="Microsoft-Windows-CAPI2" Guid="{GUID}"{source}/>
    <EventID>{number}</EventID>
    <Version>0</Version>
    <Level>{level}</Level>
    <Task>{task}</Task>
    <Opcode>{opcode}</Opcode>
    <Keywords>{"0x8080000000000000" if channel == "Application" else "0x4000000000000003"}</Keywords>
    <TimeCreated SystemTime="{time}"/>
    <EventRecordID>{record}</EventRecordID>
    <Correlation/>
    <Execution ProcessID="1992" ThreadID="4264"/>
    <Channel>{channel}</Channel>
    <Computer>{computer}</Computer>
    <Security UserID="S-1-5-18"/>
  </System>
"""


def event(inner):
    return f'<Event xmlns="{NAMESPACE}">\n{inner}</Event>\n'


def operational(number, task, level, time, record, computer, facts, opcode=2):
    return event(system(number, task, opcode, level, time, record, computer,
                        "Microsoft-Windows-CAPI2/Operational") +
                 f"  <UserData>\n{facts}  </UserData>\n")


def tail(process, task_id, seq, code, text=""):
    result = f'<Result value="{code}">{text}</Result>' if text else f'<Result value="{code}"/>'
    return (f'      <EventAuxInfo ProcessName="{process}"/>\n'
            f'      <CorrelationAuxInfo TaskId="{task_id}" SeqNumber="{seq}"/>\n'
            f"      {result}\n")


def revocation(process, task_id, subject, time, record, computer):
    """Revocation unknown because only the cache was allowed: events 41 and 11."""
    certificate = f'<Certificate fileRef="{"1A" * 20}.cer" subjectName="{subject}"/>'
    check = (f"    <CertVerifyRevocation>\n      {certificate}\n"
             f'      <IssuerCertificate fileRef="{"2B" * 20}.cer" subjectName="Example Stamp CA"/>\n'
             '      <Flags value="6" CERT_VERIFY_CACHE_ONLY_BASED_REVOCATION="true" '
             'CERT_VERIFY_REV_ACCUMULATIVE_TIMEOUT_FLAG="true"/>\n'
             f'      <AdditionalParameters timeToUse="2009-07-14T03:01:05Z" currentTime="{time}" '
             'urlRetrievalTimeout="PT20S"/>\n'
             '      <RevocationStatus index="0" error="80092013" reason="0"/>\n'
             f"{tail(process, task_id, 16, '80092013', OFFLINE)}    </CertVerifyRevocation>\n")
    status = ('<TrustStatus><ErrorStatus value="1000040" CERT_TRUST_REVOCATION_STATUS_UNKNOWN="true" '
              'CERT_TRUST_IS_OFFLINE_REVOCATION="true"/><InfoStatus value="100"/></TrustStatus>')
    chain = (f"    <CertGetCertificateChain>\n      {certificate}\n"
             "      <ValidationTime>2009-07-14T03:01:05Z</ValidationTime>\n"
             '      <ExtendedKeyUsage><Usage oid="1.3.6.1.5.5.7.3.8" name="Time Stamping"/></ExtendedKeyUsage>\n'
             '      <Flags value="C8000005" CERT_CHAIN_CACHE_END_CERT="true" '
             'CERT_CHAIN_CACHE_ONLY_URL_RETRIEVAL="true" CERT_CHAIN_REVOCATION_CHECK_CHAIN_EXCLUDE_ROOT="true" '
             'CERT_CHAIN_REVOCATION_CHECK_CACHE_ONLY="true" CERT_CHAIN_REVOCATION_ACCUMULATIVE_TIMEOUT="true"/>\n'
             f'      <CertificateChain chainRef="{{94E241CB-8C9B-4010-8ABB-D178548E3C72}}">\n        {status}\n'
             f"        <ChainElement>\n          {certificate}\n"
             '          <SignatureAlgorithm oid="1.2.840.113549.1.1.11" hashName="SHA256" publicKeyName="RSA"/>\n'
             '          <PublicKeyAlgorithm oid="1.2.840.113549.1.1.1" publicKeyName="RSA" '
             'publicKeyLength="2048"/>\n'
             f"          {status}\n"
             '          <RevocationInfo><RevocationResult value="80092013"/></RevocationInfo>\n'
             "        </ChainElement>\n        <ChainElement>\n"
             f'          <Certificate fileRef="{"2B" * 20}.cer" subjectName="Example Stamp CA"/>\n'
             '          <TrustStatus><ErrorStatus value="0"/><InfoStatus value="10C" '
             'CERT_TRUST_IS_SELF_SIGNED="true"/></TrustStatus>\n'
             "        </ChainElement>\n      </CertificateChain>\n"
             f"{tail(process, task_id, 17, '80092013', OFFLINE)}    </CertGetCertificateChain>\n")
    return (operational(41, 41, 2, time, record, computer, check) +
            operational(11, 11, 2, time, record + 1, computer, chain))


def untrusted(process, task_id, subject, time, record, computer):
    """A TLS server's chain ends in a root that is not trusted: events 11 and 30."""
    certificate = f'<Certificate fileRef="{"3C" * 20}.cer" subjectName="{subject}"/>'
    root = f'<Certificate fileRef="{"4D" * 20}.cer" subjectName="Example Private Root"/>'
    ref = "{0B6A2D1E-36DB-4C2C-BB0C-2B8AD4A9%04X}" % record
    bad = ('<TrustStatus><ErrorStatus value="20" CERT_TRUST_IS_UNTRUSTED_ROOT="true"/>'
           '<InfoStatus value="100"/></TrustStatus>')
    good = '<TrustStatus><ErrorStatus value="0"/><InfoStatus value="102"/></TrustStatus>'
    chain = (f"    <CertGetCertificateChain>\n      {certificate}\n"
             f'      <CertificateChain chainRef="{ref}">\n        {bad}\n'
             f"        <ChainElement>\n          {certificate}\n          {good}\n        </ChainElement>\n"
             f"        <ChainElement>\n          {root}\n          {bad}\n        </ChainElement>\n"
             "      </CertificateChain>\n"
             f"{tail(process, task_id, 2, '800B0109', UNTRUSTED)}    </CertGetCertificateChain>\n")
    policy = ("    <CertVerifyCertificateChainPolicy>\n"
              '      <Policy type="CERT_CHAIN_POLICY_SSL" constant="4"/>\n'
              f"      {certificate}\n"
              f'      <CertificateChain chainRef="{ref}"/>\n'
              '      <Flags value="0"/>\n'
              '      <Status chainIndex="0" elementIndex="1"/>\n'
              f"{tail(process, task_id, 3, '800B0109', UNTRUSTED)}    </CertVerifyCertificateChainPolicy>\n")
    return (operational(11, 11, 2, time, record, computer, chain) +
            operational(30, 30, 2, time, record + 1, computer, policy, opcode=0))


def fine(process, task_id, subject, time, record, computer):
    """A chain that was built without complaint: event 11."""
    certificate = f'<Certificate fileRef="{"5E" * 20}.cer" subjectName="{subject}"/>'
    good = '<TrustStatus><ErrorStatus value="0"/><InfoStatus value="102"/></TrustStatus>'
    chain = (f"    <CertGetCertificateChain>\n      {certificate}\n"
             f'      <CertificateChain chainRef="{{5A6B0E2F-0001-4C2C-BB0C-2B8AD4A9CC18}}">\n        {good}\n'
             f"        <ChainElement>\n          {certificate}\n          {good}\n        </ChainElement>\n"
             "      </CertificateChain>\n"
             f"{tail(process, task_id, 2, '0')}    </CertGetCertificateChain>\n")
    return operational(11, 11, 4, time, record, computer, chain)


def rejected(process, task_id, issuer, seq, time, record, computer):
    """A cached CRL was past its next update: event 42."""
    facts = ("    <CertRejectedRevocationInfo>\n"
             f'      <SubjectCertificate fileRef="{"3C" * 20}.cer" subjectName="www.example.test"/>\n'
             f'      <IssuerCertificate fileRef="{"2B" * 20}.cer" subjectName="{issuer}"/>\n'
             f'      <CertificateRevocationList location="UrlCache" fileRef="{"6F" * 20}.crl" '
             f'issuerName="{issuer}"/>\n'
             '      <Action name="CheckTimeValidity"/>\n'
             f"{tail(process, task_id, seq, '0')}    </CertRejectedRevocationInfo>\n")
    return operational(42, 42, 4, time, record, computer, facts, opcode=0)


def old_list(time, record, computer):
    """The cached root list is refused: event 4107."""
    return event(system(4107, 0, 0, 2, time, record, computer, "Application") +
                 f"  <EventData>\n    <Data>{LIST_URL}</Data>\n    <Data>{EXPIRED_LIST}</Data>\n  </EventData>\n")


def stranger(time, record, computer):
    """An event that is none of CAPI2's."""
    return (f'<Event xmlns="{NAMESPACE}">\n  <System>\n    <Provider Name="Service Control Manager"/>\n'
            "    <EventID>7036</EventID>\n    <Level>4</Level>\n"
            f'    <TimeCreated SystemTime="{time}"/>\n    <EventRecordID>{record}</EventRecordID>\n'
            f"    <Channel>System</Channel>\n    <Computer>{computer}</Computer>\n  </System>\n"
            "  <EventData>\n    <Data>running</Data>\n  </EventData>\n</Event>\n")


def as_viewed(xml):
    """XML as a browser shows it and people paste it: a minus before what can be folded, some words around."""
    lines = [("- " + line.strip() if line.strip().endswith(">") and "</" not in line and "/>" not in line and
              not line.strip().startswith("</") else line.strip()) for line in xml.splitlines()]
    return "Hello, since yesterday I get this all the time:\n\n" + "\n".join(lines) + "\n\nWhat can I do?\n"


def friendly(time, record, computer):
    """Event 4107 as the event viewer copies it: words, and a time without zone."""
    return (f"Log Name:      Application\nSource:        Microsoft-Windows-CAPI2\nDate:          {time}\n"
            "Event ID:      4107\nTask Category: None\nLevel:         Error\nKeywords:      Classic\n"
            f"User:          N/A\nComputer:      {computer}\nDescription:\n"
            "Failed extract of third-party root list from auto update cab at: "
            f"<{LIST_URL}> with error: {EXPIRED_LIST}\n")


def events(*parts):
    return "<Events>\n" + "".join(parts) + "</Events>\n"


def task(number):
    return "{A4C1%04X-26EC-40C5-81BC-C6F0FA87DF56}" % number


def metadata(url, etag="", downloaded=133800000000000000, modified=0, size=0):
    """A MetaData file of Windows' URL cache, as far as the form is known."""
    wide, tag = (url + "\0").encode("utf-16-le"), etag.encode("utf-16-le")
    head = bytearray(0x74)
    for where, form, value in ((0, "<I", 112), (0x0C, "<I", len(wide)), (0x10, "<Q", downloaded),
                               (0x58, "<Q", modified), (0x64, "<I", len(tag)), (0x70, "<I", size)):
        struct.pack_into(form, head, where, value)
    return bytes(head) + wide + tag


def windows_caches(folder, pki):
    """One URL cache in which most is wrong, and one in which nothing is."""
    crl, stale = (pki / "ca.crl").read_bytes(), (pki / "stale.crl").read_bytes()
    page = b"<html><head><title>Sign in</title></head><body>Sign in first.</body></html>"

    def put(where, content, meta, url, body, name=None, size=None, meta_bytes=None):
        name = name or hashlib.md5(url.encode("utf-16-le"), usedforsecurity=False).hexdigest().upper()
        for sub in (content, meta):
            (folder / where / sub).mkdir(parents=True, exist_ok=True)
        (folder / where / content / name).write_bytes(body)
        if meta_bytes is None:
            meta_bytes = metadata(url, '"e-1"', size=len(body) if size is None else size)
        (folder / where / meta / name).write_bytes(meta_bytes)

    put("windows", "Content", "MetaData", LIST_URL, b"MSCF" + bytes(100))
    put("windows", "Content", "MetaData", "http://pki.example.org/ca.crl", crl)
    put("windows", "Content", "MetaData", "http://pki.example.org/stale.crl", stale)
    put("windows", "Content", "MetaData", "http://pki.example.org/page.crl", page)
    put("windows", "Content", "MetaData", "http://pki.example.org/cut.crl", crl, size=9999)
    put("windows", "Content", "MetaData", "http://pki.example.org/name.crl", crl, name="AB" * 16)
    put("windows", "Content", "MetaData", "http://pki.example.org/$(calc)\x1b[2J.crl", stale)
    put("windows", "Content", "MetaData", "", crl, name="CD" * 16, meta_bytes=b"\x70\0\0\0")
    put("windows-good", "content", "Metadata", "http://pki.example.org/ca.crl", crl)
    put("windows-good", "content", "Metadata", "http://pki.example.org/nothing.crl", b"", size=0)
    (folder / "windows-good" / "content" / "README.txt").write_text("not one of these")


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    alfa = revocation("consent.exe", task(0x11), "Example Stamp Service", "2024-05-01T10:00:00.500Z", 100, "ALFA")
    bravo = revocation("consent.exe", task(0x12), "Example Stamp Service", "2024-05-02T10:00:00.500Z", 7, "BRAVO")
    charlie = untrusted("chrome.exe", "{C0DE0001-26EC-40C5-81BC-C6F0FA87DF56}", "intranet.example.test",
                        "2024-05-03T08:30:00.250Z", 55, "CHARLIE")
    delta = fine("svchost.exe", "{D00D0001-26EC-40C5-81BC-C6F0FA87DF56}", "www.example.test",
                 "2024-05-04T12:00:00.000Z", 9, "DELTA")
    files = {
        "fleet.xml": events(alfa, bravo, charlie, delta),
        "before.xml": events(alfa, old_list("2024-05-01T09:00:00Z", 99, "ALFA")),
        "after.xml": events(alfa, charlie),
        "stamp.xml": events(alfa),
        "list.xml": events(old_list("2024-05-01T09:00:00Z", 99, "ALFA")),
        "fine.xml": events(delta),
        "mixed.xml": events(stranger("2024-05-04T11:00:00Z", 1, "DELTA"), delta),
        "strange.xml": events(stranger("2024-05-04T11:00:00Z", 1, "DELTA")),
        "hostile.xml": events(revocation("evil&#x9B;2J.exe", task(0x13), "a&#x202E;b", "2024-05-01T10:00:00.500Z",
                                         1, "ALFA")),
        "cut.xml": "<Events>\n" + alfa + charlie[:700],
        "busy.xml": events(*[untrusted("chrome.exe", "{C0DE%04X-26EC-40C5-81BC-C6F0FA87DF56}" % n,
                                       f"host{n}.example.test", f"2024-05-03T08:{n:02}:00.250Z", 2 * n + 1, "CHARLIE")
                             for n in range(30)]),
        "repeated.xml": events(*[rejected("svchost.exe", "{BEEF0001-26EC-40C5-81BC-C6F0FA87DF56}", f"Example CA {n}",
                                          n, "2024-05-03T08:00:00.250Z", n, "CHARLIE") for n in range(1, 4)]),
        "names.xml": events(untrusted("ALongNameOfAProgram.exe", "{FACE0001-26EC-40C5-81BC-C6F0FA87DF56}",
                                      "a-very-long-name-of-a-server.intranet.example.test",
                                      "2024-05-03T08:00:00.250Z", 1, "CHARLIE"),
                            revocation("AnotherLongName.exe", "{FADE0001-26EC-40C5-81BC-C6F0FA87DF56}",
                                       "Another Name of a Server That Is Long", "2024-05-03T08:01:00.250Z", 3,
                                       "CHARLIE")),
        "thread.txt": as_viewed(alfa) + "\nAnd in the Application log:\n\n" +
                      old_list("2024-05-01T09:00:00Z", 99, "ALFA"),
        "viewer.txt": friendly("7/11/2010 5:57:17 AM", 35951, "ALFA"),
        "document.pdf": "%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\n",
        "note.txt": "The printer on the second floor is out of paper again.\n",
        "empty.txt": "",
    }
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    fixtures = pathlib.Path(__file__).resolve().parent.parent / "fixtures"
    shutil.copytree(fixtures / "verify", folder / "pki")
    shutil.copytree(fixtures / "pki", folder / "objects")
    windows_caches(folder, folder / "pki")


main()
