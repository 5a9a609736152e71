"""Painting of the map: clouds of reference classes, marks of exhibits, outlines of groups, legend and hover card."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPen, QPixmap, QPolygonF

from app.theme import DARK, Colours
from app.widgets.embedding_plane import GRID, Density, Plane, Points
from app.widgets.tile_delegate import paint_badge
from app.wording import verdict_text
from core.domain import Verdict

# From the bottom to the top of the picture: what needs the analyst lies over what is settled.
ORDER: tuple[Verdict | None, ...] = (
    *(None, Verdict.OUT_OF_SCOPE, Verdict.ATTRIBUTED, Verdict.INCONCLUSIVE, Verdict.UNKNOWN),
)
_MARK_PX = 13
_HALO_PX = 18
_NEAR_PLACES = 7  # a name further away than three of its heights is no longer told to belong to its cloud
# (light, dark); apart in lightness too, so that they differ for every kind of colour vision. The shape always differs.
_FILLS: dict[Verdict | None, tuple[str, str]] = {
    Verdict.ATTRIBUTED: ("#1f5fbf", "#6aa5f5"),
    Verdict.UNKNOWN: ("#c2258f", "#ff86d6"),
    Verdict.INCONCLUSIVE: ("#d99a00", "#f5c451"),
    Verdict.OUT_OF_SCOPE: ("#5b6470", "#a8b1be"),
    None: ("#8a93a0", "#7d8794"),
}
_CORNERS = {Verdict.INCONCLUSIVE: (3, -90.0), Verdict.UNKNOWN: (4, -90.0), Verdict.OUT_OF_SCOPE: (4, -45.0)}
# Tints of clouds, in turn, far apart in hue; a cloud is told by the name on it, the tint only parts neighbours.
_TINTS = (
    (
        ("#2f62c4", "#1e8a3a", "#d4ad00", "#c8324b", "#17a2b0", "#8a5a33", "#8a44c4", "#ee7722", "#e68abf", "#8fa82e"),
        0.5,
    ),
    (
        ("#5f93f0", "#48b566", "#e6d04a", "#ee5f72", "#3fc6d6", "#b5885c", "#ab7cea", "#f58a3c", "#f5aad2", "#bad45c"),
        0.55,
    ),
)
_EDGES = (0.25, 0.6)  # a cloud gets denser at these parts of its peak, so that it has an outline
_CARD_IMAGE_PX, _CARD_TEXT_PX, _PAD = 112, 220, 8


@dataclass(frozen=True, slots=True)
class Card:
    """What is known of the exhibit under the pointer.

    Attributes:
        name: made harmless already.
        detail: one line more, may be empty.
        image: its thumbnail, None while it is on its way or missing.
    """

    exhibit_id: int
    verdict: Verdict | None
    name: str = ""
    detail: str = ""
    image: QImage | None = None


def fill_of(verdict: Verdict | None, chosen: Colours) -> QColor:
    """The colour of a verdict's mark."""
    return QColor(_FILLS[verdict][chosen is DARK])


def clouds(classes: Sequence[Density], chosen: Colours) -> QImage:
    """All classes as one picture of the square in which they were counted."""
    tints, strength = _TINTS[chosen is DARK]
    out = np.zeros((GRID, GRID, 4), np.float32)  # premultiplied B, G, R, A
    for place, known in enumerate(classes):
        tint = QColor(tints[place % len(tints)])
        colour = np.array([tint.blueF(), tint.greenF(), tint.redF(), 1.0], np.float32)
        alpha = (strength * _steps(known.values))[..., None]
        out = out * (1 - alpha) + colour * alpha
    pixels = np.ascontiguousarray((out * 255).round().astype(np.uint8))
    image = QImage(pixels.tobytes(), GRID, GRID, 4 * GRID, QImage.Format.Format_ARGB32_Premultiplied)
    return image.copy()  # the bytes above are gone after this line


def paint_clouds(painter: QPainter, image: QImage, plane: Plane, bounds: tuple[float, float, float]) -> None:
    """The clouds, where they belong on the plane."""
    left, top, side = bounds
    (x, y), width = plane.to_screen(np.array([[left, top]]))[0], side * plane.scale
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    painter.drawImage(QRectF(x, y, width, width), image)


def paint_names(
    painter: QPainter, plane: Plane, names: Mapping[str, Density], chosen: Colours, marks: Points | None = None
) -> list[QRectF]:
    """The name of every class on top of its cloud, or as near as there is room; answers where they stand.

    Names keep clear of the exhibits' `marks` (n, 2), in pixels, where a place without one is near.
    """
    metrics = painter.fontMetrics()
    taken: list[QRectF] = []
    area = QRectF(0, 0, *plane.size)
    for name, known in names.items():
        (x, y), (_, top) = plane.to_screen(np.array([known.centre, (known.centre[0], known.top)])).tolist()
        if not area.contains(QPointF(x, y)):
            continue
        shown = metrics.elidedText(name, Qt.TextElideMode.ElideRight, 190)
        box = QRectF(0, 0, metrics.horizontalAdvance(shown) + 10, metrics.height() + 2)
        place = _place_of_name(box, QPointF(x, top - box.height() / 2), taken, area, marks)
        if place is None:
            continue
        taken.append(place)
        ground = QColor(chosen.base)
        ground.setAlpha(205)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ground)
        painter.drawRoundedRect(place, 4, 4)
        painter.setPen(QColor(chosen.text))
        painter.drawText(place, Qt.AlignmentFlag.AlignCenter, shown)
    return taken


def paint_marks(
    painter: QPainter,
    places: Points,
    verdicts: Sequence[Verdict | None],
    chosen_rows: NDArray[np.bool_],
    chosen: Colours,
) -> None:
    """One mark for each exhibit that is in sight; those selected have a ring and lie on top."""
    size = painter.device().width(), painter.device().height()
    ratio = painter.device().devicePixelRatio()
    seen = ((places > -_MARK_PX) & (places < np.array(size) / ratio + _MARK_PX)).all(axis=1)
    kinds = np.array([ORDER.index(verdict) for verdict in verdicts], np.int8)
    for selected in (False, True):
        for kind, verdict in enumerate(ORDER):
            drawn = mark(verdict, chosen is DARK, ratio, selected=selected)
            half = drawn.width() / ratio / 2
            rows = np.flatnonzero(seen & (kinds == kind) & (chosen_rows == selected))
            corners = (places[rows] - half).round().astype(int)  # whole pixels: sharper, and nothing to collect later
            for x, y in zip(corners[:, 0].tolist(), corners[:, 1].tolist(), strict=True):
                painter.drawPixmap(x, y, drawn)


@lru_cache(maxsize=64)
def mark(verdict: Verdict | None, dark: bool, ratio: float, *, selected: bool = False) -> QPixmap:
    """The mark of a verdict as a picture; `selected` puts a ring around it."""
    from app.theme import LIGHT

    chosen = DARK if dark else LIGHT
    side = _HALO_PX if selected else _MARK_PX
    drawn = QPixmap(math.ceil(side * ratio), math.ceil(side * ratio))
    drawn.setDevicePixelRatio(ratio)
    drawn.fill(Qt.GlobalColor.transparent)
    painter = QPainter(drawn)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    middle = QPointF(side / 2, side / 2)
    if selected:
        painter.setPen(QPen(QColor(chosen.text), 2))
        painter.setBrush(QColor(chosen.base))
        painter.drawEllipse(middle, side / 2 - 1, side / 2 - 1)
    painter.setPen(QPen(QColor(chosen.base), 1))
    painter.setBrush(QColor(_FILLS[verdict][dark]))
    painter.drawPath(_shape(verdict, middle))
    painter.end()
    return drawn


def paint_current(painter: QPainter, at: QPointF, chosen: Colours) -> None:
    """A ring with four ticks around the current exhibit."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for colour, width in ((chosen.base, 5.0), (chosen.text, 2.0)):
        painter.setPen(QPen(QColor(colour), width))
        painter.drawEllipse(at, 13, 13)
        for way in (QPointF(1, 0), QPointF(-1, 0), QPointF(0, 1), QPointF(0, -1)):
            painter.drawLine(at + way * 13, at + way * 19)


def paint_outline(painter: QPainter, outline: Points, chosen: Colours) -> QRectF:
    """A dashed line around the members of a proposed group; answers what it covers."""
    path = QPainterPath()
    path.addPolygon(QPolygonF([QPointF(x, y) for x, y in outline.tolist()]))
    path.closeSubpath()
    colour = fill_of(Verdict.UNKNOWN, chosen)
    wash = QColor(colour)
    wash.setAlpha(26)
    painter.setPen(QPen(colour, 1.6, Qt.PenStyle.DashLine))
    painter.setBrush(wash)
    painter.drawPath(path)
    return path.boundingRect()


def paint_chip(
    painter: QPainter, text: str, covered: QRectF, taken: Sequence[QRectF], area: QRectF, chosen: Colours
) -> QRectF:
    """A small button at an outline, clear of what is written already; answers where it is."""
    metrics = painter.fontMetrics()
    box = QRectF(0, 0, metrics.horizontalAdvance(text) + 20, metrics.height() + 8)
    above = QPointF(covered.center().x(), covered.top() - box.height() / 2 - 3)
    chip = free_place(box, above, taken, area) or box.translated(above - box.center())
    writing, ground = chosen.verdicts[Verdict.UNKNOWN]
    painter.setPen(QPen(QColor(writing), 1))
    if not chip.intersects(covered) and abs(chip.center().y() - above.y()) > 1:  # a line says what it belongs to
        painter.drawLine(chip.center(), QPointF(covered.center().x(), covered.top()))
    painter.setBrush(QColor(ground))
    painter.drawRoundedRect(chip, chip.height() / 2, chip.height() / 2)
    painter.setPen(QColor(writing))
    painter.drawText(chip, Qt.AlignmentFlag.AlignCenter, text)
    return chip


def paint_legend(painter: QPainter, area: QRectF, counts: Mapping[Verdict | None, int], chosen: Colours) -> None:
    """Which mark means what, in the lower left corner."""
    rows = [
        (verdict, f"{verdict_text(verdict)}  {counts[verdict]:,}") for verdict in reversed(ORDER) if counts.get(verdict)
    ]
    if not rows:
        return
    metrics = painter.fontMetrics()
    height = metrics.height() + 4
    width = max(metrics.horizontalAdvance(text) for _, text in rows) + 40
    box = QRectF(area.left() + 10, area.bottom() - 10 - height * len(rows) - 10, width, height * len(rows) + 10)
    _paint_box(painter, box, chosen)
    for place, (verdict, text) in enumerate(rows):
        row = QRectF(box.left() + 10, box.top() + 5 + place * height, width - 14, height)
        drawn = mark(verdict, chosen is DARK, painter.device().devicePixelRatio())
        painter.drawPixmap(QPointF(row.left(), row.center().y() - _MARK_PX / 2), drawn)
        painter.setPen(QColor(chosen.text))
        painter.drawText(row.adjusted(20, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, text)


def paint_card(painter: QPainter, card: Card, at: QPointF, area: QRectF, chosen: Colours) -> None:
    """Thumbnail, name and verdict of the exhibit under the pointer, beside it."""
    metrics = painter.fontMetrics()
    line = metrics.height() + 3
    has_image = card.image is not None and not card.image.isNull()
    texts = [text for text in (card.name, card.detail) if text]
    image_side = _CARD_IMAGE_PX if has_image else 0
    height = image_side + (_PAD // 2 if has_image else 0) + line * (len(texts) + 1) + 2 * _PAD
    box = QRectF(0, 0, _CARD_TEXT_PX + 2 * _PAD, height)
    box.moveTopLeft(at + QPointF(16, 12))
    if box.right() > area.right() - 4:
        box.moveRight(at.x() - 16)
    if box.bottom() > area.bottom() - 4:
        box.moveBottom(max(at.y() - 12, area.top() + height + 4))
    _paint_box(painter, box, chosen)
    inner = box.adjusted(_PAD, _PAD, -_PAD, -_PAD)
    if card.image is not None and has_image:
        size = card.image.size().scaled(_CARD_TEXT_PX, image_side, Qt.AspectRatioMode.KeepAspectRatio)
        painter.drawImage(QRectF(inner.left(), inner.top(), size.width(), size.height()), card.image)
        inner.setTop(inner.top() + image_side + _PAD // 2)
    for place, text in enumerate(texts):
        row = QRectF(inner.left(), inner.top() + place * line, inner.width(), line)
        painter.setPen(QColor(chosen.text if place == 0 else chosen.muted))
        shown = metrics.elidedText(text, Qt.TextElideMode.ElideMiddle, int(row.width()))
        painter.drawText(row, Qt.AlignmentFlag.AlignVCenter, shown)
    badge = QRect(round(inner.left()), round(inner.top() + len(texts) * line), round(inner.width()), line)
    paint_badge(painter, badge, card.verdict, chosen)


def paint_lasso(painter: QPainter, corners: Sequence[QPointF], chosen: Colours) -> None:
    """The lasso as far as it is drawn."""
    wash = QColor(chosen.accent)
    wash.setAlpha(36)
    painter.setBrush(wash)
    painter.setPen(QPen(QColor(chosen.accent), 1.5, Qt.PenStyle.DashLine))
    painter.drawPolygon(QPolygonF(list(corners)))


def _paint_box(painter: QPainter, box: QRectF, chosen: Colours) -> None:
    ground = QColor(chosen.raised)
    ground.setAlpha(235)
    painter.setPen(QPen(QColor(chosen.border), 1))
    painter.setBrush(ground)
    painter.drawRoundedRect(box, 6, 6)


def _place_of_name(
    box: QRectF, at: QPointF, taken: Sequence[QRectF], area: QRectF, marks: Points | None
) -> QRectF | None:
    """A free place that covers no mark; where everything near is covered, the first free one."""
    places = free_places(box, at, taken, area)
    first = next(places, None)
    if first is None or marks is None or not len(marks):
        return first
    near = (first, *places)
    return min(near[:_NEAR_PLACES], key=lambda place: _covered(place, marks))


def _covered(place: QRectF, marks: Points) -> int:
    half = _MARK_PX / 2
    low, high = np.array([place.left(), place.top()]) - half, np.array([place.right(), place.bottom()]) + half
    return int(((marks > low) & (marks < high)).all(axis=1).sum())


def free_place(box: QRectF, at: QPointF, taken: Iterable[QRectF], area: QRectF) -> QRectF | None:
    """The first of `free_places`, None when there is none."""
    return next(free_places(box, at, taken, area), None)


def free_places(box: QRectF, at: QPointF, taken: Iterable[QRectF], area: QRectF) -> Iterator[QRectF]:
    """Where a box fits without lying on another one: around a spot, or up to eight of its heights above or below."""
    others = tuple(taken)
    for step in range(17):
        place = QRectF(box)
        place.moveCenter(at + QPointF(0, (-1) ** step * (step + 1) // 2 * (box.height() + 1)))
        place.moveLeft(min(max(place.left(), 2), max(2.0, area.right() - box.width() - 2)))
        if not any(place.intersects(other) for other in others) and area.contains(place):
            yield place


def _shape(verdict: Verdict | None, middle: QPointF) -> QPainterPath:
    path, radius = QPainterPath(), _MARK_PX / 2 - 1
    if verdict not in _CORNERS:
        inner = radius - (0.6 if verdict is Verdict.ATTRIBUTED else 1.5)
        path.addEllipse(middle, inner, inner)
        return path
    count, turn = _CORNERS[verdict]
    angles = [math.radians(turn + 360 * corner / count) for corner in range(count)]
    path.addPolygon(
        QPolygonF([middle + QPointF(radius * math.cos(angle), radius * math.sin(angle)) for angle in angles])
    )
    path.closeSubpath()
    return path


def _steps(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Density as strength: faint haze, then two steps."""
    low, high = _EDGES
    strength = 0.35 * values + 0.3 * _ramp(values, low) + 0.35 * _ramp(values, high)
    return np.asarray(strength, np.float32)


def _ramp(values: NDArray[np.float32], edge: float) -> NDArray[np.float32]:
    return np.asarray(((values - edge) / 0.14 + 0.5).clip(0, 1), np.float32)
