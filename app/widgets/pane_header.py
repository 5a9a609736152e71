"""The small header of a pane: which exhibit, which layer, which detector, how large, and whether it is in step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QActionGroup, QColor, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QSizePolicy, QToolButton, QWidget

from app.theme import colours
from app.widgets.layer_stack import ORDER
from app.widgets.plain_text import tooltip
from app.wording import visible
from core.examine import LayerKind

Choice = tuple[object, str]  # what is chosen, and its caption
Tell = Callable[[Any], None]
_LETTER_PX, _ARROW_PX = 20, 28
_SHORT = {
    LayerKind.GRID: "Grid",
    LayerKind.RESIDUAL: "Residual",
    LayerKind.SPECTRUM: "Spectrum",
}
_DETECTOR_MEANING = "Which detector's answer this pane shows"
_LAYER_MEANING = "What this pane shows; the Layers tab has the fine control"
_IN_STEP = "Show the same part as the other panes again (B)"


class _MenuButton(QToolButton):
    """A flat button with a menu of choices; its caption is cut where there is no room.

    Args:
        name: what is chosen here.
        least: characters that are always shown, None for all of them.
    """

    def __init__(self, name: str, *, least: int | None = 4) -> None:
        super().__init__()
        self._whole, self._least = "", least
        self._menu = QMenu(self)
        self._menu.setToolTipsVisible(True)
        self.setMenu(self._menu)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setAutoRaise(True)
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)

    def set_caption(self, text: str, meaning: str = "") -> None:
        """What stands on it."""
        self._whole = visible(text, longest=200)
        self.setToolTip(tooltip(f"{self._whole}\n{meaning}".strip()))
        self.setAccessibleDescription(self._whole)
        self.updateGeometry()
        self._cut()

    def sizeHint(self) -> QSize:
        """Room for the whole caption and the arrow."""
        return QSize(self.fontMetrics().horizontalAdvance(self._whole) + _ARROW_PX, super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        """Room for the beginning, or for everything where that is short."""
        whole = self.sizeHint()
        if self._least is None:
            return whole
        return QSize(
            min(whole.width(), _ARROW_PX + self.fontMetrics().averageCharWidth() * self._least), whole.height()
        )

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Cut again."""
        super().resizeEvent(event)
        self._cut()

    def changeEvent(self, event: QEvent) -> None:
        """Cut again for another font."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self.updateGeometry()
            self._cut()

    def _cut(self) -> None:
        room = max(0, self.width() - _ARROW_PX + 4)
        self.setText(self.fontMetrics().elidedText(self._whole, Qt.TextElideMode.ElideMiddle, room).replace("&", "&&"))


class PaneHeader(QWidget):
    """Shows what a pane shows, and asks for something else.

    Args:
        letter: "A" to "D".

    Signals:
        pressed: the pane is meant.
        exhibit_wished, layer_wished, detector_wished: something else is to be shown here.
        step_wished: the pane is to show the same part as the others again.
        choices_wished: the menu of exhibits opens and may be filled.
    """

    pressed = Signal()
    exhibit_wished = Signal(int)
    layer_wished = Signal(object)  # LayerKind
    detector_wished = Signal(object)  # digest, or None for the detector of the finding
    step_wished = Signal()
    choices_wished = Signal()

    def __init__(self, letter: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.letter = letter
        self._active, self._alone = False, True
        self.exhibit = _MenuButton(f"Pane {letter}: exhibit")
        self.layer = _MenuButton(f"Pane {letter}: layer", least=None)
        self.detector = _MenuButton(f"Pane {letter}: detector", least=12)
        self.zoom, self.step = QLabel(), QToolButton()
        self._arrange()
        self._fill_layers()
        self.set_layer(LayerKind.ORIGINAL)
        self.set_detectors((), None)
        self.set_active(active=False, alone=True)

    def set_active(self, *, active: bool, alone: bool) -> None:
        """Whether the side panel is about this pane; `alone` there is no other."""
        self._active, self._alone = active, alone
        self.zoom.setVisible(not alone)
        layout = self.layout()
        if layout is not None:
            layout.setContentsMargins(4 if alone else _LETTER_PX + 8, 1, 6, 3)
        self.update()

    def set_exhibit(self, name: str) -> None:
        """Name the exhibit."""
        self.exhibit.set_caption(name or "No exhibit", "Choose another exhibit for this pane")

    def set_exhibits(self, choices: Sequence[Choice], current: int | None) -> None:
        """Offer exhibits; a caption without a choice becomes a heading."""
        self._fill(self.exhibit, choices, current, self.exhibit_wished.emit)

    def set_layer(self, kind: LayerKind) -> None:
        """Name the uppermost layer."""
        self.layer.set_caption(_SHORT.get(kind, kind.value), f"{kind.value}. {_LAYER_MEANING}")
        for action in self.layer.menu().actions():
            action.setChecked(action.data() == kind)

    def set_detectors(self, choices: Sequence[Choice], current: object) -> None:
        """Offer detectors."""
        self._fill(self.detector, choices, current, self.detector_wished.emit)
        caption = next((text for chosen, text in choices if chosen == current), "Detector")
        self.detector.set_caption(caption.removesuffix(" (newest finding)"), f"{caption}. {_DETECTOR_MEANING}")
        self.detector.setEnabled(bool(choices))

    def set_zoom(self, zoom: float) -> None:
        """How many screen pixels a pixel gets."""
        self.zoom.setText(f"{zoom * 100:.0f} %" if zoom >= 0.1 else f"{zoom * 100:.1f} %")

    def set_in_step(self, in_step: bool) -> None:
        """Offer the way back when the pane was moved alone."""
        self.step.setVisible(not in_step)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """The pane is meant."""
        self.pressed.emit()
        event.accept()

    def changeEvent(self, event: QEvent) -> None:
        """Follow light and dark."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        """Draw the letter, filled and underlined in the active pane."""
        painter, chosen = QPainter(self), colours(self.palette())
        painter.fillRect(self.rect(), QColor(chosen.base if self._active and not self._alone else chosen.window))
        if self._alone:
            return
        box = self.rect().adjusted(4, 4, 0, -5)
        box.setWidth(_LETTER_PX)
        painter.setPen(QColor(chosen.accent if self._active else chosen.outline))
        if self._active:
            painter.setBrush(QColor(chosen.accent))
            painter.fillRect(0, self.height() - 2, self.width(), 2, QColor(chosen.accent))
        painter.drawRoundedRect(box, 3, 3)
        font = self.font()
        font.setBold(self._active)
        painter.setFont(font)
        painter.setPen(QColor(chosen.on_accent if self._active else chosen.muted))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, self.letter)

    def _arrange(self) -> None:
        layout = QHBoxLayout(self)
        layout.setSpacing(2)
        for button in (self.exhibit, self.layer, self.detector):
            layout.addWidget(button)
        layout.addStretch(1)
        layout.addWidget(self.step)
        layout.addWidget(self.zoom)
        self.step.setText("In step")
        self.step.setToolTip(_IN_STEP)
        self.step.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.step.clicked.connect(self.step_wished)
        self.step.hide()
        self.zoom.setAccessibleName(f"Pane {self.letter}: zoom")
        self.zoom.setMinimumWidth(self.fontMetrics().horizontalAdvance("3200 %"))
        self.zoom.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.exhibit.menu().aboutToShow.connect(self.choices_wished)
        for button in (self.exhibit, self.layer, self.detector):
            button.pressed.connect(self.pressed)

    def _fill_layers(self) -> None:
        for kind in ORDER:
            action = self.layer.menu().addAction(kind.value)
            action.setData(kind)
            action.setCheckable(True)
            action.triggered.connect(lambda _on=False, kind=kind: self.layer_wished.emit(kind))

    def _fill(self, button: _MenuButton, choices: Sequence[Choice], current: object, tell: Tell) -> None:
        menu = button.menu()
        menu.clear()
        group = QActionGroup(menu)
        for chosen, caption in choices:
            action = menu.addAction(visible(caption, longest=120).replace("&", "&&"))
            action.setCheckable(True)
            action.setChecked(chosen == current)
            action.setActionGroup(group)
            action.triggered.connect(lambda _on=False, chosen=chosen: tell(chosen))
