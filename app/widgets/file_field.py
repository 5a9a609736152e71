"""The path of a file, typed or chosen."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLineEdit, QPushButton, QWidget


class FileField(QWidget):
    """A line for a path and a button that asks for one.

    Args:
        caption: what the file is; also the title of the question.
        kinds: which files are offered, as Qt writes it ("Pictures (*.png *.jpg)"); "" asks for a folder.
        saving: whether the file is to be made.

    Signals:
        chosen: another path stands there now, "" for none; said when the line is left or a file was chosen.
    """

    chosen = Signal(str)

    def __init__(self, caption: str, kinds: str = "", *, saving: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._caption, self._kinds, self._saving = caption, kinds, saving
        self.setAccessibleName(caption)
        self._said = ""
        self.line, self.button = QLineEdit(), QPushButton(self.tr("Choose…"))
        self.line.setAcceptDrops(False)
        self.line.setAccessibleName(caption)
        self.line.editingFinished.connect(self._say)
        self.button.setAutoDefault(False)
        self.button.setAccessibleName(self.tr("Choose: {}").format(caption))
        self.button.setToolTip(self.tr("Choose it in a window of the system."))
        self.button.clicked.connect(self._ask)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.line, 1)
        layout.addWidget(self.button)
        self.setFocusProxy(self.line)

    def text(self) -> str:
        """The path as it stands there."""
        return self.line.text().strip()

    def setText(self, path: str) -> None:
        """Show a path."""
        self._said = path
        self.line.setText(path)

    def choose(self, path: str) -> None:
        """Take a path as if it had been chosen."""
        if path:
            self.line.setText(path)
            self._say()

    def _say(self) -> None:
        if self.text() != self._said:
            self._said = self.text()
            self.chosen.emit(self._said)

    def _ask(self) -> None:
        start = str(Path(self.text()).parent) if self.text() else ""
        if not self._kinds:
            self.choose(QFileDialog.getExistingDirectory(self, self._caption, self.text()))
        elif self._saving:
            self.choose(QFileDialog.getSaveFileName(self, self._caption, self.text() or start, self._kinds)[0])
        else:
            self.choose(QFileDialog.getOpenFileName(self, self._caption, start, self._kinds)[0])
