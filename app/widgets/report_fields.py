"""Fields of a report, made from their rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget

from app.widgets.link_button import LinkButton
from app.widgets.long_text import LongText
from app.widgets.plain_text import PlainLabel
from app.widgets.report_words import NONE_WORDS, FieldRow, Kind
from core.reporting import ReportDraft

_NO_DATE = "This is no date. Write it like 2026-11-21."


class ReportFields(QWidget):
    """One caption and one field below the other.

    Args:
        rows: what is asked.

    Signals:
        changed: something was typed.
    """

    changed = Signal()

    def __init__(self, rows: Sequence[FieldRow], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows = {row.name: row for row in rows}
        self._fields: dict[str, QLineEdit | LongText] = {}
        self._problems: dict[str, QLabel] = {}
        self._none_buttons: list[QPushButton] = []
        self.language = "en"
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 12, 12)
        column.setSpacing(4)
        for row in rows:
            self._add(row, column)
        column.addStretch(1)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the fields."""
        return tuple(self._rows)

    def values(self) -> dict[str, Any]:
        """What is written; a date that is none counts as not given."""
        return {name: self._value(name) for name in self._rows}

    def set_values(self, values: Mapping[str, Any]) -> None:
        """Show other values; what stands there already is left alone, with its cursor."""
        for name, field in self._fields.items():
            value = values.get(name)
            text = value.isoformat() if isinstance(value, date) else str(value or "")
            if self._value(name) == value or self._text(field) == text.strip():
                continue
            _write(field, text)
            self._judge(name)

    def forget(self) -> None:
        """Another case follows: nothing that was typed survives."""
        for name, field in self._fields.items():
            _write(field, "")
            self._judge(name)

    def set_writable(self, writable: bool) -> None:
        """Whether anything may be changed."""
        for field in self._fields.values():
            field.setReadOnly(not writable)
        for button in self._none_buttons:
            button.setEnabled(writable)

    def show_field(self, name: str, start: int = 0, length: int = 0) -> None:
        """Give a field the keyboard, and select a part of its text, counted as `values` gives it."""
        field = self._fields[name]
        field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        if isinstance(field, QLineEdit):
            field.selectAll()
        elif length:
            written = field.toPlainText()
            start += len(written) - len(written.lstrip())
            cursor = field.textCursor()
            cursor.setPosition(_place(written, start))
            cursor.setPosition(_place(written, start + length), QTextCursor.MoveMode.KeepAnchor)
            field.setTextCursor(cursor)

    def field(self, name: str) -> QLineEdit | LongText:
        """The field of a name."""
        return self._fields[name]

    def problem(self, name: str) -> str:
        """What is wrong with what is written in a field."""
        return self._problems[name].text() if name in self._problems else ""

    def _add(self, row: FieldRow, column: QVBoxLayout) -> None:
        field = LongText(row.lines) if row.kind is Kind.TEXT else QLineEdit()
        field.setAcceptDrops(False)
        field.setPlaceholderText(row.hint)
        field.setToolTip(row.tip)
        field.setAccessibleName(row.plain_caption)
        field.setAccessibleDescription(row.tip)
        field.textChanged.connect(lambda *_: self._change(row.name))
        caption = QLabel(row.caption)
        caption.setBuddy(field)
        line = QHBoxLayout()
        line.addWidget(caption, 1)
        if row.may_be_none:
            line.addWidget(self._none_button(row, field))
        column.addLayout(line)
        column.addWidget(field)
        if row.kind is Kind.DATE:
            self._problems[row.name] = PlainLabel(f"Problem: {row.plain_caption}")
            self._problems[row.name].hide()
            column.addWidget(self._problems[row.name])
        column.addSpacing(6)
        self._fields[row.name] = field

    def _none_button(self, row: FieldRow, field: QLineEdit | LongText) -> QPushButton:
        def answer() -> None:
            words = NONE_WORDS.get(self.language, NONE_WORDS["en"])
            _write(field, words)
            field.setFocus()
            self._change(row.name)

        button = LinkButton(self.tr("None"))
        button.setToolTip(self.tr("Write that there is nothing to say here; an empty field is no answer."))
        button.setAccessibleName(self.tr("None: {}").format(row.plain_caption))
        button.clicked.connect(answer)
        self._none_buttons.append(button)
        return button

    def _change(self, name: str) -> None:
        self._judge(name)
        self.changed.emit()

    def _judge(self, name: str) -> None:
        if name in self._problems:
            text = self._text(self._fields[name])
            wrong = bool(text) and _date(text) is None
            self._problems[name].setText(_NO_DATE if wrong else "")
            self._problems[name].setVisible(wrong)

    def _value(self, name: str) -> str | date | None:
        text = self._text(self._fields[name])
        return _date(text) if self._rows[name].kind is Kind.DATE else text

    def _text(self, field: QLineEdit | LongText) -> str:
        return field.text().strip()


class DraftFields(ReportFields):
    """Fields of `ReportDraft` itself."""

    def show_draft(self, draft: ReportDraft) -> None:
        """Show what a draft says."""
        self.language = draft.laboratory.language
        self.set_values({name: getattr(draft, name) for name in self.names})


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _write(field: QLineEdit | LongText, text: str) -> None:
    field.blockSignals(True)
    if isinstance(field, QLineEdit):
        field.setText(text)
    else:
        field.setPlainText(text)
    field.blockSignals(False)


def _place(text: str, characters: int) -> int:
    """A place in a text as Qt counts: in UTF-16 units."""
    return len(text[:characters].encode("utf-16-le", "surrogatepass")) // 2
