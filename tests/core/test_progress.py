"""A step is the report and the point where cancelling takes effect."""

from threading import Thread

import pytest

from core.errors import Cancelled
from core.progress import Progress


class Clock:
    """Stands in for the `time` module."""

    def __init__(self):
        self.now = 100.0

    def monotonic(self):
        return self.now


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr("core.progress.time", clock)
    return clock


def test_a_stage_reports_what_is_done_at_which_rate_and_how_long_it_lasts(clock):
    ticks = []
    progress = Progress(ticks.append)
    progress.start("Taking in", total=10, unit="files")
    clock.now += 2
    progress.step(4, "photo.jpg")
    assert [tick.done for tick in ticks] == [0, 4]
    assert (ticks[0].rate, ticks[0].seconds_left) == (0.0, None)
    last = ticks[-1]
    assert (last.total, last.text, last.unit) == (10, "photo.jpg", "files")
    assert last.rate == pytest.approx(2.0)
    assert last.seconds_left == pytest.approx(3.0)


def test_a_step_keeps_the_text_of_the_stage():
    ticks = []
    progress = Progress(ticks.append)
    progress.start("Reading")
    progress.step()
    assert ticks[-1].text == "Reading"


def test_an_unknown_total_has_no_end(clock):
    ticks = []
    progress = Progress(ticks.append)
    progress.start("Looking for files")
    clock.now += 1
    progress.step(3)
    assert ticks[-1].total is None
    assert ticks[-1].seconds_left is None
    assert ticks[-1].rate == pytest.approx(3.0)


def test_a_clock_that_stands_still_gives_no_rate(clock):
    ticks = []
    progress = Progress(ticks.append)
    progress.start("Fast", total=2)
    progress.step()
    assert ticks[-1].rate == 0.0
    assert ticks[-1].seconds_left is None


def test_a_new_stage_counts_from_zero(clock):
    ticks = []
    progress = Progress(ticks.append)
    progress.start("First", total=2)
    clock.now += 5
    progress.step(2)
    progress.start("Second", total=3, unit="exhibits")
    assert (ticks[-1].done, ticks[-1].total, ticks[-1].unit, ticks[-1].rate) == (0, 3, "exhibits", 0.0)


@pytest.mark.parametrize("call", [lambda p: p.step(), lambda p: p.start("next"), lambda p: p.check()])
def test_cancelling_takes_effect_at_the_next_call(call):
    progress = Progress()
    progress.start("Working")
    progress.cancel()
    assert progress.cancelled
    with pytest.raises(Cancelled):
        call(progress)


def test_the_step_that_is_cancelled_is_still_reported():
    ticks = []
    progress = Progress(ticks.append)
    progress.cancel()
    with pytest.raises(Cancelled):
        progress.step(5)
    assert ticks[-1].done == 5


def test_nothing_happens_while_nobody_cancels():
    progress = Progress()
    progress.check()
    progress.step()
    assert not progress.cancelled


def test_another_thread_may_cancel():
    progress = Progress()
    thread = Thread(target=progress.cancel)
    thread.start()
    thread.join()
    with pytest.raises(Cancelled):
        progress.check()


def test_a_part_reports_under_its_name_and_is_cancelled_with_the_whole():
    told = []
    whole = Progress(told.append)
    part = whole.part("Fold 2 of 3")
    part.start("Training", 10, "steps")
    part.step(4)
    assert [(tick.text, tick.done, tick.total) for tick in told] == [
        ("Fold 2 of 3: Training", 0, 10),
        ("Fold 2 of 3: Training", 4, 10),
    ]
    whole.cancel()
    with pytest.raises(Cancelled):
        part.step()
    silent = Progress().part("x")
    silent.start("Training", 1)
    silent.cancel()
    assert silent.cancelled
