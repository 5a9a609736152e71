"""Hostile text over several lines, in tooltips and in labels; one line of it is `app.wording.visible`."""

from __future__ import annotations

import html
import re

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QContextMenuEvent, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QApplication, QLabel, QMenu

from app.wording import visible

_LONGEST = 4000
_BREAK = "\u200b"  # of no width; `visible` has replaced those that a file brings along
_LONG_WORD = re.compile(r"\S{21,}")
_PIECE = re.compile(r"[^/\\_.:-]{0,9}[/\\_.:-]|.{1,10}")


def visible_lines(text: str, *, longest: int = _LONGEST) -> str:
    """Text from a file with its line breaks kept and every other invisible character shown by its number.

    Args:
        text: anything, also lone surrogates.
        longest: characters kept; how many are missing is said at the end.
    """
    lines = text[:longest].replace("\r\n", "\n").replace("\t", "    ").split("\n")
    shown = "\n".join(visible(line, longest=longest) for line in lines)
    rest = len(text) - longest
    return f"{shown} … ({rest:,} more characters)" if rest > 0 else shown


def tooltip(text: str) -> str:
    """Markup that shows `text` literally, because Qt guesses whether a tooltip is markup and must not guess."""
    lines = html.escape(visible_lines(text)).replace("\n", "<br>")
    return f"<qt>{lines}</qt>" if text else ""


class PlainLabel(QLabel):
    """A wrapped label for hostile text: never markup, and a path or another long word breaks where the line ends.

    Args:
        accessible_name: what the label tells.
    """

    def __init__(self, accessible_name: str = "") -> None:
        super().__init__()
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.setAccessibleName(accessible_name)

    def setText(self, text: str) -> None:
        """Show a text."""
        super().setText(_LONG_WORD.sub(lambda word: _BREAK.join(_PIECE.findall(word.group())), text))

    def text(self) -> str:
        """The text as it was given."""
        return super().text().replace(_BREAK, "")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Copy without the places to break."""
        if event.matches(QKeySequence.StandardKey.Copy):
            self._copy()
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offer the same."""
        if not self.hasSelectedText():
            return
        menu, copy = QMenu(self), QAction("Copy")
        copy.triggered.connect(self._copy)
        menu.addAction(copy)
        menu.exec(event.globalPos())
        menu.deleteLater()

    def _copy(self) -> None:
        if self.hasSelectedText():
            QApplication.clipboard().setText(self.selectedText().replace(_BREAK, ""))
