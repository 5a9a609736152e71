"""Words of what a retrained detector would change: findings, issued reports, and the line of descent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from core.domain import Verdict


@dataclass(frozen=True, slots=True)
class ChangedFinding:
    """A finding of the parent that the new detector would not make."""

    case: Path
    case_title: str
    exhibit: str
    sha256: str
    before: tuple[Verdict, str | None]
    after: tuple[Verdict, str | None]


@dataclass(frozen=True, slots=True)
class IssuedWithParent:
    """An issued report in force that rests on the parent's findings.

    Attributes:
        exhibits: how many of its exhibits it prints a finding of the parent for.
        changed: how many of them would be answered otherwise.
        uid, revision, author, issued_at: of the report.
        changes: the findings that would be others.
        unread: how many of `exhibits` could not be looked at, or are hidden from who looked.
    """

    case: Path
    case_title: str
    number: str
    exhibits: int
    changed: int
    uid: str = ""
    revision: int = 1
    author: str = ""
    issued_at: datetime | None = None
    changes: tuple[ChangedFinding, ...] = ()
    unread: int = 0


@dataclass(frozen=True, slots=True)
class Consequences:
    """What activating a new detector would mean for the cases known here.

    Attributes:
        cases, findings: how many were looked at, that rest on the parent.
        changed: the findings that would be others.
        reports: issued reports in force that rest on the parent's findings, those with changes first.
        unread: a sentence for each case or exhibit that could not be looked at.
    """

    cases: int
    findings: int
    changed: tuple[ChangedFinding, ...]
    reports: tuple[IssuedWithParent, ...]
    unread: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ancestor:
    """One detector in a line of descent, youngest first.

    Attributes:
        digest: SHA-256 of its file, "" where the card does not say.
        at_hand: whether the file is on this computer.
        facts: of its training, as far as known: date, images, data digest, classes added, gate, override, signature.
    """

    name: str
    version: str
    digest: str
    classes: tuple[str, ...]
    at_hand: bool
    facts: Mapping[str, Any] = field(default_factory=dict)
