"""A mail server on loopback that takes every letter and keeps it."""

from __future__ import annotations

from email import message_from_bytes, policy
from email.message import EmailMessage
from socketserver import StreamRequestHandler, ThreadingTCPServer
from threading import Thread
from types import TracebackType


class MailServer(ThreadingTCPServer):
    """`letters` are those that came, oldest first; use it in a `with`."""

    daemon_threads = True

    def __init__(self) -> None:
        self.letters: list[EmailMessage] = []
        super().__init__(("127.0.0.1", 0), _Session)

    @property
    def address(self) -> str:
        """What QUAI_ALERTS must say."""
        return f"mailto://127.0.0.1:{self.server_address[1]}?from=quai@quai.example&to=ops@quai.example"

    def __enter__(self) -> MailServer:
        Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.shutdown()
        self.server_close()


class _Session(StreamRequestHandler):
    """RFC 5321 as far as a client that sends needs it."""

    server: MailServer

    def handle(self) -> None:
        self._say("220 loopback")
        while verb := self.rfile.readline().strip().upper():
            if verb == b"DATA":
                self._say("354 go on")
                self.server.letters.append(message_from_bytes(self._letter(), policy=policy.default))
            self._say("221 bye" if verb == b"QUIT" else "250 loopback")

    def _letter(self) -> bytes:
        return b"".join(iter(self.rfile.readline, b".\r\n"))

    def _say(self, said: str) -> None:
        self.wfile.write(f"{said}\r\n".encode())
