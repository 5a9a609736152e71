"""What each page says to the window, and the window to it: one function for each page that has something to say."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from app.case_desk import CaseDesk
from app.dialogs.dialog_opener import DialogOpener
from app.pages.page_host import PageHost
from app.portable_desk import PortableDesk
from app.retraining_desk import RetrainingDesk
from app.widgets.filmstrip import Filmstrip


class Shell(Protocol):
    """What pages need of the window."""

    desk: CaseDesk
    dialogs: DialogOpener
    portable: PortableDesk
    pages: PageHost
    retraining: RetrainingDesk

    def add_filmstrip(self, filmstrip: Filmstrip) -> None:
        """Take in the strip of neighbours."""

    def show_page(self, page_id: str) -> None:
        """Lead to a page."""

    def show_exhibit(self, exhibit_id: int) -> None:
        """Lead to Examine with an exhibit."""

    def show_in_triage(self, ids: Sequence[int]) -> None:
        """Lead to Triage with these exhibits selected."""

    def follow_selection(self, selected: bool) -> None:
        """Something is selected in Triage, or nothing."""

    def follow_exhibit(self, exhibit_id: int) -> None:
        """Examine shows another exhibit."""

    def adopt_setting(self, key: str) -> None:
        """A setting was changed."""


def connect_page(window: Shell, page_id: str, page: Any) -> None:  # noqa: ANN401 - pages share a shape, no base class
    """Connect a page that was made just now."""
    if page_id in _WIRES:
        _WIRES[page_id](window, page)


def _connect_case(window: Shell, page: Any) -> None:  # noqa: ANN401
    page.open_wished.connect(window.desk.open)
    page.update_wished.connect(window.desk.update)
    page.create_wished.connect(window.desk.create)
    window.desk.created.connect(page.end_new)
    window.desk.not_created.connect(page.refuse_new)


def _connect_triage(window: Shell, page: Any) -> None:  # noqa: ANN401
    window.add_filmstrip(Filmstrip(page.table, page.table))
    page.examine_wished.connect(window.show_exhibit)
    page.report_wished.connect(window.dialogs.show_report)
    page.export_wished.connect(window.portable.ask_export)
    page.target_changed.connect(window.follow_selection)
    page.context_changed.connect(lambda *context: window.pages.page("examine").set_context(*context))


def _connect_examine(window: Shell, page: Any) -> None:  # noqa: ANN401
    page.exhibit_changed.connect(window.follow_exhibit)


def _connect_map(window: Shell, page: Any) -> None:  # noqa: ANN401
    page.examine_wished.connect(window.show_exhibit)
    page.triage_wished.connect(window.show_in_triage)


def _connect_report(window: Shell, page: Any) -> None:  # noqa: ANN401
    page.examine_wished.connect(window.show_exhibit)
    page.page_wished.connect(window.show_page)


def _connect_detectors(window: Shell, page: Any) -> None:  # noqa: ANN401
    page.retrain_wished.connect(window.retraining.open)


def _connect_settings(window: Shell, page: Any) -> None:  # noqa: ANN401
    page.setting_changed.connect(window.adopt_setting)


_WIRES: dict[str, Callable[[Shell, Any], None]] = {
    "case": _connect_case,
    "triage": _connect_triage,
    "examine": _connect_examine,
    "map": _connect_map,
    "detectors": _connect_detectors,
    "report": _connect_report,
    "settings": _connect_settings,
}
