"""Sections of a side panel: a button for each, all of them in sight, and the chosen one below."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QAbstractScrollArea,
    QButtonGroup,
    QSizePolicy,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)
from superqt import QFlowLayout

from app.widgets.scrolling import scrolling


class Sections(QWidget):
    """Like a tab widget whose tabs wrap: nine captions do not fit in one line of a side panel.

    A section that needs more height than there is scrolls; none makes the window higher.

    Signals:
        chosen: another section (its widget) is shown.
    """

    chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._group = QButtonGroup(self)
        self._stack = QStackedWidget()
        self._sections: list[QWidget] = []
        self._bar = QWidget()
        self._buttons = QFlowLayout(self._bar)
        self._arrange()
        self._group.idClicked.connect(self._choose)

    @property
    def current(self) -> QWidget | None:
        """The section that is shown."""
        number = self._stack.currentIndex()
        return self._sections[number] if number >= 0 else None

    def captions(self) -> tuple[str, ...]:
        """The captions, in order."""
        return tuple(button.text() for button in self._group.buttons())

    def add(self, widget: QWidget, caption: str, meaning: str = "") -> None:
        """Put one more section behind those that are there; the first one is shown."""
        button = QToolButton()
        button.setText(caption)
        button.setToolTip(meaning)
        button.setCheckable(True)
        button.setAutoRaise(True)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setAccessibleName(f"Section: {caption}")
        self._sections.append(widget)
        number = self._stack.addWidget(_scrolling(widget))
        self._group.addButton(button, number)
        self._buttons.addWidget(button)
        if number == 0:
            button.setChecked(True)

    def show_section(self, widget: QWidget) -> None:
        """Show a section."""
        number = self._sections.index(widget)
        self._group.button(number).setChecked(True)
        self._choose(number)

    def allow(self, widget: QWidget, allowed: bool) -> None:
        """Offer a section, or show that there is nothing to be seen in it now."""
        self._group.button(self._sections.index(widget)).setEnabled(allowed)

    def allowed(self, widget: QWidget) -> bool:
        """Whether a section is offered."""
        return self._group.button(self._sections.index(widget)).isEnabled()

    def _choose(self, number: int) -> None:
        if number != self._stack.currentIndex():
            self._stack.setCurrentIndex(number)
            self.chosen.emit(self.current)

    def _arrange(self) -> None:
        self._buttons.setContentsMargins(6, 4, 6, 4)
        self._buttons.setHorizontalSpacing(2)
        self._buttons.setVerticalSpacing(2)
        self._bar.setAccessibleName("Sections")
        self._bar.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._bar)
        layout.addWidget(self._stack, 1)


def _scrolling(widget: QWidget) -> QWidget:
    """The widget in a scroll area, unless it scrolls by itself."""
    if isinstance(widget, QAbstractScrollArea):
        return widget
    area = scrolling(widget)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    return area
