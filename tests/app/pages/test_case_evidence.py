"""The evidence on the Case page: verified after opening and on demand, and who had the items."""

from datetime import UTC, datetime

import pytest

from app.actions import build_actions
from app.jobs import Lane
from app.pages.case import CasePage
from core.custody import CustodyForm, CustodyKind
from core.domain import Table
from core.errors import CoreError

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


@pytest.fixture
def page(stand_in, jobs, qtbot):
    made = CasePage(stand_in, jobs)
    qtbot.addWidget(made)
    made.adopt_actions(build_actions(made))
    jobs.changed.connect(made.reload)
    made.said = []
    made.message.connect(made.said.append)
    made.show()
    made.idle = lambda: qtbot.waitUntil(lambda: not jobs.running(quiet=True))
    made.light = made.evidence.light
    return made


def open_case(page, stand_in, **how):
    page.set_case(stand_in.open_case(**how))
    page.idle()


def tab(page):
    return page._tabs.tabText(1)


def test_a_case_is_verified_after_it_was_opened(page, stand_in):
    open_case(page, stand_in)
    assert "12 of 12 verified" in page.light.words.text()
    assert stand_in.integrity.whole.reason == "opening"
    page.set_case(stand_in.cases.current)  # the same case in other words is not verified again
    page.reload(frozenset({Table.CASE, Table.EXHIBITS}))
    page.idle()
    assert stand_in.calls.count("integrity.recheck") == 1


def test_the_setting_turns_that_off_and_it_is_verified_on_demand(page, stand_in):
    stand_in.settings.set("integrity.on_opening", False)
    open_case(page, stand_in)
    assert page.light.words.text() == "Not verified since intake"
    page.light.verify.click()
    page.idle()
    assert "12 of 12 verified" in page.light.words.text()
    assert stand_in.integrity.whole.reason == "on demand"
    page.trigger("case.verify_evidence")
    page.idle()
    assert stand_in.calls.count("integrity.recheck") == 2


def test_an_empty_case_is_not_verified(page, stand_in):
    stand_in.lines.clear()
    open_case(page, stand_in)
    assert page.light.words.text() == "No evidence yet"
    assert "integrity.recheck" not in stand_in.calls


def test_it_runs_on_its_own_lane_and_is_seen_only_where_it_takes_long(page, stand_in, jobs):
    started = []
    jobs.started.connect(lambda job: started.append(job) if job.lane is Lane.CHECK else None)
    open_case(page, stand_in)  # 15 MB
    for number in range(200):
        stand_in.add(f"more_{number}.jpg")
    stand_in.cases.close()
    page.set_case(None)
    open_case(page, stand_in)
    page.light.verify.click()
    page.idle()
    assert [job.quiet for job in started] == [True, False, False]


def test_a_verification_is_stopped_and_told(page, stand_in, jobs, qtbot):
    stand_in.settings.set("integrity.on_opening", False)
    open_case(page, stand_in)
    stand_in.integrity.pause_s = 0.05
    page.light.verify.click()
    qtbot.waitUntil(lambda: "Verifying:" in page.light.words.text())
    page.evidence.verify()  # it is going on already
    page.light.verify.click()
    page.idle()
    assert page.light.words.text() == "Not verified since intake"
    assert page.said == ["The evidence was not verified to the end."]
    assert stand_in.calls.count("integrity.recheck") == 1


def test_a_verification_never_outlives_its_case(page, stand_in, jobs, qtbot, tmp_path):
    stand_in.integrity.pause_s = 0.05
    page.set_case(stand_in.open_case())
    qtbot.waitUntil(lambda: "Verifying:" in page.light.words.text())
    page.set_case(None)
    page.idle()
    assert stand_in.integrity.whole is None
    assert page.said == []
    stand_in.integrity.pause_s = 0.0
    open_case(page, stand_in)
    assert "12 of 12" in page.light.words.text()


def test_what_is_not_what_it_was_is_listed_with_its_path(page, stand_in):
    stand_in.integrity.broken = (stand_in.lines[3].sha256, stand_in.lines[5].sha256)
    open_case(page, stand_in)
    assert "2 of 12 are not what they were" in page.light.words.text()
    page.light.show_button.click()
    dialog = page.evidence.problems
    assert dialog.table.rowCount() == 2
    assert dialog.table.index(0, 2).data() == "Is not what it was."
    assert f"/evidence/{stand_in.lines[3].sha256[:2]}/{stand_in.lines[3].sha256} is not" in dialog.whole.text()
    stand_in.integrity.broken = ()
    dialog._again()
    page.idle()
    assert page.evidence.problems is None
    assert "12 of 12 verified" in page.light.words.text()


def test_a_failure_is_a_sentence(page, stand_in):
    stand_in.fail["integrity.recheck"] = CoreError("The drive is gone.")
    open_case(page, stand_in)
    assert page.said == ["The drive is gone."]
    assert page.light.verify.isEnabled()


def test_custody_is_written_down_listed_and_corrected(page, stand_in, qtbot):
    open_case(page, stand_in)
    assert tab(page) == "Custody"
    assert page.evidence.view.empty.isVisibleTo(page.evidence.view)
    page.trigger("case.custody")
    qtbot.waitUntil(lambda: page.evidence.asking.dialog is not None)
    dialog = page.evidence.asking.dialog
    dialog.lines["from_party"].setText("Insp. Brandt")
    dialog.lines["seal"].setText("B 4471")
    dialog.accept()
    page.idle()
    view = page.evidence.view
    assert tab(page) == "Custody (1)"
    assert view.list.item(0).text().splitlines()[1:3] == ["Insp. Brandt → A. Moreau", "seal B 4471"]
    assert not view.correct.isEnabled()
    view.list.setCurrentRow(0)
    view.correct.click()
    qtbot.waitUntil(lambda: page.evidence.asking.dialog is not None)
    page.evidence.asking.dialog.lines["seal"].setText("B 4472")
    page.evidence.asking.dialog.accept()
    page.idle()
    first, second = (view.list.item(row).text().splitlines()[0] for row in range(2))
    assert first.startswith("1. Received · corrected by no. 2 · ")
    assert second.startswith("2. Received · corrects no. 1 · ")
    assert view.chosen.id == 1  # what was chosen stays chosen
    assert [event.corrects for event in stand_in.custody.events] == [None, 1]


def test_read_only_nothing_is_written_but_everything_is_shown(page, stand_in, qtbot):
    stand_in.open_case()
    stand_in.custody.add(CustodyForm(CustodyKind.RECEIVED, AT, "Insp. Brandt"))
    open_case(page, stand_in, read_only=True)
    assert tab(page) == "Custody (1)"
    assert not page.evidence.view.add.isEnabled()
    page.evidence.view.list.setCurrentRow(0)
    assert not page.evidence.view.correct.isEnabled()
    page.trigger("case.custody")
    page.idle()
    assert page.evidence.asking.dialog is None
    assert "12 of 12 verified" in page.light.words.text()


def test_hostile_custody_is_shown_literally(page, stand_in):
    stand_in.open_case()
    stand_in.custody.add(CustodyForm(CustodyKind.REMARK, AT, remarks="<b>x</b>\u202eevil\ud800"))
    open_case(page, stand_in)
    shown = page.evidence.view.list.item(0)
    assert "<b>x</b>⟨U+202E⟩evil⟨U+D800⟩" in shown.text().splitlines()
    assert "&lt;b&gt;x" in shown.toolTip()


def test_a_new_case_may_ask_for_custody_at_once(page, stand_in, qtbot, tmp_path):
    page.ask_new()
    wizard = page._wizard
    wizard._about._title.setText("Portraits")
    wizard.next()
    wizard._place._folder.setText(str(tmp_path))
    wizard._place.custody.setChecked(True)
    wizard.accept()
    written = stand_in.cases.create(tmp_path / "Portraits.dnacase", wizard._about.details())
    page.end_new()
    page.set_case(written.value)
    qtbot.waitUntil(lambda: page.evidence.asking.dialog is not None)
    assert "no exhibit yet" in page.evidence.asking.dialog.about.itemText(0)
    stand_in.add("a.jpg")
    page.reload(frozenset({Table.EXHIBITS}))
    qtbot.waitUntil(lambda: page.evidence.asking.dialog.about.itemText(0) == "all exhibits of the case (1)")
    page.set_case(None)
    assert page.evidence.asking.dialog is None
    page.idle()
