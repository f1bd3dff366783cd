"""Lets clients speak TLS with a broker that does not: python3 tls_proxy.py PORT DIRECTORY

Makes an authority and a certificate for 127.0.0.1 in the directory, listens on a free port, and writes that to the file `port` there
once it does. Ends when its input does. Brokers tell clients where they are, so the broker's own address is replaced by this one's in
all that it says.
"""

import os
import select
import socket
import ssl
import struct
import subprocess
import sys
import threading
from pathlib import Path


def make_certificates(folder):
    """ca.pem, for clients; server.pem and server.key."""
    def openssl(*arguments):
        subprocess.run(["openssl", *arguments], cwd=folder, check=True, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-noenc"]
    openssl("req", "-x509", *key, "-keyout", "ca.key", "-out", "ca.pem", "-days", "2", "-subj", "/CN=A test's authority",
            "-addext", "keyUsage=critical,keyCertSign")
    openssl("req", *key, "-keyout", "server.key", "-out", "server.csr", "-subj", "/CN=127.0.0.1")
    (folder / "extensions").write_text("subjectAltName=IP:127.0.0.1\n")
    openssl("x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-out",
            "server.pem", "-days", "2", "-extfile", "extensions")


class Readdressed:
    """Whole messages of a stream in which each is preceded by its length, with one address in them replaced by another."""

    def __init__(self, broker, own):
        self._was, self._is = (b"127.0.0.1" + struct.pack(">i", port) for port in (broker, own))
        self._waiting = bytearray()

    def take(self, part):
        """The messages that this part of the stream completes."""
        self._waiting += part
        end = 0
        while len(self._waiting) >= end + 4:
            length = int.from_bytes(self._waiting[end:end + 4], "big")
            if len(self._waiting) < end + 4 + length:
                break
            end += 4 + length
        whole = bytes(self._waiting[:end])
        del self._waiting[:end]
        return whole.replace(self._was, self._is)


def serve(connection, context, broker, own):
    """One client, all on one thread: a TLS connection takes no two at a time."""
    with connection:
        try:
            client = context.wrap_socket(connection, server_side=True)
            with client, socket.create_connection(("127.0.0.1", broker)) as server:
                pass_on(client, server, Readdressed(broker, own))
        except OSError:
            pass


def pass_on(client, server, answers):
    while True:
        ready = [client] if client.pending() else select.select([client, server], [], [])[0]
        if client in ready:
            client.setblocking(False)
            try:
                part = client.recv(1 << 16)
            except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
                part = None
            client.setblocking(True)
            if part == b"":
                return
            server.sendall(part or b"")
        if server in ready:
            part = server.recv(1 << 20)
            if not part:
                return
            client.sendall(answers.take(part))


def main():
    broker, folder = int(sys.argv[1]), Path(sys.argv[2])
    make_certificates(folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem", folder / "server.key")
    listener = socket.create_server(("127.0.0.1", 0))
    own = listener.getsockname()[1]
    threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
    (folder / "port.new").write_text(str(own))
    (folder / "port.new").rename(folder / "port")
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=serve, args=(connection, context, broker, own), daemon=True).start()


if __name__ == "__main__":
    main()
