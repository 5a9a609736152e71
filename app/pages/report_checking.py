"""The checklist and the language check of the report page."""

from __future__ import annotations

from collections import Counter
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
_MOST_EXCERPT = 60  # as the checklist cuts them


@dataclass(frozen=True, slots=True)
class _Checked:
    items: tuple[CheckItem, ...]
    wording: tuple[Point, ...]


class Checking(QObject):
    """Reads what is missing and shows it.

    Args:
        view: where it is shown.
        workspace: the door to the services.
        jobs: where the reading runs.

    Signals:
        checked: how many points stand in the way of issuing.
        failed: the check itself could not be made; a sentence.
    """

    checked = Signal(int)
    failed = Signal(str)

    def __init__(self, view: ReportView, workspace: Workspace, jobs: Jobs, parent: QObject) -> None:
        super().__init__(parent)
        self._view, self._workspace, self._jobs = view, workspace, jobs

    def renew(self, draft: ReportDraft) -> None:
        """Check a draft."""

        def read(_progress: Progress) -> _Checked:
            return _Checked(self._workspace.reports.checklist(draft), wording_points(draft))

        self._jobs.start(read, self._show, self._refuse, lane=Lane.DISK, quiet=True, token=(id(self), "check"))

    def _show(self, checked: _Checked) -> None:
        view, blocking = self._view, [item for item in checked.items if item.blocks]
        view.blocking.set_points([_point(item) for item in blocking])
        told = {(point.key, point.sentence.partition(": ")[2]) for point in checked.wording}
        advice = [item for item in checked.items if not item.blocks and (item.key, item.sentence) not in told]
        view.advice.set_points([_point(item) for item in advice])
        view.wording.set_points(checked.wording)
        self.checked.emit(len(blocking))

    def _refuse(self, error: Exception) -> None:
        if isinstance(error, CoreError) and not isinstance(error, Cancelled):
            self.failed.emit(str(error))


def exhibit_points(points: tuple[Point, ...]) -> dict[int, int]:
    """How many of these points are about each exhibit."""
    return dict(Counter(point.exhibit_id for point in points if point.exhibit_id is not None))


def wording_points(draft: ReportDraft) -> tuple[Point, ...]:
    """Words in the free texts of a draft that say more than evidence can."""
    from core import language  # here, because making its rules takes a while and this runs beside the window

    return tuple(
        _wording(name, getattr(draft, name), remark)
        for name in CHECKED_TEXTS
        for remark in language.check(getattr(draft, name), draft.laboratory.language)
    )


def _point(item: CheckItem) -> Point:
    return Point(item.sentence, item.key, item.exhibit_id)


def _wording(name: str, text: str, remark: LanguageRemark) -> Point:
    said = text[remark.start : remark.start + remark.length][:_MOST_EXCERPT]
    sentence = f"“{said}”: {remark.why} {remark.proposal}".strip()
    return Point(f"{_CAPTIONS[name]}: {sentence}", name, None, remark.start, remark.length)
