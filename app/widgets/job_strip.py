"""The strip at the bottom of the window: the work in progress, how far it is, and a way to stop it."""

from __future__ import annotations

from typing import Protocol

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

from app.wording import tick_text, visible
from core.progress import Tick


class Cancellable(Protocol):
    """What the strip needs to know of a job."""

    title: str
    quiet: bool

    def cancel(self) -> None:
        """Ask it to stop."""


class JobStrip(QFrame):
    """One row for every job that is not quiet; hidden when there is none."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: dict[int, _Row] = {}
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(12, 6, 12, 6)
        self._layout.setSpacing(4)
        self.setAccessibleName(self.tr("Work in progress"))
        self.hide()

    def add_job(self, job: Cancellable) -> None:
        """Show a job that was asked for."""
        if job.quiet:
            return
        row = _Row(job)
        self._rows[id(job)] = row
        self._layout.addWidget(row)
        self.show()

    def show_tick(self, job: Cancellable, tick: Tick) -> None:
        """Show how far a job is."""
        if id(job) in self._rows:
            self._rows[id(job)].show_tick(tick)

    def remove_job(self, job: Cancellable) -> None:
        """The job is over."""
        row = self._rows.pop(id(job), None)
        if row is not None:
            self._layout.removeWidget(row)
            row.hide()
            row.deleteLater()
        self.setVisible(bool(self._rows))

    @property
    def titles(self) -> tuple[str, ...]:
        """Captions of the jobs shown."""
        return tuple(row.title for row in self._rows.values())


class _Row(QWidget):
    def __init__(self, job: Cancellable) -> None:
        super().__init__()
        self._job = job
        self.title = visible(job.title, longest=48)
        self._what, self._how_far, self._bar = QLabel(self.title), QLabel(self.tr("waiting")), QProgressBar()
        self._cancel = QPushButton(self.tr("Cancel"))
        self._bar.setRange(0, 0)
        self._bar.setTextVisible(False)
        self._bar.setFixedHeight(8)
        self._bar.setMinimumWidth(120)
        self._bar.setAccessibleName(self.title)
        self._cancel.setAccessibleName(self.tr("Cancel: {}").format(self.title))
        self._cancel.setToolTip(self.tr("Stop. What is finished is kept."))
        self._cancel.clicked.connect(self._stop)
        for label in (self._what, self._how_far):
            label.setTextFormat(Qt.TextFormat.PlainText)
        self._how_far.setMinimumWidth(self.fontMetrics().averageCharWidth() * 44)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(12)
        layout.addWidget(self._what)
        layout.addWidget(self._bar, 1)
        layout.addWidget(self._how_far)
        layout.addWidget(self._cancel)

    def show_tick(self, tick: Tick) -> None:
        if self._cancel.isEnabled():
            self._how_far.setText(tick_text(tick))
        if tick.text:
            self._bar.setToolTip(visible(tick.text, longest=200))
        if tick.total is None:
            self._bar.setRange(0, 0)
        else:
            self._bar.setRange(0, max(1, tick.total))
            self._bar.setValue(tick.done)

    def _stop(self) -> None:
        self._cancel.setEnabled(False)
        self._how_far.setText(self.tr("stopping…"))
        self._job.cancel()
