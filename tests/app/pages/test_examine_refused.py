"""An exhibit whose picture is refused: evidence that is gone or changed has no heat map, no legend and no check."""

import pytest

from app.pages.explaining_sections import MapCheckSection
from core.domain import Table
from core.errors import EvidenceChanged
from tests.app.pages.panes import do, opened, six_exhibits

CHANGED = "The evidence has changed."
NOT_SHOWN = f"This image cannot be shown. {CHANGED}"


@pytest.fixture
def workspace():
    return six_exhibits()


@pytest.fixture
def page(qtbot, jobs, workspace):
    with opened(qtbot, jobs, workspace) as made:
        yield made


@pytest.fixture
def check(page):
    found = page.findChild(MapCheckSection)
    page.view.tabs.show_section(found.widget)
    page.idle()
    return found


@pytest.mark.parametrize("before", [True, False], ids=["switched on before", "switched on after"])
def test_without_its_picture_an_exhibit_has_no_map_no_legend_and_no_check(page, check, workspace, before):
    """What was kept earlier is of other bytes, and nobody can look at the image it speaks of."""
    workspace.explaining.sanity(5, None)
    workspace.exhibits.unreadable = EvidenceChanged(CHANGED)
    if before:
        do(page, "toggle_heat_map")
    page.show_exhibit(5)
    page.idle()
    if not before:
        assert page.view.legend.words.text() == NOT_SHOWN
        do(page, "toggle_heat_map")
    assert page.view.pane.shown_map is None
    assert page.view.legend.words.text() == NOT_SHOWN
    assert not page.view.legend.bar.isEnabled()
    assert not check.view.button.isEnabled()
    assert check.view.state.text() == NOT_SHOWN
    assert not check.view.body.isVisible()
    assert all(asked[0] != 5 for asked in workspace.analysis.asked)


def test_the_next_exhibit_has_its_map_and_check_again(page, check, workspace):
    do(page, "toggle_heat_map")
    workspace.exhibits.unreadable = EvidenceChanged(CHANGED)
    page.show_exhibit(5)
    page.idle()
    workspace.exhibits.unreadable = None
    page.show_exhibit(3)
    page.idle()
    assert page.view.pane.shown_map is not None
    assert page.view.legend.words.text().startswith("Layer 4")
    assert page.view.legend.bar.isEnabled()
    assert check.view.button.isEnabled()


def test_a_map_that_came_before_the_refusal_is_taken_away(page, check):
    do(page, "toggle_heat_map")
    assert page.view.pane.shown_map is not None
    page.panes.pictures.refused.emit(1, CHANGED)
    assert page.view.pane.shown_map is None
    assert page.view.legend.words.text() == NOT_SHOWN
    assert page.view.canvas.message == f"This image cannot be shown.\n{CHANGED}"
    assert not check.view.button.isEnabled()
    page.reload(frozenset({Table.FINDINGS}))
    page.idle()
    assert page.view.pane.shown_map is None
