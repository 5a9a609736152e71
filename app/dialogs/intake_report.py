"""What became of every file of an intake: outcome and reason, to be read, copied or saved."""

from __future__ import annotations

import csv
import io
from collections import Counter
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.jobs import Jobs, Lane
from app.tables.record_table import Column, RecordTable
from app.widgets.record_view import RecordView
from app.wording import counted, intake_counts, outcome_text, without_path
from core.domain import KEPT, IntakeLine, IntakeOutcome, IntakeReport
from core.errors import error_from_os
from core.progress import Progress

# A spreadsheet takes a cell that begins with one of these for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class IntakeReportDialog(QDialog):
    """Lists the lines of an intake report, what was not taken in first.

    Args:
        report: what to show.
        jobs: where saving runs.

    Signals:
        message: a sentence about saving.
        custody_wished: ids of the exhibits of this intake; their custody is to be written down.
    """

    message = Signal(str)
    custody_wished = Signal(object)

    def __init__(self, report: IntakeReport, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._jobs, self._report = jobs, report
        self.table = RecordTable(
            (
                Column(self.tr("File"), lambda line: line.path),
                Column(self.tr("Outcome"), lambda line: outcome_text(line.outcome)),
                Column(self.tr("Reason"), lambda line: line.reason, lambda line: without_path(line.reason, line.path)),
            ),
            self,
        )
        self._view = RecordView(self.table, stretched=2)
        self._only_refused = QCheckBox(self.tr("Only what was &not taken in"))
        self._build()
        self._show_lines()

    def csv_text(self) -> str:
        """The lines that are shown, as CSV with a header; no cell can be taken for a formula."""
        text = io.StringIO()
        rows = self.table.rows_text(range(self.table.rowCount()))
        csv.writer(text, lineterminator="\r\n").writerows([[_harmless(cell) for cell in row] for row in rows])
        return text.getvalue()

    def save(self, path: Path) -> None:
        """Write the CSV file in the background."""
        text = self.csv_text()

        def write(_progress: Progress) -> Path:
            try:
                path.write_text(text, encoding="utf-8-sig", newline="")  # the mark tells spreadsheets that it is UTF-8
            except OSError as error:
                raise error_from_os(error, path, doing=self.tr("saving the intake report")) from error
            return path

        def done(written: Path) -> None:
            self.message.emit(self.tr("The intake report was saved as {}.").format(written))

        self._jobs.start(write, done, lambda error: self.message.emit(str(error)), lane=Lane.DISK, quiet=True)

    def _build(self) -> None:
        self.setWindowTitle(self.tr("Intake report"))
        self.resize(900, 520)
        summary = QLabel(summary_text(self._report))
        summary.setWordWrap(True)
        summary.setTextFormat(Qt.TextFormat.PlainText)
        self._only_refused.toggled.connect(self._show_lines)
        self._view.set_widths((44, 18, 40))
        self._view.cut_at_end(2)
        self._view.setAccessibleName(self.tr("Files of the intake"))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        copy, save = QPushButton(self.tr("&Copy")), QPushButton(self.tr("&Save as CSV…"))
        copy.setToolTip(self.tr("Copy the selected lines, or all of them"))
        copy.clicked.connect(self._view.copy)
        save.clicked.connect(self._ask_where)
        custody = QPushButton(self.tr("C&ustody…"))
        custody.setToolTip(self.tr("Write down from whom the items of this intake were received"))
        custody.setEnabled(bool(self._exhibits()))
        custody.clicked.connect(lambda: self.custody_wished.emit(self._exhibits()))
        for button in (copy, save, custody):
            button.setAutoDefault(False)
            buttons.addButton(button, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        for part in (summary, self._only_refused, self._view, buttons):
            layout.addWidget(part)

    def _exhibits(self) -> tuple[int, ...]:
        return tuple(sorted({line.exhibit_id for line in self._report.lines if line.exhibit_id is not None}))

    def _show_lines(self) -> None:
        only = self._only_refused.isChecked()
        lines = [line for line in self._report.lines if not (only and line.outcome in KEPT)]
        self.table.set_records(sorted(lines, key=_rank))

    def _ask_where(self) -> None:
        name, _kind = QFileDialog.getSaveFileName(
            self, self.tr("Save intake report"), "intake-report.csv", self.tr("Comma-separated values (*.csv)")
        )
        if name:
            self.save(Path(name))


def summary_text(report: IntakeReport) -> str:
    """The report in a sentence."""
    counts = Counter(line.outcome for line in report.lines)
    archives = counts.pop(IntakeOutcome.OPENED, 0)
    kept, refused = intake_counts(report)
    parts = [f"{outcome_text(outcome).lower()} {count:,}" for outcome, count in counts.most_common()]
    end = "" if report.complete else " It was stopped before the end; the rest can still be taken in."
    files = counted(counts.total(), "file", "files") + (
        f" and {counted(archives, 'archive', 'archives')}" if archives else ""
    )
    return f"{files}: {kept:,} in the case, {refused:,} not ({', '.join(parts)}).{end}"


def _rank(line: IntakeLine) -> int:
    if line.outcome not in KEPT:
        return 0
    return 1 if line.reason else 2


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
