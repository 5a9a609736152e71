"""What the analyst writes on a new detector's card."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QFormLayout, QLineEdit, QPlainTextEdit, QWidget

from core.retraining import CardWishes

_ROWS = (
    ("name", "Na&me", "short, for the command line; for instance: field-portraits"),
    ("version", "&Version", "for instance: 2"),
    ("title", "&Title", "as analysts read it; for instance: Field detector with Flux"),
    ("trained_by", "Trained b&y", "your name"),
)
_LINES = 3


class CardForm(QWidget):
    """Fields for name, version, title, who trained it, a summary and notes.

    Signals:
        edited: the `CardWishes` as they are now.
    """

    edited = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.fields = {key: QLineEdit() for key, _, _ in _ROWS}
        self.summary, self.notes = QPlainTextEdit(), QPlainTextEdit()
        form = QFormLayout(self)
        form.setContentsMargins(0, 0, 0, 0)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        for key, caption, hint in _ROWS:
            self.fields[key].setPlaceholderText(hint)
            self.fields[key].textChanged.connect(self._tell)
            form.addRow(caption, self.fields[key])
        self._add(form, self.summary, "S&ummary", "What it is for, in one or two sentences")
        self._add(form, self.notes, "N&otes", "What a colleague should know: where the images came from, what to watch")

    def wishes(self) -> CardWishes:
        """What is written, without spaces around it."""
        texts = {key: field.text().strip() for key, field in self.fields.items()}
        return CardWishes(**texts, summary=self.summary.toPlainText().strip(), notes=self.notes.toPlainText().strip())

    def set_wishes(self, wishes: CardWishes) -> None:
        """Show what was written before; a text that is there already keeps its cursor."""
        if wishes == self.wishes():
            return
        for key, field in self.fields.items():
            with QSignalBlocker(field):
                field.setText(getattr(wishes, key))
        for edit, text in ((self.summary, wishes.summary), (self.notes, wishes.notes)):
            with QSignalBlocker(edit):
                edit.setPlainText(text)

    def _add(self, form: QFormLayout, edit: QPlainTextEdit, caption: str, hint: str) -> None:
        edit.setPlaceholderText(hint)
        edit.setTabChangesFocus(True)
        edit.setAcceptDrops(False)
        edit.setFixedHeight(self.fontMetrics().lineSpacing() * _LINES + 14)
        edit.textChanged.connect(self._tell)
        form.addRow(caption, edit)

    def _tell(self) -> None:
        self.edited.emit(self.wishes())
