"""The right end of the status bar: which detector is in use, and what it computes on."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QToolButton, QWidget

from app.wording import visible


class StatusWords(QWidget):
    """Shows the detector and the device, and lets the device be chosen.

    Args:
        devices: (value, caption) pairs to choose from.

    Signals:
        device_wished: the value of the device that was chosen.
        detector_wished: the detector was clicked.
    """

    device_wished = Signal(str)
    detector_wished = Signal()

    def __init__(self, devices: Sequence[tuple[str, str]], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._captions = dict(devices)
        self._detector, self._device, self._lock = QToolButton(), QToolButton(), QLabel()
        self._group = QActionGroup(self)
        self._build(devices)

    def set_case(self, *, read_only: bool) -> None:
        """Say that nothing can be changed, where that is so."""
        self._lock.setText(self.tr("read-only") if read_only else "")
        self._lock.setVisible(read_only)

    def set_equipment(self, detector: str, device: str, wished: str) -> None:
        """Show the detector in use, the device it runs on ("" while unknown) and the one that was chosen."""
        self._detector.setText(self.tr("Detector: {}").format(visible(detector, longest=60) or self.tr("none")))
        shown = visible(device, longest=60) or self._captions.get(wished, wished)
        self._device.setText(self.tr("Computes on: {}").format(shown))
        for action in self._group.actions():
            action.setChecked(action.data() == wished)

    def _build(self, devices: Sequence[tuple[str, str]]) -> None:
        menu = QMenu(self._device)
        for value, caption in devices:
            action = QAction(caption, self)
            action.setCheckable(True)
            action.setData(value)
            self._group.addAction(action)
            menu.addAction(action)
        self._group.triggered.connect(lambda action: self.device_wished.emit(action.data()))
        self._device.setMenu(menu)
        self._device.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._device.setToolTip(self.tr("What the detector computes on; click to choose"))
        self._detector.setToolTip(self.tr("The detector in use; click for its card"))
        self._detector.clicked.connect(self.detector_wished)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        for part in (self._lock, self._detector, self._device):
            layout.addWidget(part)
        for button in (self._detector, self._device):
            button.setAutoRaise(True)
        self._lock.hide()
        self.set_equipment("", "", "auto")
