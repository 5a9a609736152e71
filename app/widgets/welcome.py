"""What the program shows before a case is open: how to begin, and the cases of before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QAction, QPalette
from PySide6.QtWidgets import QCommandLinkButton, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from app.theme import icon
from app.widgets.drop_area import DropArea
from app.wording import visible

_MOST = 8


class Welcome(QWidget):
    """Invites a drop and lists recent cases.

    Signals:
        case_chosen: the path of a recent case.
    """

    case_chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._drop = DropArea(
            self.tr("Which generator made this image?"),
            self.tr("Drop images, folders or ZIP archives here, or begin with a case. Originals are never changed."),
        )
        self._recent, self._list = QWidget(), QVBoxLayout()
        self._build()
        self.set_recent(())

    def set_actions(self, actions: Mapping[str, QAction]) -> None:
        """The actions that stand on buttons here."""
        self._drop.set_actions([actions["case.new"], actions["case.open"]])

    def set_recent(self, paths: Sequence[Path]) -> None:
        """List cases that were open before, newest first."""
        while (item := self._list.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.deleteLater()
        for path in paths[:_MOST]:
            self._list.addWidget(self._button(path))
        self._recent.setVisible(bool(paths))

    def changeEvent(self, event: QEvent) -> None:
        """Follow light and dark."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            for button in self.findChildren(QCommandLinkButton):
                button.setIcon(icon("case", self.palette()))

    def _button(self, path: Path) -> QCommandLinkButton:
        button = QCommandLinkButton(visible(path.stem).replace("&", "&&"), visible(str(path.parent)))
        button.setIcon(icon("case", self.palette()))
        button.setToolTip("")
        button.clicked.connect(lambda: self.case_chosen.emit(path))
        return button

    def _build(self) -> None:
        title = QLabel(self.tr("Recent cases"))
        title.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        title.setContentsMargins(10, 0, 0, 0)
        column = QVBoxLayout(self._recent)
        column.setContentsMargins(0, 24, 24, 24)
        column.addWidget(title)
        column.addLayout(self._list)
        column.addStretch()
        self._recent.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
        self._recent.setFixedWidth(self.fontMetrics().averageCharWidth() * 52)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._drop, 1)
        layout.addWidget(self._recent, 0, Qt.AlignmentFlag.AlignTop)
