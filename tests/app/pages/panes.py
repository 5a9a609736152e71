"""The Examine page on a stand-in workspace with six exhibits and two detectors, and what its tests do to it."""

from contextlib import contextmanager
from dataclasses import replace

from app.pages.examine import ExaminePage
from core.domain import DetectorReference, ExhibitFilter, SortKey
from tests.app.examine_fakes import a_finding, a_summary, a_workspace, an_exhibit

OTHER = DetectorReference("paper", "2", "cd" * 32)
_SIZES = ((640, 480), (640, 480), (300, 200), (1, 900), (500, 500), (640, 480))


def six_exhibits():
    made = a_workspace(*(an_exhibit(number, size=size) for number, size in enumerate(_SIZES, 1)))
    for exhibit in made.exhibits.all.values():
        made.analysis.findings[exhibit.id] = a_finding(exhibit)
    made.detectors.known.append(replace(a_summary(), reference=OTHER))
    return made


@contextmanager
def opened(qtbot, jobs, workspace):
    """The page with the first exhibit, and `idle`, which waits until nothing is on its way."""
    made = ExaminePage(workspace, jobs)
    qtbot.addWidget(made)
    jobs.changed.connect(made.reload)
    bugs = []
    jobs.failed.connect(lambda _job, error: bugs.append(error))
    made.resize(1280, 800)
    made.show()
    made.set_context(ExhibitFilter(), SortKey.TAKEN, False)
    made.show_exhibit(1)
    made.idle = lambda: qtbot.waitUntil(lambda: _settled(made, jobs))
    made.idle()
    yield made
    assert not bugs


def _settled(page, jobs):
    timers = [asker._debounce for desk in page.panes.desks for asker in desk.askers.values()]
    timers.append(page.panes._difference._soon)
    return not jobs.running(quiet=True) and not any(timer.isActive() for timer in timers)


def shown(page):
    return [desk.exhibit_id for desk in page.panes.used]


def do(page, *verbs):
    for verb in verbs:
        page.trigger(f"examine.{verb}")
    page.idle()
