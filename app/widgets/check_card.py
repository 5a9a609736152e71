"""One finding of the checks: what, why it matters, the pictures, and the ways out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget
from superqt import QFlowLayout

from app import theme
from app.widgets import check_words as words
from app.widgets.picture_row import PictureRow, PictureTile
from app.widgets.plain_text import PlainLabel, visible_lines
from core.domain import Verdict
from core.retraining import CheckFinding, Draft, Severity, TrainingImage, WayOut

MOST_SHOWN = 60
_SIGNS = {Severity.STOP: ("problem", "problem"), Severity.WARNING: ("problem", ""), Severity.NOTE: ("info", "note")}
_SIGN_PX, _EDGE_PX, _TEXT_AT_PX = 20, 4, 44


class CheckCard(QFrame):
    """Shows a finding; the colour says nothing that symbol and word do not.

    Args:
        finding: what was found.
        images: facts of the images, by SHA-256, for the captions.

    Signals:
        way_taken: the finding, the way out, the images it is for (SHA-256), and the reason where there is one.
        back_wished: the finding whose settlement is to be taken back.
    """

    way_taken = Signal(object, object, object, str)
    back_wished = Signal(object)

    def __init__(
        self, finding: CheckFinding, images: Mapping[str, TrainingImage], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.finding = finding
        self._settled = False
        self.headline, self.sentence = PlainLabel("Finding"), PlainLabel("What was found")
        self.advice, self.state = PlainLabel("What it means"), PlainLabel("How it was settled")
        self.pictures, self.more = PictureRow("Images of this finding"), PlainLabel("Images that are not shown")
        self.ways = {way: QPushButton() for way in finding.ways}
        self.reason, self.go_on, self.back = (
            QLineEdit(),
            QPushButton("Go on with this reason"),
            QPushButton("Take back"),
        )
        self._buttons, self._asking = QWidget(), QWidget()
        self._build(images)
        self._name_ways()

    def show_draft(self, draft: Draft, *, changeable: bool) -> None:
        """Show how a draft settles the finding."""
        said = words.settled(self.finding, draft)
        self._settled = bool(said)
        severity = words.SETTLED if said else words.SEVERITIES[self.finding.severity]
        self.headline.setText(f"{words.TITLES[self.finding.kind]} – {severity}")
        partly = words.treated_text(self.finding, draft)
        self.state.setText(said or partly)
        self.state.setVisible(bool(said or partly))
        self.back.setVisible(bool(said or partly) and changeable)
        self._buttons.setVisible(not said and changeable and bool(self.ways))
        self._asking.setVisible(False)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the ground, the edge and the symbol."""
        chosen = theme.colours(self.palette())
        sign, ink, ground = self._look(chosen)
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(ground))
        painter.fillRect(0, 0, _EDGE_PX, self.height(), QColor(ink))
        painter.drawPixmap(_EDGE_PX + 10, 11, theme.icon_pixmap(sign, ink, _SIGN_PX, self.devicePixelRatioF()))
        painter.end()
        super().paintEvent(event)

    def _look(self, chosen: theme.Colours) -> tuple[str, str, str]:
        if self._settled:
            return "done", chosen.notices["done"][0], chosen.raised
        if self.finding.severity is Severity.STOP:
            return "problem", *chosen.notices["problem"]
        if self.finding.severity is Severity.WARNING:
            return "help", chosen.verdicts[Verdict.INCONCLUSIVE][0], chosen.raised
        return "info", chosen.notices["note"][0], chosen.raised

    def _take(self, way: WayOut) -> None:
        if way is WayOut.GO_ON:
            self._asking.show()
            self.reason.setFocus()
        else:
            self.way_taken.emit(self.finding, way, self._images_for(way), "")

    def _give_reason(self) -> None:
        reason = self.reason.text().strip()
        if reason:
            self.way_taken.emit(self.finding, WayOut.GO_ON, (), reason)

    def _images_for(self, way: WayOut) -> tuple[str, ...]:
        """The images that a way is for: of the chosen pictures, or of all."""
        chosen = [tile.digests for tile in self.pictures.chosen]
        if way is WayOut.MOVE:
            wanted = {one for tile in chosen for one in tile} or set(self.finding.suggested)
            return tuple(one for one in self.finding.images if one in wanted and one in self.finding.suggested)
        if self.finding.pairs:
            pairs = chosen or list(self.finding.pairs)
            return tuple(dict.fromkeys(pair[0] for pair in pairs))
        return tuple(one for tile in chosen for one in tile) or self.finding.images

    def _name_ways(self) -> None:
        for way, button in self.ways.items():
            count = len(self._images_for(way))
            chosen = " chosen" if self.pictures.chosen and way in (WayOut.LEAVE_OUT, WayOut.MOVE) else ""
            text = words.way_text(way, self.finding, count)
            button.setText(text.replace(" image", f"{chosen} image") if chosen else text)
            button.setEnabled(count > 0 or way not in (WayOut.LEAVE_OUT, WayOut.MOVE))
            button.setAccessibleName(f"{button.text()}: {words.TITLES[self.finding.kind]}")

    def _build(self, images: Mapping[str, TrainingImage]) -> None:
        finding = self.finding
        bold = QFont(self.font())
        bold.setWeight(QFont.Weight.DemiBold)
        self.headline.setFont(bold)
        self.sentence.setText(visible_lines(finding.sentence))
        self.advice.setText(visible_lines(finding.advice))
        self.advice.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        tiles = picture_tiles(finding, images)
        rest = (len(finding.pairs) or len(finding.images)) - len(tiles)
        self.pictures.set_tiles(tiles)
        self.pictures.setVisible(bool(tiles))
        self.more.setText(f"{rest:,} more are not shown; the buttons are for all of them unless you choose some.")
        self.more.setVisible(rest > 0)
        self._build_ways()
        column = QVBoxLayout(self)
        column.setContentsMargins(_TEXT_AT_PX, 10, 12, 10)
        column.setSpacing(5)
        for part in (self.headline, self.sentence, self.advice, self.pictures, self.more, self._buttons, self._asking):
            column.addWidget(part)
        row = QHBoxLayout()
        row.addWidget(self.state, 1)
        row.addWidget(self.back)
        column.addLayout(row)

    def _build_ways(self) -> None:
        flow = QFlowLayout(self._buttons)
        flow.setContentsMargins(0, 0, 0, 0)
        for way, button in self.ways.items():
            button.setAutoDefault(False)
            button.clicked.connect(lambda _on, way=way: self._take(way))
            flow.addWidget(button)
        self.reason.setPlaceholderText("Why this does no harm here; the reason is kept on the card")
        self.reason.setAccessibleName("Reason for going on")
        self.reason.setAcceptDrops(False)
        self.go_on.setEnabled(False)
        for button in (self.go_on, self.back):
            button.setAutoDefault(False)
        row = QHBoxLayout(self._asking)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.reason, 1)
        row.addWidget(self.go_on)
        self.reason.textChanged.connect(lambda text: self.go_on.setEnabled(bool(text.strip())))
        self.go_on.clicked.connect(self._give_reason)
        self.back.clicked.connect(lambda _on: self.back_wished.emit(self.finding))
        self.pictures.chosen_changed.connect(self._name_ways)


def picture_tiles(finding: CheckFinding, images: Mapping[str, TrainingImage]) -> tuple[PictureTile, ...]:
    """The pictures of a finding: its pairs side by side, or its images one by one; the worst come first."""
    units: Sequence[tuple[str, ...]] = finding.pairs or tuple((one,) for one in finding.images)
    return tuple(_tile(unit, finding, images) for unit in units[:MOST_SHOWN])


def _tile(unit: tuple[str, ...], finding: CheckFinding, images: Mapping[str, TrainingImage]) -> PictureTile:
    names, labels, lines = [], [], []
    for one in unit:
        image = images.get(one)
        name = image.path.name if image is not None else one.rsplit("/", 1)[-1][:16]
        short = Path(name).stem if finding.pairs else name
        where = f" ({image.label}/{image.source})" if image is not None else ""
        looks = f", looks like {finding.suggested[one]}" if one in finding.suggested else ""
        names.append(short)
        labels.append(image.label if image is not None else name)
        lines.append(f"{name}{where}{looks}")
    caption = " ↔ ".join(labels if len(set(labels)) > 1 else names)
    return PictureTile(
        unit, f"→ {suggested}" if (suggested := _suggested(unit, finding)) else caption, "\n".join(lines)
    )


def _suggested(unit: tuple[str, ...], finding: CheckFinding) -> str:
    """The class that an image of its own looks like; "" for pairs, and where there is none."""
    return finding.suggested.get(unit[0], "") if len(unit) == 1 else ""
