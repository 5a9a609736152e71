"""Files that were handed over and are no exhibits: what a report says of them."""

from __future__ import annotations

from collections.abc import Sequence

from core.domain import IntakeLine, IntakeOutcome
from core.report.record import Line
from core.store import intake, report_state
from core.store.session import CaseSession

MOST = 1_000  # that are listed
_WAITING = {
    "en": "The intake was stopped before this file was read.",
    "de": "Die Aufnahme wurde angehalten, bevor diese Datei gelesen wurde.",
}
_MORE = {
    "en": "{count} files were not taken in; the first {shown} are listed.",
    "de": "{count} Dateien wurden nicht aufgenommen; die ersten {shown} sind aufgeführt.",
}


def not_taken_beside(session: CaseSession, exhibit_ids: Sequence[int]) -> tuple[IntakeLine, ...]:
    """Those of a report about all exhibits; one about some of them says nothing of other files."""
    return intake.not_taken(session) if is_about_all(session, exhibit_ids) else ()


def is_about_all(session: CaseSession, exhibit_ids: Sequence[int]) -> bool:
    """Whether these are all exhibits of the case."""
    return set(report_state.existing(session, ())) == set(exhibit_ids)


def printed(lines: Sequence[IntakeLine], language: str) -> tuple[Line, ...]:
    """The lines of a record."""
    return tuple(
        Line(
            line.path,
            _WAITING[language] if line.outcome is IntakeOutcome.PENDING else line.reason or line.outcome.value,
            line.outcome.value,
        )
        for line in lines[:MOST]
    )


def note(lines: Sequence[IntakeLine], language: str) -> tuple[str, ...]:
    """That not all of them are listed, where that is so."""
    return (_MORE[language].format(count=len(lines), shown=MOST),) if len(lines) > MOST else ()
