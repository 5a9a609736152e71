"""One group of a file's statements under a caption that opens and closes it; any line can be copied."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction, QContextMenuEvent
from PySide6.QtWidgets import QApplication, QCheckBox, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from app.widgets.plain_text import visible_lines
from app.widgets.statement_words import LONG
from app.widgets.text_sheet import Facts, TextSheet

Rows = Sequence[tuple[str, str]]

_LONGEST_COPIED = 100_000


class LineSheet(TextSheet):
    """Rows of names and values; the context menu copies the line under the mouse whole, also one shown in part."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, whole=True)
        self._rows: tuple[tuple[str, str], ...] = ()
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.DefaultContextMenu)

    def set_rows(self, rows: Rows, *, whole: bool = True) -> None:
        """Show rows; unless `whole`, long values only with their beginning."""
        self._rows = tuple(rows)
        shown = self._rows if whole else tuple((name, shortened(text)) for name, text in self._rows)
        in_columns = frozenset(name for name, _ in shown if name.startswith("Quantisation table"))
        self.set_blocks((Facts(shown, fixed=in_columns),))

    def row_at(self, place: QPoint) -> int | None:
        """The row under a point of the sheet."""
        table = (cursor := self.cursorForPosition(place)).currentTable()
        return None if table is None else table.cellAt(cursor).row()

    def copy_row(self, row: int) -> None:
        """Put a line on the clipboard as "name: value", with invisible characters made visible."""
        name, text = self._rows[row]
        shown = visible_lines(text, longest=_LONGEST_COPIED)
        QApplication.clipboard().setText(f"{visible_lines(name)}: {shown}")

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """The usual menu, and the line under the mouse."""
        menu = self.createStandardContextMenu()
        row = self.row_at(event.pos())
        if row is not None:
            copy = QAction("Copy this line", menu)
            copy.triggered.connect(lambda: self.copy_row(row))
            menu.addAction(copy)
        menu.exec(event.globalPos())
        menu.deleteLater()


class StatementSection(QWidget):
    """A caption and its lines; the lines are laid out when the section is first opened.

    Args:
        title: what stands in the caption.
        rows: (name, value) pairs.
        is_open: whether it is open at first.
        parent: the widget it stands in.
    """

    def __init__(self, title: str, rows: Rows, *, is_open: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows = tuple(rows)
        self.caption = QToolButton()
        self.caption.setText(title)
        self.caption.setCheckable(True)
        self.caption.setChecked(is_open)
        self.caption.setAutoRaise(True)
        self.caption.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.caption.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.caption.setStyleSheet("QToolButton { text-align: left; font-weight: 600; }")
        self.long = QCheckBox("Show long values whole")
        self.long.setToolTip(f"Values of more than {LONG} characters are shown with their beginning only.")
        self.sheet = LineSheet()
        self.sheet.setAccessibleName(title)
        self._laid_out = False
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        for part in (self.caption, self.long, self.sheet):
            layout.addWidget(part)
        self.caption.toggled.connect(self._open)
        self.long.toggled.connect(self._fill)
        self._open(is_open)

    def _open(self, is_open: bool) -> None:
        self.caption.setArrowType(Qt.ArrowType.DownArrow if is_open else Qt.ArrowType.RightArrow)
        if is_open and not self._laid_out:
            self._laid_out = True
            self._fill(self.long.isChecked())
        self.sheet.setVisible(is_open)
        self.long.setVisible(is_open and any(len(text) > LONG for _, text in self._rows))

    def _fill(self, whole: bool) -> None:
        self.sheet.set_rows(self._rows, whole=whole)


def shortened(text: str) -> str:
    """The beginning of a long value with the number of characters that are missing."""
    return text if len(text) <= LONG else f"{text[:LONG]} … ({len(text) - LONG:,} more characters)"
