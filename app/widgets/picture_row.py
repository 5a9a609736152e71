"""Small pictures in a row, alone or in pairs, of which some can be chosen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QIcon, QImage, QPainter, QPixmap, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QListView, QListWidget, QListWidgetItem, QWidget

from app.theme import colours, icon_pixmap
from app.widgets.plain_text import tooltip
from app.wording import visible

_SIDE_PX, _GAP_PX = 96, 6
_LONGEST = 18


@dataclass(frozen=True, slots=True)
class PictureTile:
    """One thing to see: a picture, or a pair of them.

    Attributes:
        digests: SHA-256 of one image, or of two.
        caption: shown below, one line.
        meaning: everything there is to say, for the tooltip.
    """

    digests: tuple[str, ...]
    caption: str
    meaning: str = ""


class PictureRow(QListWidget):
    """Scrolls sideways; the arrow keys move, Space and Ctrl+click choose several.

    Args:
        name: what the pictures are, for who cannot see them.

    Signals:
        chosen_changed: other pictures are chosen.
    """

    chosen_changed = Signal()

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tiles: tuple[PictureTile, ...] = ()
        self._images: dict[str, QImage] = {}
        self.setAccessibleName(name)
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setMovement(QListView.Movement.Static)
        self.setFlow(QListView.Flow.LeftToRight)
        self.setWrapping(False)
        self.setSpacing(4)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.setTabKeyNavigation(False)
        self.itemSelectionChanged.connect(self.chosen_changed)

    def set_tiles(self, tiles: Sequence[PictureTile]) -> None:
        """Show other pictures; those that were loaded stay."""
        self._tiles = tuple(tiles)
        self.clear()
        pairs = any(len(tile.digests) > 1 for tile in tiles)
        width = _SIDE_PX * 2 + _GAP_PX if pairs else _SIDE_PX
        text = self.fontMetrics().lineSpacing() + 8
        self.setIconSize(QSize(width, _SIDE_PX))
        self.setGridSize(QSize(width + 14, _SIDE_PX + text + 6))
        self._fit()
        for tile in tiles:
            item = QListWidgetItem(self._picture(tile), visible(tile.caption, longest=_LONGEST * (2 if pairs else 1)))
            item.setToolTip(tooltip(tile.meaning or tile.caption))
            item.setData(Qt.ItemDataRole.AccessibleTextRole, tile.meaning or tile.caption)
            self.addItem(item)

    def add_images(self, images: Mapping[str, QImage]) -> None:
        """Thumbnails arrived, by SHA-256."""
        self._images.update(images)
        for row, tile in enumerate(self._tiles):
            if any(digest in images for digest in tile.digests):
                self.item(row).setIcon(self._picture(tile))

    @property
    def wanted(self) -> tuple[str, ...]:
        """Thumbnails that are shown and were not loaded yet."""
        shown = dict.fromkeys(digest for tile in self._tiles for digest in tile.digests)
        return tuple(digest for digest in shown if digest not in self._images)

    @property
    def chosen(self) -> tuple[PictureTile, ...]:
        """The tiles that are chosen, in order."""
        rows = sorted(self.row(item) for item in self.selectedItems())
        return tuple(self._tiles[row] for row in rows)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave room for the scroll bar only where it is needed."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        grid = self.gridSize()
        scrolls = grid.width() * len(self._tiles) > self.width() - 2 * self.frameWidth()
        bar = self.horizontalScrollBar().sizeHint().height() if scrolls else 0
        self.setFixedHeight(grid.height() + 2 * self.frameWidth() + bar + 4)

    def _picture(self, tile: PictureTile) -> QIcon:
        count = len(tile.digests)
        ratio = self.devicePixelRatioF()
        width = _SIDE_PX * count + _GAP_PX * (count - 1)
        pixmap = QPixmap(round(width * ratio), round(_SIDE_PX * ratio))
        pixmap.setDevicePixelRatio(ratio)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        for place, digest in enumerate(tile.digests):
            self._paint(painter, QRect(place * (_SIDE_PX + _GAP_PX), 0, _SIDE_PX, _SIDE_PX), self._images.get(digest))
        painter.end()
        return QIcon(pixmap)

    def _paint(self, painter: QPainter, place: QRect, image: QImage | None) -> None:
        chosen = colours(self.palette())
        painter.fillRect(place, QColor(chosen.window))
        if image is None or image.isNull():
            sign = icon_pixmap("picture", chosen.muted, 32, self.devicePixelRatioF())
            painter.drawPixmap(place.center().x() - 16, place.center().y() - 16, sign)
            return
        size = image.size().scaled(place.size(), Qt.AspectRatioMode.KeepAspectRatio)
        at = QRect(place.topLeft(), size)
        at.moveCenter(place.center())
        painter.drawImage(at, image)
