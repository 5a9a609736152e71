"""What each page says to the window, and the window to it: one function for each page that has something to say."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from app.widgets.filmstrip import Filmstrip

if TYPE_CHECKING:
    from app.main_window import MainWindow


def connect_page(window: MainWindow, page_id: str, page: Any) -> None:  # noqa: ANN401 - pages share a shape, no base class
    """Connect a page that was made just now."""
    if page_id in _WIRES:
        _WIRES[page_id](window, page)


def _connect_case(window: MainWindow, page: Any) -> None:  # noqa: ANN401
    page.open_wished.connect(window.desk.open)
    page.update_wished.connect(window.desk.update)
    page.create_wished.connect(window.desk.create)
    window.desk.created.connect(page.end_new)
    window.desk.not_created.connect(page.refuse_new)


def _connect_triage(window: MainWindow, page: Any) -> None:  # noqa: ANN401
    window.add_filmstrip(Filmstrip(page.table, page.table))
    page.examine_wished.connect(window.show_exhibit)
    page.report_wished.connect(window.dialogs.show_report)
    page.export_wished.connect(window.portable.ask_export)
    page.target_changed.connect(window.follow_selection)
    page.context_changed.connect(lambda *context: window.pages.page("examine").set_context(*context))


def _connect_examine(window: MainWindow, page: Any) -> None:  # noqa: ANN401
    page.exhibit_changed.connect(window.follow_exhibit)


def _connect_map(window: MainWindow, page: Any) -> None:  # noqa: ANN401
    page.examine_wished.connect(window.show_exhibit)
    page.triage_wished.connect(window.show_in_triage)


def _connect_report(window: MainWindow, page: Any) -> None:  # noqa: ANN401
    page.examine_wished.connect(window.show_exhibit)
    page.page_wished.connect(window.show_page)


def _connect_settings(window: MainWindow, page: Any) -> None:  # noqa: ANN401
    page.setting_changed.connect(window.adopt_setting)


_WIRES: dict[str, Callable[[MainWindow, Any], None]] = {
    "case": _connect_case,
    "triage": _connect_triage,
    "examine": _connect_examine,
    "map": _connect_map,
    "report": _connect_report,
    "settings": _connect_settings,
}
