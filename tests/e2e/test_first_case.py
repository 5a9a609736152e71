"""Story: a new analyst makes a case, drops a folder, watches it being attributed, sorts it, looks at an exhibit."""

import numpy as np
from PIL import Image
from PySide6.QtCore import Qt

from core.domain import CaseDetails, ExhibitFilter, ReviewState, SortKey, Verdict
from tests.conftest import save_pictures
from tests.e2e.window import LONG_MS, drop, open_window, settle, shown_ids, triage


def test_from_a_drop_to_the_reason(qtbot, tmp_path, installed):
    folder = save_pictures(tmp_path / "in", 5)
    Image.fromarray(np.full((200, 200, 3), 60, np.uint8)).save(folder / "flat.png")
    (folder / "letter.jpg").write_text("no image")
    with open_window(qtbot) as window:
        window.desk.create(tmp_path / "first.dnacase", CaseDetails("First case"))
        settle(qtbot, window)
        assert "First case" in window.windowTitle()
        window.show_page("triage")
        drop(window, [folder])
        settle(qtbot, window)
        services = window._workspace

        qtbot.waitUntil(lambda: len(shown_ids(window)) == 6)
        lines = services.exhibits.lines(shown_ids(window))
        assert all(line.verdict for line in lines)
        assert [line.verdict for line in lines if line.name == "flat.png"] == [Verdict.OUT_OF_SCOPE]
        assert services.intake.report().lines[1].path.endswith(".jpg")

        table = triage(window).table
        table.show_query(ExhibitFilter(), SortKey.SCORE, descending=True)
        settle(qtbot, window)
        scores = [line.score for line in services.exhibits.lines(shown_ids(window)) if line.score is not None]
        assert scores == sorted(scores, reverse=True)

        wanted = next(line.id for line in lines if line.verdict is not Verdict.OUT_OF_SCOPE)
        window.show_exhibit(wanted)
        examine = window.pages.page("examine")
        settle(qtbot, window)
        examine.trigger("examine.toggle_heat_map")
        examine.trigger("examine.toggle_grid")
        maps = tmp_path / "first.dnacase" / "derived" / "heat_maps"
        qtbot.waitUntil(lambda: len(list(maps.rglob("*.npz"))) == 1, timeout=LONG_MS)
        settle(qtbot, window)
        examine.trigger("examine.mark_reviewed")
        settle(qtbot, window)
        assert services.exhibits.ids(ExhibitFilter(states=frozenset({ReviewState.REVIEWED}))) == (wanted,)


def test_filter_tag_undo(qtbot, tmp_path, installed):
    folder = save_pictures(tmp_path / "in", 4)
    with open_window(qtbot) as window:
        window.desk.create(tmp_path / "tags.dnacase", CaseDetails("Tags"))
        settle(qtbot, window)
        window.show_page("triage")
        drop(window, [folder])
        settle(qtbot, window)
        services, page = window._workspace, triage(window)
        first, second = shown_ids(window)[:2]
        page.select(first)
        settle(qtbot, window)
        qtbot.keyClick(page.view.grid, Qt.Key.Key_3)
        settle(qtbot, window)
        assert services.exhibits.get(first).tags == (3,)
        window.edits.stack.undo()
        settle(qtbot, window)
        assert services.exhibits.get(first).tags == ()
        window.edits.stack.redo()
        settle(qtbot, window)
        assert services.exhibits.ids(ExhibitFilter(tags=frozenset({3}))) == (first,)
        actions = [entry.action for entry in services.cases.log() if entry.action.startswith("tag")]
        assert len(actions) == 3, "undo is a further entry of the log, never a deletion"
        page.table.show_query(ExhibitFilter(text="picture-0001"), SortKey.NAME, descending=False)
        settle(qtbot, window)
        assert shown_ids(window) == (second,)


def test_a_case_survives_closing_and_deleting_what_can_be_computed_again(qtbot, tmp_path, installed):
    import shutil

    case = tmp_path / "kept.dnacase"
    with open_window(qtbot) as window:
        window.desk.create(case, CaseDetails("Kept"))
        settle(qtbot, window)
        drop(window, [save_pictures(tmp_path / "in", 3)])
        settle(qtbot, window)
    shutil.rmtree(case / "derived")
    with open_window(qtbot) as window:
        window.open_case(case)
        settle(qtbot, window)
        window.show_page("triage")
        settle(qtbot, window)
        assert len(shown_ids(window)) == 3
        window.show_exhibit(shown_ids(window)[0])
        settle(qtbot, window)
        assert not window.pages.page("examine").view.canvas.empty
