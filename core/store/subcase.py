"""A part of a case as a case of its own: chosen exhibits with everything known of them, and where they came from."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import func, select

from core.errors import EvidenceChanged, NotFound, error_from_os
from core.progress import Progress
from core.store import audit, blobs, cases, chain
from core.store.chain import SealedEntry
from core.store.columns import among
from core.store.schema import ExhibitRow, OriginEntryRow, OriginRow, SigningKeyRow
from core.store.session import CaseSession, Transaction

_CHUNK = 1 << 20
_IDS = "(SELECT value FROM json_each(?))"
_OF_EXHIBIT = (
    "exhibit_facts",
    "exhibit_text",
    "occurrence",
    "exhibit_tag",
    "note",
    "review",
    "finding",
    "examiner_view",
    "annotation",
    "robustness",
    "propositions",
    "conclusion",
    "rerun",
)
_TOLD = (  # custody events of these exhibits or of the whole case, and the events that they correct
    f"WITH RECURSIVE told(id) AS (SELECT event_id FROM custody_event_exhibit WHERE exhibit_id IN {_IDS} "
    "UNION SELECT id FROM custody_event WHERE id NOT IN (SELECT event_id FROM custody_event_exhibit) "
    "UNION SELECT corrects FROM custody_event JOIN told USING (id) WHERE corrects IS NOT NULL) SELECT id FROM told"
)
# What is taken along, in an order in which no row comes before one that it refers to.
_COPIED = (
    ("exhibit", f"id IN {_IDS}"),
    *((table, f"exhibit_id IN {_IDS}") for table in _OF_EXHIBIT),
    ("custody_event", f"id IN ({_TOLD}) ORDER BY id"),
    ("custody_event_exhibit", f"exhibit_id IN {_IDS}"),
    ("exhibit_group", f"id IN (SELECT group_id FROM exhibit_group_member WHERE exhibit_id IN {_IDS})"),
    ("exhibit_group_member", f"exhibit_id IN {_IDS}"),
)
_ABOUT_THE_CASE = frozenset({audit.Act.CASE_CREATE, audit.Act.CASE_OPEN, audit.Act.CASE_MIGRATE})


def fill(source: CaseSession, target: Transaction, exhibit_ids: Sequence[int], *, by: str, progress: Progress) -> None:
    """Copy exhibits, their evidence and the log of the case they come from into a new case.

    Row numbers stay, so that the copied log still speaks of them. Of the log, every entry is taken along with its
    place in the chain, but what an entry says only where it speaks of the copied exhibits alone: of the others there
    is its hash, by which the chain can be followed all the same.

    Args:
        source: the case that they come from.
        target: the new case, which has no exhibits yet.
        exhibit_ids: the exhibits, at least one.
        by: who takes them out.
        progress: report and cancel point, in bytes.

    Raises:
        NotFound: an exhibit is not in the case, or its evidence file is gone.
        EvidenceChanged: an evidence file is not what it was taken in as.
    """
    hashes = _hashes(source, exhibit_ids)
    _copy_evidence(source, target, hashes, progress)
    for table, where in _COPIED:
        _copy_rows(source, target, table, where, exhibit_ids)
    _copy_log(source, target, frozenset(exhibit_ids), frozenset(hashes))
    origin = cases.get(source)
    head = chain.head(source)
    left = (source.scalar(select(func.count()).select_from(ExhibitRow)) or 0) - len(hashes)
    target.add_row(
        OriginRow,
        id=1,
        case_uid=origin.uid,
        title=origin.details.title,
        number=origin.details.number,
        head_sequence=head.sequence,
        head_digest=head.digest,
        exported_by=by,
        exported_at=datetime.now(UTC),
        exhibits_left_out=left,
    )
    told = {"from": origin.uid, "head": head.sequence, "digest": head.digest, "exhibits": sorted(hashes)}
    audit.append(target, audit.Act.CASE_DERIVE, {**told, "left_out": left})


def _hashes(source: CaseSession, exhibit_ids: Sequence[int]) -> dict[str, int]:
    """SHA-256 and size of the evidence of every exhibit."""
    query = select(ExhibitRow.id, ExhibitRow.sha256, ExhibitRow.size_bytes).where(among(ExhibitRow.id, exhibit_ids))
    rows = source.execute(query).all()
    if missing := sorted(set(exhibit_ids) - {row.id for row in rows}):
        raise NotFound(f"The case {source.folder} has no exhibit number {missing[0]}.")
    if not rows:
        raise NotFound("No exhibit was chosen. Choose at least one.")
    return {row.sha256: row.size_bytes for row in rows}


def _copy_evidence(source: CaseSession, target: Transaction, hashes: dict[str, int], progress: Progress) -> None:
    progress.start("Copying evidence", sum(hashes.values()), "bytes")
    for sha256 in hashes:
        path, incoming = blobs.evidence_path(source.folder, sha256), blobs.incoming_path(target.folder)
        digest = hashlib.sha256()
        try:
            with path.open("rb") as file, incoming.open("xb") as out:
                while chunk := file.read(_CHUNK):
                    out.write(chunk)
                    digest.update(chunk)
                    progress.step(len(chunk))
        except OSError as error:
            raise error_from_os(error, path, doing="copying the evidence") from error
        if digest.hexdigest() != sha256:
            raise EvidenceChanged(
                f"The evidence file {path} no longer has the bytes its name stands for. Leave this exhibit out, or "
                "restore the file from a copy of the case."
            )
        blobs.keep(target.folder, incoming, sha256)


def _copy_rows(source: CaseSession, target: Transaction, table: str, where: str, exhibit_ids: Sequence[int]) -> None:
    """Copy rows as SQLite holds them, to the last byte."""
    chosen = json.dumps([*exhibit_ids])
    found = source.connection().exec_driver_sql(f'SELECT * FROM "{table}" WHERE {where}', (chosen,))
    columns = [*found.keys()]
    names, marks = ", ".join(f'"{name}"' for name in columns), ", ".join("?" * len(columns))
    rows = [tuple(row) for row in found]
    if rows:
        target.connection().exec_driver_sql(f'INSERT INTO "{table}" ({names}) VALUES ({marks})', rows)


def _copy_log(source: CaseSession, target: Transaction, ids: frozenset[int], hashes: frozenset[str]) -> None:
    _copy_keys(source, target)
    target.add_rows(OriginEntryRow, [_kept(entry, ids, hashes) for entry in chain.entry_digests(source)])


def _copy_keys(source: CaseSession, target: Transaction) -> None:
    """The public keys that signed the log, so that its signatures can be checked without the case it comes from."""
    known = {*target.scalars(select(SigningKeyRow.key))}
    for row in source.scalars(select(SigningKeyRow)):
        if row.key not in known:
            told = {"public_key": row.public_key, "installation": row.installation, "first_used": row.first_used}
            target.add_row(SigningKeyRow, key=row.key, **told)


def _kept(entry: SealedEntry, ids: frozenset[int], hashes: frozenset[str]) -> dict[str, Any]:
    told = entry.action in _ABOUT_THE_CASE or _speaks_only_of(json.loads(entry.payload), ids, hashes)
    held_back = {} if told else {"payload": None, "changes": None}
    return {**asdict(entry), **held_back}


def _speaks_only_of(payload: Any, ids: frozenset[int], hashes: frozenset[str]) -> bool:  # noqa: ANN401 - plain data
    """Whether everything an entry says is about chosen exhibits; one that names no exhibit is kept back as well."""
    named = [*_exhibits_named(payload)]
    return bool(named) and all(one in ids or one in hashes for one in named)


def _exhibits_named(payload: Any) -> Iterator[int | str]:  # noqa: ANN401 - plain data
    match payload:
        case dict():
            for key, value in payload.items():
                if key in ("exhibit", "exhibit_id", "sha256") and isinstance(value, (int, str)):
                    yield value
                elif key in ("exhibits", "exhibit_ids") and isinstance(value, list):
                    yield from (one for one in value if isinstance(one, (int, str)))
                else:
                    yield from _exhibits_named(value)
        case list():
            for part in payload:
                yield from _exhibits_named(part)
