"""A few folders: add one, take one out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.widgets.plain_text import tooltip
from app.wording import visible


class FolderList(QWidget):
    """Shows folders.

    Args:
        caption: what the folders are; also the title of the question.

    Signals:
        changed: the folders as they are now.
    """

    changed = Signal(object)

    def __init__(self, caption: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._caption = caption
        self.none = QLabel("none chosen")
        self.list, self.add, self.remove = QListWidget(), QPushButton("Choose…"), QPushButton("Take out")
        self._folders: tuple[Path, ...] = ()
        self._build()

    @property
    def folders(self) -> tuple[Path, ...]:
        """The folders."""
        return self._folders

    def set_folders(self, folders: Sequence[Path]) -> None:
        """Show other folders."""
        if tuple(folders) == self._folders and folders:
            return
        self._folders = tuple(folders)
        self.list.clear()
        for folder in folders:
            item = QListWidgetItem(visible(str(folder)))
            item.setToolTip(tooltip(str(folder)))
            self.list.addItem(item)
        self.list.setCurrentRow(len(self._folders) - 1)
        self.remove.setEnabled(bool(folders))
        self.list.setVisible(bool(folders))
        self.none.setVisible(not folders)
        self.list.setFixedHeight((self.fontMetrics().lineSpacing() + 6) * max(1, min(2, len(self._folders))) + 6)

    def add_folder(self, folder: Path) -> None:
        """Add a folder as if it had been chosen."""
        if folder not in self._folders:
            self._replace((*self._folders, folder))

    def _replace(self, folders: tuple[Path, ...]) -> None:
        self.set_folders(folders)
        self.changed.emit(folders)

    def _remove(self) -> None:
        row = self.list.currentRow()
        if 0 <= row < len(self._folders):
            self._replace(self._folders[:row] + self._folders[row + 1 :])

    def _ask(self) -> None:
        start = str(self._folders[-1]) if self._folders else ""
        name = QFileDialog.getExistingDirectory(self, self._caption, start)
        if name:
            self.add_folder(Path(name))

    def _build(self) -> None:
        self.none.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self.list.setAccessibleName(self._caption)
        self.list.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setTabKeyNavigation(False)
        for button, says in ((self.add, "Choose"), (self.remove, "Take out")):
            button.setAutoDefault(False)
            button.setAccessibleName(f"{says}: {self._caption}")
        self.add.clicked.connect(self._ask)
        self.remove.clicked.connect(self._remove)
        row = QHBoxLayout()
        row.addWidget(self.list, 1)
        row.addWidget(self.none, 1)
        row.addWidget(self.add, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self.remove, 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(row)
        self.setFocusProxy(self.add)
        self.set_folders(())
