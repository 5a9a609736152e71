"""Ten buttons for the ten tags; each shows whether all, some or none of the selected exhibits have it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QToolButton, QWidget

from app.theme import icon
from app.wording import visible

_ORDER = (1, 2, 3, 4, 5, 6, 7, 8, 9, 0)


class TagBar(QWidget):
    """Gives and takes tags.

    Signals:
        tag_wished: the digit of the tag that was pressed.
    """

    tag_wished = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        self._signs: dict[int, str] = {}
        super().__init__(parent)
        self._buttons = {tag: QToolButton() for tag in _ORDER}
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        for place, (tag, button) in enumerate(self._buttons.items()):
            button.setCheckable(True)
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
            button.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
            button.clicked.connect(lambda _on=False, tag=tag: self.tag_wished.emit(tag))
            layout.addWidget(button, place % 5, place // 5)

    def set_names(self, names: Sequence[str]) -> None:
        """Show the names of the tags 0–9."""
        for tag, button in self._buttons.items():
            name = visible(names[tag], longest=40)
            button.setText(f"{tag}  {name}".replace("&", "&&"))
            button.setToolTip(self.tr("{} (press {})").format(name, tag))
            button.setAccessibleName(self.tr("Tag {}: {}").format(tag, name))

    def set_tags(self, everywhere: frozenset[int], somewhere: frozenset[int]) -> None:
        """Show which tags all selected exhibits have, and which only some of them have."""
        for tag, button in self._buttons.items():
            self._signs[tag] = "check" if tag in everywhere else "some" if tag in somewhere else "none"
            button.setChecked(tag in everywhere)
        self._tint()

    def changeEvent(self, event: QEvent) -> None:
        """Follow light and dark."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._tint()

    def _tint(self) -> None:
        for tag, sign in self._signs.items():
            self._buttons[tag].setIcon(icon(sign, self.palette()))
