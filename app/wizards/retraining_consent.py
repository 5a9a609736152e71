"""Taking exhibits of the open case into a training: which, as what, and who consents, for what reason."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QLineEdit,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from app.widgets.plain_text import PlainLabel
from app.widgets.retraining_words import name_problem
from app.widgets.text_field import TextField
from app.widgets.verdict_header import plain_label
from app.wording import exhibits_text, visible

_WIDTH_PX = 580
Offer = tuple[str, tuple[int, ...], str]
_LEAD = (
    "Evidence never enters a training by itself. With your consent, exact copies of these exhibits are put into this "
    "retraining. The log of the case keeps who consented, when, why, and the SHA-256 of every exhibit."
)


class ConsentDialog(QDialog):
    """Asks for a consent; stays open until the copies are there.

    Args:
        offers: name, exhibits and reason of every group that can be taken.
        examiner: suggested as who consents.
        names: architectures to choose from.
        case: title of the open case.

    Signals:
        consent_wished: name of the group, label, source, who consents, and why.
    """

    consent_wished = Signal(str, str, str, str, str)

    def __init__(
        self,
        offers: Sequence[Offer],
        examiner: str,
        names: Sequence[str] = (),
        *,
        case: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._offers = tuple(offers)
        self.group, self.label, self.source, self.given_by = QComboBox(), QComboBox(), QLineEdit(), QLineEdit(examiner)
        self.reason = TextField("&Why these exhibits may be learned from", 3, "for instance: order of the court of …")
        self.why, self.problem = PlainLabel("What the group is"), plain_label("What is missing")
        self.buttons = QDialogButtonBox()
        self.give = self.buttons.addButton("&Consent and copy", QDialogButtonBox.ButtonRole.AcceptRole)
        self.buttons.addButton(QDialogButtonBox.StandardButton.Cancel)
        self.setWindowTitle("Exhibits for a training")
        self._build(names, case)
        self._show_group()

    def accept(self) -> None:
        """Wish for the copies."""
        self.give.setEnabled(False)
        self.problem.setText("Copying …")
        name = self._offers[self.group.currentIndex()][0]
        self.consent_wished.emit(name, *self._named(), self.given_by.text().strip(), self.reason.text)

    def refuse(self, sentence: str) -> None:
        """It was not done; what was typed is still there."""
        self._offer()
        self.problem.setText(visible(sentence))

    def close_taken(self) -> None:
        """The copies are there."""
        super().accept()

    def _named(self) -> tuple[str, str]:
        return self.label.currentText().strip(), self.source.text().strip()

    def _show_group(self) -> None:
        place = self.group.currentIndex()
        self.why.setText(self._offers[place][2] if place >= 0 else "")
        self._offer()

    def _offer(self) -> None:
        label, source = self._named()
        lacks = [
            ("the architecture", bool(name_problem(label))),
            ("the source", bool(name_problem(source, source=True))),
            ("who consents", not self.given_by.text().strip()),
            ("the reason", not self.reason.text),
        ]
        missing = [what for what, lacking in lacks if lacking]
        self.problem.setText(f"Still missing: {', '.join(missing)}." if missing else "")
        self.give.setEnabled(not missing and self.group.currentIndex() >= 0)

    def _build(self, names: Sequence[str], case: str) -> None:
        for name, ids, _why in self._offers:
            self.group.addItem(f"{visible(name, longest=60)} ({exhibits_text(len(ids))})")
        self.label.setEditable(True)
        self.label.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.label.addItems(list(names))
        self.label.setCurrentText("")
        self.source.setText(visible(case, longest=50) if not name_problem(case, source=True) else "case")
        self.why.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        lead = plain_label("What a consent means")
        lead.setText(_LEAD)
        form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        form.addRow("&Architecture", self.label)
        form.addRow("&Source", self.source)
        form.addRow("Consent &given by", self.given_by)
        layout = QVBoxLayout(self)
        layout.setSpacing(10)
        caption = QLabel("&Exhibits")
        caption.setBuddy(self.group)
        for part in (lead, caption, self.group, self.why, form, self.reason, self.problem, self.buttons):
            layout.addLayout(part) if isinstance(part, QFormLayout) else layout.addWidget(part)
        self._connect()
        self.resize(_WIDTH_PX, max(self.sizeHint().height(), layout.totalHeightForWidth(_WIDTH_PX)))

    def _connect(self) -> None:
        self.group.currentIndexChanged.connect(lambda _row: self._show_group())
        self.label.currentTextChanged.connect(lambda _text: self._offer())
        for line in (self.source, self.given_by):
            line.textChanged.connect(lambda _text: self._offer())
        self.reason.edit.textChanged.connect(self._offer)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        self.give.setDefault(True)
        self.group.setFocus(Qt.FocusReason.OtherFocusReason)
