from PySide6.QtWidgets import QPushButton

from app.widgets.job_strip import JobStrip
from core.progress import Tick


class Work:
    def __init__(self, title, *, quiet=False):
        self.title, self.quiet, self.cancelled = title, quiet, False

    def cancel(self):
        self.cancelled = True


def test_a_job_is_shown_with_its_progress_until_it_is_over(qtbot):
    strip, work = JobStrip(), Work("Taking in DCIM")
    qtbot.addWidget(strip)
    assert strip.isHidden()
    strip.add_job(work)
    assert strip.titles == ("Taking in DCIM",)
    strip.show_tick(work, Tick(26, 100, "a.jpg", "files", 33.0, 2.2))
    row = next(iter(strip._rows.values()))
    assert row._how_far.text() == "26 / 100 files · 33/s · about 2 s left"
    assert (row._bar.value(), row._bar.maximum()) == (26, 100)
    strip.show_tick(work, Tick(3, None, "", "files", 0.0, None))
    assert row._bar.maximum() == 0
    strip.remove_job(work)
    assert strip.isHidden()


def test_cancelling_is_asked_once_and_said(qtbot):
    strip, work = JobStrip(), Work("Analysing")
    qtbot.addWidget(strip)
    strip.add_job(work)
    button = strip.findChild(QPushButton)
    button.click()
    assert work.cancelled
    assert not button.isEnabled()
    strip.show_tick(work, Tick(1, 2, "", "exhibits", 1.0, 1.0))
    assert next(iter(strip._rows.values()))._how_far.text() == "stopping…"


def test_quiet_jobs_are_not_shown(qtbot):
    strip, work = JobStrip(), Work("reading", quiet=True)
    qtbot.addWidget(strip)
    strip.add_job(work)
    strip.show_tick(work, Tick(1, 2, "", "exhibits", 1.0, 1.0))
    strip.remove_job(work)
    assert strip.isHidden()
