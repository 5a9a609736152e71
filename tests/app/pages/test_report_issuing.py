from pathlib import Path

import pytest
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog, QLabel

from app.actions import build_actions
from app.dialogs.verification import VerificationDialog
from app.pages.report import ReportPage
from core.errors import BadInput, DiskFull
from core.reporting import CheckItem, SigningChoice


@pytest.fixture
def opened(monkeypatch):
    """What was given to the programs of the system."""
    asked = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: asked.append(Path(url.toLocalFile())) or True)
    return asked


@pytest.fixture
def page(stand_in, jobs, qtbot, opened):
    made = ReportPage(stand_in, jobs)
    qtbot.addWidget(made)
    made.adopt_actions(build_actions(made))
    made.resize(1180, 740)
    made.show()
    for timer in (made._save_soon, made._renew_soon):
        timer.setInterval(timer.interval() // 20)
    made.said = []
    made.message.connect(made.said.append)
    jobs.changed.connect(made.reload)
    timers = (made._save_soon, made._renew_soon, made.view.preview.sheets._ask_soon)
    made.idle = lambda: qtbot.waitUntil(
        lambda: not jobs.running(quiet=True) and not any(timer.isActive() for timer in timers), timeout=8000
    )
    made.set_case(stand_in.open_case())
    made.idle()
    made.view.fields["request"].field("customer").setText("Court")
    made.idle()
    return made


def ask(page):
    page.view.issue.click()
    return page.issuing.dialog


def test_a_report_is_issued_opened_shown_and_listed(page, stand_in, opened, tmp_path, jobs):
    dialog = ask(page)
    dialog.out.choose(str(tmp_path / "out"))
    dialog.go.click()
    assert dialog.working
    assert (dialog.stop.isVisible(), dialog.close_button.text()) == (True, "Go on in the background")
    assert [job.title for job in jobs.running()] == ["Issuing a report"]
    page.idle()
    (draft, out, sign, _reason) = stand_in.reports.asked[0]
    assert (draft.customer, out, sign) == ("Court", tmp_path / "out", None)
    folder = stand_in.reports.made[0].folder
    assert dialog._result.text() == (
        f"2026-114 (R-000000000001) is kept in {folder}.\n"
        f"Copies are in {tmp_path / 'out'}.\nSealed by Regional laboratory 3."
    )
    for button in dialog._after[:2]:
        button.click()
    assert opened == [folder / "report.pdf", folder]
    assert page.view.issued.chosen.uid == "R-000000000001"
    assert stand_in.settings.recall("report_folder") == str(tmp_path / "out")
    dialog.close()
    assert ask(page).out.text() == str(tmp_path / "out"), "where copies went is offered again"


def test_progress_is_shown_and_cancelling_keeps_nothing(page, stand_in, qtbot):
    stand_in.reports.steps, stand_in.reports.pause_s = 200, 0.02
    dialog = ask(page)
    dialog.go.click()
    qtbot.waitUntil(lambda: dialog.bar.value() > 2)
    assert "Hashing the exhibits" in dialog._how_far.text()
    assert "left" in dialog._how_far.text()
    assert page._why_not() != ""
    dialog.stop.click()
    assert not dialog.stop.isEnabled()
    page.idle()
    assert dialog._problem.text() == "The report was not issued; nothing of it is kept."
    assert stand_in.reports.made == []
    assert dialog.go.isVisible()


def test_what_failed_is_said_and_nothing_typed_is_lost(page, stand_in, tmp_path):
    stand_in.fail["reports.issue"] = DiskFull("There is no space left.")
    dialog = ask(page)
    dialog.signing.file_choice.setChecked(True)
    dialog.go.click()
    assert dialog._problem.text() == "Choose the file of your certificate, or another seal."
    assert stand_in.reports.asked == []
    dialog.signing.file.choose(str(tmp_path / "me.p12"))
    dialog.signing.password.setText("secret")
    dialog.signing.place.setText("Hamburg")
    dialog.go.click()
    page.idle()
    assert dialog._problem.text() == "There is no space left."
    assert dialog.signing.password.text() == "secret"
    assert stand_in.reports.asked[0][2] == SigningChoice(tmp_path / "me.p12", "secret", True, place="Hamburg")
    dialog.close()
    assert dialog.signing.password.text() == "", "a password does not outlive the dialog"


def test_a_certificate_is_made_and_taken(page, stand_in, tmp_path):
    signing = ask(page).signing
    signing.new_choice.setChecked(True)
    assert not signing.make.isEnabled()
    signing.name.setText("A. Moreau")
    signing.new_file.choose(str(tmp_path / "moreau"))
    signing.new_password.setText("long enough")
    signing.again.setText("long enoagh")
    assert signing._said.text() == "The two passwords differ."
    signing.again.setText("long enough")
    signing.make.click()
    page.idle()
    assert stand_in.signing.made == [(tmp_path / "moreau.p12", "A. Moreau", "long enough")]
    assert signing.choice() == SigningChoice(tmp_path / "moreau.p12", "long enough", True)


def test_a_certificate_that_cannot_be_made_is_a_sentence(page, stand_in, tmp_path):
    signing = ask(page).signing
    signing.new_choice.setChecked(True)
    stand_in.fail["signing.make_certificate"] = BadInput("That folder does not exist.")
    for field, text in ((signing.name, "A"), (signing.new_password, "x" * 8), (signing.again, "x" * 8)):
        field.setText(text)
    signing.new_file.choose(str(tmp_path / "a.p12"))
    signing.make.click()
    page.idle()
    assert signing._said.text() == "That folder does not exist."
    assert signing.new_choice.isChecked()
    assert page.issuing.dialog.signing.problem() == "Make the certificate first, or choose another seal."


def test_an_amended_report_needs_a_reason_and_replaces_the_old_one(page, stand_in):
    ask(page).go.click()
    page.idle()
    page.issuing.dialog.close()
    page.idle()
    issued = page.view.issued
    issued.amend.click()
    page.idle()
    dialog = page.issuing.dialog
    dialog.go.click()
    assert dialog._problem.text() == "Write down why the report is amended: the new revision says so."
    assert not dialog.working
    dialog.reason.setPlainText("Wrong customer.")
    dialog.go.click()
    page.idle()
    assert stand_in.reports.asked[-1][3] == "Wrong customer."
    dialog.close()
    assert [issued.list.item(row).text().split("\n")[-1] for row in range(2)] == [
        "Amends R-000000000001: Wrong customer.",
        "Replaced by R-000000000002.",
    ]
    issued.list.setCurrentRow(1)
    assert not issued.amend.isEnabled()
    assert issued.amend.toolTip() == "It was replaced by R-000000000002; amend that one."


def test_a_number_that_was_used_stands_in_the_way_of_a_new_report_only(page, stand_in):
    ask(page).go.click()
    page.idle()
    page.issuing.dialog.close()
    stand_in.reports.extra = (CheckItem("number", "A report with the number 7 was issued already.", True),)
    page._renew()
    page.idle()
    assert not page.view.issue.isEnabled()
    page.trigger("report.issue")
    assert page.said[-1] == "1 point has to be settled first."
    page.view.issued.amend.click()
    page.idle()
    assert page.issuing.dialog._amends is stand_in.reports.made[0]
    assert not page.issuing.dialog.use_text.isVisible()


def test_amending_names_what_the_page_says_otherwise_and_offers_the_text_of_the_report(page, stand_in):
    ask(page).go.click()
    page.idle()
    page.issuing.dialog.close()
    customer = page.view.fields["request"].field("customer")
    customer.setText("Another court")
    page.ticks.choose((2,), on=False)
    page.idle()
    page.view.issued.amend.click()
    page.idle()
    dialog = page.issuing.dialog
    said = " ".join(label.text() for label in dialog.findChildren(QLabel) if label.isVisible())
    assert "These differ: Customer, Exhibits." in said
    dialog.use_text.click()
    page.idle()
    assert (customer.text(), page.ticks.all_chosen) == ("Court", True)
    page.view.issued.amend.click()
    page.idle()
    assert not page.issuing.dialog.use_text.isVisible()


def test_amending_that_is_blocked_names_the_way_out(page, stand_in):
    ask(page).go.click()
    page.idle()
    page.issuing.dialog.close()
    page.view.fields["request"].field("customer").setText("")
    page.idle()
    page.view.issued.amend.click()
    assert page.said[-1].startswith("1 point has to be settled first. To amend a report, press “Use its text”")


def test_the_text_of_an_issued_report_comes_back_and_goes_again(page, stand_in):
    ask(page).go.click()
    page.idle()
    page.issuing.dialog.close()
    customer = page.view.fields["request"].field("customer")
    customer.setText("Another court")
    page.view.exhibits.none_shown.click()
    page.ticks.choose((2,), on=True)
    page.idle()
    page.view.issued.reuse.click()
    page.idle()
    assert (customer.text(), page.ticks.all_chosen) == ("Court", True)
    assert stand_in.reports.kept.customer == "Court"
    page.view.issued.reuse.click()
    page.idle()
    assert (customer.text(), page.ticks.chosen) == ("Another court", (2,))
    assert page.view.issued.reuse.text() == "Use its text"


def test_the_work_goes_on_when_the_dialog_is_closed(page, stand_in, qtbot):
    stand_in.reports.pause_s = 0.05
    dialog = ask(page)
    dialog.go.click()
    qtbot.wait(20)
    dialog.close()
    qtbot.waitUntil(lambda: page.issuing.dialog is None)
    page.idle()
    assert page.said[-1].startswith("2026-114 (R-000000000001) is kept in ")
    assert page.view.issue.isEnabled()


def test_an_issued_report_that_vanished_is_a_sentence(page, stand_in, opened):
    ask(page).go.click()
    page.idle()
    page.issuing.dialog.close()
    (stand_in.reports.made[0].folder / "report.pdf").unlink()
    page.view.issued.open.click()
    assert opened == []
    assert page.said[-1].startswith(str(stand_in.reports.made[0].folder / "report.pdf"))


def test_reports_are_verified_with_the_open_case(page, stand_in, monkeypatch, tmp_path):
    ask(page).go.click()
    page.idle()
    page.issuing.dialog.close()
    shown = []
    monkeypatch.setattr(VerificationDialog, "show", lambda dialog: shown.append(dialog.verification))
    page.view.issued.verify.click()
    page.idle()
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(tmp_path / "other.pdf"), ""))
    page.view.issued.file.click()
    page.idle()
    case = stand_in.cases.current.path
    assert stand_in.report_verification.asked == [
        (stand_in.reports.made[0].folder / "report.pdf", case),
        (tmp_path / "other.pdf", case),
    ]
    assert [verification.passed for verification in shown] == [False, False]
