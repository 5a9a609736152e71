"""Writing a custody event down: who handed over, who took, when, and in what state."""

from __future__ import annotations

from datetime import UTC, datetime

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from app import custody_words as words
from app.widgets.moment_field import MomentField
from app.widgets.verdict_header import plain_label
from app.wording import exhibits_text, visible
from core.custody import CustodyEvent, CustodyForm, CustodyKind, doubts

_LINES = ("from_party", "to_party", "item", "seal", "place")


class CustodyDialog(QDialog):
    """Asks for one event; it stays open until the event is kept.

    Args:
        examiner: suggested as who receives.
        in_case: how many exhibits the case has now.
        chosen: how many exhibits were chosen before; 0: the event is about all.
        corrects: the event that this one corrects, whose fields are suggested.

    Signals:
        form_wished: the `CustodyForm` to be kept, and whether it is about the chosen exhibits alone.
    """

    form_wished = Signal(object, bool)

    def __init__(
        self,
        examiner: str,
        in_case: int,
        chosen: int = 0,
        corrects: CustodyEvent | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._examiner, self._corrects = examiner, corrects
        self._asked: CustodyForm | None = None  # whose odd time was questioned already
        self.kind, self.about, self.at = QComboBox(), QComboBox(), MomentField()
        self.lines = {name: QLineEdit() for name in _LINES}
        self._captions = {name: QLabel() for name in ("from_party", "to_party")}
        self.remarks, self.said = QPlainTextEdit(), plain_label("What is to be looked at")
        self.buttons = QDialogButtonBox()
        self.keep = self.buttons.addButton("", QDialogButtonBox.ButtonRole.AcceptRole)
        self.buttons.addButton(QDialogButtonBox.StandardButton.Cancel)
        self.setWindowTitle(self.tr("Custody"))
        self._build(chosen)
        self.set_count(in_case)
        self._suggest()

    @property
    def form(self) -> CustodyForm:
        """What the fields say now."""
        texts = {name: line.text().strip() for name, line in self.lines.items()}
        kind = CustodyKind(self.kind.currentData())
        return CustodyForm(kind, self.at.moment, **texts, remarks=self.remarks.toPlainText().strip())

    def set_count(self, in_case: int) -> None:
        """The case has so many exhibits now."""
        words_all = self.tr("all exhibits of the case ({})").format(f"{in_case:,}")
        self.about.setItemText(0, words_all if in_case else self.tr("the whole case; it has no exhibit yet"))

    def accept(self) -> None:
        """Wish for the event, after odd times were questioned once."""
        form = self.form
        odd = doubts(form, datetime.now(UTC))
        if odd and form != self._asked:
            self._asked = form
            self.say(" ".join(odd))
            self.keep.setText(self.tr("It is right: write it &down"))
            return
        self.say("")
        self.keep.setEnabled(False)
        self.form_wished.emit(form, bool(self.about.currentData()))

    def refuse(self, sentence: str) -> None:
        """It was not kept; what was typed is still there."""
        self.keep.setEnabled(True)
        self.say(sentence)

    def close_kept(self) -> None:
        """The event is kept."""
        super().accept()

    def say(self, sentence: str) -> None:
        """Show a sentence above the buttons."""
        self.said.setText(visible(sentence))
        self.said.setVisible(bool(sentence))

    def _suggest(self) -> None:
        if self._corrects is None:
            self.at.set_moment(datetime.now(UTC).astimezone())
            self.lines["to_party"].setText(self._examiner)
            return
        form = self._corrects.form
        self.kind.setCurrentIndex(self.kind.findData(form.kind.value))
        self.at.set_moment(form.at)
        for name, line in self.lines.items():
            line.setText(getattr(form, name))
        self.remarks.setPlainText(form.remarks)

    def _name_parties(self) -> None:
        first, second = words.PARTIES[CustodyKind(self.kind.currentData())]
        self._captions["from_party"].setText(self.tr(first))
        self._captions["to_party"].setText(self.tr(second))

    def _changed(self) -> None:
        """Another form: what was questioned is to be questioned again."""
        self._asked = None
        self.keep.setText(self.tr("Write it &down"))
        self.say("")

    def _build(self, chosen: int) -> None:
        for kind in CustodyKind:
            self.kind.addItem(words.kind_text(kind), kind.value)
        self.about.addItem("", False)
        if chosen:
            self.about.addItem(self.tr("{} that you chose").format(exhibits_text(chosen)), True)
            self.about.setCurrentIndex(1)
        self.lines["item"].setPlaceholderText(self.tr("for instance: 2026/17-A3"))
        self.lines["seal"].setPlaceholderText(self.tr("number, and whether it was whole"))
        self.remarks.setTabChangesFocus(True)
        self.remarks.setFixedHeight(self.fontMetrics().lineSpacing() * 3 + 12)
        for field in (*self.lines.values(), self.remarks):
            field.setAcceptDrops(False)  # dropped files belong to the window
        lead = plain_label("What this is for")
        lead.setText(self._lead())
        layout = QVBoxLayout(self)
        layout.addWidget(lead)
        layout.addLayout(self._rows())
        layout.addWidget(self.said)
        layout.addWidget(self.buttons)
        self._connect()
        self.resize(560, 0)

    def _rows(self) -> QFormLayout:
        form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        form.addRow(self.tr("&What happened"), self.kind)
        form.addRow(self.tr("W&hen"), self.at)
        for name in ("from_party", "to_party"):
            self._captions[name].setBuddy(self.lines[name])
            form.addRow(self._captions[name], self.lines[name])
        form.addRow(self.tr("&Item number"), self.lines["item"])
        form.addRow(self.tr("&Seal"), self.lines["seal"])
        form.addRow(self.tr("&Place"), self.lines["place"])
        form.addRow(self.tr("&Remarks"), self.remarks)
        form.addRow(self.tr("&About"), self.about)
        return form

    def _connect(self) -> None:
        self.kind.currentIndexChanged.connect(self._name_parties)
        self.at.changed.connect(self._changed)
        self._name_parties()
        self._changed()
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)

    def _lead(self) -> str:
        if self._corrects is not None:
            return self.tr(
                "Event no. {} stays as it was written down. State here what is right; both will be shown."
            ).format(self._corrects.id)
        return self.tr("It is kept for ever, in your name. A mistake is corrected by another event.")
