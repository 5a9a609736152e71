"""Lines that every PDF report prints on its manifest page, in every language, so that a program reads them back.

They stand alone on a line each, in this order: report id, log head, one line for each exhibit, one for each attachment.
Whoever checks a report compares them with the files inside it and with the case.

Each line begins with the mark of its report: the first digits of the SHA-256 of the record. No text of a case can print
such a line, because whoever writes it does not know the record that it will stand in.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

REPORT_ID = "Report id"
LOG_HEAD = "Log head"
EXHIBIT = "exhibit"
ATTACHMENT = "sha256"
NO_HEAD = "none"  # printed for the log head of a preview

_DIGEST = r"([0-9a-f]{64})"
_MARK_DIGITS = 16
REPORT_ID_PATTERN = re.compile(rf"{REPORT_ID} (\S+)")
LOG_HEAD_PATTERN = re.compile(rf"{LOG_HEAD} ([0-9]{{1,18}}) {_DIGEST}")
EXHIBIT_PATTERN = re.compile(rf"{EXHIBIT} (\S+) {_DIGEST}")
ATTACHMENT_PATTERN = re.compile(rf"{ATTACHMENT} {_DIGEST} (\S+)")


@dataclass(frozen=True, slots=True)
class PrintedLines:
    """What was read back: "" and 0 where a line is not there, or there twice with different words."""

    report_id: str
    log_sequence: int
    log_digest: str
    exhibits: tuple[tuple[str, str], ...]  # label, SHA-256
    attachments: tuple[tuple[str, str], ...]  # name, SHA-256


def mark_of(record: bytes) -> str:
    """What each line of a report begins with.

    Args:
        record: the record as it travels inside the report (`core.report.as_json.write`).
    """
    return hashlib.sha256(record).hexdigest()[:_MARK_DIGITS]


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


def printed_lines(text: str, mark: str) -> PrintedLines:
    """Read the lines back from the text of the pages; an attachment with two hashes is answered with each of them.

    Args:
        text: of all pages.
        mark: what the lines of this report begin with, as `mark_of` says.
    """
    lines = [one.strip()[len(mark) :].strip() for one in text.splitlines() if one.strip().startswith(f"{mark} ")]
    uids = set(_found(REPORT_ID_PATTERN, lines))
    heads = set(_found(LOG_HEAD_PATTERN, lines))
    sequence, digest = heads.pop() if len(heads) == 1 else ("0", "")
    (uid,) = uids.pop() if len(uids) == 1 else ("",)
    return PrintedLines(
        report_id=uid,
        log_sequence=int(sequence),
        log_digest=digest,
        exhibits=_once((label, digest) for label, digest in _found(EXHIBIT_PATTERN, lines)),
        attachments=_once((name, digest) for digest, name in _found(ATTACHMENT_PATTERN, lines)),
    )


def _found(pattern: re.Pattern[str], lines: Iterable[str]) -> Iterator[tuple[str, ...]]:
    for line in lines:
        if match := pattern.fullmatch(line):
            yield match.groups()


def _once(pairs: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    return tuple(dict.fromkeys(pairs))
