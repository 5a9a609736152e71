"""The checklist and the language check of the report page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.jobs import Jobs, Lane
from app.widgets.point_list import Point
from app.widgets.report_view import ReportView
from app.widgets.report_words import CHECKED_TEXTS, FIELDS
from core.errors import Cancelled, CoreError
from core.progress import Progress
from core.reporting import CheckItem, LanguageRemark, ReportDraft

if TYPE_CHECKING:
    from core.services.workspace import Workspace

_CAPTIONS = {row.name: row.plain_caption for row in FIELDS}
_MOST_LABELS = 3
_MOST_EXCERPT = 60  # as the checklist cuts them


@dataclass(frozen=True, slots=True)
class _Checked:
    items: tuple[CheckItem, ...]
    wording: tuple[Point, ...]


class Checking(QObject):
    """Reads what is missing and shows it; what is the same for several exhibits is one point.

    Args:
        view: where it is shown.
        workspace: the door to the services.
        jobs: where the reading runs.

    Attributes:
        counts: how many points are about each exhibit.

    Signals:
        checked: another check is shown.
        failed: the check itself could not be made; a sentence.
    """

    checked = Signal()
    failed = Signal(str)

    def __init__(self, view: ReportView, workspace: Workspace, jobs: Jobs, parent: QObject) -> None:
        super().__init__(parent)
        self._view, self._workspace, self._jobs = view, workspace, jobs
        self.counts: dict[int, int] = {}

    def renew(self, draft: ReportDraft) -> None:
        """Check a draft."""

        def read(_progress: Progress) -> _Checked:
            return _Checked(self._workspace.reports.checklist(draft), wording_points(draft))

        self._jobs.start(read, self._show, self._refuse, lane=Lane.DISK, quiet=True, token=(id(self), "check"))

    def _show(self, checked: _Checked) -> None:
        view = self._view
        self.counts = dict(Counter(item.exhibit_id for item in checked.items if item.exhibit_id is not None))
        view.blocking.set_points(_points([item for item in checked.items if item.blocks]))
        told = {(point.key, point.sentence.partition(": ")[2]) for point in checked.wording}
        advice = [item for item in checked.items if not item.blocks and (item.key, item.sentence) not in told]
        view.advice.set_points(_points(advice))
        view.wording.set_points(checked.wording)
        self.checked.emit()

    def _refuse(self, error: Exception) -> None:
        if isinstance(error, CoreError) and not isinstance(error, Cancelled):
            self.failed.emit(str(error))


def wording_points(draft: ReportDraft) -> tuple[Point, ...]:
    """Words in the free texts of a draft that say more than evidence can."""
    from core import language  # here, because making its rules takes a while and this runs beside the window

    return tuple(
        _wording(name, getattr(draft, name), remark)
        for name in CHECKED_TEXTS
        for remark in language.check(getattr(draft, name), draft.laboratory.language)
    )


def _points(items: Sequence[CheckItem]) -> list[Point]:
    """The items as points; those that say the same of several exhibits are one, which leads to the first of them."""
    alike: dict[tuple[str, str], list[CheckItem]] = {}
    for number, item in enumerate(items):
        label, _, said = item.sentence.partition(": ")
        about_one = item.exhibit_id is not None and " " not in label
        alike.setdefault((item.key, said) if about_one else (item.key, f"{number}"), []).append(item)
    return [_joined(same) for same in alike.values()]


def _joined(same: list[CheckItem]) -> Point:
    first = same[0]
    if len(same) == 1:
        return Point(first.sentence, first.key, first.exhibit_id)
    labels = [item.sentence.partition(": ")[0] for item in same]
    named = ", ".join(labels[:_MOST_LABELS])
    more = f" and {len(labels) - _MOST_LABELS} more" if len(labels) > _MOST_LABELS else ""
    return Point(f"{named}{more}: {first.sentence.partition(': ')[2]}", first.key, first.exhibit_id)


def _wording(name: str, text: str, remark: LanguageRemark) -> Point:
    said = text[remark.start : remark.start + remark.length][:_MOST_EXCERPT]
    sentence = f"“{said}”: {remark.why} {remark.proposal}".strip()
    return Point(f"{_CAPTIONS[name]}: {sentence}", name, None, remark.start, remark.length)
