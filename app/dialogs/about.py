"""What the program is, and where it keeps things."""

from __future__ import annotations

import platform

import PySide6
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QVBoxLayout, QWidget

from core.paths import APPLICATION, crash_folder, settings_file


class About(QDialog):
    """A few lines about the program."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("About {}").format(APPLICATION))
        name = QLabel(APPLICATION)
        font = name.font()
        font.setPointSizeF(font.pointSizeF() * 1.4)
        name.setFont(font)
        lines = (
            self.tr("Finds out which generator architecture made an image, shows why, and helps to defend the answer."),
            self.tr("A score says how strongly a detector prefers one of its classes; it is not a probability."),
            self.tr("Works offline: nothing leaves this computer."),
            self.tr("Settings: {}").format(settings_file()),
            self.tr("Reports of faults: {}").format(crash_folder()),
            self.tr("Apache License 2.0 · Python {} · Qt {} (LGPL 3)").format(
                platform.python_version(), PySide6.__version__
            ),
        )
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 20, 24, 16)
        layout.setSpacing(10)
        layout.addWidget(name)
        for line in lines:
            label = QLabel(line)
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            layout.addWidget(label)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        layout.addWidget(buttons)
        self.setMinimumWidth(520)
