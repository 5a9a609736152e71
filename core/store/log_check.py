"""Is the log of a case still what was sealed? Every entry is hashed again; what is wrong is said in sentences.

Nothing here believes what it reads: the case may be damaged, or made up.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from core.installation import key_name, verify_signature
from core.log_chain import genesis, link, text_digest
from core.progress import Progress
from core.store.chain import HEAD, changes_in
from core.store.columns import utc_time
from core.store.journal import StoredText, as_stored, hashable

_ROWS = (
    "SELECT a.sequence, a.at, a.actor, a.action, a.payload, "
    "c.sequence, c.previous, c.digest, c.changes, c.key, c.signature "
    "FROM audit AS a LEFT JOIN chain AS c ON c.sequence = a.sequence ORDER BY a.sequence"
)
_ORPHANS = "SELECT sequence FROM chain WHERE sequence NOT IN (SELECT sequence FROM audit) ORDER BY sequence"


@dataclass(frozen=True, slots=True)
class LoggedEntry:
    """One entry as it stands in the log; the texts are hostile."""

    sequence: int
    at: str
    actor: str
    action: str

    @property
    def named(self) -> str:
        """The entry in a sentence: "entry 12 (note by A. Moreau, 2026-11-21 10:31:02 UTC)"."""
        return f"entry {self.sequence} ({self.action[:60]} by {self.actor[:60]}, {shown_time(self.at)})"


@dataclass(frozen=True, slots=True)
class LogMark:
    """The last entry of a transaction, and the key it says it was signed with; None where it says that none could be.

    `holds`: whether there is a good signature of that key; without a key, whether there is no signature.
    """

    sequence: int
    digest: str
    key: str | None
    holds: bool


@dataclass(slots=True)
class LogCheck:
    """What going through the log gave.

    Attributes:
        entries: every entry by its number.
        digests: the recorded digest of every entry; 0 names what the first one follows.
        faults: sentences, one for each thing that is wrong, in the order of the log.
        sound_to: number of the last entry before the first fault.
        marks: the end of every transaction.
        keys: short name of every key in the case → (its public half, its installation).
        rows: (table, key) → (digest of the row or None when it is gone, number of the entry that wrote it last).
    """

    case_uid: str
    entries: dict[int, LoggedEntry] = field(default_factory=dict)
    digests: dict[int, str] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    sound_to: int = 0
    marks: list[LogMark] = field(default_factory=list)
    keys: dict[str, tuple[str, str]] = field(default_factory=dict)
    rows: dict[tuple[str, Any], tuple[str | None, int]] = field(default_factory=dict)

    @property
    def length(self) -> int:
        """The number of the last entry."""
        return max(self.entries, default=0)

    def named(self, sequence: int) -> str:
        """An entry in a sentence, also one that is missing."""
        entry = self.entries.get(sequence)
        return entry.named if entry else f"entry {sequence}"


def check_log(connection: sqlite3.Connection, case_uid: str, progress: Progress) -> LogCheck:
    """Go through the log of a case; an unreadable part of it is a fault like any other."""
    check = LogCheck(case_uid, digests={0: genesis(case_uid)})
    try:
        check.keys = _keys(connection)
        with as_stored(connection):
            _follow(check, connection, progress)
            check.faults += [f"The seal of entry {row[0]} is there, but not the entry." for row in _orphans(connection)]
        if check.entries and not check.faults and [mark.sequence for mark in check.marks[-1:]] != [check.length]:
            check.faults.append(f"The log breaks off within a transaction, behind {check.named(check.length)}.")
    except (sqlite3.Error, UnicodeDecodeError) as error:
        check.faults.append(f"The log cannot be read behind {check.named(check.length)}: {error}.")
    return check


def shown_time(at: str) -> str:
    """A time of the log for people."""
    try:
        moment: datetime = utc_time(at)
    except ValueError:
        return at[:40]
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"


def _orphans(connection: sqlite3.Connection) -> list[tuple[int]]:
    return connection.execute(_ORPHANS).fetchall()


def _keys(connection: sqlite3.Connection) -> dict[str, tuple[str, str]]:
    found = connection.execute("SELECT key, public_key, installation FROM signing_key")
    return {str(key): (str(public), str(place)) for key, public, place in found}


@dataclass(slots=True)
class _Line:
    """One row of the log with its seal, as they are kept."""

    entry: LoggedEntry
    payload: str
    previous: str
    digest: str
    changes: str
    key: str
    signature: str
    sealed: bool
    in_form: bool

    def linked_to(self, previous: str) -> str:
        """What its digest must be if it follows `previous`."""
        entry = self.entry
        digests = text_digest(self.payload), text_digest(self.changes)
        return link(previous, entry.sequence, entry.at, entry.actor, entry.action, *digests)


def _follow(check: LogCheck, connection: sqlite3.Connection, progress: Progress) -> None:
    before, line = 0, None
    lines = _lines(connection)
    coming = next(lines, None)
    while (line := coming) is not None:
        coming = next(lines, None)
        number = line.entry.sequence
        known = len(check.faults)
        if number != before + 1:
            check.faults.append(_gap(check, before, line.entry))
        check.entries[number] = line.entry
        check.faults += _faults(check, line, coming, check.digests.get(before, line.previous))
        if len(check.faults) == known == 0:
            check.sound_to = number
        before = number
        progress.step()


def _lines(connection: sqlite3.Connection) -> Iterator[_Line]:
    for number, at, actor, action, payload, sealed, *seal in connection.execute(_ROWS):
        texts = [_text(value) for value in (at, actor, action, payload, *seal)]
        entry = LoggedEntry(int(number), *texts[:3])
        in_form = all(type(value) is StoredText for value in (at, action, payload, *seal)) and _is_hostile_text(actor)
        said, previous, digest, changes, key, signature = texts[3:]
        yield _Line(entry, said, previous, digest, changes, key, signature, sealed is not None, in_form)


def _text(value: object) -> str:
    return value.decode("utf-8", "surrogatepass") if isinstance(value, bytes) else "" if value is None else str(value)


def _is_hostile_text(value: object) -> bool:
    """Whether a value is kept as `columns.HostileText` keeps it: text, or bytes where it is not valid Unicode."""
    try:
        _text(value).encode("utf-8")
    except UnicodeEncodeError:
        return type(value) is bytes
    return type(value) is StoredText


def _gap(check: LogCheck, before: int, entry: LoggedEntry) -> str:
    first, last = before + 1, entry.sequence - 1
    gone = f"Entry {first} is" if first == last else f"Entries {first} to {last} are"
    after = f"between {check.named(before)} and {entry.named}" if before else f"before {entry.named}"
    return f"{gone} gone from the log, {after}."


def _faults(check: LogCheck, line: _Line, coming: _Line | None, expected: str) -> list[str]:
    """What is wrong with one entry; also notes its digest, its changed rows and the end of a transaction."""
    named = line.entry.named
    if not line.sealed:
        return [f"The {named} was never sealed: it was added by hand, or its seal was removed."]
    recorded = check.digests[line.entry.sequence] = line.digest
    follows = line.previous == expected
    if follows and line.linked_to(expected) == recorded and line.in_form:
        return _note(check, line)
    _note(check, line)
    if line.linked_to(expected) == recorded:
        what = "what it follows" if not follows else "the way it is kept"
        return [f"In the seal of {named}, {what} was edited."]
    if coming is not None and coming.previous == line.linked_to(line.previous):
        check.digests[line.entry.sequence] = coming.previous
        return [f"In the seal of {named}, the digest was edited."]
    if line.linked_to(line.previous) == recorded:
        return [f"The log was taken apart before {named}: it does not follow the entry that stands before it."]
    parts = "its time, actor, action, payload, list of changed rows or digest"
    return [f"The {named} is not what was sealed: {parts} was edited."]


def _note(check: LogCheck, line: _Line) -> list[str]:
    number, named = line.entry.sequence, line.entry.named
    try:
        changes = changes_in(line.changes)
    except ValueError:
        return [f"The list of changed rows of {named} cannot be read."]
    ends = [digest for table, key, digest in changes if table == HEAD and key == number]
    rows = {(table, hashable(key)): (digest, number) for table, key, digest in changes if table != HEAD}
    check.rows.update(rows)
    if ends:
        key = ends[0]
        check.marks.append(LogMark(number, line.digest, key, _holds(check, line, key)))
    elif line.key or line.signature:
        return [f"In the seal of {named}, a signature was added."]
    return []


def _holds(check: LogCheck, line: _Line, key: str | None) -> bool:
    if key is None:
        return not line.key and not line.signature
    public = check.keys.get(key, ("", ""))[0]
    try:
        named = line.key == key == key_name(public)
        return named and verify_signature(public, line.signature, bytes.fromhex(line.digest))
    except ValueError:
        return False
