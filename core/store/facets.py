"""How many exhibits each choice of a filter would show."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from sqlalchemy import func, select

from core.domain import ExhibitFilter, Facets, ReviewState, Verdict
from core.store.blindness import Sight, sight
from core.store.columns import as_we_write_it
from core.store.schema import ExhibitGroupMemberRow, ExhibitGroupRow, ExhibitRow
from core.store.search import TAGS, choices, groups, mask_of, text_and_numbers
from core.store.session import CaseSession

_ANALYSED = ExhibitRow.verdict.is_not(None)


def facets(session: CaseSession, wanted: ExhibitFilter, *, hidden_from: str | None = None) -> Facets:
    """Count every choice by one pass over the case, each with the restrictions of the other facets applied."""
    seen = sight(hidden_from)
    keys = (seen.verdict, seen.architecture, ExhibitRow.tag_mask, ExhibitRow.reviewed)
    apart = (*keys, _ANALYSED) if seen.hides else keys  # what is hidden does not tell by its verdict
    alike = select(*keys, _ANALYSED, func.count()).where(*text_and_numbers(wanted, seen), *groups(wanted))
    named = session.run(select(seen.architecture).distinct().order_by(seen.architecture)).scalars()
    total = session.run(select(func.count(ExhibitRow.id))).scalar_one()
    with as_we_write_it("a verdict, tag or review"):
        shown, (verdicts, architectures, masks, states) = _counted(session.run(alike.group_by(*apart)).all(), wanted)
        return Facets(
            total=total,
            shown=shown,
            verdicts={verdict.value: verdicts[verdict] for verdict in Verdict},
            architectures={name: architectures[name] for name in named if name is not None},
            tags={tag: sum(count for mask, count in masks.items() if mask >> tag & 1) for tag in TAGS},
            states={state.value: states[state] for state in ReviewState},
            groups=_by_group(session, wanted, seen),
        )


def _by_group(session: CaseSession, wanted: ExhibitFilter, seen: Sight) -> dict[int, int]:
    """How many exhibits each group would show; an exhibit counts in every group it is in."""
    found = dict.fromkeys(session.run(select(ExhibitGroupRow.id).order_by(ExhibitGroupRow.id)).scalars(), 0)
    if not found:
        return {}
    member = ExhibitGroupMemberRow
    counted = select(member.group_id, func.count()).join(ExhibitRow, ExhibitRow.id == member.exhibit_id)
    counted = counted.where(*text_and_numbers(wanted, seen), *choices(wanted, seen)).group_by(member.group_id)
    rows: Iterable[Any] = session.run(counted)
    return found | {group: count for group, count in rows}  # noqa: C416 - rows are no pairs to a type checker


def _counted(groups: Iterable[Any], wanted: ExhibitFilter) -> tuple[int, tuple[Counter[Any], ...]]:
    """How many exhibits are shown, and how many have each verdict, architecture, set of tags and state.

    Groups are (verdict, architecture, tag mask, reviewed, analysed, count); one that a single facet leaves out counts
    there.
    """
    shown, wanted_mask = 0, mask_of(wanted.tags)
    counters: tuple[Counter[Any], ...] = (Counter(), Counter(), Counter(), Counter())
    for verdict, architecture, mask, reviewed, analysed, count in groups:
        values = (verdict, architecture, mask, _state(analysed=analysed, reviewed=reviewed))
        passes = (
            not wanted.verdicts or verdict in wanted.verdicts,
            not wanted.architectures or architecture in wanted.architectures,
            not wanted_mask or mask & wanted_mask != 0,
            not wanted.states or values[3] in wanted.states,
        )
        missed = passes.count(False)
        if missed == 0:
            shown += count
        for counter, value, own in zip(counters, values, passes, strict=True):
            if missed == 0 or (missed == 1 and not own):
                counter[value] += count
    return shown, counters


def _state(*, analysed: bool, reviewed: bool) -> str:
    if reviewed:
        return ReviewState.REVIEWED
    return ReviewState.UNREVIEWED if analysed else ReviewState.WAITING
