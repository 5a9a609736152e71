"""How much room Examine needs: no section, and no long word, makes the window larger."""

from dataclasses import replace

import pytest
from PySide6.QtWidgets import QLabel

from app.jobs import Jobs
from app.pages.examine import ExaminePage
from app.pages.examine_sections import NearSection, RobustnessSection, StatementsSection
from app.pages.explaining_sections import TilesSection
from core.domain import ExhibitFilter, SortKey
from tests.app.examine_fakes import a_finding, a_workspace, an_exhibit


@pytest.fixture
def page(qtbot):
    workspace = a_workspace(*(an_exhibit(number) for number in (1, 2, 3)))
    for exhibit in workspace.exhibits.all.values():
        workspace.analysis.findings[exhibit.id] = replace(a_finding(exhibit), id=exhibit.id)
    jobs = Jobs()
    made = ExaminePage(workspace, jobs)
    qtbot.addWidget(made)
    made.resize(1180, 620)
    made.show()
    made.set_context(ExhibitFilter(), SortKey.TAKEN, False)
    made.show_exhibit(1)
    qtbot.waitUntil(lambda: made.records is not None and not made.view.canvas.empty)
    yield made
    assert jobs.close()


def test_no_section_makes_the_window_higher_or_wider(page, qtbot):
    page.trigger("examine.toggle_heat_map")
    for caption, button in zip(page.view.tabs.captions(), page.view.tabs._group.buttons(), strict=True):
        button.click()
        qtbot.wait(60)
        least = page.minimumSizeHint()
        assert least.height() <= 560, (caption, least)  # menu, filmstrip and status bar take 140 more
        assert least.width() <= 1100, (caption, least)


@pytest.mark.parametrize("kind", [RobustnessSection, StatementsSection, NearSection, TilesSection])
def test_a_long_path_in_a_sentence_wraps_inside_the_panel(page, qtbot, kind):
    section = page.findChild(kind)
    page.view.tabs.show_section(section.widget)
    view = section.view
    qtbot.wait(300)  # what it reads by itself has come
    path = "/media/evidence/" + "a_very_long_folder_name" * 6 + "/" + "x" * 200 + ".jpg"
    view.say(f"The file {path} is gone.")
    qtbot.wait(60)
    telling = [label for label in view.findChildren(QLabel) if label.isVisible() and path in label.text()]
    assert telling
    for label in telling:
        assert label.minimumSizeHint().width() <= 300
        assert label.mapTo(page.view.tabs, label.rect().topRight()).x() <= page.view.tabs.width()
