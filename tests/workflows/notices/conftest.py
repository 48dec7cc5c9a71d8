"""Servers of e-mail and web hooks in this process, and settings as a file would have them."""

import contextlib
import socketserver
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from luigi.configuration import get_config


class _Mailbox(socketserver.StreamRequestHandler):
    """Talks as much SMTP as takes an e-mail, or fails as the server's `refuses` and `hangs` say."""

    def handle(self):
        if self.server.hangs:
            self.server.released.wait(30)
            return
        self.wfile.write(b"220 here\r\n")
        while line := self.rfile.readline():
            verb = line.split()[0].upper()
            self.server.commands.append(line.strip())
            if verb == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                self.server.mails.append(b"".join(iter(self.rfile.readline, b".\r\n")))
            answer = b"550 no such user\r\n" if verb == b"RCPT" and self.server.refuses in line else b"250 fine\r\n"
            self.wfile.write(b"221 bye\r\n" if verb == b"QUIT" else answer)


class _Hook(BaseHTTPRequestHandler):
    """Takes a POST, and answers what the server's list of answers says."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.posts.append((self.path, dict(self.headers), body))
        answers = self.server.answers
        status = answers.pop(0) if len(answers) > 1 else answers[0]
        if status == "hang":
            self.server.released.wait(30)
            return
        self.send_response(status)
        if 300 <= status < 400:
            self.send_header("Location", "http://elsewhere.example.org/taken?token=1")
        self.end_headers()

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def serving(server):
    server.released = threading.Event()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.released.set()
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def mail_server():
    """A mail server; ``mails`` has what it took."""
    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Mailbox)
    server.daemon_threads = True
    server.mails, server.commands, server.refuses, server.hangs = [], [], b"\0", False
    with serving(server):
        yield server


@pytest.fixture
def hook_server():
    """A web server; ``posts`` has what it was sent, ``answers`` the codes that it answers."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Hook)
    server.daemon_threads = True
    server.posts, server.answers = [], [200]
    with serving(server):
        yield server


@pytest.fixture
def set_notices():
    """Change settings of notices, as a file would."""
    config, changed = get_config(), []

    def change(**settings):
        for name, value in settings.items():
            config.set("notices", name, str(value))
            changed.append(name)

    if not config.has_section("notices"):
        config.add_section("notices")
    yield change
    for name in changed:
        config.remove_option("notices", name)
