"""Lines that every PDF report prints on its manifest page, in every language, so that a program reads them back.

They stand alone on a line each, in this order: report id, log head, one line for each exhibit, one for each attachment.
Whoever checks a report compares them with the files inside it and with the case.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

REPORT_ID = "Report id"
LOG_HEAD = "Log head"
EXHIBIT = "exhibit"
ATTACHMENT = "sha256"
NO_HEAD = "none"  # printed for the log head of a preview

_DIGEST = r"([0-9a-f]{64})"
REPORT_ID_PATTERN = re.compile(rf"^\s*{REPORT_ID} (\S+)\s*$", re.MULTILINE)
LOG_HEAD_PATTERN = re.compile(rf"^\s*{LOG_HEAD} (\d+) {_DIGEST}\s*$", re.MULTILINE)
EXHIBIT_PATTERN = re.compile(rf"^\s*{EXHIBIT} (\S+) {_DIGEST}\s*$", re.MULTILINE)
ATTACHMENT_PATTERN = re.compile(rf"^\s*{ATTACHMENT} {_DIGEST} (\S+)\s*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class PrintedLines:
    """What was read back: "" and 0 where a line is not there, or there twice with different words."""

    report_id: str
    log_sequence: int
    log_digest: str
    exhibits: tuple[tuple[str, str], ...]  # label, SHA-256
    attachments: tuple[tuple[str, str], ...]  # name, SHA-256


def report_id_line(uid: str) -> str:
    """The line of the report id."""
    return f"{REPORT_ID} {uid or NO_HEAD}"


def log_head_line(sequence: int, digest: str) -> str:
    """The line of the log head."""
    return f"{LOG_HEAD} {sequence} {digest}" if digest else f"{LOG_HEAD} {NO_HEAD}"


def exhibit_line(label: str, sha256: str) -> str:
    """The line of an exhibit, by its number in the report."""
    return f"{EXHIBIT} {label} {sha256}"


def attachment_line(name: str, sha256: str) -> str:
    """The line of an attachment."""
    return f"{ATTACHMENT} {sha256} {name}"


def printed_lines(text: str) -> PrintedLines:
    """Read the lines back from the text of the pages."""
    uids = set(REPORT_ID_PATTERN.findall(text))
    heads = set(LOG_HEAD_PATTERN.findall(text))
    sequence, digest = heads.pop() if len(heads) == 1 else ("0", "")
    return PrintedLines(
        report_id=uids.pop() if len(uids) == 1 else "",
        log_sequence=int(sequence),
        log_digest=digest,
        exhibits=_once(EXHIBIT_PATTERN.findall(text)),
        attachments=_once((name, digest) for digest, name in ATTACHMENT_PATTERN.findall(text)),
    )


def _once(pairs: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    return tuple(dict.fromkeys(pairs))
