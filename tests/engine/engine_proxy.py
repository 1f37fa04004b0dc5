"""A socket in front of the engine's, which can be cut: an engine that goes away in the middle."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

ENGINE = "/var/run/docker.sock"


class EngineProxy:
    """Passes on what is said on a Unix socket of its own, until `cut`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._open: list[socket.socket] = []
        self._lock = threading.Lock()
        self._alive = True
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(path))
        self._listener.listen(32)
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def host(self) -> str:
        """For `DOCKER_HOST`."""
        return f"unix://{self._path}"

    def cut(self) -> None:
        """Break every connection, and take no more."""
        with self._lock:
            self._alive = False
            open_now, self._open = self._open, []
        self._path.unlink(missing_ok=True)
        for each in (self._listener, *open_now):
            # Closing alone wakes nobody who reads it.
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.cut()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                engine = socket.socket(socket.AF_UNIX)
                engine.connect(ENGINE)
                with self._lock:
                    if not self._alive:
                        client.close()
                        engine.close()
                        return
                    self._open += [client, engine]
                for source, target in ((client, engine), (engine, client)):
                    threading.Thread(target=_pass_on, args=(source, target), daemon=True).start()


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
