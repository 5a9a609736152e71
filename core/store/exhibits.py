"""The exhibits of a case: taking them in, listing them fast, and what the analyst says of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, delete, or_, select, update

from core.domain import Exhibit, ExhibitFilter, ExhibitLine, ImageFacts, Occurrence, SortKey, Verdict
from core.errors import BadInput, NotFound
from core.store import audit, search
from core.store.blindness import Sight, sight
from core.store.columns import among, as_we_write_it
from core.store.facets import facets
from core.store.schema import (
    ExhibitFactsRow,
    ExhibitRow,
    ExhibitTagRow,
    ExhibitTextRow,
    FindingRow,
    NoteRow,
    OccurrenceRow,
    ReviewRow,
)
from core.store.session import CaseSession, Transaction

__all__ = [
    "Taken", "add", "by_sha256", "facets", "get", "ids", "lines", "next_unreviewed", "set_note", "set_reviewed", "tag",
    "tags_of", "without_finding",
]  # fmt: skip
_LINE_COLUMNS = (
    ExhibitRow.id,
    ExhibitRow.sha256,
    ExhibitRow.name,
    ExhibitRow.container,
    ExhibitRow.width,
    ExhibitRow.height,
    ExhibitRow.tag_mask,
    ExhibitRow.has_note,
    ExhibitRow.reviewed,
)
_KNOWN = select(ExhibitRow.id).where(ExhibitRow.sha256 == bindparam("digest"))


@dataclass(frozen=True, slots=True)
class Taken:
    """Where bytes went: the exhibit they are, and whether it is new to the case."""

    exhibit_id: int
    new: bool


def add(
    transaction: Transaction,
    *,
    sha256: str,
    md5: str,
    size_bytes: int,
    name: str,
    path: str,
    facts: ImageFacts,
) -> Taken:
    """Take an exhibit into the case; bytes that are known already get one more occurrence instead.

    Args:
        transaction: the change this belongs to.
        sha256: digest of the bytes, lower-case hexadecimal.
        md5: the same, for hash sets that have nothing newer.
        size_bytes: length of the file.
        name: file name without folders.
        path: where it came from; an archive member is "archive.zip!inner/name.png".
        facts: what the file says of itself.
    """
    known = transaction.run(_KNOWN, {"digest": sha256}).scalar()
    if known is not None:
        _add_occurrence(transaction, known, sha256, path)
        return Taken(known, new=False)
    exhibit_id = _insert(transaction, sha256, md5, size_bytes, name, facts)
    transaction.add_row(ExhibitFactsRow, exhibit_id=exhibit_id, facts=_plain(facts))
    searched = {"origin": search.folded(f"{name}\n{path}"), "hashes": f" {sha256} {md5}", "note": ""}
    transaction.add_row(ExhibitTextRow, exhibit_id=exhibit_id, **searched)
    transaction.add_row(OccurrenceRow, exhibit_id=exhibit_id, path=path, seen_at=datetime.now(UTC))
    payload = {"id": exhibit_id, "sha256": sha256, "md5": md5, "bytes": size_bytes, "name": name, "path": path}
    audit.append(transaction, audit.Act.EXHIBIT_TAKE, payload)
    return Taken(exhibit_id, new=True)


def get(session: CaseSession, exhibit_id: int) -> Exhibit:
    """Everything about one exhibit but its findings; raises `NotFound`."""
    exhibit = _one(session, ExhibitRow.id == exhibit_id)
    if exhibit is None:
        raise NotFound(f"There is no exhibit {exhibit_id} in the case {session.folder}. Choose one from its list.")
    return exhibit


def by_sha256(session: CaseSession, sha256: str) -> Exhibit | None:
    """The exhibit with these bytes, or None."""
    return _one(session, ExhibitRow.sha256 == sha256.lower())


def ids(
    session: CaseSession,
    wanted: ExhibitFilter,
    sort: SortKey = SortKey.TAKEN,
    *,
    descending: bool = False,
    hidden_from: str | None = None,
) -> tuple[int, ...]:
    """The exhibits that a filter shows, in the order asked for; those without a value to sort by come last.

    `hidden_from`, here and below: the examiner for whom the case is blind, see `blindness.hidden_from`.
    """
    seen = sight(hidden_from)
    query = select(ExhibitRow.id).where(*search.conditions(wanted, seen))
    return _numbers(session, query.order_by(*search.ordering(sort, seen, descending=descending)))


def lines(
    session: CaseSession, exhibit_ids: Sequence[int], *, hidden_from: str | None = None
) -> tuple[ExhibitLine, ...]:
    """What a list shows of these exhibits, in the order asked for; unknown ids are left out."""
    query = select(*_LINE_COLUMNS, *_answers(sight(hidden_from))).where(among(ExhibitRow.id, exhibit_ids))
    with as_we_write_it("an exhibit"):
        found = {row[0]: _line(row) for row in session.run(query)}
    return tuple(found[exhibit_id] for exhibit_id in exhibit_ids if exhibit_id in found)


def without_finding(session: CaseSession, detector_digest: str) -> tuple[int, ...]:
    """Exhibits on which this detector has said nothing yet, in order of intake."""
    said = select(FindingRow.id).where(
        FindingRow.exhibit_id == ExhibitRow.id, FindingRow.detector_digest == detector_digest
    )
    return _numbers(session, select(ExhibitRow.id).where(~said.exists()).order_by(ExhibitRow.id))


def next_unreviewed(
    session: CaseSession,
    after_id: int | None,
    wanted: ExhibitFilter,
    sort: SortKey = SortKey.TAKEN,
    *,
    descending: bool = False,
    hidden_from: str | None = None,
) -> int | None:
    """The next exhibit in this order that was not reviewed; begins again at the top, None when all were reviewed.

    The place of `after_id` counts even if the filter does not show it (any more), because it was just reviewed.
    """
    seen = sight(hidden_from)
    shown = and_(ExhibitRow.reviewed.is_(False), *search.conditions(wanted, seen))
    query = select(ExhibitRow.id).where(or_(shown, ExhibitRow.id == after_id))
    order = _numbers(session, query.order_by(*search.ordering(sort, seen, descending=descending)))
    start = order.index(after_id) + 1 if after_id in order else 0
    return next((exhibit_id for exhibit_id in order[start:] + order[:start] if exhibit_id != after_id), None)


def tag(transaction: Transaction, exhibit_ids: Sequence[int], tag: int, on: bool) -> tuple[int, ...]:
    """Give or take away a tag, 0 to 9; answers the ids that changed, so that the act can be undone exactly."""
    if tag not in search.TAGS:
        raise BadInput(f"There is no tag {tag}. The tags are the digits 0 to 9.")
    bit = 1 << tag
    has = ExhibitRow.tag_mask.bitwise_and(bit) != 0
    changed = _changing(transaction, exhibit_ids, ~has if on else has)
    if not changed:
        return ()
    marked = update(ExhibitRow).where(among(ExhibitRow.id, changed))
    transaction.run(marked.values(tag_mask=ExhibitRow.tag_mask + (bit if on else -bit)))
    if on:
        transaction.add_rows(ExhibitTagRow, [{"tag": tag, **row} for row in _signed(transaction, changed)])
    else:
        gone = among(ExhibitTagRow.exhibit_id, changed)
        transaction.run(delete(ExhibitTagRow).where(ExhibitTagRow.tag == tag, gone))
    audit.append(transaction, audit.Act.TAG, {"exhibits": changed, "tag": tag, "on": on})
    return changed


def tags_of(session: CaseSession, exhibit_id: int) -> tuple[int, ...]:
    """The tags of one exhibit, in order."""
    mask = session.scalar(select(ExhibitRow.tag_mask).where(ExhibitRow.id == exhibit_id))
    return search.tags_in(mask or 0)


def set_note(transaction: Transaction, exhibit_id: int, text: str) -> str:
    """Write the note of an exhibit, or remove it with an empty text; answers the text it had before."""
    before = get(transaction, exhibit_id).note
    if text == before:
        return before
    transaction.execute(delete(NoteRow).where(NoteRow.exhibit_id == exhibit_id))
    if text:
        transaction.add_row(NoteRow, text=text, **_signed(transaction, (exhibit_id,))[0])
    transaction.execute(update(ExhibitRow).where(ExhibitRow.id == exhibit_id).values(has_note=bool(text)))
    searched = update(ExhibitTextRow).where(ExhibitTextRow.exhibit_id == exhibit_id)
    transaction.execute(searched.values(note=search.folded(text)))
    audit.append(transaction, audit.Act.NOTE, {"exhibit": exhibit_id, "text": text})
    return before


def set_reviewed(transaction: Transaction, exhibit_ids: Sequence[int], reviewed: bool) -> tuple[int, ...]:
    """Mark exhibits as reviewed or not; answers the ids that changed."""
    changed = _changing(transaction, exhibit_ids, ExhibitRow.reviewed.is_(not reviewed))
    if not changed:
        return ()
    transaction.run(update(ExhibitRow).where(among(ExhibitRow.id, changed)).values(reviewed=reviewed))
    if reviewed:
        transaction.add_rows(ReviewRow, _signed(transaction, changed))
    else:
        transaction.run(delete(ReviewRow).where(among(ReviewRow.exhibit_id, changed)))
    audit.append(transaction, audit.Act.REVIEW, {"exhibits": changed, "reviewed": reviewed})
    return changed


def _insert(transaction: Transaction, sha256: str, md5: str, size_bytes: int, name: str, facts: ImageFacts) -> int:
    return transaction.add_row(
        ExhibitRow,
        sha256=sha256,
        md5=md5,
        size_bytes=size_bytes,
        name=name,
        name_key=search.name_key(name),
        container=facts.container,
        width=facts.width,
        height=facts.height,
        pixels=facts.width * facts.height,
        taken_at=datetime.now(UTC),
        tag_mask=0,
        has_note=False,
        reviewed=False,
    )


def _add_occurrence(transaction: Transaction, exhibit_id: int, sha256: str, path: str) -> None:
    """Note one more place; a place that is known already is not noted twice."""
    here = select(OccurrenceRow.id).where(OccurrenceRow.exhibit_id == exhibit_id, OccurrenceRow.path == path)
    if transaction.scalar(here) is not None:
        return
    transaction.add_row(OccurrenceRow, exhibit_id=exhibit_id, path=path, seen_at=datetime.now(UTC))
    searched = update(ExhibitTextRow).where(ExhibitTextRow.exhibit_id == exhibit_id)
    transaction.execute(searched.values(origin=ExhibitTextRow.origin + "\n" + search.folded(path)))
    audit.append(transaction, audit.Act.EXHIBIT_OCCURRENCE, {"id": exhibit_id, "sha256": sha256, "path": path})


def _one(session: CaseSession, which: ColumnElement[bool]) -> Exhibit | None:
    query = (
        select(ExhibitRow, ExhibitFactsRow.facts, NoteRow.text)
        .join(ExhibitFactsRow, ExhibitFactsRow.exhibit_id == ExhibitRow.id)
        .outerjoin(NoteRow, NoteRow.exhibit_id == ExhibitRow.id)
        .where(which)
        .execution_options(populate_existing=True)
    )
    found = session.execute(query).one_or_none()
    if found is None:
        return None
    row, facts, note = found
    return Exhibit(
        id=row.id,
        sha256=row.sha256,
        md5=row.md5,
        size_bytes=row.size_bytes,
        name=row.name,
        facts=_facts(facts),
        taken_at=row.taken_at,
        occurrences=_occurrences(session, row.id),
        tags=search.tags_in(row.tag_mask),
        note=note or "",
        reviewed=row.reviewed,
    )


def _occurrences(session: CaseSession, exhibit_id: int) -> tuple[Occurrence, ...]:
    query = select(OccurrenceRow.path, OccurrenceRow.seen_at).where(OccurrenceRow.exhibit_id == exhibit_id)
    return tuple(Occurrence(*place) for place in session.execute(query.order_by(OccurrenceRow.id)))


def _plain(facts: ImageFacts) -> dict[str, Any]:
    return {field.name: getattr(facts, field.name) for field in fields(facts)}


def _facts(values: dict[str, Any]) -> ImageFacts:
    with as_we_write_it("what an image file says of itself"):
        pairs = tuple((name, text) for name, text in values["metadata"])
        return ImageFacts(**{**values, "metadata": pairs, "remarks": tuple(values["remarks"])})


def _answers(seen: Sight) -> tuple[ColumnElement[Any], ...]:
    return (seen.verdict, seen.architecture, seen.score, seen.agreement, ~seen.seen)


def _line(row: Sequence[Any]) -> ExhibitLine:
    """A line from the values of `_LINE_COLUMNS` and `_answers`."""
    exhibit_id, sha256, name, container, width, height, tag_mask, has_note, reviewed, *said = row
    verdict, architecture, score, agreement, hidden = said
    return ExhibitLine(
        id=exhibit_id,
        sha256=sha256,
        name=name,
        container=container,
        width=width,
        height=height,
        tags=search.tags_in(tag_mask) if tag_mask else (),
        has_note=has_note,
        reviewed=reviewed,
        verdict=None if verdict is None else Verdict(verdict),
        architecture=architecture,
        score=score,
        agreement=agreement,
        hidden=bool(hidden),
    )


def _changing(transaction: Transaction, exhibit_ids: Sequence[int], differs: ColumnElement[bool]) -> tuple[int, ...]:
    """Those of the exhibits on which the act has an effect."""
    query = select(ExhibitRow.id).where(among(ExhibitRow.id, exhibit_ids), differs)
    return _numbers(transaction, query.order_by(ExhibitRow.id))


def _signed(transaction: Transaction, exhibit_ids: Iterable[int]) -> list[dict[str, Any]]:
    now = datetime.now(UTC)
    return [{"exhibit_id": number, "made_by": transaction.actor, "made_at": now} for number in exhibit_ids]


def _numbers(session: CaseSession, query: Select[int]) -> tuple[int, ...]:
    return tuple(session.run(query).scalars().all())
