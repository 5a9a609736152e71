"""A file that travels inside a report."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Attachment:
    """One file inside the PDF: its name, MIME type, what it is, and its bytes."""

    name: str
    mime: str
    description: str
    data: bytes
