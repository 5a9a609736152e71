"""Which part of a picture is looked at, shared by every canvas that is to stay in step."""

from __future__ import annotations

from PySide6.QtCore import QObject, QPointF, Signal

MIDDLE = QPointF(0.5, 0.5)


class ViewState(QObject):
    """A place and a magnification that mean the same in pictures of every size.

    Attributes:
        centre: what lies in the middle of the view, in fractions of the upright image's width and height.
        magnification: how many times larger the picture is shown than when the whole of it fits into its canvas. Two
            copies of one image in different sizes therefore show the same part of it, although the screen pixels that
            one image pixel gets (the percentage) differ.

    Signals:
        changed: another place or magnification; every canvas that follows moves.
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.centre = QPointF(MIDDLE)
        self.magnification = 1.0

    @property
    def whole(self) -> bool:
        """Whether the whole picture is shown, as large as it fits."""
        return self.magnification == 1.0 and self.centre == MIDDLE

    def look_at(self, centre: QPointF, magnification: float) -> None:
        """Show another part; places outside the picture become its edge."""
        x, y = (min(1.0, max(0.0, part)) for part in (centre.x(), centre.y()))
        if (x, y, magnification) != (self.centre.x(), self.centre.y(), self.magnification):
            self.centre, self.magnification = QPointF(x, y), magnification
            self.changed.emit()

    def fit(self) -> None:
        """Show everything."""
        self.look_at(MIDDLE, 1.0)
