import threading

import pytest
from PySide6.QtCore import QObject, QThread

from app.jobs import JobState, Lane
from core.domain import Table, Written
from core.errors import BadInput, Cancelled


class Log:
    def __init__(self, jobs):
        self.ticks, self.failed, self.ended, self.changed, self.finished = [], [], [], [], []
        jobs.ticked.connect(lambda job, tick: self.ticks.append(tick))
        jobs.failed.connect(lambda job, error: self.failed.append(error))
        jobs.ended.connect(self.ended.append)
        jobs.finished.connect(self.finished.append)
        jobs.changed.connect(self.changed.append)


@pytest.fixture
def log(jobs):
    return Log(jobs)


def idle(qtbot, jobs):
    qtbot.waitUntil(lambda: not jobs.running(quiet=True), timeout=5000)


def test_a_result_arrives_on_the_gui_thread(jobs, log, qtbot):
    here, got = QThread.currentThread(), []
    job = jobs.start(
        lambda progress: threading.get_ident(),
        lambda value: got.append((value, QThread.currentThread())),
        lane=Lane.DISK,
    )
    idle(qtbot, jobs)
    assert got[0][0] != threading.get_ident()
    assert got[0][1] is here
    assert job.state is JobState.DONE
    assert log.finished == log.ended == [job]


def test_progress_arrives_and_the_last_tick_is_never_lost(jobs, log, qtbot):
    def work(progress):
        progress.start("Taking in", 500, "files")
        for number in range(500):
            progress.step(text=f"{number}.jpg")

    jobs.start(work, lane=Lane.DISK)
    idle(qtbot, jobs)
    assert log.ticks[-1].done == log.ticks[-1].total == 500
    assert log.ticks[-1].text == "499.jpg"
    assert len(log.ticks) <= 501


def test_cancelling_stops_the_work_and_is_no_bug(jobs, log, qtbot):
    begun = threading.Event()
    told = []

    def work(progress):
        progress.start("Working")
        begun.set()
        while True:
            progress.step()

    job = jobs.start(work, failed=told.append, lane=Lane.DEVICE)
    assert begun.wait(5)
    job.cancel()
    idle(qtbot, jobs)
    assert job.state is JobState.CANCELLED
    assert [type(error) for error in told] == [Cancelled]
    assert log.failed == []


def test_a_waiting_job_can_be_cancelled_without_ever_running(jobs, log, qtbot):
    hold, ran = threading.Event(), []
    first = jobs.start(lambda progress: hold.wait(5), lane=Lane.DEVICE)
    second = jobs.start(lambda progress: ran.append(1), lane=Lane.DEVICE)
    second.cancel()
    qtbot.waitUntil(lambda: second in log.ended)
    assert first not in log.ended
    hold.set()
    idle(qtbot, jobs)
    assert not ran


def test_an_unclaimed_failure_reaches_the_window_and_a_claimed_one_does_not(jobs, log, qtbot):
    def refuse(progress):
        raise BadInput("A case needs a title.")

    claimed = []
    jobs.start(refuse, lane=Lane.DISK)
    jobs.start(refuse, failed=claimed.append, lane=Lane.DISK)
    idle(qtbot, jobs)
    assert [str(error) for error in log.failed] == ["A case needs a title."]
    assert [str(error) for error in claimed] == ["A case needs a title."]


def test_a_bug_always_reaches_the_window(jobs, log, qtbot):
    claimed = []
    jobs.start(lambda progress: 1 / 0, failed=claimed.append, lane=Lane.DISK)
    idle(qtbot, jobs)
    assert [type(error) for error in log.failed] == [ZeroDivisionError] == [type(error) for error in claimed]


def test_a_write_says_what_it_touched_after_its_callback(jobs, log, qtbot):
    order = []
    jobs.changed.connect(lambda touched: order.append("changed"))
    written = Written(7, frozenset({Table.TAGS}))
    jobs.start(lambda progress: written, order.append, lane=Lane.WRITE)
    idle(qtbot, jobs)
    assert order == [written, "changed"]
    assert log.changed == [frozenset({Table.TAGS})]


def test_device_jobs_run_one_at_a_time_and_reads_do_not_wait_for_them(jobs, qtbot):
    hold, most, now, lock = threading.Event(), [0], [0], threading.Lock()

    def work(progress):
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
        hold.wait(5)
        with lock:
            now[0] -= 1

    for _ in range(3):
        jobs.start(work, lane=Lane.DEVICE)
    jobs.start(work, lane=Lane.INTAKE)
    read = []
    jobs.start(lambda progress: 1, read.append, lane=Lane.DISK)
    qtbot.waitUntil(lambda: read == [1])
    hold.set()
    idle(qtbot, jobs)
    assert most[0] <= 2  # one device job beside one intake


def test_writes_keep_their_order(jobs, qtbot):
    seen = []
    for number in range(50):
        jobs.start(lambda progress, number=number: seen.append(number), lane=Lane.WRITE)
    idle(qtbot, jobs)
    assert seen == list(range(50))


def test_a_newer_question_drops_the_older_answer(jobs, log, qtbot):
    hold, answers = threading.Event(), []
    jobs.start(lambda progress: (hold.wait(5), "old")[1], answers.append, lane=Lane.DISK, token="ids")
    jobs.start(lambda progress: "new", answers.append, lane=Lane.DISK, token="ids")
    qtbot.waitUntil(lambda: answers == ["new"])
    hold.set()
    idle(qtbot, jobs)
    assert answers == ["new"]


def test_a_dropped_write_is_still_announced(jobs, log, qtbot):
    begun, hold, answers = threading.Event(), threading.Event(), []

    def write(progress):
        begun.set()
        hold.wait(5)
        return Written(1, frozenset({Table.NOTES}))

    job = jobs.start(write, answers.append, lane=Lane.WRITE)
    assert begun.wait(5)
    job.drop()
    hold.set()
    idle(qtbot, jobs)
    assert answers == []
    assert log.changed == [frozenset({Table.NOTES})]


def test_nothing_is_called_on_a_deleted_widget(jobs, log, qtbot):
    hold = threading.Event()

    class Page(QObject):
        def show(self, value):
            raise AssertionError(value)

    page = Page()
    jobs.start(lambda progress: hold.wait(5), page.show, lane=Lane.DISK)
    page.deleteLater()
    qtbot.wait(10)
    hold.set()
    idle(qtbot, jobs)
    assert log.failed == []


def test_a_long_write_tells_views_what_it_is_touching(jobs, log, qtbot, monkeypatch):
    monkeypatch.setattr("app.jobs._NEWS_EVERY_S", 0.0)

    def work(progress):
        progress.start("Taking in", 3, "files")
        raise Cancelled("Cancelled.")

    jobs.start(work, lane=Lane.INTAKE, touching=frozenset({Table.EXHIBITS}))
    idle(qtbot, jobs)
    assert log.changed[0] == frozenset({Table.EXHIBITS})
    assert log.changed[-1] == frozenset({Table.EXHIBITS})  # also once it ended early


def test_closing_cancels_what_runs_but_finishes_writes(qtbot):
    from app.jobs import Jobs

    jobs, written = Jobs(), []

    def forever(progress):
        while True:
            progress.step()

    jobs.start(forever, lane=Lane.DEVICE)
    jobs.start(lambda progress: written.append(1), lane=Lane.WRITE)
    assert jobs.close(5)
    assert written == [1]
