"""A real HTTP server on loopback that a test tells what to answer, and that remembers what it was asked.

with Server(lambda asked: Reply(json=[{"id": 1}])) as server: ...    server.url("/jobs"), server.asked
"""

from __future__ import annotations

import contextlib
import json as jsonlib
import socket
import ssl
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True)
class Asked:
    """One request: `query` holds the last value of each parameter."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    target: str = ""

    @property
    def json(self) -> Any:
        return jsonlib.loads(self.body)


@dataclass(frozen=True)
class Reply:
    """One answer. `cut` closes the connection after so many bytes of the body, `hang_up` before any answer.

    `drip` sends a byte now and then, for ever; `length` False leaves Content-Length out.
    """

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    json: Any = None
    cut: int | None = None
    drip: bool = False
    hang_up: bool = False
    length: bool = True
    reason: str | None = None


class Server:
    """Answers each request with what `answer` gives, from as many threads as there are connections."""

    def __init__(self, answer: Callable[[Asked], Reply], tls: ssl.SSLContext | None = None) -> None:
        self.answer = answer
        self.asked: list[Asked] = []
        self.connections = 0
        self.over = threading.Event()
        self._lock = threading.Lock()
        self._server = _Quiet(("127.0.0.1", 0), _handler(self))
        self.port: int = self._server.server_address[1]
        if tls is not None:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)

    def __enter__(self) -> Server:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.over.set()
        self._server.shutdown()
        self._server.server_close()

    def url(self, path: str = "/") -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def reply(self, asked: Asked) -> Reply:
        with self._lock:
            self.asked.append(asked)
            return self.answer(asked)


class _Quiet(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is what many tests are about."""


def _handler(server: Server) -> type[BaseHTTPRequestHandler]:  # noqa: C901  counts its class's methods as branches
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1

        def setup(self) -> None:
            server.connections += 1
            super().setup()

        def log_message(self, format: str, *args: Any) -> None:
            pass

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            query = {name: values[-1] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            reply = server.reply(Asked(self.command, parts.path, query, dict(self.headers), body, self.path))
            if reply.hang_up:
                self._close()
                return
            self._send(reply)

        do_POST = do_HEAD = do_PUT = do_DELETE = do_GET  # noqa: N815 - the names that http.server looks for

        def _send(self, reply: Reply) -> None:
            body = reply.body if reply.json is None else jsonlib.dumps(reply.json).encode()
            kind = {} if reply.json is None else {"Content-Type": "application/json"}
            self.send_response(reply.status, reply.reason)
            for name, value in {**kind, **reply.headers}.items():
                self.send_header(name, value)
            if reply.length and reply.status not in (204, 304):
                self.send_header("Content-Length", str(len(body)))
            elif not reply.length:
                self.send_header("Connection", "close")
            self.end_headers()
            if reply.drip:
                self._drip()
            elif reply.status not in (204, 304) and self.command != "HEAD":
                self.wfile.write(body[: reply.cut])
            self.wfile.flush()
            if reply.cut is not None or not reply.length or reply.drip:
                self._close()

        def _drip(self) -> None:
            try:
                while not server.over.wait(0.02):
                    self.wfile.write(b" ")
                    self.wfile.flush()
            except OSError:
                pass

        def _close(self) -> None:
            self.close_connection = True
            with contextlib.suppress(OSError):
                self.connection.shutdown(socket.SHUT_RDWR)

    return Handler
