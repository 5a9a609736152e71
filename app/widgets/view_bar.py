"""The bar over the canvas: from exhibit to exhibit, which one it is, and how large it is shown."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QToolButton, QWidget

from app import theme
from app.actions import BY_ID, keys_text, plain
from app.widgets.plain_text import tooltip
from app.wording import visible

# (action id, caption; empty for the icon alone) from left to right around the name of the exhibit.
_LEFT = (
    ("examine.previous", ""),
    ("examine.next", ""),
    ("examine.next_unreviewed", "Next unreviewed"),
)
_RIGHT = (("examine.fit", "Fit"), ("examine.full_size", "100 %"), ("examine.double_size", "200 %"))


class ViewBar(QWidget):
    """Buttons that ask for actions, the exhibit's name and place, and the zoom."""

    wished = Signal(str)  # action id

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.name = _Elided()
        self.place = QLabel()
        self.zoom = QLabel()
        self.buttons: dict[str, QToolButton] = {}
        layout = QHBoxLayout(self)
        layout.setContentsMargins(10, 6, 10, 6)
        for action_id, caption in _LEFT:
            layout.addWidget(self._button(action_id, caption))
        layout.addWidget(self.name, 1)
        layout.addWidget(self.place)
        layout.addSpacing(8)
        for action_id, caption in _RIGHT:
            layout.addWidget(self._button(action_id, caption))
        layout.addWidget(self.zoom)
        self.zoom.setMinimumWidth(self.fontMetrics().horizontalAdvance(_zoom_text(32)))
        self.zoom.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.zoom.setAccessibleName("Zoom")
        self._tint()

    def set_exhibit(self, name: str, place: str) -> None:
        """Say which exhibit is shown, and where it stands among the others."""
        self.name.set_text(visible(name))
        self.place.setText(place)

    def set_zoom(self, zoom: float) -> None:
        """Show the zoom as screen pixels per image pixel."""
        self.zoom.setText(_zoom_text(zoom))

    def set_ends(self, *, first: bool, last: bool) -> None:
        """Grey what leads nowhere."""
        self.buttons["examine.previous"].setEnabled(not first)
        self.buttons["examine.next"].setEnabled(not last)

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


class _Elided(QLabel):
    """A name in one line; what does not fit is cut in the middle and told by the tooltip."""

    def __init__(self) -> None:
        super().__init__()
        self._whole = ""
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setAccessibleName("Name of the exhibit")
        font = self.font()
        font.setBold(True)
        self.setFont(font)

    def set_text(self, text: str) -> None:
        self._whole = text
        self.setToolTip(tooltip(text))
        self._cut()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._cut()

    def _cut(self) -> None:
        cut = self.fontMetrics().elidedText(self._whole, Qt.TextElideMode.ElideMiddle, max(0, self.width() - 8))
        self.setText(cut)
