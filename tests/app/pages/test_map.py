"""The Map page: drawing, selecting, tagging, groups, neighbours, and what happens when the case changes."""

import threading
import time

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QImage

from app.jobs import Lane
from app.pages.map import METHODS, MapPage
from core.dna import embedding
from core.domain import Table, Verdict
from core.errors import AnswerHidden, CoreError


@pytest.fixture
def stand_in(tmp_path):
    from tests.app.stand_in import StandIn

    return StandIn(tmp_path, 40)


@pytest.fixture
def page(stand_in, jobs, qtbot):
    made = MapPage(stand_in, jobs)
    qtbot.addWidget(made)
    made.resize(1180, 720)
    made.show()
    jobs.changed.connect(made.reload)
    made.idle = lambda: qtbot.waitUntil(
        lambda: not jobs.running(quiet=True) and not made._redraw_soon.isActive() and made._maps._waiting is None
    )
    made.open = lambda **how: (made.set_case(stand_in.open_case(**how)), made.idle())
    return made


def unknown(stand_in):
    return tuple(line.id for line in stand_in.lines.values() if line.verdict is Verdict.UNKNOWN)


def lasso_around(page, qtbot, ids, modifier=Qt.KeyboardModifier.ControlModifier):
    """Drag a square around the marks of these exhibits."""
    drawn = page.view.map
    spots = [drawn.spot_of(exhibit) for exhibit in ids]
    left, right = min(spot.x() for spot in spots) - 6, max(spot.x() for spot in spots) + 6
    top, bottom = min(spot.y() for spot in spots) - 6, max(spot.y() for spot in spots) + 6
    corners = [QPointF(left, top), QPointF(right, top), QPointF(right, bottom), QPointF(left, bottom)]
    button = Qt.MouseButton.LeftButton
    qtbot.mousePress(drawn, button, modifier, corners[0].toPoint())
    for corner in [*corners[1:], corners[0]]:
        qtbot.mouseMove(drawn, corner.toPoint())
    qtbot.mouseRelease(drawn, button, modifier, corners[0].toPoint())


def test_the_methods_are_those_of_the_library():
    assert embedding.METHODS == METHODS


def test_without_a_case_it_says_what_it_is_for(page):
    assert "No case is open" in page.view.shown_words


def test_opening_a_case_draws_the_map(page, stand_in):
    page.open()
    words = page.view.shown_words
    assert words.startswith("PCA: 36 exhibits, and 200 reference images of 5 classes as clouds.")
    assert "4 exhibits are left out" in words
    assert page.view.panel.found.text().startswith("1 group of exhibits of unknown architecture")
    assert stand_in.calls.count("embedding.map") == 1


def test_a_hidden_page_waits_until_it_is_looked_at(page, stand_in):
    page.hide()
    page.open()
    assert "embedding.map" not in stand_in.calls
    page.show()
    page.idle()
    assert stand_in.calls.count("embedding.map") == 1


def test_a_case_with_nothing_to_place_says_so(page, stand_in):
    stand_in.lines.clear()
    stand_in.embedding.hidden = 3
    page.open()
    assert "nothing to place" in page.view.shown_words
    assert "3 stay hidden" in page.view.shown_words


def test_a_failure_is_a_sentence(page, stand_in):
    stand_in.fail["embedding.map"] = CoreError("The process that draws the map ended unexpectedly.")
    page.open()
    assert page.view.shown_words == "The process that draws the map ended unexpectedly."
    del stand_in.fail["embedding.map"]
    page.hide()
    page.show()
    page.idle()
    assert page.view.shown_words.startswith("PCA: 36 exhibits")


def test_a_failure_leaves_the_map_that_is_there(page, stand_in):
    page.open()
    said = []
    page.message.connect(said.append)
    stand_in.fail["embedding.map"] = CoreError("The process that draws the map ended unexpectedly.")
    page.view.method.activated.emit(0)
    page.idle()
    assert said == ["The process that draws the map ended unexpectedly."]
    assert "36 exhibits" in page.view.shown_words
    assert page.view.map.isVisible()


def test_a_lasso_selects_and_the_selection_can_be_tagged_and_shown_in_triage(page, stand_in, qtbot):
    page.open()
    members = unknown(stand_in)
    assert not page.view.panel.tag.isEnabled()
    lasso_around(page, qtbot, members)
    assert page.view.map.selection == members
    assert page.view.panel.selection.text() == f"{len(members)} exhibits selected."
    wished = []
    page.triage_wished.connect(wished.append)
    qtbot.mouseClick(page.view.panel.triage, Qt.MouseButton.LeftButton)
    assert wished == [members]
    page.view.panel._tags.actions()[1].trigger()
    page.idle()
    assert all(stand_in.lines[number].tags == (2,) for number in members)
    assert page.view.map.selection == members


def test_the_lasso_tool_needs_no_key_and_shift_adds(page, stand_in, qtbot):
    page.open()
    members = unknown(stand_in)
    page.view.lasso.click()
    lasso_around(page, qtbot, members[:1], Qt.KeyboardModifier.NoModifier)
    assert members[0] in page.view.map.selection
    before = page.view.map.selection
    other = next(line.id for line in stand_in.lines.values() if line.architecture == "ProGAN")
    lasso_around(page, qtbot, [other], Qt.KeyboardModifier.ShiftModifier)
    assert set(before) < set(page.view.map.selection)
    assert other in page.view.map.selection


def test_a_read_only_case_can_be_looked_at_only(page, stand_in, qtbot):
    page.open(read_only=True)
    lasso_around(page, qtbot, unknown(stand_in))
    panel = page.view.panel
    assert (panel.triage.isEnabled(), panel.tag.isEnabled(), panel.group.isEnabled()) == (True, False, False)


def test_a_click_makes_an_exhibit_current_and_shows_its_neighbours(page, stand_in, qtbot):
    page.open()
    spot = page.view.map.spot_of(7).toPoint()
    qtbot.mouseClick(page.view.map, Qt.MouseButton.LeftButton, pos=spot)
    page.idle()
    near = page.view.panel.neighbours
    assert near.exhibits.count() == 12
    assert near.classes.distances[0] == ("real", 0.1)
    opened = []
    page.examine_wished.connect(opened.append)
    near.exhibits.itemClicked.emit(near.exhibits.item(2))
    qtbot.mouseDClick(page.view.map, Qt.MouseButton.LeftButton, pos=spot)
    assert len(opened) == 2
    assert page.view.map.spot_of(opened[1]).toPoint() == spot or opened[1] == 7


def test_what_is_examined_elsewhere_is_current_here(page):
    page.open()
    page.hide()
    page.set_current(5)
    assert page.view.map._current == 5
    page.show()
    page.idle()
    assert page.view.panel.neighbours.exhibits.count() == 12


def test_hidden_answers_have_no_neighbours(page, stand_in):
    stand_in.fail["embedding.neighbours"] = AnswerHidden("This case is blind: write down your own view first.")
    page.open()
    page._choose(5)
    page.idle()
    assert page.view.panel.neighbours.words.text().startswith("This case is blind")


def test_pointing_tells_name_verdict_and_thumbnail(page, stand_in, qtbot):
    page.open()
    spot = page.view.map.spot_of(3).toPoint()
    qtbot.mouseMove(page.view.map, spot)
    page.idle()
    card = page.view.map._card
    assert card.name.startswith("photo_")
    assert isinstance(card.image, QImage)
    assert not card.image.isNull()
    assert card.verdict is stand_in.lines[card.exhibit_id].verdict
    page.view.map.repaint()
    qtbot.mouseMove(page.view.map, page.view.map.rect().topLeft())
    assert page.view.map._card is None


def test_a_proposed_group_is_selected_from_the_list(page, stand_in):
    page.open()
    clusters = page.view.panel.clusters
    clusters.itemClicked.emit(clusters.item(0))
    assert page.view.map.selection == unknown(stand_in)


def test_a_proposed_group_becomes_one(page, stand_in, qtbot):
    page.open()
    page.view.map.grab()
    (chip,) = page.view.map._chips
    qtbot.mouseClick(page.view.map, Qt.MouseButton.LeftButton, pos=chip.center().toPoint())
    page.idle()
    dialog = page._grouping.dialog
    dialog.name.setText("Same maker")
    dialog.accept()
    page.idle()
    (group,) = stand_in.groups.all()
    assert (group.name, group.exhibit_ids) == ("Same maker", unknown(stand_in))
    assert group.note == (
        "Proposed: they resemble each other. Chosen on the map of the features of field-native 1 (dddddddddddd)."
    )
    assert page.view.map.selection == unknown(stand_in)


def test_in_a_read_only_case_a_proposal_stays_one(page, stand_in, qtbot):
    page.open(read_only=True)
    said = []
    page.message.connect(said.append)
    page.view.map.group_wished.emit(unknown(stand_in))
    page.idle()
    assert page._grouping.dialog is None
    assert "read-only" in said[0]


def test_a_selection_becomes_a_group(page, stand_in, qtbot):
    page.open()
    lasso_around(page, qtbot, unknown(stand_in))
    page.view.panel.group.click()
    page.idle()
    page._grouping.dialog.name.setText("Chosen by hand")
    page._grouping.dialog.accept()
    page.idle()
    assert [group.name for group in stand_in.groups.all()] == ["Chosen by hand"]


def test_tsne_is_shown_while_it_is_refined_and_can_be_stopped(page, stand_in, jobs, qtbot):
    page.open()
    stand_in.embedding.pictures, stand_in.embedding.pause_s = 400, 0.01
    page.view.method.setCurrentIndex(1)
    page.view.method.activated.emit(1)
    qtbot.waitUntil(lambda: "Still being refined" in page.view.shown_words)
    (job,) = [job for job in jobs.running() if job.lane is Lane.DISK]
    assert job.title == "Drawing the map (t-SNE)"
    began = time.monotonic()
    job.cancel()
    page.idle()
    assert time.monotonic() - began < 1
    assert "Stopped before the end" in page.view.shown_words


def test_closing_the_case_drops_what_is_being_drawn(page, stand_in, qtbot):
    stand_in.embedding.pictures, stand_in.embedding.pause_s = 400, 0.01
    page.set_case(stand_in.open_case())
    qtbot.waitUntil(lambda: page._drawn is not None)
    page.set_case(None)
    page.idle()
    assert page._drawn is None
    assert "No case is open" in page.view.shown_words


def test_new_findings_redraw_pca_but_only_offer_it_for_tsne(page, stand_in):
    page._redraw_soon.setInterval(10)
    page.open()
    page.reload(frozenset({Table.TAGS}))
    page.idle()
    assert stand_in.calls.count("embedding.map") == 1
    page.reload(frozenset({Table.FINDINGS}))
    page.idle()
    assert stand_in.calls.count("embedding.map") == 2
    page.view.method.setCurrentIndex(1)
    page.view.method.activated.emit(1)
    page.idle()
    page.reload(frozenset({Table.FINDINGS}))
    page.idle()
    assert stand_in.calls.count("embedding.map") == 3
    assert page.view.again.isVisible()
    page.view.again.click()
    page.idle()
    assert stand_in.calls.count("embedding.map") == 4
    assert page.view.again.isHidden()


def test_pictures_that_come_too_fast_are_skipped_but_never_the_last(stand_in, jobs, qtbot):
    from app.pages.map_loading import MapLoader

    stand_in.open_case()
    stand_in.embedding.pictures = 200
    loader, seen, threads = MapLoader(stand_in, jobs), [], []

    def look(drawn):
        time.sleep(0.01)  # as painting would take
        seen.append(drawn)
        threads.append(threading.current_thread())

    loader.pictured.connect(look)
    loader.draw("t-SNE")
    qtbot.waitUntil(lambda: bool(seen) and seen[-1].final)
    assert len(seen) < 150
    assert set(threads) == {threading.main_thread()}
    assert not loader.busy
