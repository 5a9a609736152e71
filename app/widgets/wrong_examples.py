"""Test images that the new detector gets wrong: a list, and the chosen one large with what drew the detector there."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QImage, QPixmap, QResizeEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QSizePolicy,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from app.widgets.card_fields import Card, number, text
from app.widgets.measurement_words import Titles
from app.widgets.plain_text import PlainLabel, tooltip
from app.wording import class_title, counted, score_text, visible
from core.domain import Verdict

_NONE = "The new detector got no test image wrong."
_NO_FILES = "The new detector got {} wrong. They are known by their features alone, so there is no picture of any."
_LEGEND = (
    "Warm colours lie over the regions that spoke for the answer (Grad-CAM). "
    "A heat map says where the detector looked, not whether it is right."
)
_WIDEST_LIST_PX = 360
_SMALLEST_PICTURE_PX = 180


def mistake_words(row: Card, titles: Titles) -> tuple[str, str]:
    """A wrong answer in two lines: what the image is, and what it was called."""
    truth, said = class_title(text(row, "truth"), titles), text(row, "said")
    verdict, score = text(row, "verdict"), number(row, "score")
    called = f"called {class_title(said, titles)}" if said else verdict or "–"
    if said and score is not None:
        called += f", score {score_text(score)}"
    if said and verdict and verdict != Verdict.ATTRIBUTED.value:
        called += f" ({verdict})"
    return f"Is {truth}", called


class WrongExamples(QWidget):
    """Shows one mistake after the other.

    Signals:
        picture_wished: the row whose pictures are to be read; `set_pictures` brings them.
    """

    picture_wished = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: tuple[Card, ...] = ()
        self._titles: Titles = {}
        self.list, self.nothing = QListWidget(), PlainLabel("No mistakes")
        self.words, self.legend = PlainLabel("The chosen image"), PlainLabel("How to read the pictures")
        self.plain, self.map = _Fitted("The image"), _Fitted("The image with the heat map")
        self._split = QSplitter()
        self._arrange()
        self.list.currentRowChanged.connect(self._show)
        self.set_rows((), {})

    def set_rows(self, rows: Sequence[Card], titles: Titles) -> None:
        """Show other mistakes."""
        self._rows, self._titles = tuple(rows), titles
        with QSignalBlocker(self.list):
            self.list.clear()
            for row in self._rows:
                first, second = mistake_words(row, titles)
                item = QListWidgetItem(f"{first}\n{second}")
                item.setToolTip(tooltip(text(row, "path")))
                item.setSizeHint(QSize(0, self.fontMetrics().lineSpacing() * 2 + 10))
                self.list.addItem(item)
        self.nothing.setVisible(not self._rows)
        self._split.setVisible(bool(self._rows))
        self.list.setCurrentRow(0)
        self.list.setAccessibleDescription(counted(len(self._rows), "image", "images"))

    def set_more(self, count: int) -> None:
        """How many more there are that are not listed."""
        self.nothing.setText(_NO_FILES.format(counted(count, "test image", "test images")) if count > 0 else _NONE)
        more = f"{counted(count, 'more is', 'more are')} not shown here. " if count > 0 and self._rows else ""
        self.legend.setText(more + _LEGEND)

    def row(self, place: int) -> Card:
        """One of the mistakes."""
        return self._rows[place]

    def set_pictures(self, place: int, plain: QImage | None, heat_map: QImage | None) -> None:
        """The pictures of a row; they are ignored when another one was chosen meanwhile."""
        if place == self.list.currentRow():
            self.plain.setVisible(plain is not None or heat_map is None)
            self.plain.set_image(plain, "There is no small picture of this image.")
            self.map.set_image(heat_map, "There is no heat map of this image.")

    def _show(self, place: int) -> None:
        if not 0 <= place < len(self._rows):
            return
        first, second = mistake_words(self._rows[place], self._titles)
        self.words.setText(f"{first} – {second}\n{visible(text(self._rows[place], 'path'))}")
        for part in (self.plain, self.map):
            part.set_image(None, "Reading …")
        self.picture_wished.emit(place)

    def _arrange(self) -> None:
        self.list.setAccessibleName("Images that the new detector gets wrong")
        self.list.setAlternatingRowColors(True)
        self.list.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.nothing.setText(_NONE)
        self.nothing.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.legend.setText(_LEGEND)
        self.legend.setForegroundRole(self.legend.palette().ColorRole.PlaceholderText)
        right, pictures = QWidget(), QHBoxLayout()
        pictures.setSpacing(8)
        for part in (self.plain, self.map):
            pictures.addWidget(part, 1)
        column = QVBoxLayout(right)
        column.setContentsMargins(12, 0, 0, 0)
        column.addWidget(self.words)
        column.addLayout(pictures, 1)
        column.addWidget(self.legend)
        self._split.addWidget(self.list)
        self._split.addWidget(right)
        self._split.setChildrenCollapsible(False)
        self._split.setSizes([_WIDEST_LIST_PX, 800])
        self._split.setStretchFactor(1, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 10, 0, 0)
        layout.addWidget(self.nothing)
        layout.addWidget(self._split, 1)


class _Fitted(QLabel):
    """A picture as large as there is room, or words in its place."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._image: QImage | None = None
        self.setAccessibleName(name)
        self.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignHCenter)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)
        self.setMinimumSize(_SMALLEST_PICTURE_PX, _SMALLEST_PICTURE_PX)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)

    def set_image(self, image: QImage | None, words: str) -> None:
        self._image = image
        if image is None:
            self.setText(words)
        else:
            self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._image is not None:
            self._fit()

    def _fit(self) -> None:
        assert self._image is not None
        ratio = self.devicePixelRatioF()
        room = self.contentsRect().size() * ratio
        mode = Qt.TransformationMode.SmoothTransformation
        fitted = QPixmap.fromImage(self._image.scaled(room, Qt.AspectRatioMode.KeepAspectRatio, mode))
        fitted.setDevicePixelRatio(ratio)
        self.setPixmap(fitted)
