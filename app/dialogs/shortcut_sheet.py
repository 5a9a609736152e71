"""Everything the keyboard can do, on one sheet."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QPalette
from PySide6.QtWidgets import QDialog, QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.actions import ACTIONS, GESTURES, MENUS, keys_text, plain, translated
from app.widgets.heading import heading

_COLUMNS = (("case", "edit", "help"), ("view", "triage"), ("examine",))
Line = tuple[str, str]  # what it does, and the keys
_TALLEST = 22  # rows; a longer menu goes on in a column of its own


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
            lines = [(menu, _lines(menu)) for menu in menus]
            tall = len(lines) == 1 and len(lines[0][1]) > _TALLEST
            if not tall:
                layout.addLayout(_column([(plain(titles[menu]), some) for menu, some in lines]))
                continue
            menu, some = lines[0]
            middle = (len(some) + 1) // 2
            layout.addLayout(_column([(plain(titles[menu]), some[:middle])]))
            layout.addLayout(_column([("", some[middle:])]))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Close on any key but those that only change what others mean."""
        if event.key() not in (Qt.Key.Key_Shift, Qt.Key.Key_Control, Qt.Key.Key_Alt, Qt.Key.Key_Meta):
            self.accept()


def _lines(menu: str) -> list[Line]:
    """What a menu's keys do, and the keys; the ten tags are one line."""
    rows = [row for row in ACTIONS if row.menu == menu and row.keys and not row.id.startswith("triage.tag_")]
    lines = [(plain(row.text), keys_text(row)) for row in rows]
    lines += [(translated(text), translated(keys)) for room, text, keys in GESTURES if room == menu]
    return [*lines, (translated("Give or take a tag"), "1 … 9, 0")] if menu == "triage" else lines


def _column(groups: list[tuple[str, list[Line]]]) -> QVBoxLayout:
    column = QVBoxLayout()
    column.setSpacing(4)
    for title, lines in groups:
        column.addWidget(heading(title, scale=1.15))
        column.addLayout(_rows(lines))
        column.addSpacing(12)
    column.addStretch()
    return column


def _rows(lines: list[Line]) -> QGridLayout:
    grid = QGridLayout()
    grid.setHorizontalSpacing(24)
    grid.setVerticalSpacing(4)
    grid.setColumnStretch(0, 1)
    for place, (what, written) in enumerate(lines):
        keys = QLabel(written)
        keys.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        grid.addWidget(QLabel(what), place, 0)
        grid.addWidget(keys, place, 1)
    return grid
