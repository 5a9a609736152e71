"""Streams of a PDF that anybody may have made, unpacked no further than any report of this program is."""

from __future__ import annotations

import zlib
from typing import Any

import pikepdf

_FLATE = frozenset({"/FlateDecode", "/Fl"})


class TooMuch(Exception):
    """A part of the file unpacks to more than any report holds, or is packed as no report of this program is."""


def unpacked(stream: Any, most: int) -> bytes:  # noqa: ANN401 - a stream of pikepdf
    """The bytes of a stream, however often it was packed.

    Args:
        stream: of an open file.
        most: bytes that it may have, after each unpacking.

    Raises:
        TooMuch: it has more, or is packed in another way than reports are.
        zlib.error, pikepdf.PdfError: it is damaged.
    """
    filters = stream.get("/Filter")
    listed = filters if isinstance(filters, pikepdf.Array) else [] if filters is None else [filters]
    named = [str(one) for one in listed]
    if not _FLATE.issuperset(named) or stream.get("/DecodeParms", stream.get("/DP")) is not None:
        raise TooMuch
    data = bytes(stream.read_raw_bytes())
    for _ in named:
        data = zlib.decompressobj().decompress(data, most + 1)
        if len(data) > most:
            break
    if len(data) > most:
        raise TooMuch
    return data
