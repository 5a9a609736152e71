import threading
from dataclasses import replace

import pytest
from PySide6.QtCore import QSize

from app.actions import BY_ID
from app.edits import Edits
from app.jobs import Jobs
from app.pages.examine import ExaminePage
from core.domain import ExhibitFilter, SortKey, Table, Verdict
from core.errors import BadInput, DiskFull, NotFound
from core.examine import HeatMap, LayerKind
from tests.app.examine_fakes import CARD, a_finding, a_heat_map, a_summary, a_workspace, an_exhibit, out_of_scope


@pytest.fixture
def jobs(qtbot):
    made = Jobs()
    yield made
    assert made.close()


@pytest.fixture
def workspace():
    made = a_workspace(*(an_exhibit(number) for number in (1, 2, 3)))
    for exhibit in made.exhibits.all.values():
        made.analysis.findings[exhibit.id] = a_finding(exhibit)
    return made


@pytest.fixture
def page(qtbot, jobs, workspace):
    made = ExaminePage(workspace, jobs)
    qtbot.addWidget(made)
    jobs.changed.connect(made.reload)
    made.said, made.bugs = [], []
    made.message.connect(made.said.append)
    jobs.failed.connect(lambda _job, error: made.bugs.append(error))
    made.resize(1280, 800)
    made.show()
    made.set_context(ExhibitFilter(), SortKey.TAKEN, False)
    yield made
    assert not made.bugs


def _open(page, qtbot, exhibit_id=1):
    page.show_exhibit(exhibit_id)
    _wait(page, qtbot, exhibit_id)


def _wait(page, qtbot, exhibit_id):
    def shown():
        assert page.records is not None
        assert page.records.exhibit.id == exhibit_id
        assert not page.view.canvas.empty

    qtbot.waitUntil(lambda: shown() is None)


def _has_map(page):
    return page.view.pane.heat_map.boundingRect().width() > 0


def test_it_answers_its_actions(page):
    known = {action_id for action_id in BY_ID if action_id.startswith("examine.")}
    assert known - set(page.actions_used()) <= {"examine.back"}  # going back is the window's
    assert set(page.actions_used()) <= known


def test_before_anything_is_open_it_says_what_to_do(page):
    assert page._layout.currentWidget() is page._nothing
    assert "Choose one in Triage" in page._nothing.text()
    for action_id in page.actions_used():
        page.trigger(action_id)


def test_an_exhibit_is_shown_with_its_finding(page, qtbot):
    with qtbot.waitSignal(page.exhibit_changed) as changed:
        page.show_exhibit(2)
    assert changed.args == [2]
    _wait(page, qtbot, 2)
    view = page.view
    assert view.header.headline.text() == "Attributed to Stable Diffusion 1"
    assert "image-2.png" in view.facts.toPlainText()
    qtbot.waitUntil(lambda: view.bar.place.text() == "2 of 3")
    assert view.canvas.sceneRect().toRect().size() == QSize(640, 480)


def test_next_and_previous_stay_in_the_filter_and_say_where_it_ends(page, qtbot, workspace):
    workspace.exhibits.order = (3, 1)
    page.set_context(ExhibitFilter(text="x"), SortKey.SCORE, True)
    _open(page, qtbot, 3)
    qtbot.waitUntil(lambda: page.view.bar.place.text() == "1 of 2")
    assert not page.view.bar.buttons["examine.previous"].isEnabled()
    page.trigger("examine.next")
    _wait(page, qtbot, 1)
    page.trigger("examine.next")
    assert page.said == ["This is the last exhibit."]
    page.trigger("examine.previous")
    _wait(page, qtbot, 3)


def test_the_next_exhibit_is_decoded_ahead(page, qtbot, workspace):
    _open(page, qtbot)
    qtbot.waitUntil(lambda: workspace.exhibits.decoded == [1, 2])
    qtbot.waitUntil(lambda: 2 in page.panes.pictures)
    page.trigger("examine.next")
    _wait(page, qtbot, 2)
    assert workspace.exhibits.decoded.count(2) == 1


def test_next_unreviewed_skips_and_ends_in_words(page, qtbot, workspace):
    workspace.exhibits.all[2] = replace(workspace.exhibits.all[2], reviewed=True)
    _open(page, qtbot)
    page.trigger("examine.next_unreviewed")
    _wait(page, qtbot, 3)
    page.trigger("examine.next_unreviewed")
    qtbot.waitUntil(lambda: bool(page.said))
    assert page.said == ["No exhibit after this one is waiting for review."]


def test_reviewed_is_written_and_read_back(page, qtbot, workspace):
    _open(page, qtbot)
    page.trigger("examine.mark_reviewed")
    qtbot.waitUntil(lambda: workspace.exhibits.written == [("review", (1,), True)])
    qtbot.waitUntil(lambda: page.records.exhibit.reviewed)
    assert page.view.work.reviewed.isChecked()
    page.trigger("examine.mark_reviewed")
    qtbot.waitUntil(lambda: not workspace.exhibits.all[1].reviewed)


def test_the_windows_undo_reaches_the_page(qtbot, jobs, workspace):
    edits = Edits(workspace, jobs)
    page = ExaminePage(workspace, jobs, edits=edits)
    qtbot.addWidget(page)
    jobs.changed.connect(page.reload)
    _open(page, qtbot)
    page.trigger("examine.mark_reviewed")
    qtbot.waitUntil(lambda: page.records.exhibit.reviewed)
    edits.stack.undo()
    qtbot.waitUntil(lambda: not page.view.work.reviewed.isChecked())


def test_a_note_is_saved_on_the_way_to_the_next_exhibit(page, qtbot, workspace):
    _open(page, qtbot)
    page.view.work.note.setPlainText("seen before")
    page.show_exhibit(2)
    assert page.view.work.note.toPlainText() == ""
    _wait(page, qtbot, 2)
    qtbot.waitUntil(lambda: workspace.exhibits.written == [("note", 1, "seen before")])
    assert page.view.work.note.toPlainText() == ""
    page.show_exhibit(1)
    qtbot.waitUntil(lambda: page.view.work.note.toPlainText() == "seen before")


def test_a_note_that_cannot_be_written_stays_and_says_why(page, qtbot, workspace):
    def full(exhibit_id, text):
        raise DiskFull("There is no space left.")

    note, workspace.exhibits.note = workspace.exhibits.note, full
    _open(page, qtbot)
    page.view.work.note.setPlainText("precious")
    page.save_note()
    qtbot.waitUntil(lambda: page.said == ["The note of image-1.png was not saved: There is no space left."])
    assert page.view.work.note.toPlainText() == "precious"
    workspace.exhibits.note = note
    page.hide()
    qtbot.waitUntil(lambda: workspace.exhibits.written == [("note", 1, "precious")])


def test_a_read_only_case_takes_no_notes(page, qtbot, workspace):
    workspace.cases.current.read_only = True
    _open(page, qtbot)
    assert page.view.work.note.isReadOnly()
    assert not page.view.work.reviewed.isEnabled()


def test_the_heat_map_is_computed_when_it_is_wanted(page, qtbot, workspace):
    _open(page, qtbot)
    assert workspace.analysis.asked == []
    page.trigger("examine.toggle_heat_map")
    assert "Computing" in page.view.legend.words.text()
    qtbot.waitUntil(lambda: _has_map(page))
    assert workspace.analysis.asked == [(1, 4, "stable-diffusion-1")]
    assert page.view.legend.words.text().startswith("Layer 4 for Stable Diffusion 1.")
    assert page.view.legend.busy.isHidden()
    page.trigger("examine.toggle_heat_map")
    assert not _has_map(page)


def test_another_layer_and_class_ask_again(page, qtbot, workspace):
    _open(page, qtbot)
    page.trigger("examine.toggle_heat_map")
    qtbot.waitUntil(lambda: _has_map(page))
    page.view.layers.steps.setCurrentIndex(6)
    page.view.layers.classes.setCurrentIndex(1)
    assert not _has_map(page)
    qtbot.waitUntil(lambda: _has_map(page))
    assert workspace.analysis.asked[1:] == [(1, 7, "latent-diffusion")]  # the question in between was never asked


def test_a_heat_map_that_comes_too_late_is_dropped(page, qtbot, workspace):
    workspace.analysis.gate.clear()
    asked = workspace.analysis.asked
    _open(page, qtbot)
    page.trigger("examine.toggle_heat_map")
    qtbot.waitUntil(lambda: asked == [(1, 4, "stable-diffusion-1")])
    workspace.analysis.findings[2] = out_of_scope(workspace.exhibits.all[2])
    page.show_exhibit(2)
    _wait(page, qtbot, 2)
    workspace.analysis.gate.set()
    qtbot.waitUntil(lambda: not page._jobs.running(quiet=True))
    assert not _has_map(page)
    assert page.view.legend.words.text().startswith("There is no heat map")


def test_waiting_for_a_busy_network_is_explained(page, qtbot, workspace):
    page.panes.active.askers[LayerKind.HEAT_MAP].patience.setInterval(10)
    workspace.analysis.gate.clear()
    _open(page, qtbot)
    page.trigger("examine.toggle_heat_map")
    qtbot.waitUntil(lambda: "Waiting for the network" in page.view.legend.words.text())
    assert page.view.legend.busy.isVisible()
    workspace.analysis.gate.set()
    qtbot.waitUntil(lambda: _has_map(page))


def test_an_empty_map_is_said_and_not_drawn(page, qtbot, workspace):
    workspace.analysis.make = lambda exhibit, layer, target: a_heat_map(exhibit, layer, target, peak=0.0)
    _open(page, qtbot)
    page.trigger("examine.toggle_heat_map")
    qtbot.waitUntil(lambda: "no place of the image spoke for" in page.view.legend.words.text())
    assert not _has_map(page)


def test_a_map_that_cannot_be_made_says_why(page, qtbot, workspace):
    def refuse(exhibit, layer, target) -> HeatMap:
        raise BadInput("The detector of this finding is not installed.")

    workspace.analysis.make = refuse
    _open(page, qtbot)
    page.trigger("examine.toggle_heat_map")
    qtbot.waitUntil(lambda: "is not installed" in page.view.legend.words.text())
    assert page.view.legend.busy.isHidden()


def test_out_of_scope_shows_words_and_never_asks_for_a_map(page, qtbot, workspace):
    page.view.layers.rows[LayerKind.HEAT_MAP].switch.setChecked(True)
    workspace.analysis.findings[1] = out_of_scope(workspace.exhibits.all[1])
    _open(page, qtbot)
    assert page.view.header.headline.text().startswith("Out of scope")
    assert page.view.legend.words.text().startswith("There is no heat map")
    assert workspace.analysis.asked == []


def test_a_missing_finding_is_offered_and_made(page, qtbot, workspace):
    del workspace.analysis.findings[1]
    _open(page, qtbot)
    assert page.view.header.headline.text() == "Not analysed yet"
    page.view.header.offer.click()
    assert not page.view.header.offer.isEnabled()
    qtbot.waitUntil(lambda: page.view.header.headline.text() == "Attributed to Stable Diffusion 1")


def test_an_analysis_that_fails_can_be_tried_again(page, qtbot, workspace):
    def fail(*_args, **_kwargs):
        raise NotFound("No usable detector was found.")

    del workspace.analysis.findings[1]
    workspace.analysis.attribute = fail
    _open(page, qtbot)
    page.view.header.offer.click()
    qtbot.waitUntil(lambda: page.said == ["No usable detector was found."])
    assert page.view.header.offer.isEnabled()


def test_a_new_finding_replaces_the_old_one_and_keeps_the_view(page, qtbot, workspace):
    _open(page, qtbot)
    page.trigger("examine.double_size")
    exhibit = workspace.exhibits.all[1]
    workspace.analysis.findings[1] = a_finding(exhibit, verdict=Verdict.INCONCLUSIVE, id=99)
    page.reload(frozenset({Table.FINDINGS}))
    qtbot.waitUntil(lambda: page.view.header.headline.text().startswith("Inconclusive"))
    assert page.view.canvas.zoom == pytest.approx(2.0)


def test_an_image_that_cannot_be_decoded_says_why_and_shows_its_facts(page, qtbot, workspace):
    workspace.exhibits.unreadable = NotFound("The evidence file is gone.")
    page.show_exhibit(1)
    qtbot.waitUntil(lambda: "The evidence file is gone." in page.view.canvas.message)
    qtbot.waitUntil(lambda: "image-1.png" in page.view.facts.toPlainText())
    assert page.view.canvas.empty
    page.trigger("examine.toggle_grid")
    assert not page.view.pane.grid.isVisible()  # nothing is painted over the sentence
    workspace.exhibits.unreadable = None
    _open(page, qtbot, 2)
    assert page.view.pane.grid.isVisible()


def test_a_note_that_failed_on_the_way_out_comes_back_with_its_exhibit(page, qtbot, workspace):
    def full(exhibit_id, text):
        raise DiskFull("There is no space left.")

    workspace.exhibits.note = full
    _open(page, qtbot)
    page.view.work.note.setPlainText("precious")
    _open(page, qtbot, 2)
    qtbot.waitUntil(lambda: bool(page.said))
    assert page.view.work.note.toPlainText() == ""
    _open(page, qtbot, 1)
    assert page.view.work.note.toPlainText() == "precious"


def test_an_exhibit_that_does_not_exist_says_so(page, qtbot):
    page.show_exhibit(77)
    qtbot.waitUntil(lambda: "Exhibit 77 does not exist." in page.view.canvas.message)


def test_pixels_of_the_exhibit_before_never_stand_beside_the_next_ones_facts(page, qtbot, workspace):
    gate, decode = threading.Event(), workspace.exhibits.display

    def slow(exhibit_id, max_side=4096):
        if exhibit_id == 1:
            assert gate.wait(10)
        return decode(exhibit_id)

    workspace.exhibits.display = slow
    workspace.exhibits.all[1] = an_exhibit(1, size=(100, 100))
    page.show_exhibit(1)
    qtbot.waitUntil(lambda: page.records is not None)
    qtbot.waitUntil(lambda: page.view.canvas.message == "Loading the image …")
    page.show_exhibit(2)
    gate.set()
    _wait(page, qtbot, 2)
    qtbot.waitUntil(lambda: not page._jobs.running(quiet=True))
    assert page.view.canvas.sceneRect().toRect().size() == QSize(640, 480)


def test_zoom_and_opacity_actions(page, qtbot):
    _open(page, qtbot)
    canvas = page.view.canvas
    page.trigger("examine.full_size")
    assert canvas.zoom == pytest.approx(1.0)
    page.trigger("examine.double_size")
    assert canvas.zoom == pytest.approx(2.0)
    assert page.view.bar.zoom.text() == "Zoom 200 %"
    page.trigger("examine.fit")
    assert canvas.fitted
    page.trigger("examine.toggle_heat_map")
    before = page.view.layers.rows[LayerKind.HEAT_MAP].opacity.value()
    page.trigger("examine.opacity_up")
    page.trigger("examine.opacity_up")
    page.trigger("examine.opacity_down")
    assert page.view.layers.rows[LayerKind.HEAT_MAP].opacity.value() == before + 10
    page.trigger("examine.toggle_grid")
    assert page.view.pane.grid.isVisible()


def test_titles_follow_the_cards(page, qtbot, workspace):
    _open(page, qtbot)
    renamed = {**CARD, "classes": [{"name": "stable-diffusion-1", "title": "SD 1.x"}]}
    workspace.detectors.known[0] = a_summary(renamed)
    page.reload(frozenset({Table.DETECTORS}))
    qtbot.waitUntil(lambda: page.view.header.headline.text() == "Attributed to SD 1.x")


def test_clearing_forgets_everything_and_writes_nothing_into_the_next_case(page, qtbot, workspace):
    _open(page, qtbot)
    page.view.work.note.setPlainText("about the case before")
    page.clear()
    qtbot.waitUntil(lambda: not page._jobs.running(quiet=True))
    assert workspace.exhibits.written == []
    assert page._layout.currentWidget() is page._nothing
    assert not page.panes.pictures._kept
    page.reload(frozenset({Table.EXHIBITS}))
