"""Everything the keyboard can do, on one sheet."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QPalette
from PySide6.QtWidgets import QDialog, QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.actions import ACTIONS, MENUS, Action, keys_text, plain
from app.widgets.heading import heading

_COLUMNS = (("case", "edit", "help"), ("view", "triage"), ("examine",))


class ShortcutSheet(QDialog):
    """Shows the shortcuts by menu; any key closes it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Keyboard shortcuts"))
        titles = dict(MENUS)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(24, 20, 24, 24)
        layout.setSpacing(40)
        layout.setSizeConstraint(QHBoxLayout.SizeConstraint.SetFixedSize)
        for menus in _COLUMNS:
            column = QVBoxLayout()
            column.setSpacing(4)
            for menu in menus:
                column.addWidget(heading(plain(titles[menu]), scale=1.15))
                column.addLayout(_rows([row for row in _shown_rows() if row.menu == menu]))
                column.addSpacing(12)
            column.addStretch()
            layout.addLayout(column)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Close on any key but those that only change what others mean."""
        if event.key() not in (Qt.Key.Key_Shift, Qt.Key.Key_Control, Qt.Key.Key_Alt, Qt.Key.Key_Meta):
            self.accept()


def _shown_rows() -> list[Action]:
    """Actions with keys; the ten tags are one line."""
    tags = Action("triage.tag", "Give or take a tag", ("1 … 9, 0",))
    rows = [row for row in ACTIONS if row.keys and not row.id.startswith("triage.tag_")]
    return [*rows, tags]


def _rows(rows: list[Action]) -> QGridLayout:
    grid = QGridLayout()
    grid.setHorizontalSpacing(24)
    grid.setVerticalSpacing(4)
    grid.setColumnStretch(0, 1)
    for place, row in enumerate(rows):
        keys = QLabel(row.keys[0] if row.id == "triage.tag" else keys_text(row))
        keys.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        grid.addWidget(QLabel(plain(row.text)), place, 0)
        grid.addWidget(keys, place, 1)
    return grid
