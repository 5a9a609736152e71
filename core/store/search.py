"""Which exhibits a filter shows, and in which order."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select

from core.domain import ExhibitFilter, ReviewState, SortKey, Verdict
from core.store.blindness import Sight
from core.store.schema import ExhibitGroupMemberRow, ExhibitRow, ExhibitTextRow

TAGS = range(10)
# Kept in the cases: extend at the end, never reorder.
VERDICT_ORDER = (Verdict.ATTRIBUTED, Verdict.UNKNOWN, Verdict.INCONCLUSIVE, Verdict.OUT_OF_SCOPE)
_DIGITS = re.compile("[0-9]+")
_PART_OF_A_HASH = re.compile("[0-9a-f]{6,64}")
_LONGEST_KEY = 300
_STATES: dict[str, ColumnElement[bool]] = {
    ReviewState.REVIEWED: ExhibitRow.reviewed.is_(True),
    ReviewState.WAITING: and_(ExhibitRow.reviewed.is_(False), ExhibitRow.finding_id.is_(None)),
    ReviewState.UNREVIEWED: and_(ExhibitRow.reviewed.is_(False), ExhibitRow.finding_id.is_not(None)),
}


def folded(text: str) -> str:
    """Text as the search compares it: without case, composed, free of lone surrogates."""
    return unicodedata.normalize("NFC", text).casefold().encode("utf-8", "backslashreplace").decode()


def name_key(name: str) -> str:
    """A key that sorts file names as people do: "img2" before "IMG10"."""
    return _DIGITS.sub(lambda match: _with_length(match[0].lstrip("0") or "0"), folded(name[:_LONGEST_KEY]))


def ordering(sort: SortKey, sight: Sight, *, descending: bool) -> Iterator[ColumnElement[Any]]:
    """The terms of ORDER BY; exhibits without a value come last either way, equals in order of intake."""
    if sort is SortKey.TAKEN:
        yield ExhibitRow.id.desc() if descending else ExhibitRow.id.asc()
        return
    first, *others = _sort_columns(sort, sight)
    yield (first.desc() if descending else first.asc()).nulls_last()
    yield from (other.desc() if descending else other.asc() for other in others)
    yield ExhibitRow.id.asc()


def conditions(wanted: ExhibitFilter, sight: Sight) -> Iterator[ColumnElement[bool]]:
    """Everything that WHERE has to ask for."""
    yield from text_and_numbers(wanted, sight)
    yield from choices(wanted, sight)
    yield from groups(wanted)


def choices(wanted: ExhibitFilter, sight: Sight) -> Iterator[ColumnElement[bool]]:
    """What a filter asks of verdict, architecture, tags and state, whose choices are counted in one pass."""
    if wanted.verdicts:
        yield sight.verdict.in_(sorted(verdict.value for verdict in wanted.verdicts))
    if wanted.architectures:
        yield sight.architecture.in_(sorted(wanted.architectures))
    if wanted.tags:
        yield ExhibitRow.tag_mask.bitwise_and(mask_of(wanted.tags)) != 0
    if wanted.states:
        yield or_(*(_STATES[state] for state in sorted(wanted.states)))


def groups(wanted: ExhibitFilter) -> Iterator[ColumnElement[bool]]:
    """What a filter asks of groups; an exhibit can be in several of them."""
    if wanted.groups:
        inside = select(ExhibitGroupMemberRow.exhibit_id).where(
            ExhibitGroupMemberRow.group_id.in_(sorted(wanted.groups))
        )
        yield (ExhibitRow.id + 0).in_(inside)


def text_and_numbers(wanted: ExhibitFilter, sight: Sight) -> Iterator[ColumnElement[bool]]:
    """What a filter asks of text and numbers, which have no choices to count."""
    if words := folded(wanted.text).split():
        # The sum keeps SQLite from fetching rows by id in a loop: it walks the index that has the order asked for.
        yield (ExhibitRow.id + 0).in_(select(ExhibitTextRow.exhibit_id).where(and_(*map(_contains, words))))
    if wanted.score_from > 0.0:
        yield sight.score >= wanted.score_from
    if wanted.score_to < 1.0:
        yield sight.score <= wanted.score_to
    if wanted.agreement_from > 0:
        yield sight.agreement >= wanted.agreement_from


def mask_of(tags: Iterable[int]) -> int:
    """Tags as bits."""
    return sum(1 << tag for tag in set(tags))


def tags_in(mask: int) -> tuple[int, ...]:
    """The tags whose bits are set, in order."""
    return tuple(tag for tag in TAGS if mask >> tag & 1)


def _sort_columns(sort: SortKey, sight: Sight) -> tuple[ColumnElement[Any], ...]:
    return {
        SortKey.NAME: (ExhibitRow.name_key.expression,),
        SortKey.SCORE: (sight.score,),
        SortKey.AGREEMENT: (sight.agreement,),
        SortKey.SIZE: (ExhibitRow.pixels.expression,),
        SortKey.VERDICT: (sight.verdict_rank, sight.architecture),
    }[sort]


def _contains(word: str) -> ColumnElement[bool]:
    """A word is found anywhere in names, paths and notes, and at the beginning of a hash if it can be meant as one."""
    places = [(ExhibitTextRow.origin, word), (ExhibitTextRow.note, word)]
    if _PART_OF_A_HASH.fullmatch(word):
        places.append((ExhibitTextRow.hashes, f" {word}"))
    return or_(*(func.instr(column, text) > 0 for column, text in places))


def _with_length(digits: str) -> str:
    """Digits with their count before them, so that the order of text is the order of numbers."""
    return f"{min(len(digits), 99):02d}{digits}"
