"""Where a stored pixel lies on the screen: the eight EXIF orientations as transforms."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtGui import QTransform

# (xx, yx, xy, yy) of x' = xx·x + xy·y, y' = yx·x + yy·y; moved back to the positive quadrant below (Exif tag 0x0112).
_TURNS: dict[int, tuple[int, int, int, int]] = {
    1: (1, 0, 0, 1),
    2: (-1, 0, 0, 1),
    3: (-1, 0, 0, -1),
    4: (1, 0, 0, -1),
    5: (0, 1, 1, 0),
    6: (0, 1, -1, 0),
    7: (0, -1, -1, 0),
    8: (0, -1, 1, 0),
}


def to_display(orientation: int, stored: QSize) -> QTransform:
    """The transform from stored pixels to the upright image at the same scale.

    Args:
        orientation: EXIF orientation; anything but 1–8 counts as 1, as decoders do.
        stored: width and height of the stored image in pixels.
    """
    xx, yx, xy, yy = _TURNS.get(orientation, _TURNS[1])
    left = min(0, xx * stored.width()) + min(0, xy * stored.height())
    top = min(0, yx * stored.width()) + min(0, yy * stored.height())
    return QTransform(xx, yx, xy, yy, -left, -top)


def display_size(orientation: int, stored: QSize) -> QSize:
    """Width and height of the upright image in stored pixels."""
    return stored.transposed() if orientation in (5, 6, 7, 8) else stored
