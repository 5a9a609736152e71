from pathlib import Path

import pytest

from app.case_desk import CaseDesk
from app.jobs import Lane
from core.domain import CaseDetails, PendingIntake
from core.errors import BadInput, CaseInUse, CaseTooNew, DiskFull, NotACase

CASE = Path("/cases/Portraits.dnacase")


@pytest.fixture
def desk(stand_in, jobs, qtbot):
    made = CaseDesk(stand_in, jobs)
    made.said, made.cases, made.outdone = [], [], []
    made.noticed.connect(made.said.append)
    made.case_changed.connect(made.cases.append)
    made.outdated.connect(made.outdone.append)
    made.idle = lambda: qtbot.waitUntil(lambda: not jobs.running(quiet=True))
    return made


def choose(desk, text):
    choice = next(choice for choice in desk.said[-1].choices if choice.text == text)
    choice.act()
    desk.idle()


def test_a_case_is_opened_and_put_away(desk, stand_in):
    desk.open(CASE)
    desk.idle()
    assert desk.case.path == CASE
    assert desk.writable
    desk.close()
    desk.idle()
    assert desk.case is None
    assert [case and case.path for case in desk.cases] == [CASE, None]


def test_a_case_in_use_is_offered_read_only(desk, stand_in):
    stand_in.fail["cases.open"] = CaseInUse(CASE, "A. Moreau on lab-3, since 2026-11-21 10:31")
    desk.open(CASE)
    desk.idle()
    assert desk.case is None
    assert "A. Moreau on lab-3" in desk.said[-1].text
    choose(desk, "Open read-only")
    assert desk.case.read_only
    assert not desk.writable


@pytest.mark.parametrize("error", [NotACase("/x is not a case."), CaseTooNew("/x was made by a newer version.")])
def test_a_failed_opening_keeps_what_is_open(desk, stand_in, error):
    desk.open(CASE)
    desk.idle()
    stand_in.fail["cases.open"] = error
    desk.open(Path("/x"))
    desk.idle()
    assert desk.case.path == CASE
    assert desk.said[-1].text == str(error)


def test_a_case_that_is_gone_can_be_taken_off_the_list(desk, stand_in):
    stand_in.settings.remember("recent", [str(CASE), "/other.dnacase"])
    stand_in.fail["cases.open"] = NotACase("It is no case.")
    recent = []
    desk.recent_changed.connect(recent.append)
    desk.open(CASE)
    desk.idle()
    choose(desk, "Remove from recent cases")
    assert recent[-1] == (Path("/other.dnacase"),)


def test_dropping_without_a_case_asks_for_one_first_and_takes_it_in_afterwards(desk, stand_in, qtbot):
    stand_in.settings.set("analysis.automatic", False)
    paths = (Path("/usb/a.jpg"), Path("/usb/b.jpg"))
    with qtbot.waitSignal(desk.case_wanted) as wanted:
        desk.take(paths)
    assert wanted.args == [paths]
    with qtbot.waitSignal(desk.reported) as reported:
        desk.create(CASE, CaseDetails("Portraits"), paths)
    assert len(reported.args[0].lines) == 2
    assert desk.case.path == CASE


def test_a_case_that_cannot_be_made_says_why(desk, stand_in, qtbot):
    stand_in.fail["cases.create"] = BadInput("Something exists there already.")
    with qtbot.waitSignal(desk.not_created) as told:
        desk.create(CASE, CaseDetails("Portraits"))
    assert told.args == ["Something exists there already."]


def test_analysis_starts_by_itself_after_an_intake(desk, stand_in):
    desk.open(CASE)
    desk.idle()
    desk.take((Path("/usb/a.jpg"),))
    desk.idle()
    assert stand_in.lines[13].verdict is not None


def test_unless_the_analyst_does_not_want_it(desk, stand_in):
    stand_in.settings.set("analysis.automatic", False)
    desk.open(CASE)
    desk.idle()
    desk.take((Path("/usb/a.jpg"),))
    desk.idle()
    assert stand_in.lines[13].verdict is None


def test_nothing_new_is_no_reason_to_analyse(desk, stand_in):
    desk.open(CASE)
    desk.idle()
    desk.take((Path("/usb/a.txt"),))
    desk.idle()
    assert "analysis.attribute" not in stand_in.calls


def test_an_intake_that_was_cut_short_is_offered_and_finished(desk, stand_in):
    stand_in.open_case()
    stand_in.pending = PendingIntake(3, stand_in.cases.current.created_at, 120, 4)
    desk.open(CASE)
    desk.idle()
    assert "120 done, 4 left" in desk.said[-1].text
    choose(desk, "Finish it")
    assert len(stand_in.lines) == 16
    assert "pending" in desk.outdone


def test_or_discarded(desk, stand_in):
    stand_in.open_case()
    stand_in.pending = PendingIntake(3, stand_in.cases.current.created_at, 120, 4)
    desk.open(CASE)
    desk.idle()
    choose(desk, "Discard what is left")
    assert stand_in.pending is None
    assert len(stand_in.lines) == 12


def test_a_cancelled_intake_is_offered_at_once(desk, stand_in, jobs, qtbot):
    desk.open(CASE)
    desk.idle()
    stand_in.intake.pause_s = 0.005
    desk.take([Path(f"/usb/{number}.jpg") for number in range(400)])
    qtbot.waitUntil(lambda: len(stand_in.lines) > 14)
    jobs.running()[0].cancel()
    desk.idle()
    assert any("left" in notice.text and notice.key == "pending" for notice in desk.said)


def test_what_is_not_analysed_is_offered_on_opening(desk, stand_in):
    stand_in.add("late.jpg")
    desk.open(CASE)
    desk.idle()
    assert desk.said[-1].text == "1 exhibit not analysed yet."
    choose(desk, "Analyse")
    assert stand_in.lines[13].verdict is not None
    assert "waiting" in desk.outdone


def test_a_full_disk_is_a_sentence_and_the_rest_is_offered(desk, stand_in):
    desk.open(CASE)
    desk.idle()
    stand_in.fail["intake.take"] = DiskFull("There is no space left.")
    desk.take((Path("/usb/a.jpg"),))
    desk.idle()
    assert desk.said[-1].text == "There is no space left."


def test_a_read_only_case_takes_nothing_in(desk, stand_in):
    desk.open(CASE, read_only=True)
    desk.idle()
    desk.take((Path("/usb/a.jpg"),))
    desk.analyse()
    desk.idle()
    assert "read-only" in desk.said[-1].text
    assert not {"intake.take", "analysis.attribute", "intake.pending"} & set(stand_in.calls)


def test_leaving_a_busy_case_needs_a_word(desk, stand_in, jobs, qtbot):
    desk.open(CASE)
    desk.idle()
    stand_in.intake.pause_s = 0.005
    desk.take([Path(f"/usb/{number}.jpg") for number in range(2000)])
    qtbot.waitUntil(lambda: len(stand_in.lines) > 14)
    desk.open(Path("/other.dnacase"))
    assert desk.said[-1].key == "busy"
    assert desk.case.path == CASE
    choose(desk, "Stop it and go on")
    qtbot.waitUntil(lambda: desk.case.path == Path("/other.dnacase"))
    desk.idle()


def test_asking_twice_analyses_once(desk, stand_in, jobs):
    stand_in.add("late.jpg")
    desk.open(CASE)
    desk.idle()
    desk.analyse()
    desk.analyse()
    assert sum(job.lane is Lane.DEVICE for job in jobs.running()) == 1
    desk.idle()
    desk.analyse()
    desk.idle()
    assert stand_in.calls.count("analysis.attribute") == 2


def test_nothing_left_to_analyse_is_said(desk, stand_in):
    desk.open(CASE)
    desk.idle()
    desk.analyse()
    desk.idle()
    assert desk.said[-1].kind == "done"


def test_two_drops_are_taken_in_one_after_the_other(desk, stand_in):
    desk.open(CASE)
    desk.idle()
    stand_in.intake.pause_s = 0.002
    desk.take([Path(f"/usb/a{number}.jpg") for number in range(10)])
    desk.take([Path(f"/usb/b{number}.jpg") for number in range(10)])
    desk.idle()
    names = [line.name for line in stand_in.lines.values()][12:]
    assert names == [f"a{number}.jpg" for number in range(10)] + [f"b{number}.jpg" for number in range(10)]


def test_details_are_restated(desk, stand_in, qtbot):
    desk.open(CASE)
    desk.idle()
    with qtbot.waitSignal(desk.restated) as told:
        desk.update(CaseDetails("Other title"))
    assert told.args[0].details.title == "Other title"
    assert desk.case.details.title == "Other title"


def test_after_an_intake_the_next_unfinished_one_is_offered_in_front(desk, stand_in):
    stand_in.settings.set("analysis.automatic", False)
    desk.open(CASE)
    desk.idle()
    stand_in.pending = PendingIntake(3, stand_in.cases.current.created_at, 120, 4)
    desk.take((Path("/usb/a.jpg"),))
    desk.idle()
    assert desk.said[-1].key == "pending"
    desk.open(CASE)
    desk.idle()
    assert [notice.key for notice in desk.said[-2:]] == ["waiting", "pending"]
