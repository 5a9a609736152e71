from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from app.dialogs.about import About
from app.dialogs.shortcut_sheet import ShortcutSheet
from core.paths import settings_file


def texts(dialog):
    return [label.text() for label in dialog.findChildren(QLabel)]


def test_the_sheet_lists_what_the_keyboard_can_do(qtbot):
    sheet = ShortcutSheet()
    qtbot.addWidget(sheet)
    shown = texts(sheet)
    for words in ("Quick look", "Space", "Next unreviewed", "Give or take a tag", "1 … 9, 0", "Ctrl+Z"):
        assert words in shown
    sheet.show()
    qtbot.keyClick(sheet, Qt.Key.Key_Shift)
    assert sheet.isVisible()
    qtbot.keyClick(sheet, Qt.Key.Key_X)
    assert not sheet.isVisible()


def test_about_says_where_things_are_kept(qtbot):
    dialog = About()
    qtbot.addWidget(dialog)
    assert any(str(settings_file()) in text for text in texts(dialog))
