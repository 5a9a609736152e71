"""Wrong answers: what is said where there is nothing to show."""

import pytest

from app.widgets.wrong_examples import WrongExamples


@pytest.mark.parametrize(
    ("more", "words"),
    [(0, "got no test image wrong"), (1, "got 1 test image wrong"), (12, "got 12 test images wrong")],
)
def test_no_mistakes_and_mistakes_without_files_are_not_the_same(qtbot, more, words):
    shown = WrongExamples()
    qtbot.addWidget(shown)
    shown.set_rows((), {})
    shown.set_more(more)
    assert words in shown.nothing.text()
    assert ("no picture" in shown.nothing.text()) == (more > 0)
