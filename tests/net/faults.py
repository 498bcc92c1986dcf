"""An HTTP server that answers wrongly in every way one can ask for.

It listens on several loopback ports, each with a part to play: the origin, a
proxy that works, one that wants a password, one that is a captive portal, and
two black holes. What it serves is told path by path:

    server.serve('/case/ca.crl', body=crl)
    server.serve('/case/slow.crl', body=crl, fault='slow', seconds=2)

A body may be a function of the request, for OCSP. Every request is counted by
part, method and path, so that tests can tell what was asked, and how often.
"""
import base64
import random
import socket
import struct
import threading
import time
import urllib.parse

REASON = {200: 'OK', 204: 'No Content', 301: 'Moved Permanently',
          302: 'Found', 304: 'Not Modified', 307: 'Temporary Redirect',
          401: 'Unauthorized', 403: 'Forbidden', 404: 'Not Found',
          407: 'Proxy Authentication Required', 410: 'Gone',
          500: 'Internal Server Error', 502: 'Bad Gateway',
          503: 'Service Unavailable'}
PORTAL = (b'<!DOCTYPE html>\n<html><head><title>Guest network: please log in'
          b'</title></head><body><form action="/login">...</form></body>'
          b'</html>\n')
MAX_HEAD = 65536
FAULTS = ['slow', 'silent', 'stall', 'dribble', 'truncate', 'chunk-cut',
          'reset', 'reset-midway', 'endless', 'claims', 'garbage', 'close']


class Request:
    def __init__(self, head, body, part):
        lines = head.decode('latin-1').split('\r\n')
        self.method, self.target, _ = (lines[0] + '  ').split(' ', 2)
        self.headers = {}
        for line in lines[1:]:
            key, _, value = line.partition(':')
            self.headers[key.strip().lower()] = value.strip()
        self.body, self.part = body, part
        self.path = urllib.parse.urlsplit(self.target).path \
            if '://' in self.target else self.target

    def ocsp(self):
        """The OCSPRequest of a POST, or of a GET's path (RFC 6960 A.1)."""
        if self.method == 'POST':
            return self.body
        text = urllib.parse.unquote(self.path.split('/ocsp/', 1)[1])
        return base64.b64decode(text)


class Answer:
    def __init__(self, body=b'', status=200, kind=None, headers=None,
                 etag=None, fault=None, seconds=30.0, bytes_=0, to=None):
        self.body, self.status, self.kind = body, status, kind
        self.headers = dict(headers or {})
        self.etag, self.fault, self.seconds = etag, fault, seconds
        self.bytes, self.to = bytes_, to
        if fault is not None and fault not in FAULTS:
            raise ValueError('no such fault: ' + fault)


class FaultServer:
    PARTS = ('origin', 'proxy', 'proxy407', 'portal')

    def __init__(self):
        self.lock = threading.Lock()
        self.answers, self.counts, self.heads = {}, {}, {}
        self.log = []
        self.chaos = None # a function of the request to an Answer or None
        self.stopping = threading.Event()
        self.listeners, self.ports, self.connections = [], {}, set()
        for part in self.PARTS:
            listener = socket.create_server(('127.0.0.1', 0), backlog=512)
            self.ports[part] = listener.getsockname()[1]
            self.listeners.append(listener)
            threading.Thread(target=self.accept, args=(listener, part),
                             daemon=True).start()
        self.fillers = []
        self.ports['blackhole'] = self.black_hole()
        self.ports['mute'] = self.mute()

    # Black holes: one never completes a handshake, one never answers.

    def black_hole(self):
        """A backlog that is full: SYNs to it are dropped without a word."""
        listener = socket.socket()
        listener.bind(('127.0.0.1', 0))
        listener.listen(0)
        self.listeners.append(listener)
        for _ in range(8):
            filler = socket.socket()
            filler.setblocking(False)
            filler.connect_ex(listener.getsockname())
            self.fillers.append(filler)
        return listener.getsockname()[1]

    def mute(self):
        listener = socket.create_server(('127.0.0.1', 0), backlog=512)
        self.listeners.append(listener)
        return listener.getsockname()[1]

    def stop(self):
        self.stopping.set()
        for listener in self.listeners:
            try:
                listener.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            listener.close()
        for filler in self.fillers:
            filler.close()
        with self.lock:
            held = list(self.connections)
        for connection in held:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def url(self, part='origin'):
        return 'http://127.0.0.1:%d' % self.ports[part]

    def serve(self, path, **answer):
        if 'bytes' in answer:
            answer['bytes_'] = answer.pop('bytes')
        with self.lock:
            self.answers[path] = Answer(**answer)

    def withdraw(self, prefix):
        with self.lock:
            for path in [p for p in self.answers if p.startswith(prefix)]:
                del self.answers[path]

    def forget(self, prefix):
        """Start counting anew below a path."""
        with self.lock:
            for key in [k for k in self.counts if k[2].startswith(prefix)]:
                del self.counts[key]

    def count(self, path, method=None, part=None):
        """How often it was asked for; below it too when it ends in '/'."""
        with self.lock:
            return sum(
                number for (p, m, asked), number in self.counts.items()
                if (asked == path or path.endswith('/')
                    and asked.startswith(path))
                and method in (None, m) and part in (None, p))

    def last_head(self, path):
        """The headers of the last request for it."""
        with self.lock:
            return dict(self.heads.get(path, {}))

    # The wire.

    def accept(self, listener, part):
        while not self.stopping.is_set():
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=self.converse, args=(connection, part),
                             daemon=True).start()

    def converse(self, connection, part):
        with self.lock:
            self.connections.add(connection)
        try:
            connection.settimeout(60)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            rest = b''
            while not self.stopping.is_set():
                request, rest = self.read(connection, rest, part)
                if request is None or not self.answer(connection, request):
                    return
        except OSError:
            pass
        finally:
            with self.lock:
                self.connections.discard(connection)
            connection.close()

    @staticmethod
    def read(connection, rest, part):
        while b'\r\n\r\n' not in rest:
            more = connection.recv(65536)
            if not more or len(rest) > MAX_HEAD:
                return None, b''
            rest += more
            if rest[:1] == b'\x16': # TLS where none is spoken
                connection.sendall(b'HTTP/1.1 400 Bad Request\r\n'
                                   b'Content-Length: 0\r\n\r\n')
                return None, b''
        head, _, rest = rest.partition(b'\r\n\r\n')
        request = Request(head, b'', part)
        length = int(request.headers.get('content-length', 0))
        if request.headers.get('expect', '').lower() == '100-continue':
            connection.sendall(b'HTTP/1.1 100 Continue\r\n\r\n')
        while len(rest) < length:
            more = connection.recv(65536)
            if not more:
                return None, b''
            rest += more
        request.body = rest[:length]
        return request, rest[length:]

    def find(self, request):
        with self.lock:
            answer = self.answers.get(request.path)
            if answer is None and '/ocsp/' in request.path:
                stem = request.path.split('/ocsp/', 1)[0] + '/ocsp'
                answer = self.answers.get(stem)
        return answer

    def answer(self, connection, request):
        """True when the connection may be used for another request."""
        key = (request.part, request.method, request.path)
        with self.lock:
            self.counts[key] = self.counts.get(key, 0) + 1
            self.heads[request.path] = request.headers
            self.log.append(key)
        if request.part == 'proxy407':
            return self.send(connection, request, Answer(
                b'<html>Who are you?</html>', 407, 'text/html',
                {'Proxy-Authenticate': 'Basic realm="corp"',
                 'Via': '1.1 proxy.corp.example'}))
        if request.part == 'portal':
            return self.send(connection, request, Answer(
                PORTAL, 200, 'text/html; charset=utf-8',
                {'Via': '1.1 portal.hotel.example', 'Server': 'guestgate'}))
        if request.method == 'CONNECT':
            return self.send(connection, request, Answer(b'', 403))
        answer = self.chaos(request) if self.chaos else None
        answer = answer or self.find(request)
        if answer is None:
            answer = Answer(b'<html>nothing here</html>', 404, 'text/html')
        if request.part == 'proxy':
            answer.headers.setdefault('Via', '1.1 proxy.corp.example')
        if answer.fault:
            self.fail(connection, request, answer)
            return False
        return self.send(connection, request, answer)

    @staticmethod
    def octets(request, answer):
        if callable(answer.body):
            return answer.body(request)
        return answer.body

    def head(self, request, answer, length):
        status = answer.status
        headers = {'Date': time.strftime('%a, %d %b %Y %H:%M:%S GMT',
                                         time.gmtime())}
        if answer.kind:
            headers['Content-Type'] = answer.kind
        if answer.to:
            headers['Location'] = answer.to
            if status == 200:
                status = 302
        if answer.etag:
            headers['ETag'] = answer.etag
        if length is not None:
            headers['Content-Length'] = str(length)
        headers.update(answer.headers)
        lines = ['HTTP/1.1 %d %s' % (status, REASON.get(status, 'Other'))]
        lines += ['%s: %s' % item for item in headers.items()]
        return ('\r\n'.join(lines) + '\r\n\r\n').encode('latin-1')

    def send(self, connection, request, answer):
        if answer.etag and request.headers.get('if-none-match') == answer.etag:
            fresh = Answer(b'', 304, None, answer.headers, answer.etag)
            connection.sendall(self.head(request, fresh, None))
            return True
        body = self.octets(request, answer)
        connection.sendall(self.head(request, answer, len(body)) + body)
        return True

    def fail(self, connection, request, answer):
        body, fault = self.octets(request, answer), answer.fault
        half = len(body) // 2
        if fault == 'slow':
            self.stopping.wait(answer.seconds)
            self.send(connection, request, answer)
        elif fault == 'silent':
            self.stopping.wait(answer.seconds)
        elif fault == 'stall':
            connection.sendall(self.head(request, answer, len(body))
                               + body[:half])
            self.stopping.wait(answer.seconds)
        elif fault == 'dribble':
            connection.sendall(self.head(request, answer, len(body)))
            for at in range(len(body)):
                connection.sendall(body[at:at + 1])
                if self.stopping.wait(0.1):
                    return
        elif fault == 'truncate':
            connection.sendall(self.head(request, answer, len(body))
                               + body[:half])
        elif fault == 'chunk-cut':
            head = self.head(request, answer, None)[:-2]
            connection.sendall(head + b'Transfer-Encoding: chunked\r\n\r\n'
                               + b'%x\r\n' % len(body) + body[:half])
        elif fault in ('reset', 'reset-midway'):
            if fault == 'reset-midway':
                connection.sendall(self.head(request, answer, len(body))
                                   + body[:half])
                time.sleep(0.05) # or the reset overtakes what was sent
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                  struct.pack('ii', 1, 0))
        elif fault == 'claims':
            connection.sendall(self.head(request, answer, answer.bytes)
                               + body)
            self.stopping.wait(answer.seconds)
        elif fault == 'endless':
            connection.sendall(self.head(request, answer, None))
            block = (body or b'\x30\x83') + bytes(65536)
            while not self.stopping.is_set():
                connection.sendall(block)
        elif fault == 'garbage':
            noise = random.Random(request.path)
            connection.sendall(bytes(noise.randrange(256)
                                     for _ in range(512)))
        # 'close': not a word
