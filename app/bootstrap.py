"""The composition root: settings, workspace, jobs, window and the hooks for what nobody caught."""

from __future__ import annotations

import signal
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from PySide6.QtCore import QLocale, QTimer, QTranslator
from PySide6.QtWidgets import QApplication, QWidget

from app.edits import Edits
from app.errors import install_hooks, note_native_crashes
from app.jobs import Jobs
from app.main_window import MainWindow
from app.pages.page_host import PageRow
from app.theme import apply_theme
from core.paths import APPLICATION, resources, settings_file
from core.settings import Settings

if TYPE_CHECKING:
    from core.services.workspace import Workspace


class LateWorkspace:
    """Stands for the workspace until the first job asks for it, so that the window need not wait for the database.

    Args:
        settings: the analyst's settings; at hand from the beginning.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._lock = threading.Lock()
        self._opened: Workspace | None = None

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - a part of the workspace
        return getattr(self._open(), name)

    def close(self) -> None:
        """Close the workspace, if anybody ever needed it."""
        if self._opened is not None:
            self._opened.close()

    def _open(self) -> Workspace:
        with self._lock:
            if self._opened is None:
                from core.services.workspace import Workspace

                self._opened = Workspace(self.settings)
            return self._opened


def run(case_path: Path | None) -> int:
    """Open the window and stay until it is closed.

    Args:
        case_path: a case to open at once, or None.

    Returns:
        the exit status.
    """
    application = build_application()
    settings = Settings(settings_file())
    apply_theme(application, settings.get("view.theme"))
    workspace, jobs = cast("Workspace", LateWorkspace(settings)), Jobs()
    window = MainWindow(workspace, jobs, PAGES)
    install_hooks(window.bug_found.emit)
    note_native_crashes()
    window.theme_wished.connect(lambda choice: apply_theme(application, choice))
    window.show()
    QTimer.singleShot(0, window, lambda: _finish(window, case_path))
    _let_signals_in(application)
    status = application.exec()
    jobs.close()
    workspace.close()
    return status


def build_application() -> QApplication:
    """The one application, with its names and the translation of the system's language if there is one."""
    application = QApplication(sys.argv[:1])
    application.setApplicationName(APPLICATION)
    application.setDesktopFileName("dna-det-workbench")
    translator = QTranslator(application)
    if translator.load(QLocale(), "workbench", "_", str(resources() / "translations")):
        application.installTranslator(translator)
    return application


def _finish(window: MainWindow, case_path: Path | None) -> None:
    window.build_pages()
    if case_path is not None:
        window.open_case(case_path)


def _let_signals_in(application: QApplication) -> None:
    """Ctrl+C and the end of the session close the window; Python only sees them while Qt lets it run now and then."""
    for asked in (signal.SIGINT, signal.SIGTERM):
        signal.signal(asked, lambda *_: application.closeAllWindows())
    beat = QTimer(application, interval=500)
    beat.timeout.connect(lambda: None)
    beat.start()


def _build_case(workspace: Workspace, jobs: Jobs, _edits: Edits) -> QWidget:
    from app.pages.case import CasePage

    return CasePage(workspace, jobs)


def _build_triage(workspace: Workspace, jobs: Jobs, edits: Edits) -> QWidget:
    from app.pages.triage import TriagePage

    return TriagePage(workspace, jobs, edits=edits)


def _build_examine(workspace: Workspace, jobs: Jobs, edits: Edits) -> QWidget:
    from app.pages.examine import ExaminePage

    return ExaminePage(workspace, jobs, edits=edits)


def _build_detectors(workspace: Workspace, jobs: Jobs, _edits: Edits) -> QWidget:
    from app.pages.detectors import DetectorsPage

    return DetectorsPage(workspace, jobs)


def _build_map(workspace: Workspace, jobs: Jobs, edits: Edits) -> QWidget:
    from app.pages.map import MapPage

    return MapPage(workspace, jobs, edits=edits)


def _build_report(workspace: Workspace, jobs: Jobs, _edits: Edits) -> QWidget:
    from app.pages.report import ReportPage

    return ReportPage(workspace, jobs)


def _build_settings(workspace: Workspace, jobs: Jobs, _edits: Edits) -> QWidget:
    from app.pages.settings import SettingsPage

    return SettingsPage(workspace, jobs)


PAGES = (
    PageRow("case", _build_case),
    PageRow("triage", _build_triage),
    PageRow("examine", _build_examine),
    PageRow("report", _build_report),
    PageRow("detectors", _build_detectors),
    PageRow("map", _build_map),
    PageRow("settings", _build_settings),
)
