from PySide6.QtGui import Qt, QTextDocument

from app.widgets.plain_text import tooltip, visible_lines


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
