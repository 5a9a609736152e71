"""Story: items are received and their custody is written down, evidence is lost and put back, a finding is repeated."""

import hashlib
import shutil

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton

from app.dialogs.intake_report import IntakeReportDialog
from core.custody import EvidenceState
from core.domain import CaseDetails
from core.services.workspace import Workspace
from core.store import blobs, exhibits
from tests.conftest import save_pictures
from tests.core.store.generated import facts_of
from tests.e2e.window import LONG_MS, open_window, settle, triage


@pytest.fixture
def case(tmp_path, installed):
    path = tmp_path / "phone.dnacase"
    with Workspace() as workspace:
        workspace.settings.set("examiner", "A. Moreau")
        workspace.cases.create(path, CaseDetails("Phone", "2026-114"))
    return path


def light(window):
    return window.pages.page("case").evidence.light


def click(qtbot, parent, caption):
    button = next(one for one in parent.findChildren(QPushButton) if one.text().replace("&", "") == caption)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def fill(qtbot, window, dialog, **lines):
    for name, text in lines.items():
        dialog.lines[name].setText(text)
    qtbot.mouseClick(dialog.keep, Qt.MouseButton.LeftButton)
    settle(qtbot, window)


def test_custody_evidence_and_repetition_in_the_window(case, tmp_path, qtbot):
    source = save_pictures(tmp_path / "phone", 3)
    with open_window(qtbot) as window:
        window.desk.open(case)
        settle(qtbot, window)
        page = window.pages.page("case")
        window.show_page("case")
        assert light(window).words.text() == "No evidence yet"

        window.desk.take([source])
        settle(qtbot, window)
        assert light(window).words.text() == "Not verified since intake"
        window.dialogs.show_report()
        qtbot.waitUntil(lambda: window.findChild(IntakeReportDialog) is not None)
        report = window.findChild(IntakeReportDialog)
        click(qtbot, report, "Custody…")
        qtbot.waitUntil(lambda: window.dialogs._custody.dialog is not None)
        form = window.dialogs._custody.dialog
        assert form.about.currentText() == "3 exhibits that you chose"
        fill(qtbot, window, form, from_party="Insp. Brandt", item="2026/17-A3", seal="B 4471, whole")
        report.close()
        assert page._tabs.tabText(1) == "Custody (1)"

        triage(window).select(1)
        window.show_page("triage")
        triage(window).view.grid.select_row(0)
        triage(window).trigger("triage.custody")
        qtbot.waitUntil(lambda: triage(window)._custody.dialog is not None)
        form = triage(window)._custody.dialog
        form.kind.setCurrentIndex(form.kind.findData("returned"))
        fill(qtbot, window, form, from_party="A. Moreau", to_party="Insp. Brandt")
        window.show_page("case")
        settle(qtbot, window)
        assert page._tabs.tabText(1) == "Custody (2)"
        assert page.evidence.view.list.item(1).text().splitlines()[1] == "A. Moreau → Insp. Brandt"

        first = triage(window).table.ids[0]
        window.show_exhibit(first)
        settle(qtbot, window)
        row = window.pages.page("examine").repeat._row
        qtbot.mouseClick(row.button, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: row.words.text() != "", timeout=LONG_MS)
        assert row.words.text().startswith(("Equal: the same verdict", "Within tolerance: the same verdict"))
        settle(qtbot, window)

    lost, changed = _damage(case)
    with open_window(qtbot) as window:
        window.desk.open(case)
        settle(qtbot, window)
        assert "2 of 3 are not what they were" in light(window).words.text()
        window.show_page("case")
        qtbot.mouseClick(light(window).show_button, Qt.MouseButton.LeftButton)
        problems = window.pages.page("case").evidence.problems
        states = {problem.sha256: problem.state for problem in problems.table.records}
        assert states == {lost.name: EvidenceState.MISSING, changed.name: EvidenceState.CHANGED}
        assert str(changed) in "".join(problem.sentence for problem in problems.table.records)

        # The way out that the sentences name: the missing one is taken in again, the changed one restored from a copy.
        window.desk.take([source])
        settle(qtbot, window)
        shutil.copyfile(case.with_suffix(".kept") / changed.name, changed)
        click(qtbot, problems, "Verify again")
        settle(qtbot, window)
        assert "3 of 3 verified" in light(window).words.text()

    with Workspace() as workspace:
        workspace.cases.open(case, read_only=True)
        told = [entry for entry in reversed(workspace.cases.log(100)) if entry.action == "recheck"]
        assert [(entry.payload["reason"], entry.payload["intact"]) for entry in told] == [
            ("opening", 1), ("on demand", 3),
        ]  # fmt: skip
        of_first = workspace.custody.of(first)
        assert [event.form.kind.value for event in of_first] == ["received", "returned"]
        assert len(workspace.rerun.of(first)) == 1


def _damage(case):
    """One evidence file is lost and another one changed; a copy of it lies elsewhere."""
    with Workspace() as workspace:
        workspace.cases.open(case, read_only=True)
        paths = [blobs.evidence_path(case, workspace.exhibits.get(number).sha256) for number in (1, 2)]
    kept = case.with_suffix(".kept")
    kept.mkdir()
    shutil.copyfile(paths[1], kept / paths[1].name)
    paths[0].unlink()
    data = bytearray(paths[1].read_bytes())
    data[len(data) // 2] ^= 1
    paths[1].chmod(0o644)
    paths[1].write_bytes(data)
    return paths


def test_a_verification_that_is_stopped_by_closing_the_window_leaves_the_case_sound(case, tmp_path, qtbot):
    with Workspace() as workspace:
        workspace.cases.open(case)
        workspace.intake.take([save_pictures(tmp_path / "phone", 2)])
    big = _plant(case, 60_000_000)
    with open_window(qtbot) as window:
        window.desk.open(case)
        qtbot.waitUntil(lambda: window.pages.page("case").evidence._running is not None, timeout=LONG_MS)
    with Workspace() as workspace:
        workspace.cases.open(case)
        assert workspace.integrity.recheck().value.intact == 3
    assert big.stat().st_size == 60_000_000


def _plant(case, size):
    """One more exhibit, of many bytes."""
    data = bytes(size)
    sha256 = hashlib.sha256(data).hexdigest()
    with Workspace() as workspace:
        workspace.cases.open(case)
        incoming = blobs.incoming_path(case)
        incoming.write_bytes(data)
        path = blobs.keep(case, incoming, sha256)
        with workspace.cases.database.writing() as transaction:
            named = {"sha256": sha256, "md5": "0" * 32, "name": "big.png", "path": "/big.png"}
            exhibits.add(transaction, size_bytes=size, facts=facts_of(), **named)
    return path
