import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox

from app.widgets.filter_panel import FilterPanel
from core.domain import ExhibitFilter, Facets, ReviewState, Verdict

NAMES = tuple(f"name {digit}" for digit in range(10))
FACETS = Facets(
    *(10, 8, {"attributed": 6, "inconclusive": 2}, {"stylegan2": 5, "real": 3}),
    *({1: 4}, {"not reviewed": 8}),
)


@pytest.fixture
def panel(qtbot):
    made = FilterPanel()
    qtbot.addWidget(made)
    made.set_facets(FACETS, NAMES, {"stylegan2": "StyleGAN2"})
    made.got = []
    made.filter_changed.connect(made.got.append)
    return made


def box(panel, name):
    return next(box for box in panel.findChildren(QCheckBox) if box.accessibleName().startswith(name))


def test_choices_show_counts_and_titles(panel):
    names = [box.accessibleName() for box in panel.findChildren(QCheckBox)]
    assert "Attributed, 6" in names
    assert "Out of scope, 0" in names
    assert names.index("StyleGAN2, 5") < names.index("real, 3")
    assert "1  name 1, 4" in names
    assert not any(name.startswith("2  ") for name in names)


def test_titles_that_come_later_replace_names(panel):
    panel.set_facets(FACETS, NAMES, {"stylegan2": "Style GAN 2"})
    assert box(panel, "Style GAN 2").text() == "Style GAN 2"


def test_boxes_make_a_filter(panel):
    box(panel, "Attributed").click()
    box(panel, "StyleGAN2").click()
    box(panel, "Not reviewed").click()
    box(panel, "1  ").click()
    assert panel.got[-1] == ExhibitFilter(
        verdicts=frozenset({Verdict.ATTRIBUTED}),
        architectures=frozenset({"stylegan2"}),
        states=frozenset({ReviewState.UNREVIEWED}),
        tags=frozenset({1}),
    )
    box(panel, "Attributed").click()
    assert panel.got[-1].verdicts == frozenset()


def test_ranges_settle_before_they_ask(panel, qtbot):
    panel._agreement.setValue(3)
    panel._agreement.setValue(9)
    panel._score._low.setValue(0.5)
    assert panel.got == []
    qtbot.waitUntil(lambda: len(panel.got) == 1)
    assert (panel.got[0].agreement_from, panel.got[0].score_from, panel.got[0].score_to) == (9, 0.5, 1.0)


def test_the_score_never_turns_inside_out(panel):
    panel._score._high.setValue(0.4)
    panel._score._low.setValue(0.7)
    assert panel._score.score_range() == (0.7, 0.7)


def test_showing_a_filter_announces_nothing_and_keeps_the_text(panel):
    wanted = ExhibitFilter(text="cat", verdicts=frozenset({Verdict.UNKNOWN}), agreement_from=4, score_to=0.9)
    panel.set_filter(wanted)
    assert panel.got == []
    assert box(panel, "Unknown").isChecked()
    box(panel, "Inconclusive").click()
    assert panel.got[-1].text == "cat"
    assert panel.got[-1].score_to == 0.9


def test_a_chosen_architecture_stays_when_nothing_has_it(panel):
    box(panel, "StyleGAN2").click()
    panel.set_facets(Facets(10, 0, {}, {}, {}, {}), NAMES, {"stylegan2": "StyleGAN2"})
    assert box(panel, "StyleGAN2, 0").isChecked()


def test_boxes_work_from_the_keyboard(panel, qtbot):
    panel.show()
    qtbot.keyClick(box(panel, "Attributed"), Qt.Key.Key_Space)
    assert panel.got[-1].verdicts == frozenset({Verdict.ATTRIBUTED})
