"""The consistency grid in full: the agreement, sixteen tiles to choose from, one tile, and the masked check."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QImage, QPixmap
from PySide6.QtWidgets import QLabel, QWidget

from app.widgets import consistency_words as words
from app.widgets.explained_view import ExplainedView
from app.widgets.text_sheet import Paragraph, TextSheet
from app.widgets.tile_buttons import TileButtons
from app.widgets.verdict_header import plain_label
from core.examine import Consistency

_PICTURE_PX = 192


class ConsistencyView(ExplainedView):
    """Shows the consistency of one answer, or offers to examine it.

    Signals:
        tile_picked: a tile (row by row from 0) whose picture is wanted; `set_tile_picture` answers.
    """

    tile_picked = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(("Examine the tiles", "Examine again"), words.BUTTON, words.NOTHING, parent)
        self._consistency: Consistency | None = None
        self._titles: words.Titles = {}
        self.tile: int | None = None
        self.agreement, self.buttons = plain_label("Agreement of the tiles"), TileButtons()
        self.picture = QLabel()
        self.about_tile, self.masked = TextSheet(whole=True), TextSheet(whole=True)
        self.setAccessibleName("Consistency of the tiles")
        self.picture.setAccessibleName("The pixels of the tile")
        self.about_tile.setAccessibleName("What the detector reads off the tile")
        self.masked.setAccessibleName("The verdict without some tiles")
        for part in (self.agreement, self.buttons, self.picture, self.about_tile, self.masked):
            self.room.addWidget(part)
        self.buttons.picked.connect(self.show_tile)
        self.set_consistency(None, {})

    def set_consistency(self, consistency: Consistency | None, titles: words.Titles) -> None:
        """Show another answer's tiles, none of them chosen; None: they were not examined."""
        self._consistency, self._titles = consistency, titles
        self.tile = None
        self.set_tile_picture(None)
        self.about_tile.set_blocks((Paragraph(words.NO_TILE, quiet=True),))
        if consistency is not None:
            self._fill(consistency)
        self.set_answered(consistency is not None)

    def show_tile(self, index: int) -> None:
        """Choose a tile and ask for its pixels; a number that is none is passed over."""
        shown = self._consistency
        if shown is None or not 0 <= index < len(shown.tiles):
            return
        self.tile = index
        self.buttons.choose(index)
        self.set_tile_picture(None)
        self.about_tile.set_blocks(words.tile_blocks(index, shown, self._titles))
        self.tile_picked.emit(index)

    def set_tile_picture(self, image: QImage | None) -> None:
        """Show the pixels of the chosen tile, enlarged in whole steps without smoothing, or nothing."""
        if image is None or image.isNull():
            self.picture.clear()
            self.picture.hide()
            return
        self.picture.setPixmap(_sized(image))
        self.picture.show()

    def _fill(self, consistency: Consistency) -> None:
        titles, whole = self._titles, consistency.architecture
        self.agreement.setText(words.agreement(consistency))
        self.buttons.set_tiles(
            [
                (
                    tile.scores[0][1] if tile.scores else 0.0,
                    words.tile_caption(number, tile, whole, titles),
                    bool(tile.scores) and tile.scores[0][0] == whole,
                )
                for number, tile in enumerate(consistency.tiles)
            ]
        )
        self.masked.set_blocks(words.masked_blocks(consistency, titles))


def _sized(image: QImage) -> QPixmap:
    """A picture of about `_PICTURE_PX`: small ones in whole steps, pixel for pixel; large ones made smaller."""
    longest = max(image.width(), image.height())
    factor = _PICTURE_PX // longest
    if factor >= 1:
        fast = Qt.TransformationMode.FastTransformation
        size = image.size() * factor
        return QPixmap.fromImage(image.scaled(size, Qt.AspectRatioMode.KeepAspectRatio, fast))
    smooth, keep = Qt.TransformationMode.SmoothTransformation, Qt.AspectRatioMode.KeepAspectRatio
    return QPixmap.fromImage(image.scaled(_PICTURE_PX, _PICTURE_PX, keep, smooth))
