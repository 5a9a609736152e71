"""Typesetting in a process of its own: it can be ended at once, and neither the window nor a reader waits for it.

Parent and child send each other plain bytes: JSON with lengths, then what they stand for. Nothing is unpickled but the
start of the process itself.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import threading
import traceback
from collections.abc import Sequence
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.errors import BadInput, CoreError
from core.progress import Progress
from core.report.attachment import Attachment

if TYPE_CHECKING:
    from multiprocessing.process import BaseProcess

_POLL_S = 0.05
_LONGEST = 500  # characters of a message of the library
_KILLED = (
    "The process that typesets reports was ended from outside (perhaps for lack of memory). The case is unharmed; try "
    "again, or put fewer exhibits into the report."
)
_FAULT = "The pages could not be set: {}. This is a fault of the program; nothing was issued."
_END_S = 5  # how long a process that hung up may take to end


class Typesetter:
    """Holds the process; it starts when it is first needed, and is ended by cancelling."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._process: BaseProcess | None = None
        self._connection: Connection[Any, Any] | None = None

    def pdf(self, record: bytes, assets: Path, attachments: Sequence[Attachment], progress: Progress) -> bytes:
        """A report as a PDF file that is not sealed yet.

        Args:
            record: as `core.report.as_json` writes it.
            assets: folder of its pictures.
            attachments: files that travel inside.
            progress: cancel point.

        Raises:
            Cancelled: at once when it was asked for.
            BadInput, CoreError: what typesetting raises, or the process was lost.
        """
        rows = [[one.name, one.mime, one.description] for one in attachments]
        head = {"do": "pdf", "assets": str(assets), "attachments": rows}
        return self._ask(head, [record, *(one.data for one in attachments)], progress)[1][0]

    def pages(
        self, record: bytes, assets: Path, first: int, count: int, ppi: int, progress: Progress
    ) -> tuple[tuple[bytes, ...], int]:
        """Some pages as PNG files, and how many pages there are; raises as `pdf`."""
        head = {"do": "pages", "assets": str(assets), "first": first, "count": count, "ppi": ppi}
        answer, parts = self._ask(head, [record], progress)
        return tuple(parts), int(answer["total"])

    def close(self) -> None:
        """End the process at once; for any thread."""
        process, connection = self._process, self._connection
        self._process = self._connection = None
        if process is not None and process.pid is not None:
            process.kill()
            process.join()
        if connection is not None:
            with suppress(OSError):
                connection.close()

    def rest(self) -> None:
        """End the process unless it is at work: its memory is needed for something else."""
        if self._turn.acquire(blocking=False):
            try:
                self.close()
            finally:
                self._turn.release()

    def _ask(
        self, head: dict[str, Any], parts: Sequence[bytes], progress: Progress
    ) -> tuple[dict[str, Any], list[bytes]]:
        while not self._turn.acquire(timeout=_POLL_S):
            progress.check()
        try:
            progress.check()
            connection = self._started()
            _send(connection, head, parts)
            while not connection.poll(_POLL_S):
                progress.check()
            answer, found = _receive(connection)
        except CoreError:  # cancelled: what the process is at cannot be stopped otherwise
            self.close()
            raise
        except (OSError, EOFError) as error:
            sentence = self._why_lost()
            self.close()
            raise CoreError(sentence) from error
        finally:
            self._turn.release()
        if "error" in answer:
            cause = RuntimeError(answer["way"]) if answer["way"] else None  # for who mends it; the user sees a sentence
            raise (BadInput if answer["bad_input"] else CoreError)(answer["error"]) from cause
        return answer, found

    def _why_lost(self) -> str:
        """Why the process hung up; only one that was killed may have lacked memory."""
        process = self._process
        if process is None:  # closed by another thread
            return _KILLED
        process.join(_END_S)
        code = process.exitcode
        return _KILLED if code is not None and code < 0 else _FAULT.format(f"the process for it ended with {code}")

    def _started(self) -> Connection[Any, Any]:
        if self._connection is None:
            context = multiprocessing.get_context("spawn")
            self._connection, theirs = context.Pipe()
            self._process = context.Process(target=serve, args=(theirs,), name="typesetting", daemon=True)
            self._process.start()
            theirs.close()  # or the end of the child would go unnoticed
        return self._connection


def serve(connection: Connection[Any, Any]) -> None:
    """What the child does: typeset what it is asked for; it ends when nobody listens any more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the program's
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    with suppress(OSError, EOFError):
        while True:
            head, parts = _receive(connection)
            try:
                answer, made = _done(head, parts)
            except BaseException as error:  # noqa: BLE001 - also a panic of the library; it is told to the parent
                answer, made = _told(error), []
            _send(connection, answer, made)


def _told(error: BaseException) -> dict[str, Any]:
    """What the parent says of an error: its own sentence, or that the program is at fault and in what."""
    if isinstance(error, CoreError):
        return {"error": str(error), "bad_input": isinstance(error, BadInput), "way": ""}
    if isinstance(error, MemoryError):
        return {"error": _KILLED, "bad_input": False, "way": ""}
    import typst

    text = str(error) if isinstance(error, typst.TypstError) else f"{type(error).__name__}: {error}"
    said = " ".join(text.split())[:_LONGEST].rstrip(".: ")
    way = "".join(traceback.format_exception(error))
    return {"error": _FAULT.format(said), "bad_input": False, "way": way}


def _done(head: dict[str, Any], parts: list[bytes]) -> tuple[dict[str, Any], list[bytes]]:
    from core.report import as_json, pdf

    record, assets = as_json.read(parts[0]), Path(head["assets"])
    if head["do"] == "pages":
        pages, total = pdf.render_pages(record, assets, head["first"], head["count"], head["ppi"])
        return {"total": total}, list(pages)
    attachments = [
        Attachment(name, mime, description, data)
        for (name, mime, description), data in zip(head["attachments"], parts[1:], strict=True)
    ]
    return {}, [pdf.compile_pdf(record, assets, attachments)]


def _send(connection: Connection[Any, Any], head: dict[str, Any], parts: Sequence[bytes]) -> None:
    connection.send_bytes(json.dumps({**head, "parts": len(parts)}).encode())
    for part in parts:
        connection.send_bytes(part)


def _receive(connection: Connection[Any, Any]) -> tuple[dict[str, Any], list[bytes]]:
    head: dict[str, Any] = json.loads(connection.recv_bytes())
    return head, [connection.recv_bytes() for _ in range(head.pop("parts"))]


def _end_with(parent: Any) -> None:  # noqa: ANN401 - a private type of multiprocessing
    parent.join()
    os._exit(1)
