"""The card's place in a detector file: replaced without touching a byte of the tensors, and without loading torch."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from core.dna.card import read_header, verify_weights
from core.errors import BadInput, error_from_os
from core.whole_file import replace_file

_ALIGNED = 8  # bytes; safetensors fills its header up with spaces
_LARGEST_HEADER = 4 * 1024 * 1024  # bytes; a larger one is not read


def replace_card(path: Path, card: Mapping[str, Any]) -> None:
    """Put another card into a detector file; it is there whole, or the old file stays.

    Raises:
        BadInput: the card is too large for the header of a file.
        DetectorRefused: the file is damaged.
        NotFound, NoPermission, DiskFull: it cannot be read or written.
    """
    verify_weights(path, read_header(path))
    content = _content(path)
    start = _start(content)
    table = json.loads(content[8:start])
    table["__metadata__"] = {**table["__metadata__"], "card": json.dumps(card, ensure_ascii=False)}
    header = json.dumps(table, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    header += b" " * (-len(header) % _ALIGNED)
    if len(header) > _LARGEST_HEADER:
        raise BadInput(f"The card is too large for {path} ({len(header):,} bytes). Shorten its texts.")
    replace_file(path, len(header).to_bytes(8, "little") + header + content[start:], doing="writing the card")


def tensors_digest(path: Path) -> str:
    """SHA-256 over the tensors of a file, with their names, kinds, shapes and places: all of it but the card.

    Raises:
        NotFound, NoPermission: the file cannot be read.
    """
    content = _content(path)
    start = _start(content)
    table = json.loads(content[8:start])
    table.pop("__metadata__", None)
    digest = hashlib.sha256(json.dumps(table, sort_keys=True, separators=(",", ":")).encode())
    digest.update(content[start:])
    return digest.hexdigest()


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise error_from_os(error, path, doing="reading the detector") from error


def _start(content: bytes) -> int:
    return 8 + int.from_bytes(content[:8], "little")
