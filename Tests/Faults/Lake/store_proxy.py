"""Stands before an object store and spoils what passes: slow answers, errors, answers that are lost, requests that come twice."""

import http.client
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

# What may become of a request.
SLOW, REFUSED, TOO_MANY, LOST, TWICE, CUT, KILL_BEFORE, KILL_AFTER = (
    "slow", "refused", "too many", "answer lost", "twice", "cut off", "killed before", "killed after")


class StoreProxy:
    """Listens on loopback; `decide(number, method, path)` gives what becomes of each request, or None.

    `kill` ends the program whose requests these are.
    """

    def __init__(self, endpoint):
        self.target = urlsplit(endpoint).netloc
        self.decide = lambda number, method, path: None
        self.kill = lambda: None
        self.count = 0
        self.done = {}
        self._lock = threading.Lock()
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_one_request(self):
                try:
                    super().handle_one_request()
                except OSError:
                    self.close_connection = True

            def log_message(self, *_):
                pass

            def do_GET(self):
                proxy._pass(self)

            do_PUT = do_POST = do_HEAD = do_DELETE = do_GET

        class Server(ThreadingHTTPServer):
            daemon_threads = True

        self._server = Server(("127.0.0.1", 0), Handler)
        self.endpoint = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self):
        self._server.shutdown()
        self._server.server_close()

    def reset(self, decide, kill=lambda: None):
        with self._lock:
            self.decide, self.kill, self.count = decide, kill, 0

    def _pass(self, request):
        body = self._body(request)
        with self._lock:
            self.count += 1
            fault = self.decide(self.count, request.command, request.path)
            kill = self.kill
            if fault:
                self.done[fault] = self.done.get(fault, 0) + 1
        if fault == KILL_BEFORE:
            kill()
            request.close_connection = True
            return
        if fault in (REFUSED, TOO_MANY):
            status = 503 if fault == REFUSED else 429
            self._answer(request, status, [], b"<Error><Code>SlowDown</Code><Message>Please reduce your rate.</Message></Error>")
            return
        if fault == CUT:
            self._cut(request, body)
            request.close_connection = True
            return
        if fault == SLOW:
            threading.Event().wait(0.4)
        if fault == TWICE:
            self._forward(request, body)
        status, headers, content = self._forward(request, body)
        if fault == KILL_AFTER:
            kill()
        if fault in (LOST, KILL_AFTER):
            request.close_connection = True
            return
        self._answer(request, status, headers, content)

    def _body(self, request):
        if "chunked" in request.headers.get("Transfer-Encoding", ""):
            parts = []
            while size := int(request.rfile.readline().split(b";")[0], 16):
                parts.append(request.rfile.read(size))
                request.rfile.readline()
            request.rfile.readline()
            return b"".join(parts)
        return request.rfile.read(int(request.headers.get("Content-Length", 0)))

    def _send(self, request, body, upto=None):
        """The request as it came: its signature covers the host's name, too."""
        connection = http.client.HTTPConnection(self.target, timeout=60)
        connection.putrequest(request.command, request.path, skip_host=True, skip_accept_encoding=True)
        for name, value in request.headers.items():
            if name.lower() not in ("connection", "transfer-encoding", "content-length", "expect"):
                connection.putheader(name, value)
        connection.putheader("Content-Length", str(len(body)))
        connection.endheaders()
        connection.send(body[:upto])
        return connection

    def _forward(self, request, body):
        connection = self._send(request, body)
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        return answer.status, answer.getheaders(), content

    def _cut(self, request, body):
        """Half of a file gets through."""
        self._send(request, body, len(body) // 2).close()

    def _answer(self, request, status, headers, content):
        request.send_response_only(status)
        for name, value in headers:
            if name.lower() not in ("connection", "transfer-encoding") and not (
                    name.lower() == "content-length" and request.command != "HEAD"):
                request.send_header(name, value)
        if request.command != "HEAD":
            request.send_header("Content-Length", str(len(content)))
        request.end_headers()
        if request.command != "HEAD":
            request.wfile.write(content)
