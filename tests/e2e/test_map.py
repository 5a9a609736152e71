"""Story: exhibits of an unknown architecture form a cluster; it is proposed, lassoed, tagged, grouped, examined."""

import numpy as np
import pytest
import torch
from PySide6.QtCore import QPoint, Qt

from core.dna.detector import write_detector
from core.dna.embedding import unit_vectors
from core.dna.encoder import Net
from core.dna.reference import Reference
from core.domain import CaseDetails, ExhibitFilter
from core.services.workspace import Workspace
from core.store import findings
from tests.conftest import CLASSES, plain_card, save_pictures
from tests.core.services.planted_case import story
from tests.core.store.generated import finding_of
from tests.e2e.window import LONG_MS, open_window, settle


@pytest.fixture
def prepared(tmp_path, own_user_folder):
    """A case of thirty pictures with findings as an analysis leaves them, eight of them of one unknown maker."""
    features, verdicts, reference, labels = story()
    detector = tmp_path / "tiny.safetensors"
    torch.manual_seed(3)
    kept = Reference(unit_vectors(reference)[0], labels)
    write_detector(detector, Net(len(CLASSES)), plain_card(), reference_images=kept)
    with Workspace() as workspace:
        used = workspace.detectors.install(detector).value.reference
        workspace.detectors.choose(used.digest)
        workspace.cases.create(tmp_path / "makers.dnacase", CaseDetails("Makers"))
        workspace.intake.take([save_pictures(tmp_path / "in", 30)])
        lines = workspace.exhibits.lines(workspace.exhibits.ids(ExhibitFilter()))
        made = [
            finding_of(
                0,
                exhibit_sha256=line.sha256,
                detector=used,
                verdict=verdict,
                architecture="nearest",
                feature=np.asarray(feature, np.float16).tobytes(),
            )
            for line, feature, verdict in zip(lines, features, verdicts, strict=True)
        ]
        with workspace.cases.database.writing() as transaction:
            findings.add_all(transaction, made)
        return workspace.cases.current.path, tuple(line.id for line in lines[:8])


def lasso(qtbot, drawn, ids):
    spots = [drawn.spot_of(exhibit).toPoint() for exhibit in ids]
    left, right = min(spot.x() for spot in spots) - 6, max(spot.x() for spot in spots) + 6
    top, bottom = min(spot.y() for spot in spots) - 6, max(spot.y() for spot in spots) + 6
    corners = [QPoint(left, top), QPoint(right, top), QPoint(right, bottom), QPoint(left, bottom), QPoint(left, top)]
    qtbot.mousePress(drawn, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, corners[0])
    for corner in corners[1:]:
        qtbot.mouseMove(drawn, corner)
    qtbot.mouseRelease(drawn, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, corners[-1])


def test_a_cluster_of_unknowns_is_found_on_the_map_and_tagged(qtbot, prepared):
    case, alike = prepared
    with open_window(qtbot) as window:
        window.open_case(case)
        settle(qtbot, window)
        services = window._workspace
        window.show_page("map")
        page = window.pages.current
        qtbot.waitUntil(lambda: page._drawn is not None and page._drawn.final, timeout=LONG_MS)
        assert page._drawn.clusters == (alike,)
        assert page.view.panel.clusters.item(0).text() == "Group 1: 8 exhibits"

        page.view.method.setCurrentText("t-SNE")
        page.view.method.activated.emit(1)
        settle(qtbot, window)
        assert page._drawn.method == "t-SNE"
        assert page._drawn.final
        page.view.lasso.click()
        lasso(qtbot, page.view.map, alike)
        assert page.view.map.selection == alike, "t-SNE keeps them together and apart from the others"
        page.view.panel._tags.actions()[2].trigger()
        settle(qtbot, window)
        assert services.exhibits.ids(ExhibitFilter(tags=frozenset({3}))) == alike
        window.edits.stack.undo()
        settle(qtbot, window)
        assert services.exhibits.ids(ExhibitFilter(tags=frozenset({3}))) == ()
        window.edits.stack.redo()

        page.view.panel.group.click()
        settle(qtbot, window)
        page._grouping.dialog.name.setText("Unknown maker A")
        page._grouping.dialog.accept()
        settle(qtbot, window)
        (group,) = services.groups.all()
        assert (group.name, group.exhibit_ids) == ("Unknown maker A", alike)

        page.view.panel.triage.click()
        settle(qtbot, window)
        assert window.pages.current_id == "triage"
        assert window.pages.current.targets() == alike

        window.show_page("map")
        page.view.map.chosen.emit(alike[0])
        settle(qtbot, window)
        near = page.view.panel.neighbours
        assert near.exhibits.count() == 12
        assert not near.exhibits.item(0).icon().isNull()
        page.view.map.opened.emit(alike[0])
        settle(qtbot, window)
        assert window.pages.current_id == "examine"
        assert page.view.map._current == alike[0]


def test_leaving_while_the_map_is_refined_ends_it(qtbot, prepared):
    case, _ = prepared
    with open_window(qtbot) as window:
        window.open_case(case)
        settle(qtbot, window)
        window.show_page("map")
        page = window.pages.current
        page.view.method.setCurrentText("t-SNE, the paper's preset")
        page.view.method.activated.emit(2)
        qtbot.waitUntil(lambda: bool(window._workspace.embedding._running), timeout=LONG_MS)
        window.desk.close()
        settle(qtbot, window)
        assert window._workspace.embedding._running == set()
        assert page._drawn is None
