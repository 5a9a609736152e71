"""Rendered pages below one another; those that are not here yet are asked for when they come into sight."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

from PySide6.QtCore import QPoint, QRect, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QImage, QKeyEvent, QPainter, QPaintEvent, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QAbstractScrollArea, QWidget

from app.theme import colours

_MARGIN, _GAP = 14, 12
_A4 = (210.0, 297.0)
_MM_PER_INCH, _SCREEN_PPI = 25.4, 96.0
_PPIS = (50, 65, 80, 100, 130, 170, 220)
_AT_ONCE = 2  # pages asked for together: the first one is seen sooner
_MOST_BYTES = 192 * 1024 * 1024
_SMALLEST, _LARGEST, _STEP = 0.25, 3.0, 1.2


class PageSheets(QAbstractScrollArea):
    """Paints pages on white sheets, greyed lightly while newer ones are on their way.

    Signals:
        wanted: pages that are in sight are missing, old or too coarse; see `missing`.
        moved: another page (from 1) is the one that is read.
        zoomed: another zoom; 1.0 is the size on paper.
    """

    wanted = Signal()
    moved = Signal(int)
    zoomed = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._total = 0
        self._paper = _A4  # width and height in millimetres
        self._images: OrderedDict[int, tuple[QImage, int]] = OrderedDict()  # page -> picture, its ppi
        self._fresh: set[int] = set()
        self._zoom: float | None = None  # None: the width of the window
        self._told = 0
        self._stride = 1  # from the top of one page to the top of the next, as last laid out
        self._ask_soon = QTimer(self, singleShot=True, interval=0)
        self._ask_soon.timeout.connect(self._ask)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(self.tr("Preview of the report"))
        self.verticalScrollBar().valueChanged.connect(self._scrolled)

    @property
    def total(self) -> int:
        """How many pages there are."""
        return self._total

    @property
    def page(self) -> int:
        """The page that is read: the one at the upper third of what is in sight; 0 where there is none."""
        if not self._total:
            return 0
        place = self.verticalScrollBar().value() - _MARGIN + self.viewport().height() // 3
        return min(self._total, max(1, place // (self._sheet().height() + _GAP) + 1))

    @property
    def zoom(self) -> float:
        """Size of a page on the screen; 1.0 is its size on paper."""
        return self._width() / (self._paper[0] / _MM_PER_INCH * _SCREEN_PPI)

    @property
    def fits(self) -> bool:
        """Whether a page is as wide as the window."""
        return self._zoom is None

    @property
    def ppi(self) -> int:
        """Pixels per inch that look sharp at this zoom."""
        wanted = self.zoom * _SCREEN_PPI * self.devicePixelRatioF()
        return next((each for each in _PPIS if each >= wanted * 0.97), _PPIS[-1])

    def missing(self) -> tuple[int, int] | None:
        """The first page in sight that is to be rendered, and how many from it on; None when all are here."""
        if not self._total:
            return 1, _AT_ONCE
        shown = self._in_sight()
        lacking = [page for page in shown if not self._sharp(page)]
        if not lacking:
            return None
        count = next((gap for gap in range(1, _AT_ONCE) if self._sharp(lacking[0] + gap)), _AT_ONCE)
        return lacking[0], min(count, self._total - lacking[0] + 1)

    def set_pages(self, images: Sequence[QImage], first: int, total: int, ppi: int) -> None:
        """Show pages that were rendered.

        Args:
            images: consecutive pages.
            first: number of the first of them, from 1.
            total: pages of the whole report.
            ppi: pixels per inch they were rendered with.
        """
        self._total = total
        for page, image in enumerate(images, start=first):
            self._images[page] = (image, ppi)
            self._images.move_to_end(page)
            self._fresh.add(page)
        if images and first == 1:
            self._paper = (_A4[0], _A4[0] * images[0].height() / max(1, images[0].width()))
        for page in [page for page in self._images if page > total]:
            self._drop(page)
        while sum(image.sizeInBytes() for image, _ppi in self._images.values()) > _MOST_BYTES:
            self._drop(next(iter(self._images)))
        self._lay_out()

    def set_stale(self) -> None:
        """What is shown is old; newer pages are on their way."""
        self._fresh.clear()
        self.viewport().update()

    def clear(self) -> None:
        """Show nothing."""
        self._images.clear()
        self._fresh.clear()
        self._total = 0
        self._lay_out()

    def show_page(self, page: int) -> None:
        """Scroll to a page."""
        top = _MARGIN + (page - 1) * (self._sheet().height() + _GAP)
        self.verticalScrollBar().setValue(max(0, top - _GAP // 2))

    def fit_width(self) -> None:
        """Make pages as wide as the window."""
        self._set_zoom(None)

    def zoom_by(self, steps: int) -> None:
        """Zoom in or out."""
        self._set_zoom(min(_LARGEST, max(_SMALLEST, self.zoom * _STEP**steps)))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the sheets that are in sight."""
        painter, chosen = QPainter(self.viewport()), colours(self.palette())
        painter.fillRect(event.rect(), QColor(chosen.window))
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        for page in self._in_sight():
            sheet = self._sheet(page)
            painter.setPen(QColor(chosen.border))
            painter.setBrush(Qt.GlobalColor.white)
            painter.drawRect(sheet.adjusted(-1, -1, 0, 0))
            held = self._images.get(page)
            if held is None:
                painter.setPen(QColor("#555e6b"))
                painter.drawText(sheet, Qt.AlignmentFlag.AlignCenter, self.tr("Page {} …").format(page))
                continue
            painter.setOpacity(1.0 if page in self._fresh else 0.45)
            painter.drawImage(sheet, held[0])
            painter.setOpacity(1.0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the place while the width changes."""
        super().resizeEvent(event)
        self._lay_out()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom with Ctrl, scroll without."""
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.zoom_by(1 if event.angleDelta().y() > 0 else -1)
            event.accept()
        else:
            super().wheelEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move by keys."""
        bar = self.verticalScrollBar()
        moves = {
            Qt.Key.Key_Home: 0,
            Qt.Key.Key_End: bar.maximum(),
            Qt.Key.Key_PageUp: bar.value() - bar.pageStep(),
            Qt.Key.Key_PageDown: bar.value() + bar.pageStep(),
            Qt.Key.Key_Up: bar.value() - bar.singleStep(),
            Qt.Key.Key_Down: bar.value() + bar.singleStep(),
        }
        if event.key() in moves and event.modifiers() == Qt.KeyboardModifier.NoModifier:
            bar.setValue(moves[Qt.Key(event.key())])
        else:
            super().keyPressEvent(event)

    def _width(self) -> int:
        if self._zoom is None:
            return max(60, self.viewport().width() - 2 * _MARGIN)
        return round(self._paper[0] / _MM_PER_INCH * _SCREEN_PPI * self._zoom)

    def _sheet(self, page: int = 1) -> QRect:
        """Where a page lies in the viewport."""
        width = self._width()
        height = round(width * self._paper[1] / self._paper[0])
        left = max(_MARGIN, (self.viewport().width() - width) // 2) - self.horizontalScrollBar().value()
        top = _MARGIN + (page - 1) * (height + _GAP) - self.verticalScrollBar().value()
        return QRect(QPoint(left, top), QPoint(left + width - 1, top + height - 1))

    def _in_sight(self) -> range:
        if not self._total:
            return range(0)
        step, top = self._sheet().height() + _GAP, self.verticalScrollBar().value() - _MARGIN
        first = max(0, top // step)
        last = max(first, (top + self.viewport().height() - 1) // step)
        return range(first + 1, min(self._total, last + 1) + 1)

    def _sharp(self, page: int) -> bool:
        return page in self._fresh and self._images[page][1] >= self.ppi

    def _drop(self, page: int) -> None:
        self._images.pop(page, None)
        self._fresh.discard(page)

    def _set_zoom(self, zoom: float | None) -> None:
        self._zoom = zoom
        self._lay_out()
        self.zoomed.emit(self.zoom)

    def _lay_out(self) -> None:
        """Set the ranges of the scroll bars, and stay at the same place of the same page."""
        up, across = self.verticalScrollBar(), self.horizontalScrollBar()
        sheet = self._sheet()
        place = max(0, up.value() - _MARGIN) / self._stride if up.value() else 0.0
        self._stride = sheet.height() + _GAP
        high = 2 * _MARGIN + self._total * (sheet.height() + _GAP) - _GAP if self._total else 0
        up.setPageStep(max(1, self.viewport().height()))
        up.setSingleStep(max(20, sheet.height() // 14))
        up.setRange(0, max(0, high - self.viewport().height()))
        if place:
            up.setValue(_MARGIN + round(place * self._stride))
        across.setPageStep(max(1, self.viewport().width()))
        across.setRange(0, max(0, sheet.width() + 2 * _MARGIN - self.viewport().width()))
        self._scrolled()

    def _scrolled(self) -> None:
        self.viewport().update()
        if self.page != self._told:
            self._told = self.page
            self.setAccessibleDescription(self.tr("Page {} of {}").format(self.page, self._total))
            self.moved.emit(self.page)
        self._ask_soon.start()

    def _ask(self) -> None:
        if self._total and self.missing() is not None:
            self.wanted.emit()
