import pytest

from app.widgets.blending import Blend
from app.widgets.colour_map import COLOUR_MAPS
from app.widgets.layer_panel import LayerPanel
from app.widgets.layer_stack import LayerStack
from core.examine import LayerKind, MapMethod, MapQuestion, MapScore
from tests.app.examine_fakes import TITLES, a_finding, an_exhibit


@pytest.fixture
def panel(qtbot):
    made = LayerPanel()
    qtbot.addWidget(made)
    made.set_finding(a_finding(an_exhibit()), TITLES)
    made.wished = []
    made.stack_changed.connect(made.wished.append)
    return made


def test_a_fresh_pane_shows_the_image_alone():
    stack = LayerStack()
    assert [kind for kind in LayerKind if kind is not LayerKind.DIFFERENCE and stack.shows(kind)] == [
        LayerKind.ORIGINAL
    ]


def test_every_control_reaches_the_stack(panel):
    row = panel.rows[LayerKind.RESIDUAL]
    row.switch.click()
    row.opacity.setValue(30)
    row.blend.setCurrentIndex(row.blend.findData(Blend.MULTIPLY))
    layer = panel.wished[-1][LayerKind.RESIDUAL]
    assert (layer.on, layer.strength, layer.blend) == (True, 0.3, Blend.MULTIPLY)
    assert isinstance(layer.blend, Blend)  # Qt gives back bare text
    assert len(panel.wished) == 3


def test_the_question_of_the_heat_map(panel):
    panel.classes.setCurrentIndex(1)
    panel.steps.setCurrentIndex(6)
    panel.methods.setCurrentIndex(2)
    panel.scores.setCurrentIndex(1)
    question = panel.wished[-1].question
    assert question == MapQuestion(7, "latent-diffusion", MapMethod.LAYER_CAM, MapScore.PROBABILITY)
    assert isinstance(question.method, MapMethod)


def test_showing_the_choices_of_another_pane_asks_for_nothing(panel):
    stack = LayerStack().switched(LayerKind.GRID).asking(MapQuestion(2, "real"))
    panel.set_stack(stack)
    assert panel.wished == []
    assert panel.rows[LayerKind.GRID].switch.isChecked()
    assert panel.steps.currentData() == 2
    assert panel.classes.currentText() == "Real photograph"


def test_the_spectrum_stands_alone_and_any_other_layer_takes_it_away(panel):
    panel.switch(LayerKind.SPECTRUM)
    assert panel.stack.shows(LayerKind.SPECTRUM)
    assert not panel.stack.shows(LayerKind.ORIGINAL)
    assert not panel.rows[LayerKind.ORIGINAL].switch.isChecked()
    panel.switch(LayerKind.HEAT_MAP)
    assert panel.stack.shows(LayerKind.ORIGINAL)
    assert panel.stack.shows(LayerKind.HEAT_MAP)
    assert not panel.stack.shows(LayerKind.SPECTRUM)
    panel.switch(LayerKind.SPECTRUM)
    panel.switch(LayerKind.SPECTRUM)
    assert panel.stack.shows(LayerKind.HEAT_MAP)  # what was shown before comes back


def test_without_scores_there_is_no_heat_map_to_switch_on(panel):
    panel.set_finding(None, {})
    panel.switch(LayerKind.HEAT_MAP)
    assert panel.wished == []
    assert not panel.classes.isEnabled()


def test_opacity_by_key_is_that_of_the_uppermost_layer(panel):
    panel.step_opacity(-1)
    assert panel.stack[LayerKind.ORIGINAL].strength == pytest.approx(0.9)
    panel.switch(LayerKind.HEAT_MAP)
    panel.step_opacity(2)
    assert panel.stack[LayerKind.HEAT_MAP].strength == pytest.approx(0.7)
    assert panel.stack[LayerKind.ORIGINAL].strength == pytest.approx(0.9)


def test_colours_begin_with_those_that_everybody_can_tell_apart(panel):
    looks = []
    panel.look_changed.connect(looks.append)
    assert panel.look.colours is COLOUR_MAPS[0]
    for _ in COLOUR_MAPS:
        panel.next_colours()
    assert [look.colours.id for look in looks] == ["jet", "jet-paper", "blue-yellow"]
    panel.lock.click()
    assert looks[-1].locked


def test_a_layer_chosen_in_the_header_of_a_pane():
    stack = LayerStack()
    assert stack.only(LayerKind.HEAT_MAP).shows(LayerKind.ORIGINAL)
    residual = stack.only(LayerKind.RESIDUAL)
    assert residual.shows(LayerKind.RESIDUAL)
    assert not residual.shows(LayerKind.ORIGINAL)
    assert residual.top is LayerKind.RESIDUAL
