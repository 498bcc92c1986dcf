"""Real servers on loopback: nginx, `openssl ocsp`, slapd, and STARTTLS.

Each is started on a free port, waited for until it takes connections, and
stopped with the object: at the end, on an exception, on SIGINT and SIGTERM,
and by the kernel should the test itself be killed. Their files are in the
folder they are given. `missing()` says which programs are not installed.
"""
import atexit
import ctypes
import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time

PATH = os.environ.get('PATH', '') + ':/usr/sbin:/sbin'
START_SECONDS = 10
PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None)
running = []
ended = threading.Event() # a signal came: nothing is begun any more


def program(name):
    return shutil.which(name, path=PATH)


def missing(*names):
    """The first of these programs that is not there, or None."""
    return next((name for name in names if not program(name)), None)


def free_port():
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        return probe.getsockname()[1]


def stop_all():
    while running:
        running.pop().stop()


def on_signal(number, _frame):
    ended.set()
    stop_all()
    sys.exit(128 + number)


def stop_at_the_end():
    """Call once, in the main thread, before anything is started."""
    atexit.register(stop_all)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, on_signal)


def die_with_parent():
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class Server:
    """A child process that listens on a port of ours."""

    def __init__(self, folder, name):
        self.folder, self.name = folder, name
        self.log = os.path.join(folder, name + '.log')
        self.child, self.port = None, None

    def start(self, command):
        """`command` is a function of the port; taken ports are retried."""
        for _ in range(4):
            self.port = free_port()
            with open(self.log, 'ab') as log:
                # pylint: disable=subprocess-popen-preexec-fn
                self.child = subprocess.Popen(
                    command(self.port), stdin=subprocess.DEVNULL, stdout=log,
                    stderr=log, cwd=self.folder, preexec_fn=die_with_parent)
            if self not in running:
                running.append(self)
            if self.wait():
                return self
            self.stop()
        with open(self.log, encoding='utf-8', errors='replace') as log:
            raise RuntimeError('%s does not start:\n%s' % (
                self.name, log.read()[-2000:]))

    def wait(self):
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end and self.child.poll() is None:
            try:
                socket.create_connection(('127.0.0.1', self.port), 1).close()
                return True
            except OSError:
                time.sleep(0.02)
        return False

    def stop(self):
        if self.child and self.child.poll() is None:
            self.child.terminate()
            try:
                self.child.wait(3)
            except subprocess.TimeoutExpired:
                self.child.kill()
                self.child.wait()
        if self in running:
            running.remove(self)


NGINX = '''
daemon off;
master_process off;
pid %(folder)s/nginx.pid;
error_log stderr notice;
events { worker_connections 256; }
http {
	access_log %(folder)s/nginx-access.log;
	client_body_temp_path %(folder)s/nginx-body;
	proxy_temp_path %(folder)s/nginx-proxy;
	fastcgi_temp_path %(folder)s/nginx-fastcgi;
	uwsgi_temp_path %(folder)s/nginx-uwsgi;
	scgi_temp_path %(folder)s/nginx-scgi;
	types {
		application/pkix-crl crl;
		application/pkix-cert crt cer;
		application/pkcs7-mime p7c;
	}
	server {
		listen 127.0.0.1:%(port)d;
		root %(folder)s/www;
	}
%(tls)s
}
'''
NGINX_TLS = '''
	server {
		listen 127.0.0.1:%(port)d ssl;
		ssl_certificate %(chain)s;
		ssl_certificate_key %(key)s;
		ssl_protocols %(protocols)s;
		%(staple)s
		root %(folder)s/www;
	}
'''


class Nginx(Server):
    """
    Serves the folder `www` below its own. Each of `tls` is (certificates in
    PEM, key file, response to staple in DER or None, protocols); their ports
    are in `tls_ports`, in the same order.
    """

    def __init__(self, folder, tls=()):
        super().__init__(folder, 'nginx')
        self.www = os.path.join(folder, 'www')
        os.makedirs(self.www, exist_ok=True)
        self.tls_ports = []
        self.tls = list(tls)
        self.start(self.command)

    def command(self, port):
        blocks, self.tls_ports = [], []
        for number, (chain, key, staple, protocols) in enumerate(self.tls):
            chain_file = os.path.join(self.folder, 'tls%d.pem' % number)
            with open(chain_file, 'w', encoding='ascii') as f:
                f.write(chain)
            said = ''
            if staple:
                staple_file = os.path.join(self.folder, 'tls%d.ors' % number)
                with open(staple_file, 'wb') as f:
                    f.write(staple)
                said = 'ssl_stapling on; ssl_stapling_file %s;' % staple_file
            self.tls_ports.append(free_port())
            blocks.append(NGINX_TLS % {
                'port': self.tls_ports[-1], 'chain': chain_file, 'key': key,
                'protocols': protocols, 'staple': said,
                'folder': self.folder})
        config = os.path.join(self.folder, 'nginx.conf')
        with open(config, 'w', encoding='ascii') as f:
            f.write(NGINX % {'folder': self.folder, 'port': port,
                             'tls': ''.join(blocks)})
        return [program('nginx'), '-e', 'stderr', '-p', self.folder, '-c',
                config]

    def put(self, name, content):
        path = os.path.join(self.www, name.lstrip('/'))
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path + '.new', 'wb') as f:
            f.write(content)
        os.replace(path + '.new', path)


class OcspResponder(Server):
    """
    `openssl ocsp`. `rows` holds (serial, None or (reason, when revoked));
    every other serial is unknown to it.
    """

    def __init__(self, folder, ca, signer, rows):
        super().__init__(folder, 'ocsp')

        def path(name):
            return os.path.join(folder, name)
        for name, text in (('ocsp-ca.pem', ca.pem),
                           ('ocsp-signer.pem', signer.pem)):
            with open(path(name), 'w', encoding='ascii') as f:
                f.write(text)
        with open(path('ocsp-index.txt'), 'w', encoding='ascii') as f:
            for serial, revoked in sorted(rows):
                digits = '%X' % serial
                f.write('%s\t491231235959Z\t%s\t%s\tunknown\t/CN=%s\n' % (
                    'R' if revoked else 'V',
                    '%s,%s' % (revoked[1].strftime('%y%m%d%H%M%SZ'),
                               revoked[0]) if revoked else '',
                    '0' * (len(digits) % 2) + digits, digits))
        self.start(lambda port: [
            program('openssl'), 'ocsp', '-port', str(port), '-index',
            path('ocsp-index.txt'), '-CA', path('ocsp-ca.pem'), '-rsigner',
            path('ocsp-signer.pem'), '-rkey', signer.key.path, '-nmin', '60'])

    def wait(self):
        """It says so; a connection without a request would make it spin."""
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end and self.child.poll() is None:
            with open(self.log, encoding='utf-8', errors='replace') as log:
                if 'waiting for OCSP client' in log.read():
                    return True
            time.sleep(0.02)
        return False


SLAPD = '''
include /etc/ldap/schema/core.schema
modulepath /usr/lib/ldap
moduleload back_mdb
pidfile %(folder)s/slapd.pid
argsfile %(folder)s/slapd.args
TLSCertificateFile %(folder)s/slapd-cert.pem
TLSCertificateKeyFile %(key)s
TLSCACertificateFile %(folder)s/slapd-ca.pem
database mdb
suffix "dc=test"
directory %(folder)s/slapd-data
access to * by * read
'''
LDIF = '''dn: dc=test
objectClass: dcObject
objectClass: organization
dc: test
o: Avow Net Tests

'''
LDIF_ENTRY = '''dn: cn=%(name)s,dc=test
objectClass: cRLDistributionPoint
cn: %(name)s
%(lines)s

'''


class Slapd(Server):
    """
    OpenLDAP with entries cn=NAME,dc=test; `entries` maps names to lines of
    LDIF. StartTLS shows `chain` (PEM, the end certificate first).
    """

    def __init__(self, folder, entries, chain, key):
        super().__init__(folder, 'slapd')

        def write(name, text):
            path = os.path.join(folder, name)
            with open(path, 'w', encoding='ascii') as f:
                f.write(text)
            return path
        end = '-----END CERTIFICATE-----\n'
        first, rest = chain.split(end, 1)
        write('slapd-cert.pem', first + end)
        write('slapd-ca.pem', rest or first + end)
        os.makedirs(os.path.join(folder, 'slapd-data'), exist_ok=True)
        config = write('slapd.conf', SLAPD % {'folder': folder, 'key': key})
        ldif = write('slapd.ldif', LDIF + ''.join(
            LDIF_ENTRY % {'name': name, 'lines': lines}
            for name, lines in entries.items()))
        added = subprocess.run(
            [program('slapadd'), '-q', '-f', config, '-l', ldif],
            capture_output=True, text=True, check=False)
        if added.returncode:
            raise RuntimeError('slapadd: ' + added.stderr)
        self.start(lambda port: [
            program('slapd'), '-d', '0', '-f', config, '-h',
            'ldap://127.0.0.1:%d/' % port])


class StartTls:
    """SMTP, IMAP or POP3, as far as the first TLS handshake."""

    TALK = {
        'smtp': (b'220 mail.test ESMTP ready\r\n',
                 [(b'EHLO', b'250-mail.test\r\n250-SIZE 1000\r\n'
                   b'250 STARTTLS\r\n'),
                  (b'STARTTLS', b'220 Go ahead\r\n')]),
        'imap': (b'* OK IMAP4rev1 ready\r\n',
                 [(b'CAPABILITY', b'* CAPABILITY IMAP4rev1 STARTTLS\r\n'
                   b'%TAG OK done\r\n'),
                  (b'STARTTLS', b'%TAG OK begin\r\n')]),
        'pop3': (b'+OK POP3 ready\r\n',
                 [(b'CAPA', b'+OK\r\nSTLS\r\n.\r\n'),
                  (b'STLS', b'+OK begin\r\n')]),
    }

    def __init__(self, protocol, chain_file, key_file, refuses=False):
        self.protocol, self.refuses = protocol, refuses
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(chain_file, key_file)
        self.listener = socket.create_server(('127.0.0.1', 0))
        self.port = self.listener.getsockname()[1]
        running.append(self)
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.converse, args=(connection,),
                             daemon=True).start()

    def converse(self, connection):
        greeting, talk = self.TALK[self.protocol]
        try:
            connection.settimeout(20)
            connection.sendall(greeting)
            stream = connection.makefile('rb')
            while True:
                line = stream.readline(1024).strip()
                if not line:
                    break
                words = line.split()
                tag = words[0] if self.protocol == 'imap' else b''
                verb = words[-1 if self.protocol == 'imap' else 0].upper()
                reply = next((r for v, r in talk if v == verb), None)
                if reply is None or self.refuses and verb == b'STARTTLS':
                    connection.sendall(b'500 not here\r\n')
                    continue
                connection.sendall(reply.replace(b'%TAG', tag))
                if verb in (b'STARTTLS', b'STLS'):
                    with self.context.wrap_socket(
                            connection, server_side=True) as secure:
                        secure.recv(1)
                    break
        except (OSError, ValueError):
            pass
        finally:
            connection.close()

    def stop(self):
        try:
            self.listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.listener.close()
        if self in running:
            running.remove(self)
