"""One tile of the triage grid: thumbnail, verdict, architecture, score, agreement and the analyst's marks."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QImage, QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from app.theme import Colours, colours, icon_pixmap
from app.wording import agreement_text, hidden_text, named_class, score_text, verdict_text, visible
from core.domain import ExhibitLine, Verdict

_Index = QModelIndex | QPersistentModelIndex
_GAP = 6
_MARGIN = 5
_ICONS = {
    Verdict.ATTRIBUTED: "verdict-attributed",
    Verdict.UNKNOWN: "verdict-unknown",
    Verdict.INCONCLUSIVE: "verdict-inconclusive",
    Verdict.OUT_OF_SCOPE: "verdict-out-of-scope",
    None: "verdict-waiting",
}


def verdict_icon(verdict: Verdict | None) -> str:
    """The sign of a verdict; its shape differs too, so that colour is never alone."""
    return _ICONS[verdict]


def line_icon(line: ExhibitLine) -> str:
    """The sign of what is said of an exhibit: its verdict, or that it is hidden."""
    return "hidden" if line.hidden else verdict_icon(line.verdict)


class TileDelegate(QStyledItemDelegate):
    """Paints an exhibit's line and thumbnail.

    Attributes:
        side: edge of the thumbnail in device-independent pixels.
        line_role, thumbnail_role: where the row keeps its `ExhibitLine` and its `QImage`.
        titles: names of classes to what the analyst reads.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.side = 160
        self.line_role = self.thumbnail_role = int(Qt.ItemDataRole.UserRole)
        self.titles: Mapping[str, str] = {}
        self._metrics = QFontMetrics(QFont())

    def smallest(self) -> QSize:
        """Width and height a tile needs."""
        width = self.side + 2 * (_MARGIN + _GAP)
        return QSize(width, self.side + 2 * _MARGIN + 3 * _GAP + 3 * self._row_height())

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:  # noqa: ARG002 - Qt's signature
        """Every tile is as large as the others."""
        return self.smallest()

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        """Draw one tile; what has not been fetched yet is drawn as an empty frame."""
        chosen = colours(option.palette)
        card = option.rect.adjusted(_MARGIN, _MARGIN, -_MARGIN, -_MARGIN)
        line = index.data(self.line_role)
        painter.save()
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        _paint_card(painter, card, option, chosen)
        if isinstance(line, ExhibitLine):
            picture = QRect(card.left() + _GAP, card.top() + _GAP, card.width() - 2 * _GAP, self.side)
            _paint_picture(painter, picture, index.data(self.thumbnail_role), chosen)
            self._paint_marks(painter, picture, line, chosen)
            self._paint_text(painter, picture, line, chosen)
        painter.restore()

    def _row_height(self) -> int:
        return self._metrics.height() + 4

    def _paint_text(self, painter: QPainter, picture: QRect, line: ExhibitLine, chosen: Colours) -> None:
        height = self._row_height()
        row = QRect(picture.left(), picture.bottom() + 1 + _GAP // 2, picture.width(), height)
        paint_badge(painter, row, line.verdict, chosen, hidden=line.hidden)
        row.translate(0, height)
        self._paint_row(
            painter,
            row,
            self._said(line),
            score_text(line.score) if line.score is not None else "",
            chosen.text,
        )
        row.translate(0, height)
        agreement = agreement_text(line.agreement) if line.agreement is not None else ""
        self._paint_row(painter, row, visible(line.name, longest=200), agreement, chosen.muted)

    def _said(self, line: ExhibitLine) -> str:
        if line.hidden:
            return self.tr("until you write your view")
        return named_class(line, self.titles)

    def _paint_row(self, painter: QPainter, row: QRect, left: str, right: str, colour: str) -> None:
        painter.setPen(QColor(colour))
        align = Qt.AlignmentFlag.AlignVCenter
        taken = self._metrics.horizontalAdvance(right) + _GAP if right else 0
        shown = self._metrics.elidedText(left, Qt.TextElideMode.ElideMiddle, row.width() - taken)
        painter.drawText(row, Qt.AlignmentFlag.AlignLeft | align, shown)
        painter.drawText(row, Qt.AlignmentFlag.AlignRight | align, right)

    def _paint_marks(self, painter: QPainter, picture: QRect, line: ExhibitLine, chosen: Colours) -> None:
        edge = self._metrics.height() + 2
        spot = QRect(picture.left() + 3, picture.top() + 3, edge, edge)
        for tag in line.tags:
            _paint_chip(painter, spot, chosen)
            painter.setPen(QColor(chosen.on_accent))
            painter.drawText(spot, Qt.AlignmentFlag.AlignCenter, str(tag))
            spot.translate(edge + 2, 0)
        spot.moveRight(picture.right() - 3)
        ratio = painter.device().devicePixelRatio()
        for name in ["check"] * line.reviewed + ["note"] * line.has_note:
            _paint_chip(painter, spot, chosen)
            drawn = icon_pixmap(name, chosen.on_accent, edge - 6, ratio)
            painter.drawPixmap(QPointF(spot.left() + 3, spot.top() + 3), drawn)
            spot.translate(-edge - 2, 0)


def paint_badge(
    painter: QPainter, row: QRect, verdict: Verdict | None, chosen: Colours, *, hidden: bool = False
) -> None:
    """A verdict as sign and word on its colour, at the left of `row`; or that it is hidden."""
    writing, ground = chosen.verdicts[verdict]
    text, metrics = hidden_text() if hidden else verdict_text(verdict), painter.fontMetrics()
    side = metrics.ascent()
    pill = QRectF(
        row.left(), row.top() + 1, min(row.width(), metrics.horizontalAdvance(text) + side + 17), row.height() - 2
    )
    edge = QColor(writing)
    edge.setAlpha(90)
    painter.setPen(edge)
    painter.setBrush(QColor(ground))
    painter.drawRoundedRect(pill, pill.height() / 2, pill.height() / 2)
    drawn = icon_pixmap("hidden" if hidden else _ICONS[verdict], writing, side, painter.device().devicePixelRatio())
    painter.drawPixmap(QPointF(pill.left() + 6, pill.center().y() - side / 2), drawn)
    painter.setPen(QColor(writing))
    room = pill.adjusted(side + 10, 0, -6, 0)
    shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, int(room.width()) + 1)
    painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)


def _paint_card(painter: QPainter, card: QRect, option: QStyleOptionViewItem, chosen: Colours) -> None:
    selected = bool(option.state & QStyle.StateFlag.State_Selected)
    focused = bool(option.state & QStyle.StateFlag.State_HasFocus)
    hovered = bool(option.state & QStyle.StateFlag.State_MouseOver)
    edge = chosen.accent if selected or hovered else chosen.border
    painter.setBrush(QColor(chosen.chosen if selected else chosen.raised))
    painter.setPen(QPen(QColor(edge), 2 if selected else 1))
    painter.drawRoundedRect(QRectF(card), 7, 7)
    if focused:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(chosen.focus), 1.5, Qt.PenStyle.DotLine))
        painter.drawRoundedRect(QRectF(card).adjusted(-3, -3, 3, 3), 9, 9)


def _paint_picture(painter: QPainter, place: QRect, image: object, chosen: Colours) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    if isinstance(image, QImage) and not image.isNull():
        size = image.size().scaled(place.size(), Qt.AspectRatioMode.KeepAspectRatio)
        spot = QRect(place.topLeft(), size)
        spot.moveCenter(place.center())
        painter.drawImage(spot, image)
        return
    painter.setBrush(QColor(chosen.window))
    painter.drawRoundedRect(QRectF(place), 4, 4)
    if isinstance(image, QImage):  # it is known that there is no thumbnail
        drawn = icon_pixmap("picture", chosen.muted, 32, painter.device().devicePixelRatio())
        painter.drawPixmap(QPointF(place.center()) - QPointF(16, 16), drawn)


def _paint_chip(painter: QPainter, spot: QRect, chosen: Colours) -> None:
    painter.setPen(QPen(QColor(chosen.on_accent), 1))
    painter.setBrush(QColor(chosen.accent))
    painter.drawRoundedRect(QRectF(spot), 4, 4)
