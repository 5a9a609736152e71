"""Notes on words that say more than evidence can, under the text in which they stand; they hinder nobody."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QPlainTextEdit, QTextEdit, QVBoxLayout, QWidget
from superqt import QFlowLayout

from app.theme import colours
from app.widgets.link_button import LinkButton
from app.widgets.verdict_header import plain_label
from app.wording import visible
from core.language import check, language_of
from core.reporting import LanguageRemark

_IDLE_MS = 400
_LONGEST = 20_000  # characters that are looked at
_SHOWN, _WORDS_SHOWN = 4, 6
_LONGEST_WORDS = 36
_FREE = "The words are fine by the language check."


class LanguageNotes(QWidget):
    """Watches a text field, underlines what is remarked on, and lists the remarks below.

    Args:
        edit: the text.
        language: "en" or "de"; "" takes the one that the text is probably written in.
        said_fine: whether a text without any remark is told to be fine.
        parent: where it stands.

    Attributes:
        remarks: what was found the last time; read after `checked`.

    Signals:
        checked: the text was looked at.
    """

    checked = Signal()

    def __init__(
        self, edit: QPlainTextEdit, language: str = "", *, said_fine: bool = False, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._edit, self._language, self._said_fine = edit, language, said_fine
        self._text = ""
        self.remarks: tuple[LanguageRemark, ...] = ()
        self._idle = QTimer(self, singleShot=True, interval=_IDLE_MS)
        self._idle.timeout.connect(self.check)
        edit.textChanged.connect(self._idle.start)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(4)
        self.setAccessibleName("Notes on the language")
        self.hide()

    def set_language(self, language: str) -> None:
        """Read the text in this language from now on; "" guesses."""
        self._language = language
        self.check()

    def check(self) -> None:
        """Look at the text now."""
        self._idle.stop()
        self._text = self._edit.toPlainText()[:_LONGEST]
        self.remarks = check(self._text, self._language or language_of(self._text))
        self._underline()
        self._list(self.remarks)
        self.checked.emit()

    def changeEvent(self, event: QEvent) -> None:
        """Follow light and dark."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._underline()

    def _underline(self) -> None:
        colour = QColor(colours(self.palette()).notices["problem"][0])
        style = QTextCharFormat()
        style.setUnderlineStyle(QTextCharFormat.UnderlineStyle.WaveUnderline)
        style.setUnderlineColor(colour)
        marks = []
        for remark in self.remarks:
            mark = QTextEdit.ExtraSelection()
            mark.cursor, mark.format = self._cursor(remark), style
            marks.append(mark)
        self._edit.setExtraSelections(marks)

    def _cursor(self, remark: LanguageRemark) -> QTextCursor:
        cursor = QTextCursor(self._edit.document())
        cursor.setPosition(_units(self._text[: remark.start]))
        end = _units(self._text[: remark.start + remark.length])
        cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
        return cursor

    def _list(self, remarks: Sequence[LanguageRemark]) -> None:
        while (item := self._layout.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        groups: dict[tuple[str, str], list[LanguageRemark]] = {}
        for remark in remarks:
            groups.setdefault((remark.why, remark.proposal), []).append(remark)
        for group in (*groups.values(),)[:_SHOWN]:
            self._layout.addWidget(_Note([(self._words(remark), remark) for remark in group[:_WORDS_SHOWN]], self))
        rest = len(groups) - _SHOWN
        fine = self._said_fine and bool(self._text.strip()) and not remarks
        if rest > 0 or fine:
            label = plain_label("Notes on the language")
            label.setText(f"And {rest} more." if rest > 0 else _FREE)
            label.setForegroundRole(self.palette().ColorRole.PlaceholderText)
            self._layout.addWidget(label)
        self.setVisible(bool(remarks) or fine)

    def _words(self, remark: LanguageRemark) -> str:
        return self._text[remark.start : remark.start + remark.length]

    def choose(self, remark: LanguageRemark) -> None:
        """Select the words of a remark in the text."""
        if remark in self.remarks and self._edit.toPlainText()[:_LONGEST] == self._text:
            self._edit.setTextCursor(self._cursor(remark))
            self._edit.setFocus(Qt.FocusReason.OtherFocusReason)


class _Note(QWidget):
    """Remarks of one kind: each one's words as a button that leads to them, why, and what to write instead."""

    def __init__(self, remarks: Sequence[tuple[str, LanguageRemark]], notes: LanguageNotes) -> None:
        super().__init__()
        places, why = QWidget(), plain_label("Note on the language")
        flow = QFlowLayout(places)
        flow.setContentsMargins(0, 0, 0, 0)
        for words, remark in remarks:
            shown = visible(words, longest=_LONGEST_WORDS)
            button = LinkButton(f"“{shown.replace('&', '&&')}”")
            button.setToolTip("Show these words in the text")
            button.clicked.connect(lambda _=False, remark=remark: notes.choose(remark))
            flow.addWidget(button)
        why.setText(f"{remarks[0][1].why} {remarks[0][1].proposal}")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(places)
        layout.addWidget(why)


def _units(text: str) -> int:
    """How many places a text takes in a Qt document, which counts in UTF-16."""
    return len(text) + sum(ord(letter) > 0xFFFF for letter in text)
