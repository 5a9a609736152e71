"""Story: an analyst writes a report in the window, sees its pages, settles what is missing, issues and amends it."""

import hashlib

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox

from app.dialogs.verification import VerificationDialog
from core.custody import ClaimState
from core.domain import CaseDetails, ExhibitFilter, SortKey
from core.reporting import ReportForm
from tests.conftest import save_pictures
from tests.e2e.window import LONG_MS, drop, open_window, settle

_ANSWERS = {
    "customer": "Public prosecutor, Hamburg",
    "place": "Hamburg",
    "condition": "A sealed stick.",
    "sampling": "None.",
    "deviations": "None.",
    "external_results": "None.",
    "author": "A. Moreau",
    "authoriser": "B. Weber",
    "received_on": "2026-11-19",
    "summary": "This proves that the picture is fake.",
}
_LABORATORY = {"name": "Regional laboratory 3", "address": "Justice Street 1", "method": "SOP-17"}


def fill(view):
    for fields, values in ((view.laboratory.fields, _LABORATORY), *((part, _ANSWERS) for part in view.fields.values())):
        for name in set(fields.names) & set(values):
            field = fields.field(name)
            getattr(field, "setPlainText", getattr(field, "setText", None))(values[name])


def wait_for_page(qtbot, window, page):
    timers = (page._save_soon, page._renew_soon, page.view.preview.sheets._ask_soon)
    settle(qtbot, window)
    qtbot.waitUntil(lambda: not any(timer.isActive() for timer in timers), timeout=LONG_MS)
    settle(qtbot, window)


@pytest.fixture
def case(qtbot, tmp_path, installed):
    """A case of three analysed pictures, closed."""
    path = tmp_path / "reported.dnacase"
    with open_window(qtbot) as window:
        window.desk.create(path, CaseDetails("Reported", "2026-114", "A. Moreau"))
        settle(qtbot, window)
        drop(window, [save_pictures(tmp_path / "in", 3)])
        settle(qtbot, window)
    return path


def test_from_the_exhibits_to_a_sealed_and_amended_report(qtbot, tmp_path, case):
    with open_window(qtbot) as window:
        window.open_case(case)
        settle(qtbot, window)
        services = window._workspace
        ids = services.exhibits.ids(ExhibitFilter(), SortKey.TAKEN)
        window.show_page("report")
        page = window.pages.current
        wait_for_page(qtbot, window, page)
        view = page.view
        assert view.shown == "report"
        assert view.preview.sheets.total > 1, view.preview.sentence
        assert "customer" in {point.key for point in view.blocking.points}
        assert not view.issue.isEnabled()

        page.ticks.setData(page.ticks.index(0, 0), Qt.CheckState.Unchecked, Qt.ItemDataRole.CheckStateRole)
        box = next(box for box in view.findChildren(QCheckBox) if box.text() == "Web page")
        box.click()
        view.contents.form.setCurrentIndex(view.contents.form.findData(ReportForm.SHORT))
        view.contents.form.activated.emit(view.contents.form.currentIndex())
        fill(view)
        wait_for_page(qtbot, window, page)
        assert [point.sentence for point in view.blocking.points] == []
        assert any("proves" in point.sentence for point in view.wording.points)
        assert not any("proves" in point.sentence for point in view.advice.points), "said once, where it is written"
        assert view.issue.isEnabled(), view.why_not.text()

        view.issue.click()
        dialog = page.issuing.dialog
        dialog.out.choose(str(tmp_path / "out"))
        dialog.go.click()
        wait_for_page(qtbot, window, page)
        issued = dialog.issued
        assert issued is not None, dialog._problem.text()
        assert (issued.exhibits, issued.form, issued.folder.parent.name) == (2, ReportForm.SHORT, "reports")
        assert {file.name.rpartition(".")[2] for file in issued.files} >= {"pdf", "csv", "json", "jsonld"}
        assert not any(file.name.endswith(".html") for file in issued.files)
        for file in issued.files:
            data = (issued.folder / file.name).read_bytes()
            assert hashlib.sha256(data).hexdigest() == file.sha256
            assert next((tmp_path / "out").rglob(file.name)).read_bytes() == data
        assert services.reports.draft().exhibit_ids == ids[1:]
        dialog.close()

        view.issued.verify.click()
        settle(qtbot, window)
        claims = {claim.name: claim for claim in window.findChild(VerificationDialog).verification.claims}
        assert all(claim.state is not ClaimState.FAILED for claim in claims.values()), claims
        assert claims["report seal"].state is ClaimState.PASSED
        assert claims["issued by this case"].state is ClaimState.PASSED

        view.issued.amend.click()
        wait_for_page(qtbot, window, page)
        page.issuing.dialog.reason.setPlainText("The customer was misspelt.")
        page.issuing.dialog.go.click()
        wait_for_page(qtbot, window, page)
        amended = page.issuing.dialog.issued
        assert (amended.revision, amended.supersedes, amended.number) == (2, issued.uid, issued.number)
        assert issued.folder.is_dir(), "the report that was amended stays"
        page.issuing.dialog.close()


def test_a_draft_is_found_again_and_a_read_only_case_only_shows(qtbot, case):
    with open_window(qtbot) as window:
        window.open_case(case)
        settle(qtbot, window)
        window.show_page("report")
        page = window.pages.current
        wait_for_page(qtbot, window, page)
        page.view.fields["request"].field("customer").setText("Court of Hamburg")
        window.show_page("triage")
        settle(qtbot, window)
        window.desk.close()
        settle(qtbot, window)
        window.desk.open(case, read_only=True)
        settle(qtbot, window)
        window.show_page("report")
        wait_for_page(qtbot, window, page)
        assert page.view.fields["request"].field("customer").text() == "Court of Hamburg"
        assert page.view.fields["request"].field("customer").isReadOnly()
        assert page.view.preview.sheets.total > 1, page.view.preview.sentence
        assert not page.view.issue.isEnabled()
