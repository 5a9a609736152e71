"""What the verbs print: progress on standard error, JSON and tables on standard output."""

from __future__ import annotations

import dataclasses
import json
import math
import signal
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import Any

import typer

from core.errors import error_from_os
from core.progress import Progress, Tick

_EVERY_S = 0.2
_EVERY_LOG_S = 10.0
_CLEAR = "\r\x1b[K"


def console_progress(*, quiet: bool) -> Progress:
    """Progress as one line on standard error, redrawn on a terminal, now and then in a log.

    Ctrl-C and SIGTERM cancel it, so that work stops at its next step and keeps what it has; a second Ctrl-C interrupts.
    """
    progress = Progress() if quiet else Progress(_Line().show)

    def cancel(*_: object) -> None:
        progress.cancel()
        signal.signal(signal.SIGINT, signal.default_int_handler)

    for wish in (signal.SIGINT, signal.SIGTERM):
        signal.signal(wish, cancel)
    return progress


class _Line:
    def __init__(self) -> None:
        self._next = 0.0
        self._terminal = sys.stderr.isatty()

    def show(self, tick: Tick) -> None:
        now = time.monotonic()
        ended = tick.total is not None and tick.done >= tick.total
        if now < self._next and not ended:
            return
        self._next = now + (_EVERY_S if self._terminal else _EVERY_LOG_S)
        typer.echo((_CLEAR if self._terminal else "") + tick_text(tick), err=True, nl=not self._terminal or ended)


def tick_text(tick: Tick) -> str:
    """Words like "12 of 337 files · 8.1 per second · 40 s left · name"."""
    parts = [f"{tick.done} of {tick.total} {tick.unit}" if tick.total is not None else f"{tick.done} {tick.unit}"]
    if tick.rate:
        parts.append(f"{tick.rate:.1f} per second")
    if tick.seconds_left:
        parts.append(f"{math.ceil(tick.seconds_left)} s left")
    return " · ".join([*parts, visible(tick.text)]) if tick.text else " · ".join(parts)


def visible(text: str) -> str:
    """Hostile text for a terminal: control and direction-changing characters become their code points."""
    return "".join(letter if letter.isprintable() else f"\\u{ord(letter):04x}" for letter in text)


def write_json(target: str | None, data: object) -> None:
    """Write data as JSON to a file, or to standard output for "-"; None writes nothing."""
    if target is None:
        return
    text = json.dumps(plain(data), indent=1, ensure_ascii=False)
    if target == "-":
        typer.echo(text)
        return
    try:
        Path(target).write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise error_from_os(error, Path(target), doing="writing the JSON file") from error


def plain(value: object) -> Any:  # noqa: ANN401 - JSON knows no better
    """Records, enums, paths and times as JSON values; NaN becomes null."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, (Path, datetime)):
        return value.isoformat() if isinstance(value, datetime) else str(value)
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def table_text(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Columns padded to their widest cell."""
    lines = [list(headings), *([visible(cell) for cell in row] for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(headings))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines
    )
