"""OpenSSH's own sshd on loopback, for one test: own host key, own config, no root, no fixed port.

We hold the listening socket and hand each connection to `sshd -i`: there is no port to guess and nothing to wait for.
"""

from __future__ import annotations

import contextlib
import getpass
import os
import shutil
import signal
import socket
import subprocess
import threading
from pathlib import Path
from types import TracebackType

SSHD = shutil.which("sshd") or shutil.which("sshd", path="/usr/sbin:/usr/local/sbin")


class OpenSSH:
    """A server for `authorized` (one public key line); the client's start folder is `root`."""

    takes_passwords = False

    def __init__(self, root: Path, work: Path, authorized: str) -> None:
        assert SSHD, "sshd is not installed"
        self.root, self.user = root, getpass.getuser()
        self.connections = 0
        self._sessions: list[subprocess.Popen[bytes]] = []
        self._config = _configure(root, work, authorized)
        self._log = work / "sshd.log"
        seen = subprocess.run(
            ["ssh-keygen", "-lf", str(work / "host_key.pub")], capture_output=True, text=True, check=True
        )
        self.host_key = seen.stdout.split()[1]
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]

    def __enter__(self) -> OpenSSH:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """Gone: no new connection, and those open are dropped."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for session in self._sessions:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(session.pid, signal.SIGKILL)  # a session's group is its own: see start_new_session below
            session.wait()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            with connection:
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._sessions.append(
                    subprocess.Popen(
                        [str(SSHD), "-i", "-f", str(self._config), "-E", str(self._log)],
                        stdin=connection.fileno(),
                        stdout=connection.fileno(),
                        stderr=subprocess.DEVNULL,
                        start_new_session=True,
                    )
                )


def _configure(root: Path, work: Path, authorized: str) -> Path:
    if os.geteuid() == 0:
        # As root, sshd insists on its empty folder for privilege separation.
        Path("/run/sshd").mkdir(mode=0o755, parents=True, exist_ok=True)
    key = work / "host_key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    (work / "authorized_keys").write_text(authorized + "\n")
    config = work / "sshd_config"
    config.write_text(
        f"""HostKey {key}
AuthorizedKeysFile {work / "authorized_keys"}
PidFile none
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
Subsystem sftp internal-sftp -d {root}
"""
    )
    return config
