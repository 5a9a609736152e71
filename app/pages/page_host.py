"""Holds the pages: makes each when it is first needed, and tells it what was written while it was hidden."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedWidget, QWidget

from app.edits import Edits
from app.jobs import Jobs
from core.domain import Case, Table

if TYPE_CHECKING:
    from core.services.workspace import Workspace


@dataclass(frozen=True, slots=True)
class PageRow:
    """One page of the window.

    Attributes:
        id: "case", "triage", "examine", "report", "detectors", "map" or "settings"; its action is ``view.<id>``.
        build: makes the page. A page has `reload(touched)`, `actions_used()`, `trigger(action_id)` and a signal
            `message`; it may have `set_case(case)` or else `clear()`, `save_note()` and `adopt_actions(actions)`.
    """

    id: str
    build: Callable[[Workspace, Jobs, Edits], QWidget]


class PageHost(QStackedWidget):
    """Shows one page at a time.

    Args:
        rows: the pages.
        build: makes the page of a row, with everything a page is given.

    Signals:
        built: id of a page that was made just now, and the page.
    """

    built = Signal(str, object)

    def __init__(
        self, rows: Sequence[PageRow], build: Callable[[PageRow], QWidget], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._rows, self._build = {row.id: row for row in rows}, build
        self._pages: dict[str, Any] = {}
        self._stale: dict[str, frozenset[Table]] = {}
        self._case: Case | None = None

    @property
    def current_id(self) -> str:
        """Id of the page that is shown."""
        return next((name for name, page in self._pages.items() if page is self.currentWidget()), "")

    @property
    def current(self) -> Any:  # noqa: ANN401 - pages share a shape, not a base class
        """The page that is shown."""
        return self.currentWidget()

    def page(self, page_id: str) -> Any:  # noqa: ANN401
        """A page, made now if it was not needed before."""
        if page_id not in self._pages:
            page = self._build(self._rows[page_id])
            self._pages[page_id] = page
            self.addWidget(page)
            self.built.emit(page_id, page)
            _give(page, self._case)
        return self._pages[page_id]

    def build_all(self) -> None:
        """Make every page."""
        for page_id in self._rows:
            self.page(page_id)

    def show_page(self, page_id: str) -> None:
        """Show a page, and let it read what was written while it was hidden."""
        page = self.page(page_id)
        self.setCurrentWidget(page)
        touched = self._stale.pop(page_id, frozenset())
        if touched:
            page.reload(touched)
        page.setFocus()

    def spread(self, touched: frozenset[Table]) -> None:
        """Tell the page that is shown what was written, and the others when they are.

        All are told at once when an examiner may see something else than before: parts of them are shown elsewhere.
        """
        for page_id, page in self._pages.items():
            if page_id == self.current_id or Table.VIEWS in touched:
                page.reload(touched)
            else:
                self._stale[page_id] = self._stale.get(page_id, frozenset()) | touched

    def set_case(self, case: Case | None) -> None:
        """Another case is open now, or none; no page keeps anything of the one before."""
        self._case = case
        self._stale.clear()
        for page in self._pages.values():
            _give(page, case)

    def restate_case(self, case: Case) -> None:
        """The open case is described in other words now."""
        self._case = case
        for page in self._pages.values():
            if hasattr(page, "set_case"):
                page.set_case(case)

    def save_notes(self) -> None:
        """Have every note that is being written saved now."""
        for page in self._pages.values():
            if hasattr(page, "save_note"):
                page.save_note()


def _give(page: Any, case: Case | None) -> None:  # noqa: ANN401
    if hasattr(page, "set_case"):
        page.set_case(case)
    elif hasattr(page, "clear"):
        page.clear()
