"""Case: what the case is about, how far the work is, whether its evidence stands, its log and its custody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QPalette
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QSplitter,
    QStackedLayout,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from app.jobs import Jobs, Lane
from app.pages.case_evidence import CaseEvidence
from app.tables.record_table import Column, RecordTable
from app.widgets.action_button import ActionButton
from app.widgets.case_form import CaseForm
from app.widgets.counters import Counters
from app.widgets.heading import heading
from app.widgets.log_words import act_text, details_text
from app.widgets.record_view import RecordView
from app.widgets.welcome import Welcome
from app.wizards.new_case import NewCaseWizard
from app.wording import bytes_text, verdict_meaning, verdict_text, visible
from core.domain import AuditEntry, Case, CaseCounts, Table, Verdict
from core.progress import Progress

if TYPE_CHECKING:
    from core.services.workspace import Workspace

_BUTTONS = ("case.add_files", "case.add_folder", "case.analyse", "case.report", "case.custody", "case.reveal")
_LOG_LINES = 200
_FOLDER = "case_folder"


@dataclass(frozen=True, slots=True)
class _State:
    counts: CaseCounts
    log: tuple[AuditEntry, ...]


class CasePage(QWidget):
    """Shows the open case, or how to begin when there is none.

    Args:
        workspace: the door to the services.
        jobs: where reading runs.
        parent: the window.

    Signals:
        open_wished: the path of a case to open.
        update_wished: `CaseDetails` to be stated from now on.
        create_wished: path, `CaseDetails` and the paths to take in afterwards, for a new case.
        message: a sentence for the analyst.
    """

    open_wished = Signal(object)
    update_wished = Signal(object)
    create_wished = Signal(object, object, object)
    message = Signal(str)

    def __init__(self, workspace: Workspace, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workspace, self._jobs = workspace, jobs
        self._case: Case | None = None
        self._wizard: NewCaseWizard | None = None
        self.welcome, self._open = Welcome(), QWidget()
        self._form, self.counters = CaseForm(), Counters()
        self.log = RecordTable(
            (
                Column(self.tr("Time (UTC)"), lambda entry: f"{entry.at:%Y-%m-%d %H:%M:%S}"),
                Column(self.tr("Who"), lambda entry: entry.actor),
                Column(self.tr("What"), act_text),
                Column(self.tr("Details"), details_text),
            ),
            self,
        )
        self.evidence, self._tabs = CaseEvidence(workspace, jobs, self), QTabWidget()
        self._asks_custody = False  # it was wished for with the case that is being made
        self._path, self._buttons = QLabel(), QHBoxLayout()
        self._stack = QStackedLayout(self)
        self._build()

    def adopt_actions(self, actions: Mapping[str, QAction]) -> None:
        """Put the window's actions on the buttons of this page."""
        self.welcome.set_actions(actions)
        for part in _BUTTONS:
            self._buttons.addWidget(ActionButton(actions[part]))
        self._buttons.addStretch()

    def ask_new(self, paths: Sequence[Path] = ()) -> None:
        """Ask about a new case, and for `paths` to be taken in afterwards."""
        settings = self._workspace.settings
        folder = Path(settings.recall(_FOLDER) or Path.home())
        wizard = NewCaseWizard(settings.get("examiner"), settings.get("laboratory"), folder, paths, self.window())
        wizard.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        wizard.create_wished.connect(lambda path, details: self.create_wished.emit(path, details, tuple(paths)))
        wizard.finished.connect(self._forget_wizard)
        self._wizard = wizard
        wizard.open()

    def end_new(self) -> None:
        """The new case is there."""
        if self._wizard is not None:
            folder, settings = str(self._wizard.case_folder()), self._workspace.settings
            self._jobs.start(lambda _progress: settings.remember(_FOLDER, folder), lane=Lane.WRITE, quiet=True)
            self._asks_custody = self._wizard.asks_custody
            self._wizard.close_created()

    def refuse_new(self, sentence: str) -> None:
        """The new case could not be made."""
        if self._wizard is not None:
            self._wizard.show_problem(sentence)

    def set_recent(self, paths: Sequence[Path]) -> None:
        """List cases that were open before."""
        self.welcome.set_recent(paths)

    def set_case(self, case: Case | None) -> None:
        """Show another case, or that none is open."""
        if case is None or self._case is None or case.path != self._case.path:
            self.clear()
        self._case = case
        self._stack.setCurrentWidget(self.welcome if case is None else self._open)
        if case is not None:
            self._path.setText(visible(str(case.path)) + (self.tr("  (read-only)") if case.read_only else ""))
            self._form.set_details(case.details, writable=not case.read_only)
            self._read()
        self.evidence.set_case(case)
        asks, self._asks_custody = self._asks_custody, False
        if asks:
            self.evidence.ask_custody()

    def clear(self) -> None:
        """Forget what is shown of the case."""
        self._case = None
        self._form.forget()
        self.log.set_records(())
        self.counters.set_counts(())
        self._stack.setCurrentWidget(self.welcome)

    def reload(self, touched: frozenset[Table]) -> None:
        """Read again what a write has touched; every write is in the log."""
        if self._case is not None and touched:
            self._read()
            self.evidence.reload(touched)

    def actions_used(self) -> tuple[str, ...]:
        """Ids of the actions this page answers."""
        return ("case.custody", "case.verify_evidence")

    def trigger(self, action_id: str) -> None:
        """Carry out an action."""
        if action_id == "case.custody":
            self._tabs.setCurrentWidget(self.evidence.view)
            self.evidence.ask_custody()
        else:
            self.evidence.verify()

    def _count_custody(self, count: int) -> None:
        caption = self.tr("Custody ({})").format(f"{count:,}") if count else self.tr("Custody")
        self._tabs.setTabText(self._tabs.indexOf(self.evidence.view), caption)

    def _forget_wizard(self, _result: int) -> None:
        self._wizard = None

    def _read(self) -> None:
        def read(_progress: Progress) -> _State:
            return _State(self._workspace.cases.counts(), self._workspace.cases.log(_LOG_LINES))

        self._jobs.start(read, self._show, lane=Lane.DISK, quiet=True, token=(id(self), "case"))

    def _show(self, state: _State) -> None:
        if self._case is not None:
            self.counters.set_counts(self._cards(state.counts))
            self.log.set_records(state.log)

    def _cards(self, counts: CaseCounts) -> list[tuple[str, str, str]]:
        cards = [
            (f"{counts.exhibits:,}", self.tr("exhibits"), self.tr("Images in the case, kept byte for byte.")),
            (f"{counts.analysed:,}", self.tr("analysed"), self.tr("Exhibits that a detector has looked at.")),
            (f"{counts.reviewed:,}", self.tr("reviewed"), self.tr("Exhibits that you marked as reviewed.")),
        ]
        for verdict in Verdict:
            count = counts.verdicts.get(verdict.value, 0)
            if count:
                cards.append((f"{count:,}", verdict_text(verdict).lower(), verdict_meaning(verdict)))
        if counts.hidden:
            tip = self.tr("Exhibits of a blind case of which you have no own view yet: their verdicts are not counted.")
            cards.append((f"{counts.hidden:,}", self.tr("hidden from you"), tip))
        if counts.refused:
            tip = self.tr("Files that did not become exhibits; the intake report says why.")
            cards.append((f"{counts.refused:,}", self.tr("not taken in"), tip))
        return [*cards, (bytes_text(counts.evidence_bytes), self.tr("of evidence"), self.tr("Size of all originals."))]

    def _build(self) -> None:
        self.welcome.case_chosen.connect(self.open_wished)
        self._form.save_wished.connect(self.update_wished)
        self._path.setTextFormat(Qt.TextFormat.PlainText)
        self._path.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._path.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._path.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        left, right, splitter = QWidget(), QWidget(), QSplitter()
        _stack(left, (heading(self.tr("About the case")), self._form), growing=self._form)
        self._build_tabs()
        light = self.evidence.light
        _stack(right, (heading(self.tr("How far it is")), self.counters, light, self._tabs), growing=self._tabs)
        splitter.setObjectName("case")
        splitter.setChildrenCollapsible(False)
        splitter.addWidget(left)
        splitter.addWidget(right)
        splitter.setStretchFactor(1, 1)
        splitter.setSizes([340, 760])
        layout = QVBoxLayout(self._open)
        layout.setContentsMargins(16, 12, 16, 12)
        layout.setSpacing(10)
        layout.addLayout(self._buttons)
        layout.addWidget(self._path)
        layout.addWidget(splitter, 1)
        self._stack.addWidget(self.welcome)
        self._stack.addWidget(self._open)

    def _build_tabs(self) -> None:
        view = RecordView(self.log, stretched=3)
        view.setTextElideMode(Qt.TextElideMode.ElideRight)  # what was done stands first, long names behind
        view.set_widths((21, 14, 22, 40))
        view.setAccessibleName(self.tr("Log of the case"))
        self._tabs.addTab(view, self.tr("Log"))
        self._tabs.addTab(self.evidence.view, self.tr("Custody"))
        self._tabs.setDocumentMode(True)
        self.evidence.counted.connect(self._count_custody)
        self.evidence.message.connect(self.message)


def _stack(owner: QWidget, parts: Sequence[QWidget], *, growing: QWidget) -> None:
    layout = QVBoxLayout(owner)
    layout.setContentsMargins(0, 0, 8, 0)
    for part in parts:
        layout.addWidget(part, 1 if part is growing else 0)
