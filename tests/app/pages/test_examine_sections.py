"""The sections of Examine's side panel: each reads about the exhibit in view, once, when it is seen."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QRectF
from PySide6.QtWidgets import QLabel

from app.pages.examine import ExaminePage
from app.pages.examine_sections import NearSection, RobustnessSection, StatementsSection
from app.pages.explaining_sections import MapCheckSection, TilesSection, tile_place
from app.widgets.sanity_words import NOT_INFORMATIVE
from app.widgets.text_sheet import TextSheet
from core.domain import ExhibitFilter, SortKey, Table
from core.errors import EvidenceChanged
from core.examine import LayerKind
from tests.app.examine_fakes import a_finding, a_workspace, an_exhibit, out_of_scope


@pytest.fixture
def workspace():
    made = a_workspace(*(an_exhibit(number) for number in (1, 2, 3)))
    for exhibit in made.exhibits.all.values():
        made.analysis.findings[exhibit.id] = replace(a_finding(exhibit), id=exhibit.id)
    return made


@pytest.fixture
def page(qtbot, jobs, workspace):
    made = ExaminePage(workspace, jobs)
    qtbot.addWidget(made)
    jobs.changed.connect(made.reload)
    made.bugs = []
    jobs.failed.connect(lambda _job, error: made.bugs.append(error))
    made.resize(1280, 800)
    made.show()
    made.set_context(ExhibitFilter(), SortKey.TAKEN, False)
    yield made
    assert not made.bugs


def show(page, qtbot, exhibit_id=1):
    page.show_exhibit(exhibit_id)
    qtbot.waitUntil(
        lambda: page.records is not None and page.records.exhibit.id == exhibit_id and not page.view.canvas.empty
    )


def section(page, kind):
    return page.findChild(kind)


def see(page, kind):
    found = section(page, kind)
    page.view.tabs.show_section(found.widget)
    return found


def text_of(widget):
    return "\n".join(label.text() for label in widget.findChildren(QLabel) if label.isVisibleTo(widget))


def test_nothing_is_read_before_its_section_is_seen(page, qtbot, workspace):
    show(page, qtbot)
    assert workspace.explaining.asked == []
    assert workspace.files.asked == []
    assert page.view.tabs.captions() == (
        *("Scores", "Layers", "File", "Tiles", "Map check", "Robustness", "Metadata", "Similar"),
        *("Conclusion", "View", "Annotations"),
    )


def test_each_section_reads_once_for_an_exhibit_and_again_for_the_next(page, qtbot, workspace):
    show(page, qtbot)
    said = see(page, StatementsSection)
    qtbot.waitUntil(lambda: any("Camera 1" in sheet.toPlainText() for sheet in said.view.findChildren(TextSheet)))
    page.view.tabs.show_section(page.view.figures)
    page.view.tabs.show_section(said.widget)
    assert workspace.files.asked == [("statements", 1)]
    show(page, qtbot, 2)
    qtbot.waitUntil(lambda: ("statements", 2) in workspace.files.asked)


def test_the_tiles_are_examined_and_one_is_shown_with_its_pixels(page, qtbot, workspace):
    show(page, qtbot)
    tiles = see(page, TilesSection)
    qtbot.waitUntil(lambda: "12 of 16" in tiles.view.agreement.text())
    tiles.view.show_tile(3)
    assert not tiles.view.picture.pixmap().isNull()
    assert workspace.explaining.asked == [("consistency", 1, page.records.finding.detector.digest)]


def test_a_tile_lies_where_the_upright_image_shows_it():
    exhibit = an_exhibit(1)
    turned = replace(exhibit, facts=replace(exhibit.facts, width=640, height=480, orientation=6))
    assert tile_place((0, 0, 160, 120), turned, 0.5) == QRectF(180, 0, 60, 80)  # the left top corner is now right


def test_a_map_that_fails_its_check_is_stamped_and_one_that_passes_is_not(page, qtbot, workspace):
    show(page, qtbot)
    page.trigger("examine.toggle_heat_map")
    qtbot.waitUntil(lambda: page.view.pane.shown_map is not None)
    workspace.explaining.failed = ("It hardly changes when the weights are random.",)
    check = see(page, MapCheckSection)
    check.view.check_wished.emit()
    qtbot.waitUntil(lambda: page.view.pane.shown_map.sanity is not None)
    assert page.view.legend.words.text().startswith(NOT_INFORMATIVE.upper())
    stamped = page.view.canvas.grab().toImage()
    workspace.explaining.failed = ()
    check.view.check_wished.emit()
    qtbot.waitUntil(lambda: page.view.pane.shown_map.sanity.informative)
    assert NOT_INFORMATIVE.upper() not in page.view.legend.words.text()
    assert stamped != page.view.canvas.grab().toImage()


def test_a_check_made_earlier_is_shown_and_stamps_the_map_when_it_is_opened_again(page, qtbot, workspace):
    workspace.explaining.failed = ("It does not matter.",)
    workspace.explaining.sanity(2, None)
    show(page, qtbot, 2)
    page.trigger("examine.toggle_heat_map")
    qtbot.waitUntil(lambda: page.view.legend.words.text().startswith(NOT_INFORMATIVE.upper()))
    check = see(page, MapCheckSection)
    qtbot.waitUntil(lambda: "not matter" in check.view.reasons.toPlainText())


def test_a_robustness_check_runs_is_cancelled_and_made_again(page, qtbot, workspace):
    show(page, qtbot)
    robust = see(page, RobustnessSection)
    robust.view.button.click()
    qtbot.waitUntil(lambda: workspace.robustness.asked == [(1, "standard")])
    robust.view.button.click()  # it says Cancel now
    qtbot.waitUntil(lambda: "Cancelled" in text_of(robust.view))
    workspace.robustness.go.set()
    robust.view.button.click()
    qtbot.waitUntil(lambda: list(robust.view.plots) == ["JPEG", "Resize", "Light"])
    show(page, qtbot, 2)
    assert not robust.view.plots or not robust.view.summary.isVisibleTo(robust.view)


def test_an_exhibit_out_of_scope_says_why_nothing_can_be_examined(page, qtbot, workspace):
    finding = out_of_scope(workspace.exhibits.get(3))
    workspace.analysis.findings[3] = finding
    show(page, qtbot, 3)
    for kind in (TilesSection, MapCheckSection, RobustnessSection):
        assert finding.reason in text_of(see(page, kind).view)
    assert workspace.explaining.asked == []


def test_a_refusal_is_a_sentence_in_its_section_and_nothing_else_suffers(page, qtbot, workspace):
    workspace.explaining.refusal = EvidenceChanged("The bytes of this exhibit are others than those taken in.")
    show(page, qtbot)
    tiles = see(page, TilesSection)
    qtbot.waitUntil(lambda: "others than those taken in" in text_of(tiles.view))
    near = see(page, NearSection)
    qtbot.waitUntil(lambda: near.view.classes.isVisibleTo(near.view))


def test_a_new_finding_is_examined_anew(page, qtbot, workspace):
    show(page, qtbot)
    see(page, TilesSection)
    qtbot.waitUntil(lambda: len(workspace.explaining.asked) == 1)
    workspace.analysis.findings[1] = replace(workspace.analysis.findings[1], id=77)
    page.reload(frozenset({Table.FINDINGS}))
    qtbot.waitUntil(lambda: len(workspace.explaining.asked) >= 2)


def test_layers_stay_as_they_are_when_sections_change(page, qtbot):
    show(page, qtbot)
    page.trigger("examine.toggle_heat_map")
    see(page, TilesSection)
    assert page.view.pane.stack.shows(LayerKind.HEAT_MAP)
    assert np.isfinite(page.view.canvas.zoom)
