"""The chained log: every transaction ends with a seal over its entries and the rows that it left behind.

Each entry of the log has a row here that names the digest before it and its own (`core.log_chain`). The last entry of
a transaction carries the list of changed rows: `[table, key, SHA-256 of the row, or null when it is gone]`, sorted, and
among them `["chain", number of the entry, name of the signing key, or null]`, by which a signature that was taken away
is missed. All other entries carry an empty list.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from sqlalchemy import select

from core import installation
from core.custody import LogHead
from core.installation import Signer
from core.log_chain import genesis, link, text_digest
from core.store import audit, journal
from core.store.columns import utc_text
from core.store.journal import Change, Key, connection_of, hashable
from core.store.schema import AuditRow, CaseRow, ChainRow, SigningKeyRow
from core.store.session import CaseSession, Transaction

__all__ = [
    "FIRST_REVISION",
    "HEAD",
    "Replay",
    "Sealed",
    "SealedEntry",
    "changes_in",
    "differences",
    "digest_at",
    "entry_digests",
    "genesis",
    "head",
    "link",
    "replay",
    "seal",
    "seal_as_found",
    "text_digest",
]
HEAD = "chain"  # the mark of a transaction's last entry among its changed rows
FIRST_REVISION = "0003"  # of a case whose log is chained
_AT_ONCE = 50_000
_UNSEALED = (
    "SELECT sequence, at, actor, action, payload FROM audit "
    "WHERE sequence > (SELECT coalesce(max(sequence), 0) FROM chain) ORDER BY sequence"
)
_LAST = "SELECT digest FROM chain ORDER BY sequence DESC LIMIT 1"
_NEW_KEY = "INSERT OR IGNORE INTO signing_key (key, public_key, installation, first_used) VALUES (?, ?, ?, ?)"
_NEW_LINK = "INSERT INTO chain (sequence, previous, digest, changes, key, signature) VALUES (?, ?, ?, ?, ?, ?)"


@dataclass(frozen=True, slots=True)
class Sealed:
    """What sealing a transaction gave: the new head, the digest before it, and the act of the last entry."""

    head: LogHead
    before: str
    why: str


@dataclass(frozen=True, slots=True)
class SealedEntry:
    """One entry of the log with its place in the chain, every text as it is kept."""

    sequence: int
    at: str
    actor: str
    action: str
    payload: str
    payload_digest: str
    changes: str
    changes_digest: str
    previous: str
    digest: str
    key: str
    signature: str


@dataclass(frozen=True, slots=True)
class Replay:
    """What the log says that the rows of the case are.

    Attributes:
        rows: (table, key) → (digest or None when it is gone, number of the entry that wrote it last).
        malformed: numbers of entries whose list of changed rows cannot be read.
    """

    rows: dict[tuple[str, Any], tuple[str | None, int]]
    malformed: tuple[int, ...] = ()


def head(session: CaseSession) -> LogHead:
    """Where the log ends; in a transaction, where it ended before. Number 0 where nothing is sealed yet."""
    query = (
        select(ChainRow.sequence, ChainRow.digest, ChainRow.key, ChainRow.signature, AuditRow.at)
        .join(AuditRow, AuditRow.sequence == ChainRow.sequence)
        .order_by(ChainRow.sequence.desc())
        .limit(1)
    )
    uid, created = session.execute(select(CaseRow.uid, CaseRow.created_at)).one()
    found = session.execute(query).one_or_none()
    if found is None:
        return LogHead(uid, 0, genesis(uid), "", "", "", created)
    public = session.scalar(select(SigningKeyRow.public_key).where(SigningKeyRow.key == found.key)) or ""
    return LogHead(uid, found.sequence, found.digest, found.key, found.signature, public, found.at)


def digest_at(session: CaseSession, sequence: int) -> str | None:
    """The digest of one entry, None where there is none; entry 0 is what the first one follows."""
    if sequence == 0:
        return genesis(session.scalar(select(CaseRow.uid)) or "")
    return session.scalar(select(ChainRow.digest).where(ChainRow.sequence == sequence))


def entry_digests(session: CaseSession, *, after: int = 0, limit: int | None = None) -> tuple[SealedEntry, ...]:
    """Entries behind number `after` with their place in the chain, oldest first."""
    query = (
        "SELECT a.sequence, a.at, a.actor, a.action, a.payload, c.changes, c.previous, c.digest, c.key, c.signature "
        "FROM audit AS a JOIN chain AS c USING (sequence) WHERE a.sequence > ? ORDER BY a.sequence LIMIT ?"
    )
    connection = connection_of(session)
    with journal.as_stored(connection):
        rows = connection.execute(query, (after, -1 if limit is None else limit)).fetchall()
    return tuple(_entry(*row) for row in rows)


def seal(transaction: Transaction) -> Sealed | None:
    """Seal what this transaction did, just before it is committed; None where it did nothing.

    Raises:
        RuntimeError: rows were changed without an entry in the log, which is a mistake of ours.
    """
    connection = connection_of(transaction)
    if audit.says_nothing(transaction):
        if changed := journal.take_touched(connection):
            raise RuntimeError(f"The table {changed[0][0]} was changed without an entry in the log.")
        return None
    signer = installation.signer()
    _introduce(transaction, signer)
    return _close(transaction, journal.take_touched(connection), signer)


def seal_as_found(transaction: Transaction) -> Sealed:
    """Seal every row that is not as the log says, in a transaction that has an entry: of a new or a migrated case.

    The rows of a large case are spread over several entries.
    """
    signer = installation.signer()
    _introduce(transaction, signer)
    rows = iter(differences(connection_of(transaction)))
    part = [*islice(rows, _AT_ONCE)]
    while len(part) == _AT_ONCE and (more := [*islice(rows, _AT_ONCE)]):
        _close(transaction, part, signer)
        audit.append(transaction, audit.Act.CASE_SEAL, {"rows": len(more)})
        part = more
    return _close(transaction, part, signer)


def differences(connection: sqlite3.Connection) -> list[Change]:
    """Every row that is not what the log says, as it is found (None: it should be there), sorted."""
    expected = replay(connection).rows
    found: list[Change] = []
    for table, key, digest in journal.every_row(connection):
        if expected.pop((table, hashable(key)), (None, 0))[0] != digest:
            found.append((table, key, digest))
    gone = [(table, _listed(key), None) for (table, key), (digest, _) in expected.items() if digest is not None]
    return sorted([*found, *gone], key=journal.order)


def replay(connection: sqlite3.Connection) -> Replay:
    """Go through the log from its first entry and note what it says every row became."""
    rows: dict[tuple[str, Any], tuple[str | None, int]] = {}
    malformed: list[int] = []
    for sequence, text in connection.execute("SELECT sequence, changes FROM chain ORDER BY sequence"):
        try:
            changes = changes_in(text)
        except ValueError:
            malformed.append(sequence)
            continue
        rows.update({(table, hashable(key)): (digest, sequence) for table, key, digest in changes if table != HEAD})
    return Replay(rows, tuple(malformed))


def changes_in(text: str | bytes) -> list[Change]:
    """The changed rows of an entry; raises `ValueError` for a list that we did not write."""
    try:
        listed = json.loads(text)
        found = [(table, key, digest) for table, key, digest in listed]
    except (ValueError, TypeError, RecursionError) as error:
        raise ValueError("The list of changed rows cannot be read.") from error
    if not isinstance(listed, list) or not all(map(_is_change, found)):
        raise ValueError("The list of changed rows is none that this program wrote.")
    return found


def _introduce(transaction: Transaction, signer: Signer | None) -> None:
    """Keep the public half of a key that has not signed this case before; its row is sealed as any other."""
    if signer is not None:
        row = (signer.key, signer.public_key, signer.installation, utc_text(datetime.now(UTC)))
        connection_of(transaction).execute(_NEW_KEY, row)


def _close(transaction: Transaction, changes: Sequence[Change], signer: Signer | None) -> Sealed:
    """Chain the entries that are not chained yet; the last one carries the changed rows and the signature."""
    connection = connection_of(transaction)
    uid = connection.execute('SELECT uid FROM "case"').fetchone()[0]
    with journal.as_stored(connection):
        entries = connection.execute(_UNSEALED).fetchall()
    last = connection.execute(_LAST).fetchone()
    before = previous = last[0] if last else genesis(uid)
    rows = []
    for number, *texts in entries:
        ends = number == entries[-1][0]
        marked = sorted([*changes, (HEAD, number, signer.key if signer else None)], key=journal.order)
        listed = json.dumps(marked if ends else [], separators=(",", ":"))
        at, actor, action, payload = (_text(text) for text in texts)
        digest = link(previous, number, at, actor, action, text_digest(payload), text_digest(listed))
        signed = signer.sign(bytes.fromhex(digest)).hex() if signer and ends else ""
        rows.append((number, previous, digest, listed, signer.key if signed and signer else "", signed))
        previous = digest
    connection.executemany(_NEW_LINK, rows)
    number, _, digest, _, key, signature = rows[-1]
    public = signer.public_key if signer else ""
    return Sealed(LogHead(uid, number, digest, key, signature, public, datetime.fromisoformat(at)), before, action)


def _entry(
    sequence: int, at: bytes, actor: bytes, action: bytes, payload: bytes, changes: bytes, *rest: bytes
) -> SealedEntry:
    said, changed = _text(payload), _text(changes)
    texts = (_text(at), _text(actor), _text(action), said, text_digest(said), changed, text_digest(changed))
    return SealedEntry(sequence, *texts, *map(_text, rest))


def _text(stored: bytes) -> str:
    return stored.decode("utf-8", "surrogatepass")


def _is_change(change: tuple[Any, Any, Any]) -> bool:
    table, key, digest = change
    parts = key if isinstance(key, list) else [key]
    of_key = all(isinstance(part, int | str) for part in parts)
    return isinstance(table, str) and of_key and (digest is None or isinstance(digest, str))


def _listed(key: Any) -> Key:  # noqa: ANN401 - what `hashable` made of a key
    return [*key] if isinstance(key, tuple) else key
