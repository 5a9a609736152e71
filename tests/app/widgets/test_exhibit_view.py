from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractScrollArea, QLabel

from app.widgets.exhibit_view import ExhibitView
from app.widgets.finding_words import MAP_WARNING
from app.widgets.pixel_inspector import Reading
from core.domain import LikelihoodRatio, Verdict
from core.examine import LayerKind, MapQuestion
from tests.app.examine_fakes import SCORES, TITLES, a_finding, an_exhibit, out_of_scope

HOSTILE = "<img src='http://example.invalid/x.png'>\u202e<b>x</b>"


@pytest.fixture
def view(qtbot):
    made = ExhibitView()
    qtbot.addWidget(made)
    made.resize(1280, 800)
    made.show()
    made.start()
    return made


def test_it_works_with_nothing_at_all(view):
    assert not view.grab().isNull()
    assert not view.layers.rows[LayerKind.HEAT_MAP].switch.isEnabled()
    assert view.canvas.empty


def test_a_finding_fills_every_place(view):
    exhibit = an_exhibit()
    view.show_finding(a_finding(exhibit), TITLES)
    assert view.header.headline.text() == "Attributed to Stable Diffusion 1"
    assert view.header.reason.text() == "The top score 0.91 reaches the threshold 0.80."
    assert view.header.offer.isHidden()
    assert view.figures.values["agreement"].text() == "13 of 16 tiles"
    assert "not available" in view.figures.values["likelihood"].text()
    assert view.layers.stack.question == MapQuestion()
    assert view.legend.warning.text() == MAP_WARNING
    shown = [view.layers.classes.itemText(row) for row in range(view.layers.classes.count())]
    assert shown == ["Stable Diffusion 1 (highest score)", *(TITLES[name] for name, _ in SCORES[1:])]


def test_of_an_unknown_architecture_it_says_that_no_class_is_named(view):
    exhibit = an_exhibit()
    view.show_finding(a_finding(exhibit, verdict=Verdict.UNKNOWN), TITLES)
    assert view.header.headline.text() == "Unknown architecture: unlike every known class"
    assert "None of these classes is named" in view.figures._nothing.text()
    assert not view.figures._nothing.isHidden()
    assert view.figures.values["likelihood"].text().startswith("none: what made this image")
    view.show_finding(a_finding(exhibit), TITLES)
    assert view.figures._nothing.isHidden()


def test_every_line_of_the_figures_can_be_read_whichever_finding_was_shown_before(view, qtbot):
    exhibit = an_exhibit()
    ratio = LikelihoodRatio(18.4, 7.2, 23.0, 23.0, "another of the processes " * 8)
    long = a_finding(exhibit, likelihood_ratio=ratio)
    value = view.figures.values["likelihood"]

    def fits():
        return value.height() >= value.heightForWidth(value.width())

    view.resize(1188, 690)
    unknown, plain = a_finding(exhibit, verdict=Verdict.UNKNOWN), a_finding(exhibit)
    for finding in (plain, plain, unknown, long, unknown, out_of_scope(exhibit), unknown, plain):
        view.start()
        qtbot.wait(50)  # an empty panel is laid out in between, as when the next exhibit is still being read
        view.show_finding(finding, TITLES)
        qtbot.wait(50)
        assert fits()


def test_without_a_finding_it_offers_to_make_one(view, qtbot):
    view.show_finding(None, {})
    assert view.header.headline.text() == "Not analysed yet"
    assert not view.layers.rows[LayerKind.GRID].switch.isEnabled()
    with qtbot.waitSignal(view.header.analysis_wished):
        view.header.offer.click()


def test_out_of_scope_has_words_and_no_bars(view):
    exhibit = an_exhibit()
    view.show_finding(out_of_scope(exhibit), TITLES)
    assert view.header.headline.text().startswith("Out of scope")
    assert "90 px" in view.header.reason.text()
    assert view.figures.bars.isHidden()
    assert not view.layers.rows[LayerKind.HEAT_MAP].switch.isEnabled()
    assert not view.layers.classes.isEnabled()


def test_every_verdict_has_its_symbol_in_light_and_dark(view):
    for verdict in Verdict:
        exhibit = an_exhibit()
        view.show_finding(a_finding(exhibit, verdict=verdict), TITLES)
        assert not view.header.grab().isNull()


def test_hostile_text_stays_plain_everywhere(view):
    exhibit = an_exhibit(name=HOSTILE, note=HOSTILE)
    exhibit = replace(exhibit, facts=replace(exhibit.facts, metadata=((HOSTILE, HOSTILE),), remarks=(HOSTILE,)))
    finding = a_finding(exhibit, architecture=HOSTILE, reason=HOSTILE, device=HOSTILE, scores=((HOSTILE, 0.9),))
    view.pane.header.set_exhibit(exhibit.name)
    view.pane.header.set_exhibits(((1, HOSTILE),), 1)
    view.show_exhibit(exhibit, read_only=False)
    view.show_finding(finding, {})
    view.legend.say(HOSTILE)
    view.pane.note.say(HOSTILE, HOSTILE)
    view.canvas.show_message(HOSTILE)
    shown = [label for label in view.findChildren(QLabel) if "example.invalid" in label.text()]
    assert len(shown) >= 4
    assert all(label.textFormat() == Qt.TextFormat.PlainText for label in shown)
    for widget in [*shown, *view.findChildren(QAbstractScrollArea)]:
        assert "<img" not in widget.toolTip()
    assert "\u202e" not in view.facts.toPlainText()
    assert "<img" in view.facts.toPlainText()


def test_switching_never_moves_the_image(view):
    exhibit = an_exhibit()
    view.show_finding(a_finding(exhibit), TITLES)
    before = view.canvas.mapTo(view, view.canvas.rect().topLeft()), view.canvas.size()
    view.layers.switch(LayerKind.HEAT_MAP)
    view.legend.say("one\ntwo\nthree\nfour", busy=True)
    view.inspector.show_reading(Reading("A", (1, 2), (3, 4, 5)))
    view.grab()
    assert (view.canvas.mapTo(view, view.canvas.rect().topLeft()), view.canvas.size()) == before
    view.legend.say("")
    view.grab()
    assert (view.canvas.mapTo(view, view.canvas.rect().topLeft()), view.canvas.size()) == before


def test_picking_a_class_explains_it(view):
    exhibit = an_exhibit()
    view.show_finding(a_finding(exhibit), TITLES)
    view.figures.class_picked.emit("latent-diffusion")
    assert view.layers.stack.question.target == "latent-diffusion"
    assert view.layers.stack.shows(LayerKind.HEAT_MAP)
    view.figures.class_picked.emit("stable-diffusion-1")
    assert view.layers.stack.question.target is None  # the class with the highest score, whichever exhibit it is


def test_the_side_panel_takes_more_sections(view):
    more, shown = QLabel("x"), []
    view.add_tab(more, "Robustness")
    view.tabs.chosen.connect(shown.append)
    assert view.tabs.captions() == ("Scores", "Layers", "File", "Robustness")
    assert view.tabs.current is view.figures
    view.tabs.show_section(more)
    view.tabs.show_section(more)
    assert view.tabs.current is more
    assert shown == [more]
    view.tabs.allow(view.figures, False)
    assert not view.tabs.allowed(view.figures)


def test_it_fits_a_small_screen(view):
    exhibit = an_exhibit(name="a rather long name of a file that an analyst was sent.jpeg")
    view.bar.set_exhibit("12,345 of 20,000")
    view.pane.header.set_exhibit(exhibit.name)
    view.show_finding(a_finding(exhibit), TITLES)
    assert view.minimumSizeHint().width() <= 1150
    assert view.minimumSizeHint().height() <= 640
