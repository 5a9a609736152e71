"""The exhibits and the classes of reference images nearest to one exhibit, as the detector sees them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QIcon, QImage, QPainter, QPaintEvent, QPalette, QPixmap
from PySide6.QtWidgets import (
    QFrame,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QSizePolicy,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app.theme import colours, icon_pixmap
from app.widgets.heading import heading
from app.widgets.plain_text import PlainLabel, tooltip
from app.wording import class_title, named_class, verdict_text, visible
from core.domain import ExhibitLine, Verdict
from core.examine import Neighbour

NOTHING = "Choose an exhibit to see what lies near it."
READING = "Looking for neighbours …"
ALONE = "There is no other exhibit with a feature of this detector."
NO_CLASSES = "This detector carries no reference images."
MEANING = (
    "Distances are of the network's features alone (0 is the same direction, 1 has nothing in common), while the "
    "finding may also rest on the spectrum, so the nearest class may differ from the class named. Near is no proof of "
    "a common origin."
)
_ICON_PX = 44
_MARGINS = (10, 8, 10, 8)
_ID = Qt.ItemDataRole.UserRole
_LEAST_BAR = 0.02


class NeighboursView(QWidget):
    """Two lists; knows records and no workspace.

    Args:
        inset: whether there is room around the lists; a panel that has margins of its own needs none.

    Signals:
        exhibit_wished: an exhibit was clicked, or Enter was pressed on it.
    """

    exhibit_wished = Signal(int)

    def __init__(self, parent: QWidget | None = None, *, inset: bool = True) -> None:
        super().__init__(parent)
        self.exhibits, self.classes = QListWidget(), _ClassBars()
        self.words = PlainLabel("State of the search")
        self._no_exhibits, self._no_classes = QLabel(ALONE), QLabel(NO_CLASSES)
        self._items: dict[int, QListWidgetItem] = {}
        self._stack, self._lists = QStackedWidget(), QWidget()
        self._arrange(inset=inset)
        self.exhibits.itemActivated.connect(self._wish)
        self.exhibits.itemClicked.connect(self._wish)

    def set_neighbours(
        self, neighbours: Sequence[Neighbour], lines: Mapping[int, ExhibitLine], titles: Mapping[str, str]
    ) -> None:
        """Show what lies near; `lines` are those of the exhibits among the neighbours."""
        self.exhibits.clear()
        self._items.clear()
        near = [one for one in neighbours if one.exhibit_id in lines]
        for one in near:
            self._add(lines[one.exhibit_id or 0], one.distance, titles)
        known = [(class_title(one.architecture, titles), one.distance) for one in neighbours if one.architecture]
        self.classes.set_distances(known)
        self.exhibits.setVisible(bool(near))
        self._no_exhibits.setVisible(not near)
        self.classes.setVisible(bool(known))
        self._no_classes.setVisible(not known)
        self._stack.setCurrentWidget(self._lists)

    def set_thumbnail(self, exhibit_id: int, image: QImage) -> None:
        """Show the thumbnail of one of the exhibits listed."""
        item = self._items.get(exhibit_id)
        if item is not None and not image.isNull():
            item.setIcon(QIcon(_square(image, self.devicePixelRatioF())))

    def set_busy(self) -> None:
        """An answer is on its way."""
        self.say(READING)

    def say(self, words: str) -> None:
        """Show a sentence in place of the lists."""
        self._items.clear()
        self.exhibits.clear()
        self.words.setText(visible(words))
        self._stack.setCurrentWidget(self.words)

    def _arrange(self, *, inset: bool) -> None:
        self._prepare()
        meaning = QLabel(MEANING)
        meaning.setWordWrap(True)
        meaning.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        inner = QVBoxLayout(self._lists)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(4)
        inner.addWidget(heading("Nearest exhibits"))
        inner.addWidget(self._no_exhibits)
        inner.addWidget(self.exhibits, 1)
        inner.addSpacing(8)
        inner.addWidget(heading("Nearest known classes"))
        inner.addWidget(self._no_classes)
        inner.addWidget(self.classes)
        inner.addWidget(meaning)
        for page in (self.words, self._lists):
            self._stack.addWidget(page)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(*_MARGINS if inset else (0, 0, 0, 0))
        whole.addWidget(self._stack)

    def _prepare(self) -> None:
        self._no_classes.setWordWrap(True)
        self._no_exhibits.setWordWrap(True)
        self.words.setText(NOTHING)
        self.words.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self.words.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self.exhibits.setAccessibleName("Nearest exhibits")
        self.exhibits.setSpacing(1)
        self.exhibits.setIconSize(QSize(_ICON_PX, _ICON_PX))
        self.exhibits.setFrameShape(QFrame.Shape.NoFrame)
        self.exhibits.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.exhibits.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.exhibits.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Ignored)  # takes what is left
        self.exhibits.setMinimumHeight(2 * (_ICON_PX + 10))

    def _add(self, line: ExhibitLine, distance: float, titles: Mapping[str, str]) -> None:
        name, parts = visible(line.name, longest=200), _said(line, titles)
        said, lines = ", ".join(parts), (name, *parts, f"Distance {distance:.3f}")
        item = QListWidgetItem("\n".join(lines))
        item.setData(_ID, line.id)
        item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{name}, distance {distance:.3f}, {said}")
        item.setToolTip(tooltip(f"{name}\n{said}\nDistance {distance:.4f}. Click to open it."))
        item.setIcon(QIcon(icon_pixmap("picture", colours(self.palette()).muted, _ICON_PX)))
        self._items[line.id] = item
        self.exhibits.addItem(item)

    def _wish(self, item: QListWidgetItem) -> None:
        self.exhibit_wished.emit(int(item.data(_ID)))


class _ClassBars(QWidget):
    """Names of classes with their distance as number and as the length of a bar: the longer, the nearer."""

    def __init__(self) -> None:
        super().__init__()
        self.distances: tuple[tuple[str, float], ...] = ()
        self.setAccessibleName("Nearest known classes")

    def set_distances(self, distances: Sequence[tuple[str, float]]) -> None:
        self.distances = tuple(distances[:6])
        self.setAccessibleDescription("; ".join(f"{name}: {distance:.3f}" for name, distance in self.distances))
        self.setFixedHeight(len(self.distances) * self._row_height())
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter, look = QPainter(self), colours(self.palette())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        metrics, height = painter.fontMetrics(), self._row_height()
        for place, (name, distance) in enumerate(self.distances):
            row = QRectF(0, place * height, self.width(), height - 3)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(look.chosen))
            painter.drawRoundedRect(QRectF(row.left(), row.top(), row.width() * _share(distance), row.height()), 3, 3)
            painter.setPen(QColor(look.text))
            figure = f"{distance:.3f}"
            room = row.adjusted(6, 0, -metrics.horizontalAdvance(figure) - 14, 0)
            shown = metrics.elidedText(name, Qt.TextElideMode.ElideRight, int(room.width()))
            painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)
            painter.drawText(
                row.adjusted(0, 0, -6, 0), Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, figure
            )

    def _row_height(self) -> int:
        return self.fontMetrics().height() + 8


def _said(line: ExhibitLine, titles: Mapping[str, str]) -> tuple[str, ...]:
    """A verdict, and the closest class below it, where one line would be cut."""
    said, named = verdict_text(line.verdict), named_class(line, titles)
    if line.verdict is Verdict.ATTRIBUTED and named:
        return (f"{said}: {named}",)
    return (said, named) if named else (said,)


def _share(distance: float) -> float:
    return min(max(1.0 - distance, _LEAST_BAR), 1.0)


def _square(image: QImage, ratio: float) -> QPixmap:
    """The middle of a thumbnail, so that all rows are alike."""
    side = round(_ICON_PX * ratio)
    keep, smooth = Qt.AspectRatioMode.KeepAspectRatioByExpanding, Qt.TransformationMode.SmoothTransformation
    scaled = image.scaled(side, side, keep, smooth)
    left, top = (scaled.width() - side) // 2, (scaled.height() - side) // 2
    made = QPixmap.fromImage(scaled.copy(left, top, side, side))
    made.setDevicePixelRatio(ratio)
    return made
