"""The custody form: what is asked, what is questioned, and what is refused."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from app.dialogs.custody import CustodyDialog
from app.dialogs.custody_asking import CustodyAsking
from core.custody import CustodyEvent, CustodyForm, CustodyKind
from core.domain import CaseDetails

FORM = CustodyForm(
    CustodyKind.RETURNED,
    datetime(2026, 3, 2, 9, 30, tzinfo=timezone(timedelta(hours=5))),
    "A. Moreau",
    "Insp. Brandt",
    "2026/17-A3",
    "B 4471",
    "Reception",
    "One phone.",
)


@pytest.fixture
def dialog(qtbot):
    made = CustodyDialog("A. Moreau", 42, chosen=3)
    qtbot.addWidget(made)
    made.show()
    made.wished = []
    made.form_wished.connect(lambda *wish: made.wished.append(wish))
    made.click = lambda: qtbot.mouseClick(made.keep, Qt.MouseButton.LeftButton)
    return made


def test_it_suggests_now_and_who_is_at_work(dialog):
    form = dialog.form
    assert (form.kind, form.to_party, form.from_party) == (CustodyKind.RECEIVED, "A. Moreau", "")
    assert abs(form.at - datetime.now(UTC)) < timedelta(minutes=2)
    assert [dialog.about.itemText(place) for place in range(2)] == [
        "all exhibits of the case (42)",
        "3 exhibits that you chose",
    ]
    assert dialog._captions["from_party"].text() == "Received from"
    dialog.kind.setCurrentIndex(dialog.kind.findData("returned"))
    assert dialog._captions["to_party"].text() == "Returned to"


def test_the_form_is_wished_for_and_stays_until_it_is_kept(dialog):
    dialog.lines["from_party"].setText(" Insp. Brandt ")
    dialog.click()
    ((form, some),) = dialog.wished
    assert (form.from_party, some) == ("Insp. Brandt", True)
    assert dialog.isVisible()
    assert not dialog.keep.isEnabled()
    dialog.refuse("The form is blank. State at least who.")
    assert dialog.said.text() == "The form is blank. State at least who."
    dialog.about.setCurrentIndex(0)
    dialog.click()
    assert dialog.wished[1][1] is False
    dialog.close_kept()
    assert not dialog.isVisible()


def test_an_odd_time_is_questioned_once_and_then_believed(dialog):
    dialog.at.set_moment(datetime(1926, 3, 2, 9, 30, tzinfo=UTC))
    dialog.click()
    assert dialog.wished == []
    assert "before 1970" in dialog.said.text()
    assert "It is right" in dialog.keep.text()
    dialog.at.set_moment(datetime(2199, 3, 2, 9, 30, tzinfo=UTC))
    assert "It is right" not in dialog.keep.text()
    dialog.click()
    assert dialog.wished == []
    assert "still to come" in dialog.said.text()
    dialog.click()
    assert dialog.wished[0][0].at.year == 2199


def test_a_correction_begins_with_what_was_stated(qtbot):
    wrong = CustodyEvent(7, FORM, (1, 2), "A. Moreau", FORM.at)
    made = CustodyDialog("B. Later", 42, 2, wrong)
    qtbot.addWidget(made)
    assert made.form == FORM
    assert made.form.at.utcoffset() == timedelta(hours=5)


def test_it_is_written_down_and_a_refusal_is_told_in_the_form(stand_in, jobs, qtbot):
    page = QWidget()
    qtbot.addWidget(page)
    stand_in.open_case()
    asking = CustodyAsking(stand_in, jobs, page)
    asking.ask((1, 4))
    qtbot.waitUntil(lambda: asking.dialog is not None)
    dialog = asking.dialog
    dialog.lines["to_party"].clear()
    dialog.accept()
    qtbot.waitUntil(lambda: "is blank" in dialog.said.text())
    dialog.lines["seal"].setText("B 4471")
    dialog.accept()
    assert "it is not said who took them" in dialog.said.text()
    dialog.accept()
    qtbot.waitUntil(lambda: asking.dialog is None)
    (event,) = stand_in.custody.events
    assert (event.form.seal, event.exhibit_ids) == ("B 4471", (1, 4))


def test_a_form_that_was_opened_in_another_case_writes_nothing(stand_in, jobs, qtbot, tmp_path):
    page = QWidget()
    qtbot.addWidget(page)
    stand_in.open_case()
    asking = CustodyAsking(stand_in, jobs, page)
    asking.ask()
    qtbot.waitUntil(lambda: asking.dialog is not None)
    stand_in.cases.create(tmp_path / "other.dnacase", CaseDetails("Other"))
    asking.dialog.lines["seal"].setText("B 4471")
    asking.dialog.accept()
    qtbot.waitUntil(lambda: "Another case is open" in asking.dialog.said.text())
    assert stand_in.custody.events == []
    asking.forget()
