"""A read-only sheet of headings, sentences, facts and tables that takes hostile text: nothing in it is ever markup."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from PySide6.QtCore import QEvent, QSizeF, Qt
from PySide6.QtGui import (
    QFont,
    QPalette,
    QResizeEvent,
    QShowEvent,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextFrameFormat,
    QTextLength,
    QTextOption,
    QTextTable,
    QTextTableFormat,
)
from PySide6.QtWidgets import QFrame, QTextEdit, QWidget

from app.widgets.plain_text import visible_lines

_LABEL_SHARE = 30  # percent of the width that the names of facts get
_GAP_PX = 5.0


@dataclass(frozen=True, slots=True)
class Heading:
    """A line that opens a section; level 1 is the sheet's title."""

    text: str
    level: int = 2


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Sentences; `quiet` for side remarks, `strong` for what must not be missed."""

    text: str
    quiet: bool = False
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Bullets:
    """A list of sentences."""

    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Facts:
    """(name, value) pairs in two columns; `fixed` values are digests and the like, shown in a fixed pitch."""

    rows: tuple[tuple[str, str], ...]
    fixed: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Grid:
    """A table with a header row; the first column holds names, the others numbers."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


Block = Heading | Paragraph | Bullets | Facts | Grid


class TextSheet(QTextEdit):
    """Shows blocks of text that can be selected and copied.

    Args:
        parent: the widget it stands in.
        widest_px: longest line, because longer ones are hard to read; None for as long as there is room.
        whole: as high as its text, for a place that scrolls as a whole.
    """

    def __init__(self, parent: QWidget | None = None, *, widest_px: int | None = None, whole: bool = False) -> None:
        super().__init__(parent)
        self._widest_px = widest_px
        self._blocks: tuple[Block, ...] = ()
        self._outdated = False
        self.setReadOnly(True)
        self.setAcceptDrops(False)  # dropped files belong to the window
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setUndoRedoEnabled(False)
        self.setTabChangesFocus(True)
        self.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self.viewport().setAutoFillBackground(False)  # it lies on the page like a label
        self.document().setDocumentMargin(10)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        if whole:
            self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
            self.document().setDocumentMargin(0)
            self.document().documentLayout().documentSizeChanged.connect(self._grow)

    def set_blocks(self, blocks: Sequence[Block]) -> None:
        """Show these blocks; the place scrolled to is kept when the sheet is only refreshed."""
        place = self.verticalScrollBar().value() if tuple(blocks) == self._blocks else 0
        self._blocks = tuple(blocks)
        self.clear()
        cursor = QTextCursor(self.document())
        cursor.beginEditBlock()  # or the text would be laid out anew after every cell
        for position, block in enumerate(self._blocks):
            self._write(cursor, block, first=position == 0)
        cursor.endEditBlock()
        self.moveCursor(QTextCursor.MoveOperation.Start)
        self.verticalScrollBar().setValue(place)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep lines short enough to read."""
        if self._widest_px is not None:
            self.setViewportMargins(0, 0, max(0, self.width() - self._widest_px), 0)
        super().resizeEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        """Colours are written into the text, so it is written again when light and dark change."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.FontChange) and hasattr(self, "_blocks"):
            if self.isVisible():
                self.set_blocks(self._blocks)
            self._outdated = not self.isVisible()

    def showEvent(self, event: QShowEvent) -> None:
        """What was not seen when light and dark changed is written again now."""
        super().showEvent(event)
        if self._outdated:
            self._outdated = False
            self.set_blocks(self._blocks)

    def _grow(self, size: QSizeF) -> None:
        self.setFixedHeight(ceil(size.height()) + 2)

    def _write(self, cursor: QTextCursor, block: Block, *, first: bool) -> None:
        cursor.movePosition(QTextCursor.MoveOperation.End)
        match block:
            case Heading():
                self._line(
                    cursor,
                    block.text,
                    self._style(level=block.level),
                    space=_heading_space(block, first=first),
                    first=first,
                )
            case Paragraph():
                style = self._style(quiet=block.quiet, strong=block.strong)
                self._line(cursor, block.text, style, space=_GAP_PX, first=first)
            case Bullets():
                for position, text in enumerate(block.texts):
                    self._bullet(cursor, text, first=first and position == 0)
            case Facts():
                self._facts(cursor, block)
            case Grid():
                self._grid(cursor, block)

    def _line(self, cursor: QTextCursor, text: str, style: QTextCharFormat, *, space: float, first: bool) -> None:
        shape = QTextBlockFormat()
        shape.setTopMargin(space)
        if first:
            cursor.setBlockFormat(shape)
        else:
            cursor.insertBlock(shape)
        cursor.insertText(visible_lines(text), style)

    def _bullet(self, cursor: QTextCursor, text: str, *, first: bool) -> None:
        shape = QTextBlockFormat()
        shape.setTopMargin(_GAP_PX)
        shape.setLeftMargin(14)
        shape.setTextIndent(-12)
        if first:
            cursor.setBlockFormat(shape)
        else:
            cursor.insertBlock(shape)
        cursor.insertText("•  " + visible_lines(text), self._style())

    def _facts(self, cursor: QTextCursor, block: Facts) -> None:
        if not block.rows:
            return
        widths = (_LABEL_SHARE, 100 - _LABEL_SHARE)
        table = cursor.insertTable(len(block.rows), 2, self._table_format(widths))
        for row, (name, value) in enumerate(block.rows):
            self._cell(table, row, 0, name, self._style(quiet=True))
            self._cell(table, row, 1, value, self._style(fixed=name in block.fixed))

    def _grid(self, cursor: QTextCursor, block: Grid) -> None:
        table = cursor.insertTable(len(block.rows) + 1, len(block.header), self._table_format(()))
        for column, text in enumerate(block.header):
            self._cell(table, 0, column, text, self._style(quiet=True), right=column > 0)
        for row, texts in enumerate(block.rows, start=1):
            for column, text in enumerate(texts):
                self._cell(table, row, column, text, self._style(), right=column > 0)

    def _table_format(self, widths: tuple[int, ...]) -> QTextTableFormat:
        shape = QTextTableFormat()
        shape.setBorderStyle(QTextFrameFormat.BorderStyle.BorderStyle_None)
        shape.setBorder(0)
        shape.setCellSpacing(0)
        shape.setCellPadding(2.5)
        shape.setTopMargin(_GAP_PX)
        if widths:
            shape.setWidth(QTextLength(QTextLength.Type.PercentageLength, 100))
            shape.setColumnWidthConstraints(
                [QTextLength(QTextLength.Type.PercentageLength, width) for width in widths],
            )
        return shape

    def _cell(
        self, table: QTextTable, row: int, column: int, text: str, style: QTextCharFormat, *, right: bool = False
    ) -> None:
        cursor = table.cellAt(row, column).firstCursorPosition()
        if right:
            shape = QTextBlockFormat()
            shape.setAlignment(Qt.AlignmentFlag.AlignRight)
            shape.setLeftMargin(10)
            cursor.setBlockFormat(shape)
        cursor.insertText(visible_lines(text), style)

    def _style(
        self, *, level: int = 0, quiet: bool = False, strong: bool = False, fixed: bool = False
    ) -> QTextCharFormat:
        style = QTextCharFormat()
        size = self.font().pointSizeF()
        if level:
            style.setFontPointSize(size * (1.5 if level == 1 else 1.1))
        if level or strong:
            style.setFontWeight(QFont.Weight.DemiBold)
        if fixed:
            style.setFontFixedPitch(True)
            style.setFontFamilies(["monospace"])
            style.setFontPointSize(size * 0.95)
        role = QPalette.ColorRole.PlaceholderText if quiet else QPalette.ColorRole.Text
        style.setForeground(self.palette().color(role))
        return style


def _heading_space(heading: Heading, *, first: bool) -> float:
    if first:
        return 0
    return 14 if heading.level < 3 else 8
