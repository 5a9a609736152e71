from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractScrollArea, QLabel

from app.widgets.colour_map import COLOUR_MAPS
from app.widgets.exhibit_view import ExhibitView
from app.widgets.finding_words import MAP_WARNING
from app.widgets.picture import build_picture
from core.domain import LikelihoodRatio, RgbImage, Verdict
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
    assert not view.controls.heat_map.isEnabled()
    assert view.canvas.empty


def test_a_finding_fills_every_place(view):
    exhibit = an_exhibit()
    view.show_finding(a_finding(exhibit), exhibit, TITLES)
    assert view.header.headline.text() == "Attributed to Stable Diffusion 1"
    assert view.header.reason.text() == "The top score 0.91 reaches the threshold 0.80."
    assert view.header.offer.isHidden()
    assert view.figures.values["agreement"].text() == "13 of 16 tiles"
    assert "not available" in view.figures.values["likelihood"].text()
    assert view.controls.target == "stable-diffusion-1"
    assert view.controls.layer == 4
    assert view.controls.warning.text() == MAP_WARNING
    assert [view.controls.classes.itemData(row) for row in range(3)] == [name for name, _ in SCORES]


def test_of_an_unknown_architecture_it_says_that_no_class_is_named(view):
    exhibit = an_exhibit()
    view.show_finding(a_finding(exhibit, verdict=Verdict.UNKNOWN), exhibit, TITLES)
    assert view.header.headline.text() == "Unknown architecture: unlike every known class"
    assert "None of these classes is named" in view.figures._nothing.text()
    assert not view.figures._nothing.isHidden()
    assert view.figures.values["likelihood"].text().startswith("none: what made this image")
    view.show_finding(a_finding(exhibit), exhibit, TITLES)
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
        view.show_finding(finding, exhibit, TITLES)
        qtbot.wait(50)
        assert fits()


def test_without_a_finding_it_offers_to_make_one(view, qtbot):
    view.show_finding(None, an_exhibit(), {})
    assert view.header.headline.text() == "Not analysed yet"
    assert not view.controls.grid.isEnabled()
    with qtbot.waitSignal(view.header.analysis_wished):
        view.header.offer.click()


def test_out_of_scope_has_words_and_no_bars(view):
    exhibit = an_exhibit()
    view.show_finding(out_of_scope(exhibit), exhibit, TITLES)
    assert view.header.headline.text().startswith("Out of scope")
    assert "90 px" in view.header.reason.text()
    assert view.figures.bars.isHidden()
    assert not view.controls.heat_map.isEnabled()
    assert view.controls.target is None


def test_every_verdict_has_its_symbol_in_light_and_dark(view):
    for verdict in Verdict:
        exhibit = an_exhibit()
        view.show_finding(a_finding(exhibit, verdict=verdict), exhibit, TITLES)
        assert not view.header.grab().isNull()


def test_hostile_text_stays_plain_everywhere(view):
    exhibit = an_exhibit(name=HOSTILE, note=HOSTILE)
    exhibit = replace(exhibit, facts=replace(exhibit.facts, metadata=((HOSTILE, HOSTILE),), remarks=(HOSTILE,)))
    finding = a_finding(exhibit, architecture=HOSTILE, reason=HOSTILE, device=HOSTILE, scores=((HOSTILE, 0.9),))
    view.bar.set_exhibit(exhibit.name, "1 of 1")
    view.show_exhibit(exhibit, read_only=False)
    view.show_finding(finding, exhibit, {})
    view.controls.say(HOSTILE)
    shown = [label for label in view.findChildren(QLabel) if "example.invalid" in label.text()]
    assert len(shown) >= 4
    assert all(label.textFormat() == Qt.TextFormat.PlainText for label in shown)
    for widget in [*shown, *view.findChildren(QAbstractScrollArea)]:
        assert "<img" not in widget.toolTip()
    assert "\u202e" not in view.facts.toPlainText()
    assert "<img" in view.facts.toPlainText()


def test_opacity_colours_and_grid_reach_the_layers(view):
    exhibit = an_exhibit()
    view.show_finding(a_finding(exhibit), exhibit, TITLES)
    view.controls.heat_map.setChecked(True)
    view.controls.opacity.setValue(30)
    assert view.heat_map.strength == pytest.approx(0.3)
    view.controls.step_opacity(2)
    assert view.heat_map.strength == pytest.approx(0.5)
    view.controls.colours.setCurrentIndex(1)
    assert view.heat_map.colours is COLOUR_MAPS[1]
    assert not view.grid.isVisible()
    view.controls.grid.click()
    assert not view.grid.isVisible()  # there is no image yet
    view.show_picture(build_picture(RgbImage(np.zeros((480, 640, 3), np.uint8), 1.0)), exhibit)
    assert view.grid.isVisible()


def test_switching_never_moves_the_image(view):
    exhibit = an_exhibit()
    view.show_finding(a_finding(exhibit), exhibit, TITLES)
    before = view.canvas.geometry()
    view.controls.heat_map.setChecked(True)
    view.controls.say("one\ntwo\nthree\nfour", busy=True)
    view.grab()
    assert view.canvas.geometry() == before
    view.controls.say("")
    view.grab()
    assert view.canvas.geometry() == before


def test_picking_a_class_explains_it(view):
    exhibit = an_exhibit()
    view.show_finding(a_finding(exhibit), exhibit, TITLES)
    view.figures.class_picked.emit("latent-diffusion")
    assert view.controls.target == "latent-diffusion"
    assert view.controls.heat_map.isChecked()


def test_it_fits_a_small_screen(view):
    exhibit = an_exhibit(name="a rather long name of a file that an analyst was sent.jpeg")
    view.bar.set_exhibit(exhibit.name, "12,345 of 20,000")
    view.show_finding(a_finding(exhibit), exhibit, TITLES)
    assert view.minimumSizeHint().width() <= 1150
    assert view.minimumSizeHint().height() <= 640
