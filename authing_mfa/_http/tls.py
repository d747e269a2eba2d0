"""Making a TLS context once for all connections: reading a CA bundle takes longer than a call."""

from __future__ import annotations

import contextlib
import os
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeAlias

from urllib3.util.ssl_ import ALPN_PROTOCOLS, create_urllib3_context

from .fork import LazyLock, reset_in_child


class _Files(NamedTuple):
    """The files of a context; the names are those that connections of urllib3 give them."""

    ca_certs: str | None
    ca_cert_dir: str | None
    cert_file: str | None
    key_file: str | None


_State: TypeAlias = list[tuple[int, ...]]


def _state(told: os.stat_result) -> tuple[int, ...]:
    """Return what differs where a file was written, or replaced by one of the same time."""
    return told.st_dev, told.st_ino, told.st_size, told.st_mtime_ns


class _Contexts:
    """The contexts of this process, one for the same files as long as these do not change."""

    def __init__(self) -> None:
        self._lock = LazyLock("Lock")
        self.reset_after_fork()
        reset_in_child(self)

    def reset_after_fork(self) -> None:
        """Begin with none: a thread of the parent may have held a lock of OpenSSL in them."""
        self._made: dict[_Files, tuple[_State, ssl.SSLContext]] = {}

    def get(self, files: _Files) -> ssl.SSLContext:
        """Return the context of some files.

        Raises:
            OSError: One of them is missing or useless.
        """
        state = [_state(Path(file).stat()) for file in files if file]
        with self._lock.get():
            if files not in self._made or self._made[files][0] != state:
                self._made[files] = state, _make(files)
            return self._made[files][1]


_contexts: Final = _Contexts()


def _make(files: _Files) -> ssl.SSLContext:
    context = create_urllib3_context(cert_reqs=ssl.CERT_REQUIRED)
    context.load_verify_locations(files.ca_certs, files.ca_cert_dir)
    if files.cert_file:
        # An empty password fails; without any, OpenSSL would ask for it on the terminal.
        context.load_cert_chain(files.cert_file, files.key_file, password="")
    context.set_alpn_protocols(ALPN_PROTOCOLS)
    # urllib3 sets them for each connection, while another thread's handshake may read them.
    context.set_alpn_protocols = lambda _: None  # type: ignore[assignment,method-assign]
    return context


@contextlib.contextmanager
def shared_context(connection: Any) -> Iterator[None]:
    """Let a connection of urllib3 connect by the context of its files, not by one of its own.

    Raises:
        OSError: One of the files is missing or useless.
    """
    files = _Files(*(getattr(connection, name, None) for name in _Files._fields))
    if not _share_context(connection, files):
        yield
        return
    vars(connection).update(dict.fromkeys(_Files._fields))  # which urllib3 would load once more
    try:
        yield
    finally:
        vars(connection).update(files._asdict())


def _share_context(connection: Any, files: _Files) -> bool:
    if not (files.ca_certs or files.ca_cert_dir):
        return False  # not over TLS
    context = _contexts.get(files)
    if connection.proxy is not None and connection.proxy.scheme == "https":
        if not context.check_hostname:
            return False  # urllib3 1.26 would take any name for that of the proxy
        connection.proxy_config = connection.proxy_config._replace(ssl_context=context)
    connection.ssl_context = context
    return True
