"""Examine for examiners: the own view first, and annotations on the image."""

import time
from dataclasses import replace

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtWidgets import QApplication, QLabel

from app.jobs import Lane
from app.pages.examine import ExaminePage
from core.domain import ExhibitFilter, SortKey, Table
from core.errors import DiskFull
from core.examine import AnnotationKind
from tests.app.examine_fakes import a_finding, a_workspace, an_exhibit

LEFT = Qt.MouseButton.LeftButton


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
    made.idle = lambda: (qtbot.waitUntil(lambda: not jobs.running(quiet=True)), QApplication.processEvents())
    made.open = lambda number: (made.show_exhibit(number), made.idle(), made.idle())
    made.set_context(ExhibitFilter(), SortKey.TAKEN, False)
    yield made
    assert not made.bugs


def blind(workspace):
    case = workspace.cases.current
    case.details = replace(case.details, blind=True)


def words(widget):
    return "\n".join(label.text() for label in widget.findChildren(QLabel) if label.isVisibleTo(widget))


def shown_section(page):
    return page.view.tabs.current


def answer(page):
    """Everything the page says about the detector's answer."""
    return words(page.view.header) + words(page.view.figures) + words(page.examiner.panel)


def write(page, opinion, text=""):
    panel = page.examiner.panel
    panel.choices[opinion].click()
    panel.text.setPlainText(text)
    panel.write.click()
    page.idle()
    page.idle()


def test_blind_the_own_view_comes_first_and_then_the_answer(page, workspace):
    blind(workspace)
    page.open(1)
    assert shown_section(page) is page.examiner.panel
    assert "Hidden until you write your view" in page.view.header.headline.text()
    assert "Stable Diffusion" not in answer(page)
    assert page.view.pane.shown_map is None
    write(page, "generated", "Six fingers.")
    assert [(view.opinion, view.text, view.blind) for view in workspace.views.written] == [
        ("generated", "Six fingers.", True)
    ]
    assert page.view.header.headline.text() == "Attributed to Stable Diffusion 1"
    assert "Six fingers." in words(page.examiner.panel)
    assert "The detector: Attributed to Stable Diffusion 1" in words(page.examiner.panel)


def test_a_second_examiner_writes_first_too_and_then_sees_both(page, workspace):
    blind(workspace)
    page.open(1)
    write(page, "generated", "Six fingers.")
    workspace.views.examiner = "B. Later"
    page.reload(frozenset({Table.VIEWS, Table.FINDINGS, Table.ANNOTATIONS}))
    page.idle()
    assert "Six fingers." not in answer(page)
    assert "Stable Diffusion" not in answer(page)
    assert "B. Later" in words(page.examiner.panel)
    write(page, "real", "I see no trace.")
    told = words(page.examiner.panel)
    assert "A. Moreau: generated" in told
    assert "B. Later: real" in told
    assert "Stable Diffusion" in answer(page)


def test_next_to_a_seen_exhibit_a_hidden_one_says_nothing(page, workspace):
    blind(workspace)
    workspace.views.write(2, "real")
    page.open(2)
    assert "Stable Diffusion" in answer(page)
    page.open(1)
    assert "Stable Diffusion" not in answer(page)
    page.trigger("examine.toggle_heat_map")
    page.trigger("examine.toggle_grid")
    page.idle()
    assert workspace.analysis.asked == []


def test_what_goes_wrong_keeps_what_was_typed(page, workspace, monkeypatch):
    def full(*_):
        raise DiskFull("There is no space left.")

    blind(workspace)
    page.open(1)
    monkeypatch.setattr(workspace.views, "write", full)
    write(page, "generated", "Six fingers.")
    assert "no space left" in words(page.examiner.panel)
    assert page.examiner.panel.text.toPlainText() == "Six fingers."
    assert page.examiner.panel.write.isEnabled()
    page.bugs.clear()


def test_a_view_is_never_written_into_another_case(page, workspace):
    blind(workspace)
    page.open(1)
    panel = page.examiner.panel
    panel.choices["real"].click()
    case = workspace.cases.current
    views = workspace.views

    def open_another(_):
        time.sleep(0.1)  # the wish is waiting behind this in the lane
        case.path = "/another"

    page.examiner._jobs.start(open_another, lane=Lane.WRITE, quiet=True)
    panel.write.click()
    page.idle()
    assert views.written == []
    assert "closed" in words(panel)
    page.bugs.clear()


def test_the_key_leads_to_the_own_view(page):
    page.open(1)
    page.trigger("examine.write_view")
    assert shown_section(page) is page.examiner.panel


def spot(page, x, y):
    """Where a place of the exhibit, in fractions, is on the canvas."""
    canvas, layer = page.view.canvas, page.examiner.layers[0]
    scene = layer.sceneTransform().map(QPointF(x * 640, y * 480))
    return canvas.viewportTransform().map(scene).toPoint()


def pull(page, qtbot, start, end):
    viewport = page.view.canvas.viewport()
    qtbot.mousePress(viewport, LEFT, pos=spot(page, *start))
    qtbot.mouseMove(viewport, spot(page, *end))
    qtbot.mouseRelease(viewport, LEFT, pos=spot(page, *end))
    page.idle()
    page.idle()


def test_marks_are_drawn_changed_removed_and_taken_back(page, qtbot, workspace):
    annotations, bar = workspace.annotations.annotations, page.examiner.bar
    page.open(2)
    bar.tools[AnnotationKind.RECTANGLE].click()
    bar.text.setText("Six fingers")
    pull(page, qtbot, (0.2, 0.2), (0.5, 0.6))
    (drawn,) = annotations.values()
    assert (drawn.exhibit_id, drawn.kind, drawn.text) == (2, AnnotationKind.RECTANGLE, "Six fingers")
    assert drawn.points[0] == pytest.approx((0.2, 0.2), abs=0.01)
    assert drawn.points[1] == pytest.approx((0.5, 0.6), abs=0.01)
    assert bar.list.count() == 1
    assert bar.words == ""
    bar.tools[None].click()
    qtbot.mouseClick(page.view.canvas.viewport(), LEFT, pos=spot(page, 0.35, 0.2))
    assert bar.text.text() == "Six fingers"
    bar.in_report.click()
    page.idle()
    page.idle()
    assert not annotations[drawn.id].in_report
    page.trigger("examine.remove_annotation")
    page.idle()
    page.idle()
    assert annotations == {}
    assert bar.list.count() == 0
    page._edits.stack.undo()
    page.idle()
    page.idle()
    assert annotations == {drawn.id: replace(drawn, in_report=False)}
    assert bar.list.count() == 1


def test_a_text_needs_words_first(page, qtbot, workspace):
    page.open(1)
    bar = page.examiner.bar
    bar.tools[AnnotationKind.TEXT].click()
    qtbot.mouseClick(page.view.canvas.viewport(), LEFT, pos=spot(page, 0.5, 0.5))
    page.idle()
    assert workspace.annotations.annotations == {}
    assert "words first" in words(bar)
    bar.text.setText("sign")
    qtbot.mouseClick(page.view.canvas.viewport(), LEFT, pos=spot(page, 0.5, 0.5))
    page.idle()
    assert [annotation.text for annotation in workspace.annotations.annotations.values()] == ["sign"]


def test_marks_belong_to_their_exhibit(page, workspace):
    workspace.annotations.add(1, AnnotationKind.TEXT, ((0.5, 0.5),), "first")
    page.open(1)
    assert len(page.examiner.layers[0]._annotations) == 1
    page.open(2)
    assert page.examiner.layers[0]._annotations == ()
    assert page.examiner.bar.list.count() == 0
    page.clear()
    page.open(1)
    assert len(page.examiner.layers[0]._annotations) == 1


def test_read_only_nothing_is_drawn_or_written(page, workspace):
    workspace.cases.current.read_only = True
    blind(workspace)
    page.open(1)
    assert not page.examiner.panel.write.isVisibleTo(page.examiner.panel)
    assert not page.examiner.bar.tools[AnnotationKind.ARROW].isEnabled()
    assert "read-only" in words(page.examiner.panel)
