"""Messages between the program and its workers: pixels travel beside the message, and answers are read with suspicion.

A worker that was taken over by a hostile file must not be able to run code in the program, so what it sends is read by
an unpickler that knows our records, our errors and arrays of numbers, and nothing that can act.
"""

from __future__ import annotations

import io
import os
import pickle
import struct
from multiprocessing.connection import Connection
from typing import Any

import numpy as np
from numpy.typing import NDArray

_COUNT, _SIZE = struct.Struct("!I"), struct.Struct("!Q")
_MESSAGE_LIMIT = 256 << 20  # without pixels, a message is small
_PIXELS_LIMIT = 8 << 30
_OURS = ("core.domain", "core.examine", "core.errors", "core.imaging.", "core.report.pdf_facts")
_HARMLESS = frozenset(
    {
        ("builtins", "set"),
        ("builtins", "frozenset"),
        ("builtins", "bytearray"),
        ("datetime", "datetime"),
        ("datetime", "timezone"),
        ("datetime", "timedelta"),
        ("pathlib", "PosixPath"),
        ("pathlib", "WindowsPath"),
        ("numpy", "dtype"),
        ("numpy", "ndarray"),
        ("numpy._core.multiarray", "_reconstruct"),
        ("numpy._core.multiarray", "scalar"),
        ("numpy._core.numeric", "_frombuffer"),
    }
)


def send(connection: Connection, message: object) -> None:
    """Send a message; contiguous arrays in it are not copied on the way out."""
    buffers: list[pickle.PickleBuffer] = []
    body = pickle.dumps(message, protocol=5, buffer_callback=buffers.append)
    views = [buffer.raw() for buffer in buffers]
    sizes = b"".join(_SIZE.pack(view.nbytes) for view in views)
    connection.send_bytes(_COUNT.pack(len(views)) + sizes + body)
    for view in views:
        _send_raw(connection, view)


def receive(connection: Connection) -> Any:  # noqa: ANN401
    """Receive a message from the program that started this process."""
    body, buffers = _receive(connection)
    return pickle.loads(body, buffers=buffers)


def receive_from_worker(connection: Connection) -> Any:  # noqa: ANN401
    """Receive a message from a worker.

    Raises:
        EOFError, OSError: the worker died while it sent.
        pickle.UnpicklingError: the message holds something that no worker of ours sends.
    """
    body, buffers = _receive(connection)
    return _SuspiciousReader(io.BytesIO(body), buffers=buffers).load()


class _SuspiciousReader(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:  # noqa: ANN401 - overrides the library's method
        if (module, name) in _HARMLESS:
            return super().find_class(module, name)
        if module.startswith(_OURS) and "." not in name:
            found = super().find_class(module, name)
            if isinstance(found, type) and found.__module__ == module:
                return found
        raise pickle.UnpicklingError(f"A worker sent {module}.{name}, which is not allowed.")


def _receive(connection: Connection) -> tuple[bytes, list[NDArray[np.uint8]]]:
    message = connection.recv_bytes(_MESSAGE_LIMIT)
    (count,) = _COUNT.unpack_from(message)
    end = _COUNT.size + count * _SIZE.size
    sizes = [_SIZE.unpack_from(message, at)[0] for at in range(_COUNT.size, end, _SIZE.size)]
    if sum(sizes) > _PIXELS_LIMIT:
        raise pickle.UnpicklingError("A worker announced more pixels than any image has.")
    return message[end:], [_receive_raw(connection, size) for size in sizes]


if os.name == "posix":
    # Straight between the socket and the array: three times faster than Connection's own way for large messages.

    def _send_raw(connection: Connection, view: memoryview) -> None:
        while view.nbytes:
            view = view[os.write(connection.fileno(), view) :]

    def _receive_raw(connection: Connection, size: int) -> NDArray[np.uint8]:
        array = np.empty(size, np.uint8)
        left = memoryview(array.data)
        while left.nbytes:
            count = os.readv(connection.fileno(), [left])
            if not count:
                raise EOFError
            left = left[count:]
        return array

else:

    def _send_raw(connection: Connection, view: memoryview) -> None:
        connection.send_bytes(view)

    def _receive_raw(connection: Connection, size: int) -> NDArray[np.uint8]:
        array = np.empty(size, np.uint8)
        connection.recv_bytes_into(array.data)
        return array
