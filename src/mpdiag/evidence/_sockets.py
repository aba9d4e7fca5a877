"""Which socket of a pair is connected with which, asked of the kernel (``sock_diag``)."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator

_NETLINK_SOCK_DIAG = 4
_SOCK_DIAG_BY_FAMILY = 20
_REQUEST_DUMP = 0x301
_SHOW_PEER, _SHOW_QUEUES = 0x04, 0x10
_PEER, _QUEUES = 2, 4
_DONE, _ERROR = 3, 2
_HEADER = struct.Struct("=IHHII")
_ASKED = struct.Struct("=BBHIIIII")
_TOLD = struct.Struct("=BBBBIII")
_ATTRIBUTE = struct.Struct("=HH")
# Seconds to wait for the kernel, which answers at once.
_PATIENCE = 1.0


class Sockets:
    """The Unix sockets of this system at one moment, read on first use."""

    def __init__(self) -> None:
        self._found: dict[int, tuple[int | None, int | None]] | None = None

    def peer_and_fill(self, inode: int) -> tuple[int | None, int | None]:
        """Return the inode of the other end, and the bytes or messages that wait in this one."""
        if self._found is None:
            self._found = _read()
        return self._found.get(inode, (None, None))


def _read() -> dict[int, tuple[int | None, int | None]]:
    try:
        return dict(_ask())
    except (OSError, AttributeError, struct.error):
        return {}


def _ask() -> Iterator[tuple[int, tuple[int | None, int | None]]]:
    asked = _ASKED.pack(socket.AF_UNIX, 0, 0, 0xFFFFFFFF, 0, _SHOW_PEER | _SHOW_QUEUES, 0, 0)
    size = _HEADER.size + len(asked)
    head = _HEADER.pack(size, _SOCK_DIAG_BY_FAMILY, _REQUEST_DUMP, 1, 0)
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _NETLINK_SOCK_DIAG) as kernel:
        kernel.settimeout(_PATIENCE)
        kernel.send(head + asked)
        while True:
            raw = kernel.recv(1 << 16)
            at = 0
            while at < len(raw):
                length, kind, *_ = _HEADER.unpack_from(raw, at)
                if kind in {_DONE, _ERROR}:
                    return
                yield _one(raw[at + _HEADER.size : at + length])
                at += (length + 3) & ~3


def _one(body: bytes) -> tuple[int, tuple[int | None, int | None]]:
    inode = _TOLD.unpack_from(body)[4]
    peer = waits = None
    at = _TOLD.size
    while at + _ATTRIBUTE.size <= len(body):
        length, kind = _ATTRIBUTE.unpack_from(body, at)
        if kind == _PEER:
            (peer,) = struct.unpack_from("=I", body, at + _ATTRIBUTE.size)
        elif kind == _QUEUES:
            (waits,) = struct.unpack_from("=I", body, at + _ATTRIBUTE.size)
        at += max((length + 3) & ~3, _ATTRIBUTE.size)
    return inode, (peer, waits)
