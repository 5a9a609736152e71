import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from app import theme
from app.widgets.curve_plot import CurvePlot
from app.widgets.curve_words import curves_of, sentence
from app.widgets.curves_view import CurvesView
from tests.app.card_fakes import CARD


@pytest.fixture
def plot(qtbot):
    made = CurvePlot()
    qtbot.addWidget(made)
    made.resize(600, 500)
    made.show()
    made.set_curves(curves_of(CARD))
    return made


def _lines(plot, key):
    return {item.name(): item for item in plot.plots[key].getPlotItem().listDataItems()}


def test_rows_become_lines_by_rising_step():
    curves = {curve.caption: curve for curve in curves_of(CARD)}
    assert curves["Classification loss"].points == ((100, 2.0), (200, 0.5), (300, 0.6))
    assert curves["Recall on held-out images"].points == ((200, 0.6), (300, 0.8))
    assert sentence(curves["Classification loss"]) == (
        "Classification loss: 2 at step 100, 0.6 at step 300, lowest 0.5 at step 200."
    )
    assert sentence(curves["Recall on held-out images"]).endswith("highest 0.8 at step 300.")


@pytest.mark.parametrize("curves", [None, "x", [], [3], [{"step": 1}], [{"step": "a", "recall": 1}], [{"recall": 1.0}]])
def test_curves_with_holes_still_read(curves):
    assert curves_of({"curves": curves}) == ()


def test_losses_and_held_out_figures_have_a_plot_each(plot):
    assert set(_lines(plot, "loss")) == {"Classification loss", "Contrastive loss"}
    steps, values = _lines(plot, "held-out")["Recall on held-out images"].getData()
    assert list(steps) == [200, 300]
    assert list(values) == [0.6, 0.8]
    low, high = plot.plots["held-out"].getPlotItem().viewRange()[1]
    assert low <= 0
    assert high >= 1
    assert "Contrastive loss: 4 at step 100" in plot.accessibleDescription()


def test_lines_differ_by_more_than_colour(plot):
    pens = [item.opts["pen"] for item in _lines(plot, "loss").values()]
    assert len({pen.style() for pen in pens}) == 2
    assert len({pen.color().name() for pen in pens}) == 2


def test_a_plot_without_lines_is_hidden_and_comes_back(plot):
    plot.set_curves([curve for curve in curves_of(CARD) if curve.plot == "loss"])
    assert plot.plots["held-out"].isHidden()
    plot.set_curves(curves_of(CARD))
    assert not plot.plots["held-out"].isHidden()
    assert len(_lines(plot, "loss")) == 2


def test_it_follows_light_and_dark(plot, qtbot):
    before = QApplication.palette()
    try:
        for chosen in (theme.DARK, theme.LIGHT):
            plot.setPalette(theme.build_palette(chosen))
            assert plot.plots["loss"].backgroundBrush().color().name() == chosen.base
            assert _lines(plot, "loss")["Classification loss"].opts["pen"].color().name() == chosen.accent
    finally:
        QApplication.setPalette(before)


def test_the_plot_is_asked_for_when_curves_are_looked_at_and_only_once(qtbot):
    view = CurvesView()
    qtbot.addWidget(view)
    asked = []
    view.plot_wanted.connect(lambda: asked.append(view.isVisible()))
    view.set_card(CARD)
    assert asked == []
    view.show()
    assert asked == [True]
    view.set_card(CARD)
    assert asked == [True]
    view.add_plot()
    assert view.state.isHidden()
    assert "Recall on held-out images" in view.words.text()
    assert len(_lines(view.plot, "loss")) == 2


def test_a_card_without_curves_says_so_and_loads_nothing(qtbot):
    view = CurvesView()
    qtbot.addWidget(view)
    view.show()
    with qtbot.assertNotEmitted(view.plot_wanted):
        view.set_card({})
    assert "no training curves" in view.state.text()
    view.set_card(CARD)
    view.add_plot()
    view.set_card({})
    assert view.plot.isHidden()
    assert "no training curves" in view.state.text()
    assert view.state.textFormat() == Qt.TextFormat.PlainText
