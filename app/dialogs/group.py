"""Naming a group of exhibits."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from app.widgets.verdict_header import plain_label
from app.wording import exhibits_text, visible

_LONGEST = 200


class GroupDialog(QDialog):
    """Asks for the name and the note of a group, and says how many exhibits it will hold.

    Args:
        count: how many exhibits it will hold.
        taken: names of the groups that are there.
        name, note: suggestions.

    Signals:
        group_wished: the name and the note; the dialog is closed then.
    """

    group_wished = Signal(str, str)

    def __init__(
        self, count: int, taken: Iterable[str] = (), *, name: str = "", note: str = "", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._taken = {other.strip().casefold() for other in taken}
        self.name, self.note = QLineEdit(name), QPlainTextEdit(note)
        self._problem = plain_label("What is wrong")
        self.buttons = QDialogButtonBox()
        self.make = self.buttons.addButton(self.tr("&Make the group"), QDialogButtonBox.ButtonRole.AcceptRole)
        self.buttons.addButton(QDialogButtonBox.StandardButton.Cancel)
        self.setWindowTitle(self.tr("New group"))
        self._build(count)
        self._offer()

    def accept(self) -> None:
        """Wish for the group."""
        self.group_wished.emit(self.name.text().strip(), self.note.toPlainText().strip())
        super().accept()

    def _offer(self) -> None:
        name = self.name.text().strip()
        taken = name.casefold() in self._taken
        self._problem.setText(self.tr("There is a group called “{}” already.").format(visible(name)) if taken else "")
        self.make.setEnabled(bool(name) and not taken)

    def _build(self, count: int) -> None:
        self.name.setMaxLength(_LONGEST)
        self.name.setPlaceholderText(self.tr("for instance: Same camera"))
        self.name.selectAll()
        self.note.setPlaceholderText(self.tr("What they have in common"))
        self.note.setTabChangesFocus(True)
        self.note.setFixedHeight(self.fontMetrics().lineSpacing() * 4 + 12)
        form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        form.addRow(self.tr("&Name"), self.name)
        form.addRow(self.tr("N&ote"), self.note)
        layout = QVBoxLayout(self)
        layout.addWidget(QLabel(self.tr("{} will be in the group.").format(exhibits_text(count))))
        layout.addLayout(form)
        layout.addWidget(self._problem)
        layout.addStretch()
        layout.addWidget(self.buttons)
        self.name.textChanged.connect(self._offer)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        self.resize(440, 0)
