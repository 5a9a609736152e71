"""Detectors: the trained networks at hand, what each one can name, and how well it was measured to do so."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QSignalBlocker, QSize, Signal
from PySide6.QtWidgets import (
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from app.jobs import Jobs, Lane
from app.pages.detector_tabs import DetectorTabs
from app.widgets.card_words import title_of
from app.widgets.plain_text import tooltip
from app.wording import visible
from core.domain import DetectorSummary, Table, Written
from core.errors import Cancelled, CoreError, NotFound
from core.progress import Progress

if TYPE_CHECKING:
    from core.services.workspace import Workspace

SUFFIX = ".safetensors"
_LOADING = "Reading the detectors …"
_EMPTY = (
    "There is no detector. Without one, images are taken in but no architecture is named. "
    "Install one from a file with “Install from file…”."
)


class DetectorsPage(QWidget):
    """Lists the detectors and shows what is known of the chosen one.

    Args:
        workspace: the door to the services.
        jobs: where files are read.
        parent: the window.

    Signals:
        message: a sentence for the analyst.
        retrain_wished: the retraining wizard is to be opened.
    """

    message = Signal(str)
    retrain_wished = Signal()

    def __init__(self, workspace: Workspace, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workspace, self._jobs = workspace, jobs
        self._summaries: tuple[DetectorSummary, ...] = ()
        self._in_use: str | None = None
        self._list, self.tabs = QListWidget(), DetectorTabs(workspace, jobs)
        self._use, self._install = QPushButton("Use this detector"), QPushButton("Install from file…")
        self._retrain = QPushButton("&Retrain…")
        self._arrange()
        self._list.currentItemChanged.connect(lambda *_: self._show_card())
        self._use.clicked.connect(self._choose)
        self._install.clicked.connect(self._ask_file)
        self._retrain.clicked.connect(self.retrain_wished)
        self.tabs.message.connect(self.message)
        self.tabs.show_words(_LOADING)
        self._read()

    def reload(self, touched: frozenset[Table]) -> None:
        """Read the detectors again when they changed."""
        if Table.DETECTORS in touched:
            self._read()

    def actions_used(self) -> tuple[str, ...]:
        """Ids of the actions this page answers: none so far."""
        return ()

    def trigger(self, action_id: str) -> None:
        """Carry out an action; the page has none."""

    def install(self, path: Path) -> None:
        """Check a detector file and keep a copy of it."""
        if path.suffix.lower() != SUFFIX:
            name = visible(path.name)
            self.message.emit(f"{name} is not a detector: a detector is a single file that ends in {SUFFIX}.")
            return
        self._write(lambda _: self._workspace.detectors.install(path), self._tell_installed, "Checking a detector")

    def _arrange(self) -> None:
        left, right, buttons = QWidget(), QWidget(), QHBoxLayout()
        column = QVBoxLayout(left)
        column.addWidget(QLabel("Detectors on this computer"))
        column.addWidget(self._list, 1)
        column.addWidget(self._install)
        column.addWidget(self._retrain)
        buttons.setContentsMargins(0, 0, 0, 0)
        buttons.addWidget(self._use)
        buttons.addStretch(1)
        page = QVBoxLayout(right)
        page.addLayout(buttons)
        page.addWidget(self.tabs, 1)
        self.setFocusProxy(self._list)
        self._list.setAccessibleName("Detectors")
        self._list.setFrameShape(QFrame.Shape.StyledPanel)
        self._list.setSpacing(2)
        self._install.setToolTip(f"Take a detector file ({SUFFIX}) from this computer; nothing is downloaded")
        self._retrain.setToolTip("Teach a detector further architectures, step by step, or go on with a retraining")
        split = QSplitter()
        split.setObjectName("detectors")
        split.setChildrenCollapsible(False)
        for part in (left, right):
            split.addWidget(part)
        split.setSizes([260, 900])
        split.setStretchFactor(1, 1)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(split)

    def _read(self) -> None:
        self._jobs.start(
            lambda _: _all_and_current(self._workspace),
            self._show_all,
            self._refuse,
            lane=Lane.DISK,
            quiet=True,
            token=(id(self), "detectors"),
        )

    def _show_all(self, answer: tuple[tuple[DetectorSummary, ...], str | None]) -> None:
        chosen = self._chosen
        self._summaries, self._in_use = answer
        paths = [summary.path for summary in self._summaries]
        digests = [summary.reference.digest for summary in self._summaries]
        row = digests.index(self._in_use) if self._in_use in digests else 0
        if chosen is not None and chosen.path in paths:
            row = paths.index(chosen.path)
        with QSignalBlocker(self._list):
            self._list.clear()
            for summary in self._summaries:
                self._list.addItem(self._item(summary))
            self._list.setCurrentRow(row)
        self._show_card()

    def _item(self, summary: DetectorSummary) -> QListWidgetItem:
        digest = summary.reference.digest
        state = "Refused" if summary.problem else "In use" if self._used(summary) else "Not in use"
        name = visible(title_of(summary), longest=80)
        item = QListWidgetItem(f"{name}\n{' · '.join(filter(None, (state, digest[:12])))}")
        item.setToolTip(tooltip(summary.problem or str(summary.path)))
        font = item.font()
        font.setBold(self._used(summary))
        item.setFont(font)
        item.setSizeHint(QSize(0, self.fontMetrics().lineSpacing() * 2 + 12))
        return item

    def _show_card(self) -> None:
        summary = self._chosen
        in_use = summary is not None and self._used(summary)
        if summary is None:
            self.tabs.show_words(_EMPTY)
        else:
            self.tabs.show_detector(summary, self._summaries, in_use=in_use)
        self._use.setEnabled(summary is not None and not summary.problem and not in_use)
        self._use.setText("In use" if in_use else "Use this detector")

    def _used(self, summary: DetectorSummary) -> bool:
        return not summary.problem and summary.reference.digest == self._in_use

    @property
    def _chosen(self) -> DetectorSummary | None:
        row = self._list.currentRow()
        return self._summaries[row] if 0 <= row < len(self._summaries) else None

    def _choose(self) -> None:
        summary = self._chosen
        if summary is None:
            return
        said = (
            f"{visible(title_of(summary), longest=80)} makes new findings from now on. "
            "Findings that exist keep the detector they were made with."
        )
        digest = summary.reference.digest
        self._write(lambda _: self._workspace.detectors.choose(digest), lambda _: self.message.emit(said), "")

    def _ask_file(self) -> None:
        chosen, _ = QFileDialog.getOpenFileName(self, "Install a detector", "", f"Detectors (*{SUFFIX})")
        if chosen:
            self.install(Path(chosen))

    def _tell_installed(self, written: Written[DetectorSummary]) -> None:
        title = visible(title_of(written.value), longest=80)
        self.message.emit(f"{title} is installed. It is not used until you choose it.")

    def _write(self, task: Callable[[Progress], Written[Any]], done: Callable[[Any], None], title: str) -> None:
        self._jobs.start(task, done, self._tell, lane=Lane.DISK, title=title, quiet=not title)

    def _refuse(self, error: Exception) -> None:
        if isinstance(error, CoreError) and not isinstance(error, Cancelled):
            self.tabs.show_words(str(error))

    def _tell(self, error: Exception) -> None:
        if isinstance(error, CoreError) and not isinstance(error, Cancelled):
            self.message.emit(str(error))


def _all_and_current(workspace: Workspace) -> tuple[tuple[DetectorSummary, ...], str | None]:
    summaries = workspace.detectors.all()
    try:
        return summaries, workspace.detectors.current().reference.digest
    except NotFound:
        return summaries, None
