"""The bar over the panes: from exhibit to exhibit, how panes are arranged, and how large things are shown."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QWidget

from app import theme
from app.actions import BY_ID, keys_text, plain
from app.widgets.arrangement import Arrangement
from app.widgets.plain_text import tooltip

# (action id, caption; empty for the icon alone) from left to right.
_LEFT = (
    ("examine.previous", ""),
    ("examine.next", ""),
    ("examine.next_unreviewed", "Next unreviewed"),
)
_MIDDLE = tuple((f"examine.{arrangement}", "") for arrangement in Arrangement)
_RIGHT = (("examine.fit", "Fit"), ("examine.full_size", "100 %"), ("examine.double_size", "200 %"))


class ViewBar(QWidget):
    """Buttons that ask for actions, the exhibit's place, and the zoom."""

    wished = Signal(str)  # action id

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.place, self.zoom = QLabel(), QLabel()
        self.buttons: dict[str, QToolButton] = {}
        layout = QHBoxLayout(self)
        layout.setContentsMargins(10, 5, 10, 5)
        layout.setSpacing(2)
        for action_id, caption in _LEFT:
            layout.addWidget(self._button(action_id, caption))
        layout.addSpacing(6)
        layout.addWidget(self.place, 1)
        for action_id, caption in _MIDDLE:
            button = self._button(action_id, caption)
            button.setCheckable(True)
            layout.addWidget(button)
        layout.addStretch(1)
        for action_id, caption in _RIGHT:
            layout.addWidget(self._button(action_id, caption))
        layout.addWidget(self.zoom)
        self.zoom.setMinimumWidth(self.fontMetrics().horizontalAdvance(_zoom_text(32)))
        self.zoom.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.zoom.setAccessibleName("Zoom")
        self.place.setAccessibleName("Place among the exhibits")
        self.set_arrangement(Arrangement.ONE)
        self._tint()

    def set_exhibit(self, place: str) -> None:
        """Say where the exhibit stands among the others."""
        self.place.setText(place)

    def set_zoom(self, zoom: float) -> None:
        """Show the zoom as screen pixels per image pixel."""
        self.zoom.setText(_zoom_text(zoom))

    def set_ends(self, *, first: bool, last: bool) -> None:
        """Grey what leads nowhere."""
        self.buttons["examine.previous"].setEnabled(not first)
        self.buttons["examine.next"].setEnabled(not last)

    def set_arrangement(self, arrangement: Arrangement) -> None:
        """Mark how the panes are arranged."""
        for one in Arrangement:
            self.buttons[f"examine.{one}"].setChecked(one is arrangement)

    def changeEvent(self, event: QEvent) -> None:
        """Follow light and dark."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "buttons"):
            self._tint()

    def _button(self, action_id: str, caption: str) -> QToolButton:
        row, button = BY_ID[action_id], QToolButton()
        button.setText(caption)
        button.setAutoRaise(True)
        button.setIconSize(QSize(18, 18))
        beside, alone = Qt.ToolButtonStyle.ToolButtonTextBesideIcon, Qt.ToolButtonStyle.ToolButtonIconOnly
        button.setToolButtonStyle(beside if caption else alone)
        keys = keys_text(row)
        button.setToolTip(tooltip(f"{row.tip or plain(row.text)} ({keys})" if keys else row.tip or plain(row.text)))
        button.setAccessibleName(plain(row.text))
        button.clicked.connect(lambda: self.wished.emit(action_id))
        self.buttons[action_id] = button
        return button

    def _tint(self) -> None:
        for action_id, button in self.buttons.items():
            button.setIcon(theme.icon(BY_ID[action_id].icon, self.palette()))


def _zoom_text(zoom: float) -> str:
    return f"Zoom {zoom * 100:.0f} %" if zoom >= 0.1 else f"Zoom {zoom * 100:.1f} %"
