"""The images beside the new ones: of what the detector knows, and for a test of one's own."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from app.widgets.file_field import FileField
from app.widgets.folder_list import FolderList
from app.widgets.retraining_words import known_data_reason, test_data_reason
from core.retraining import Draft


class OtherImages(QWidget):
    """Two questions, each with a sentence why.

    Signals:
        known_changed: folders with images of known architectures.
        test_changed: the folder of test images, None for none.
    """

    known_changed = Signal(object)
    test_changed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.known = FolderList("Images of the architectures that the detector knows")
        self.test = FileField("Test images of your own")
        self._why, self._why_test = QLabel(), QLabel()
        self._build()

    def show_draft(self, draft: Draft, *, rehearses: bool) -> None:
        """Show the folders of a draft."""
        self.known.set_folders(draft.known_data)
        self.test.setText(str(draft.test_data) if draft.test_data is not None else "")
        self._why.setText(known_data_reason(draft.goal, rehearses=rehearses))
        self._why_test.setText(test_data_reason(draft.goal, rehearses=rehearses))

    def _build(self) -> None:
        captions = [QLabel("Images of the architectures that it &knows"), QLabel("Test images of your o&wn")]
        captions[0].setBuddy(self.known.add)
        captions[1].setBuddy(self.test.line)
        self.test.line.setPlaceholderText("none")
        self.test.line.setClearButtonEnabled(True)
        for label in (self._why, self._why_test):
            label.setWordWrap(True)
            label.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(3)
        above: tuple[QWidget, ...] = (captions[0], self._why, self.known)
        below: tuple[QWidget, ...] = (captions[1], self._why_test, self.test)
        for part in above:
            column.addWidget(part)
        column.addSpacing(8)
        for part in below:
            column.addWidget(part)
        self.known.changed.connect(self.known_changed)
        self.test.chosen.connect(lambda text: self.test_changed.emit(Path(text) if text else None))
