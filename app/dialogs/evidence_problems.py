"""Which evidence is not what it was: every file with its path, and what to do."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QPushButton, QVBoxLayout, QWidget

from app.tables.record_table import Column, RecordTable
from app.widgets.integrity_words import problems_lead
from app.widgets.plain_text import visible_lines
from app.widgets.record_view import RecordView
from app.widgets.verdict_header import plain_label
from core.custody import EvidenceProblem, EvidenceStanding

_HASH_SHOWN = 12


def _without_path(problem: EvidenceProblem) -> str:
    """The sentence from behind the path on, which ends in the hash; the whole one stands below the list."""
    rest = problem.sentence.partition(f"{problem.sha256} ")[2]
    return rest[:1].upper() + rest[1:] or problem.sentence


class EvidenceProblems(QDialog):
    """Lists the problems of a case's evidence.

    Args:
        standing: what is known.

    Signals:
        verify_wished: verify everything again; the dialog closes.
    """

    verify_wished = Signal()

    def __init__(self, standing: EvidenceStanding, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.table = RecordTable(
            (
                Column(self.tr("Exhibit"), lambda one: one.sha256, lambda one: f"{one.sha256[:_HASH_SHOWN]}…"),
                Column(self.tr("State"), lambda one: one.state.value),
                Column(self.tr("What was found, and what to do"), lambda one: one.sentence, _without_path),
            ),
            self,
        )
        self.view, self.whole = RecordView(self.table, stretched=2), plain_label("What was found")
        self._build(standing)

    def _show(self) -> None:
        rows = self.view.selectionModel().selectedRows()
        chosen = self.table.records[rows[0].row()] if rows else None
        self.whole.setText("" if chosen is None else visible_lines(chosen.sentence))

    def _build(self, standing: EvidenceStanding) -> None:
        self.setWindowTitle(self.tr("Evidence that is not what it was"))
        self.resize(860, 420)
        lead = plain_label("How many")
        lead.setText(problems_lead(standing))
        self.view.set_widths((16, 12, 60))
        self.view.cut_at_end(2)
        self.view.setAccessibleName(self.tr("Evidence that is not what it was"))
        self.view.selectionModel().selectionChanged.connect(self._show)
        self.table.set_records(standing.problems)
        self.view.selectRow(0)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        copy, again = QPushButton(self.tr("&Copy")), QPushButton(self.tr("&Verify again"))
        copy.clicked.connect(self.view.copy)
        again.clicked.connect(self._again)
        for button in (copy, again):
            button.setAutoDefault(False)
            buttons.addButton(button, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addWidget(lead)
        layout.addWidget(self.view, 1)
        layout.addWidget(self.whole)
        layout.addWidget(buttons)

    def _again(self) -> None:
        self.verify_wished.emit()
        self.accept()
