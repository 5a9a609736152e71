"""Custody events in words, for the window and for the command line, which loads no Qt."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from core.custody import CustodyEvent, CustodyKind, time_text

_KINDS = {
    CustodyKind.RECEIVED: "Received",
    CustodyKind.TRANSFERRED: "Handed over",
    CustodyKind.RETURNED: "Returned",
    CustodyKind.REMARK: "Remark",
}
# What the two parties are called for each kind.
PARTIES = {
    CustodyKind.RECEIVED: ("Received from", "Received by"),
    CustodyKind.TRANSFERRED: ("Handed over by", "Handed over to"),
    CustodyKind.RETURNED: ("Returned by", "Returned to"),
    CustodyKind.REMARK: ("From", "By"),
}


def kind_text(kind: CustodyKind) -> str:
    """What happened, as a caption."""
    return _KINDS[kind]


def corrections(events: Iterable[CustodyEvent]) -> Mapping[int, int]:
    """Number of a corrected event → number of the newest event that corrects it."""
    return {event.corrects: event.id for event in sorted(events, key=lambda one: one.id) if event.corrects is not None}


def what_text(event: CustodyEvent, corrected_by: int | None) -> str:
    """What happened, and what became of the statement since."""
    parts = [kind_text(event.form.kind)]
    if event.corrects is not None:
        parts.append(f"corrects no. {event.corrects}")
    if corrected_by is not None:
        parts.append(f"corrected by no. {corrected_by}")
    return " · ".join(parts)


def when_text(event: CustodyEvent) -> str:
    """When it happened, in the time zone in which it was stated."""
    return time_text(event.form.at)


def parties_text(event: CustodyEvent) -> str:
    """Who handed over, and who took."""
    first, second = event.form.from_party, event.form.to_party
    return f"{first or '?'} → {second or '?'}" if first or second else ""


def item_text(event: CustodyEvent) -> str:
    """Item, seal, place and remarks in one line."""
    form = event.form
    seal = f"seal {form.seal}" if form.seal else ""
    return " · ".join(filter(None, (form.item, seal, form.place, form.remarks)))


def about_text(event: CustodyEvent) -> str:
    """Which exhibits it is about."""
    count = len(event.exhibit_ids)
    return f"{count:,} {'exhibit' if count == 1 else 'exhibits'}" if count else "the whole case"


def event_lines(event: CustodyEvent, corrected_by: int | None) -> tuple[str, ...]:
    """An event in a few lines, each of one kind; what was left blank is left out."""
    form = event.form
    lines = (
        f"{event.id}. {what_text(event, corrected_by)} · {when_text(event)}",
        parties_text(event),
        " · ".join(filter(None, (form.item, f"seal {form.seal}" if form.seal else "", form.place))),
        form.remarks,
        f"{about_text(event)} · written down by {written_text(event)}",
    )
    return tuple(filter(None, lines))


def written_text(event: CustodyEvent) -> str:
    """Who wrote it down, and when (UTC)."""
    return f"{event.made_by}, {event.made_at:%Y-%m-%d %H:%M} UTC"
