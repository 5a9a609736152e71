"""Which class each test image was called: true classes down, called ones across, counts shaded by share of the row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from PySide6.QtCore import QAbstractTableModel, QEvent, QModelIndex, QObject, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPalette, QPen
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QFrame,
    QHeaderView,
    QLabel,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from app.theme import Colours, colours
from app.widgets.card_fields import Card, finite, percent
from app.widgets.plain_text import tooltip
from app.widgets.verdict_header import plain_label
from app.wording import class_title
from core.domain import Verdict

_Index = QModelIndex | QPersistentModelIndex
_LEGEND = (
    "Down: what the images are. Across: what they were called. Framed: called what they are. "
    "The stronger the colour, the more of the row."
)
_HINT = "Click a cell, or walk with the arrow keys, to read it here."
_NOTHING = "The card does not say which classes were taken for which."
_LONGEST_NAME_PX, _HIGHEST_PX, _NAME_GAP_PX = 150, 620, 12
_FULLEST = 0.8  # of the hue in a cell that holds its whole row


@dataclass(frozen=True, slots=True)
class Confusion:
    """Counts of test images, with rows and columns nobody was in left out.

    Attributes:
        rows, columns: class names; columns may end with "out of scope".
        counts: one row for each true class.
        absent: classes of which the set holds no image.
    """

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]
    absent: tuple[str, ...] = ()

    def share(self, row: int, column: int) -> float:
        """Part of a true class that was called so."""
        whole = sum(self.counts[row])
        return self.counts[row][column] / whole if whole else 0.0


def read_confusion(figures: Card) -> Confusion:
    """The ``confusion`` part of measured figures; a damaged one reads as empty."""
    labels, matrix = figures.get("labels"), figures.get("matrix")
    if not isinstance(labels, list | tuple) or not isinstance(matrix, list | tuple):
        return Confusion((), (), ())
    names = tuple(map(str, labels))
    lines = [_counts(line, len(names)) for line in matrix[: len(names)]]
    present = [index for index, line in enumerate(lines) if sum(line)]
    called = [
        index
        for index in range(len(names))
        if index < len(lines) or any(line[index] for line in lines)  # a column that is no class only if it is used
    ]
    return Confusion(
        tuple(names[index] for index in present),
        tuple(names[index] for index in called),
        tuple(tuple(lines[row][column] for column in called) for row in present),
        tuple(names[index] for index in range(len(lines)) if index not in present),
    )


def _counts(line: object, width: int) -> list[int]:
    found = list(line) if isinstance(line, list | tuple) else []
    counts = [max(0, int(finite(one) or 0)) for one in found[:width]]
    return counts + [0] * (width - len(counts))


class ConfusionGrid(QWidget):
    """A table to be looked at and walked through with the arrow keys; the line under it spells the chosen cell."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._table = _ConfusionTable(self)
        self.view = _GridView(self._table)
        self.spelled, self._legend, self.caption = plain_label("Chosen cell"), plain_label("Legend"), QLabel()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        for part in (self.caption, self.view, self.spelled, self._legend):
            layout.addWidget(part)
        self.caption.setTextFormat(Qt.TextFormat.PlainText)
        self.caption.hide()
        self._legend.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self.view.setAccessibleName("Confusion matrix")
        self.view.selectionModel().currentChanged.connect(lambda now, _: self._spell(now))
        self.set_confusion(Confusion((), (), ()), {})

    def set_confusion(self, confusion: Confusion, titles: Mapping[str, str], *, caption: str = "") -> None:
        """Show other counts, under a caption where several grids stand side by side."""
        self._table.set_confusion(confusion, titles)
        self.caption.setText(caption)
        self.caption.setVisible(bool(caption))
        filled = bool(confusion.rows)
        self.view.setVisible(filled)
        self._legend.setText(" ".join(filter(None, (_LEGEND, self._table.remark()))) if filled else _NOTHING)
        self.view.fit()
        self._spell(QModelIndex())

    def _spell(self, index: _Index) -> None:
        self.spelled.setText(str(index.data(Qt.ItemDataRole.AccessibleTextRole)) if index.isValid() else _HINT)
        self.spelled.setVisible(bool(self._table.confusion.rows))


class _ConfusionTable(QAbstractTableModel):
    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.confusion = Confusion((), (), ())
        self._titles: Mapping[str, str] = {}

    def set_confusion(self, confusion: Confusion, titles: Mapping[str, str]) -> None:
        self.beginResetModel()
        self.confusion, self._titles = confusion, titles
        self.endResetModel()

    def remark(self) -> str:
        """Which classes are not in the set."""
        absent = ", ".join(self._title(name) for name in self.confusion.absent)
        return f"The set holds no images of: {absent}." if absent else ""

    def rowCount(self, parent: _Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.confusion.rows)

    def columnCount(self, parent: _Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.confusion.columns)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> str | None:
        if role == Qt.ItemDataRole.DisplayRole:
            return f"{self.confusion.counts[index.row()][index.column()]:,}"
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
            words = self._words(index.row(), index.column())
            return tooltip(words) if role == Qt.ItemDataRole.ToolTipRole else words
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> str | None:
        across = orientation == Qt.Orientation.Horizontal
        if role == Qt.ItemDataRole.DisplayRole:
            if across:
                return self._title(self.confusion.columns[section])
            return f"{self._title(self.confusion.rows[section])}  ({sum(self.confusion.counts[section]):,})"
        if role == Qt.ItemDataRole.ToolTipRole:
            return tooltip(self._title((self.confusion.columns if across else self.confusion.rows)[section]))
        return None

    def right(self, index: _Index) -> bool:
        """Whether a cell counts images that were called what they are."""
        return self.confusion.rows[index.row()] == self.confusion.columns[index.column()]

    def _words(self, row: int, column: int) -> str:
        counts, share = self.confusion.counts[row], self.confusion.share(row, column)
        true, called = self._title(self.confusion.rows[row]), self._title(self.confusion.columns[column])
        said = "is" if called == Verdict.OUT_OF_SCOPE.value else "called"
        return f"{true} {said} {called}: {counts[column]:,} of {sum(counts):,} ({percent(share)})"

    def _title(self, name: str) -> str:
        return class_title(name, self._titles)


class _GridView(QTableView):
    """As large as its cells, so that the page around it scrolls and not the table."""

    def __init__(self, table: _ConfusionTable) -> None:
        super().__init__()
        self.setModel(table)
        self._table = table
        self.setItemDelegate(_Cell(table, self))
        self._names = _Names(Qt.Orientation.Vertical, self), _Names(Qt.Orientation.Horizontal, self)
        self.setVerticalHeader(self._names[0])
        self.setHorizontalHeader(self._names[1])
        self.viewport().setAutoFillBackground(False)
        _Blank(self.findChild(QAbstractButton))
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.setCornerButtonEnabled(False)

    def fit(self) -> None:
        """Take the size of the cells."""
        metrics, counts = self.fontMetrics(), self._table.confusion.counts
        widest = max((metrics.horizontalAdvance(f"{count:,}") for line in counts for count in line), default=0)
        cell = max(widest + 14, metrics.height() + 14)
        self.horizontalHeader().setDefaultSectionSize(cell)
        self.verticalHeader().setDefaultSectionSize(metrics.height() + 12)
        down, across = self._names
        down.fit()
        across.fit()
        width = down.sizeHint().width() + cell * len(self._table.confusion.columns) + 2
        height = across.sizeHint().height() + down.defaultSectionSize() * len(counts) + 2
        self.setFixedSize(width, min(height, _HIGHEST_PX))


class _Blank(QObject):
    """Keeps the button in the corner of a table from being drawn; the table shows it whatever it is told."""

    def __init__(self, button: QObject | None) -> None:
        super().__init__(button)
        if button is not None:
            button.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: ARG002
        return event.type() == QEvent.Type.Paint


class _Names(QHeaderView):
    """Names of rows, and of columns written upwards, so that columns need not be as wide as names."""

    def __init__(self, orientation: Qt.Orientation, parent: QWidget) -> None:
        super().__init__(orientation, parent)
        self.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.viewport().setAutoFillBackground(False)
        self._room = 0

    def fit(self) -> None:
        """Make room for the names that are there now."""
        longest = max((self.fontMetrics().horizontalAdvance(self._name(at)) for at in range(self.count())), default=0)
        upright = self.orientation() == Qt.Orientation.Horizontal
        self._room = (min(longest, _LONGEST_NAME_PX) if upright else longest) + _NAME_GAP_PX
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        return QSize(self._room, self._room)  # Qt asks in the middle of a reset, when no name may be looked up

    def paintSection(self, painter: QPainter, rect: QRect, section: int) -> None:
        painter.save()
        painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
        if self.orientation() == Qt.Orientation.Vertical:
            place, align = rect.adjusted(0, 0, -8, 0), Qt.AlignmentFlag.AlignRight
        else:
            painter.translate(rect.left(), rect.bottom())
            painter.rotate(-90)
            place, align = QRect(6, 0, rect.height() - 8, rect.width()), Qt.AlignmentFlag.AlignLeft
        shown = self.fontMetrics().elidedText(self._name(section), Qt.TextElideMode.ElideRight, place.width())
        painter.drawText(place, Qt.AlignmentFlag.AlignVCenter | align, shown)
        painter.restore()

    def _name(self, section: int) -> str:
        return str(self.model().headerData(section, self.orientation()))


class _Cell(QStyledItemDelegate):
    def __init__(self, table: _ConfusionTable, parent: QWidget) -> None:
        super().__init__(parent)
        self._table = table

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        chosen, right = colours(option.palette), self._table.right(index)
        share = self._table.confusion.share(index.row(), index.column())
        ground = shade(chosen, share, right=right)
        cell = option.rect.adjusted(1, 1, -1, -1)
        painter.save()
        painter.fillRect(cell, ground)
        if right:
            painter.setPen(QPen(QColor(chosen.accent), 2))
            painter.drawRect(cell.adjusted(1, 1, -1, -1))
        if option.state & QStyle.StateFlag.State_HasFocus or option.state & QStyle.StateFlag.State_Selected:
            painter.setPen(QPen(QColor(chosen.text), 1.5, Qt.PenStyle.DotLine))
            painter.drawRect(cell.adjusted(3, 3, -3, -3))
        painter.setPen(QColor(chosen.muted) if not share else writing(ground))
        painter.drawText(cell, Qt.AlignmentFlag.AlignCenter, str(index.data()))
        painter.restore()


def shade(chosen: Colours, share: float, *, right: bool) -> QColor:
    """The colour of a cell: blue for what was called right, amber for the rest, stronger the more of the row it is."""
    hue = QColor(chosen.accent if right else chosen.verdicts[Verdict.INCONCLUSIVE][0])
    base, part = QColor(chosen.base), min(1.0, max(0.0, share)) * _FULLEST
    both = zip(_rgb(base), _rgb(hue), strict=True)
    return QColor.fromRgbF(*(one + (other - one) * part for one, other in both))


def writing(ground: QColor) -> QColor:
    """Black or white, whichever stands out more on a cell; one of the two always reaches 4.5:1."""
    return max((QColor("#000000"), QColor("#ffffff")), key=lambda colour: contrast(colour, ground))


def contrast(one: QColor, other: QColor) -> float:
    """Contrast of two colours, 1 to 21 (WCAG 2.2)."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: QColor) -> float:
    linear = (value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in _rgb(colour))
    return sum(weight * value for weight, value in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def _rgb(colour: QColor) -> tuple[float, float, float]:
    return colour.redF(), colour.greenF(), colour.blueF()
