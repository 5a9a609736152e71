import pytest

from app.widgets.measurements_view import MeasuredSet, MeasurementsView
from tests.app.card_fakes import CARD, FIGURES

TITLES = {"real": "Real photograph", "sd1": "Stable Diffusion 1"}
ON_CARD = tuple(MeasuredSet(test) for test in CARD["measured"])
NEW = MeasuredSet({"set": "desk", **FIGURES}, ("a.png is damaged.",), recorded=False)


@pytest.fixture
def view(qtbot):
    made = MeasurementsView()
    qtbot.addWidget(made)
    made.resize(900, 700)
    made.show()
    made.set_sets(ON_CARD, TITLES)
    return made


def test_without_figures_it_says_what_to_do(view):
    view.set_sets((), {})
    assert view.nothing.isVisible()
    assert "“Measure…”" in view.nothing.text()
    assert not view.choice.isEnabled()
    assert not view.grid.isVisible()


def test_the_first_set_is_shown_and_another_can_be_chosen(view):
    assert view.choice.count() == 2
    assert view.rates.rows()[0].startswith("False accusations: 3 of 60")
    assert view.warning.isHidden()
    view.choice.setCurrentIndex(1)
    assert "real/phone" in view.warning.toPlainText()
    assert view._unrecorded.isHidden()


def test_text_is_as_high_as_it_needs(view, qtbot):
    def fits():
        text = view.details
        assert text.height() >= text.document().size().height()
        assert text.verticalScrollBar().maximum() <= 0

    qtbot.waitUntil(lambda: fits() is None)
    assert view.details.height() > 300


def test_what_is_not_on_the_card_can_be_written_there_under_a_name(view, qtbot):
    view.set_sets((NEW, *ON_CARD), TITLES)
    assert "not on the card" in view.choice.currentText()
    assert "a.png is damaged." in view.details.toPlainText()
    assert view.name.text() == "desk"
    view.name.setText("  ")
    assert not view.record.isEnabled()
    view.name.setText(" my desk ")
    with qtbot.waitSignal(view.record_wished) as asked:
        view.record.click()
    assert asked.args == [0, "my desk"]


def test_what_cannot_be_written_says_why(view):
    view.set_sets((MeasuredSet(FIGURES, problem="It ships with the program.", recorded=False),), TITLES)
    assert view.note.text() == "It ships with the program."
    assert view.record.isHidden()
    assert view.name.isHidden()


def test_while_it_measures_nothing_else_can_be_asked_for(view, qtbot):
    view.set_busy("Measuring …")
    assert not view.measure.isEnabled()
    assert view.state.isVisible()
    view.set_busy("")
    view.allow.setChecked(True)
    with qtbot.waitSignal(view.measure_wished) as asked:
        view.measure.click()
    assert asked.args == [True]
    assert view.state.isHidden()
