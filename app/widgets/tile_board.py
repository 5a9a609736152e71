"""Sharp pieces of a picture that is too large to be held as a whole: which are missing, and where they belong."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass

from PySide6.QtCore import QRect, QRectF
from PySide6.QtGui import QImage

TILE_PX = 512
KEPT_BYTES = 192 << 20  # of one picture
_MOST_PIXELS = 16_000_000  # asked for at once: twice what a 4K screen shows

Key = tuple[int, int, int]  # halvings, column, row
Tiles = dict[Key, QImage]


@dataclass(frozen=True, slots=True)
class Detail:
    """A region that is to be read.

    Attributes:
        box: (left, top, width, height) in stored pixels of the upright image.
        halvings: how often the region is halved after decoding: 0 gives the stored pixels.
    """

    box: tuple[int, int, int, int]
    halvings: int


class TileBoard:
    """Tiles of one picture, the least recently drawn ones forgotten first.

    A tile has `TILE_PX` × `TILE_PX` pixels and stands for that many pixels times 2**halvings each way.
    """

    def __init__(self) -> None:
        self._tiles: OrderedDict[Key, QImage] = OrderedDict()

    @property
    def size_bytes(self) -> int:
        """Memory held."""
        return sum(tile.sizeInBytes() for tile in self._tiles.values())

    def clear(self) -> None:
        """Forget everything."""
        self._tiles.clear()

    def missing(self, seen: QRectF, size: tuple[int, int], zoom: float) -> Detail | None:
        """What must be read to show `seen` sharply, with a margin for the next movement; None when all is there.

        Args:
            seen: the part in view, upright stored pixels.
            size: width and height of the upright image.
            zoom: screen pixels per stored pixel.
        """
        halvings = _halvings(zoom)
        side = TILE_PX << halvings
        absent = [key for key in _keys(seen, size, side, halvings) if key not in self._tiles]
        if not absent:
            return None
        # The whole file is decoded whatever is read of it, so as much as may be held at once is taken along.
        grow = math.sqrt(max(1.0, (_MOST_PIXELS << (2 * halvings)) / (seen.width() * seen.height())))
        across, down = seen.width() * (grow - 1) / 2, seen.height() * (grow - 1) / 2
        wide = seen.adjusted(-across, -down, across, down)
        wanted = [key for key in _keys(wide, size, side, halvings) if key not in self._tiles]
        left, top = min(key[1] for key in wanted) * side, min(key[2] for key in wanted) * side
        right = min(size[0], (max(key[1] for key in wanted) + 1) * side)
        bottom = min(size[1], (max(key[2] for key in wanted) + 1) * side)
        return Detail((left, top, right - left, bottom - top), halvings)

    def put(self, tiles: Tiles) -> None:
        """Keep the tiles of a region that was read."""
        for key, tile in tiles.items():
            self._tiles[key] = tile
            self._tiles.move_to_end(key)
        while len(self._tiles) > 1 and self.size_bytes > KEPT_BYTES:
            self._tiles.popitem(last=False)

    def covering(self, seen: QRectF, zoom: float) -> Iterator[tuple[QRectF, QImage]]:
        """The tiles at hand that lie in view and their places in stored pixels, coarse ones first."""
        finest = _halvings(zoom)
        for key in sorted((key for key in self._tiles if key[0] >= finest), reverse=True):
            halvings, column, row = key
            side = TILE_PX << halvings
            tile = self._tiles[key]
            place = QRectF(column * side, row * side, tile.width() << halvings, tile.height() << halvings)
            if place.intersects(seen):
                self._tiles.move_to_end(key)
                yield place, tile

    def pixel(self, x: int, y: int) -> int | None:
        """The stored pixel at (x, y) as 0xffRRGGBB, if its tile is at hand."""
        tile = self._tiles.get((0, x // TILE_PX, y // TILE_PX))
        inside = tile is not None and x % TILE_PX < tile.width() and y % TILE_PX < tile.height()
        return tile.pixel(x % TILE_PX, y % TILE_PX) if tile is not None and inside else None


def cut(detail: Detail, image: QImage) -> Tiles:
    """Cut a region that was read into tiles; its box begins at a tile's corner, as `missing` gives it; for a worker."""
    side = TILE_PX << detail.halvings
    first_column, first_row = detail.box[0] // side, detail.box[1] // side
    tiles = {}
    for row in range(math.ceil(image.height() / TILE_PX)):
        for column in range(math.ceil(image.width() / TILE_PX)):
            piece = QRect(column * TILE_PX, row * TILE_PX, TILE_PX, TILE_PX).intersected(image.rect())
            tiles[detail.halvings, first_column + column, first_row + row] = image.copy(piece)
    return tiles


def _halvings(zoom: float) -> int:
    """How often pixels can be halved and still fill every screen pixel."""
    return max(0, math.floor(math.log2(1 / zoom))) if 0 < zoom < 1 else 0


def _keys(seen: QRectF, size: tuple[int, int], side: int, halvings: int) -> list[Key]:
    last_column, last_row = (size[0] - 1) // side, (size[1] - 1) // side
    columns = range(max(0, int(seen.left() // side)), min(last_column, int(seen.right() // side)) + 1)
    rows = range(max(0, int(seen.top() // side)), min(last_row, int(seen.bottom() // side)) + 1)
    return [(halvings, column, row) for row in rows for column in columns]
