"""What is stated about a case, as a form."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFormLayout, QLineEdit, QPlainTextEdit, QPushButton, QWidget

from app.widgets.blind_box import BlindBox
from core.domain import CaseDetails


class CaseForm(QWidget):
    """Shows and changes the details of a case; what is being typed survives a refresh.

    Signals:
        save_wished: the `CaseDetails` as they were typed.
    """

    save_wished = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shown: CaseDetails | None = None
        self._writable = False
        self._lines = {name: QLineEdit() for name in ("title", "number", "examiner", "laboratory")}
        self._notes, self._save = QPlainTextEdit(), QPushButton(self.tr("&Save"))
        self._blind = BlindBox()
        self._build()

    def set_details(self, details: CaseDetails, *, writable: bool) -> None:
        """Show what is stated; leaves fields alone that are being changed."""
        changing = self._shown is not None and self.details() != self._shown
        self._writable = writable
        self._notes.setReadOnly(not writable)
        self._blind.setEnabled(writable)
        for line in self._lines.values():
            line.setReadOnly(not writable)
        if not changing or not writable:
            self._shown = details
            for name, field in self._lines.items():
                field.setText(getattr(details, name))
            self._notes.setPlainText(details.notes)
            self._blind.setChecked(details.blind)
        elif self.details() == details:
            self._shown = details
        self._offer()

    def forget(self) -> None:
        """Another case follows: nothing of this one survives."""
        self._shown = None

    def details(self) -> CaseDetails:
        """What the fields say now."""
        title, number, examiner, laboratory = (field.text().strip() for field in self._lines.values())
        notes = self._notes.toPlainText().strip()
        return CaseDetails(title, number, examiner, laboratory, notes, self._blind.isChecked())

    def _offer(self) -> None:
        details = self.details()
        self._save.setEnabled(self._writable and bool(details.title) and details != self._shown)

    def _build(self) -> None:
        captions = {
            "title": self.tr("&Title"),
            "number": self.tr("&Number"),
            "examiner": self.tr("&Examiner"),
            "laboratory": self.tr("&Laboratory"),
        }
        form = QFormLayout(self)
        form.setContentsMargins(0, 0, 0, 0)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        for name, field in self._lines.items():
            field.setAcceptDrops(False)  # dropped files belong to the window
            field.textChanged.connect(self._offer)
            form.addRow(captions[name], field)
        self._notes.setAcceptDrops(False)
        self._notes.setTabChangesFocus(True)
        self._notes.textChanged.connect(self._offer)
        form.addRow(self.tr("N&otes"), self._notes)
        self._blind.toggled.connect(self._offer)
        form.addRow("", self._blind)
        self._save.clicked.connect(lambda: self.save_wished.emit(self.details()))
        form.addRow("", self._save)
