from PySide6.QtGui import QKeySequence, Qt, QTextDocument
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel

from app.widgets.plain_text import PlainLabel, tooltip, visible_lines


def test_lines_stay_and_hidden_characters_get_their_number():
    assert visible_lines("a\r\nb\tc\u202e\0") == "a\nb    c⟨U+202E⟩⟨U+0000⟩"


def test_long_text_says_how_much_is_missing():
    assert visible_lines("x" * 20, longest=5) == "xxxxx … (15 more characters)"


def test_a_tooltip_shows_markup_literally():
    shown = tooltip("<b>bold</b> & <img src='http://example.invalid/x.png'>\nsecond")
    assert Qt.mightBeRichText(shown)
    document = QTextDocument()
    document.setHtml(shown)
    assert document.toPlainText() == "<b>bold</b> & <img src='http://example.invalid/x.png'>\nsecond"
    assert tooltip("") == ""


def test_a_long_word_breaks_in_a_label_and_is_read_and_copied_whole(qtbot):
    path = "/media/evidence/" + "x" * 300 + ".jpg"
    label = PlainLabel("State")
    qtbot.addWidget(label)
    label.setText(f"The file {path} is gone.")
    assert label.text() == f"The file {path} is gone."
    assert label.minimumSizeHint().width() < 200
    label.show()
    label.setFocus()
    label.setSelection(0, len(QLabel.text(label)))
    QTest.keySequence(label, QKeySequence.StandardKey.Copy)
    assert QApplication.clipboard().text() == f"The file {path} is gone."
