"""The sections of Examine's side panel that read by themselves: each asks for its exhibit when it is first seen."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import TYPE_CHECKING, Protocol, TypeVar

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from app.jobs import Job, Jobs, Lane
from app.pages.examine_loading import Records, sentence
from app.pages.neighbour_loading import NeighbourLoader
from app.widgets.neighbours_view import NeighboursView
from app.widgets.robustness_view import RobustnessView
from app.widgets.sections import Sections
from app.widgets.statements_view import StatementsView
from core.domain import Table, Written
from core.errors import Cancelled
from core.examine import FileStatements, Robustness
from core.progress import Progress

if TYPE_CHECKING:
    from core.services.workspace import Workspace

T = TypeVar("T")
ANSWERS = frozenset({Table.CASE, Table.DETECTORS, Table.FINDINGS, Table.VIEWS})  # what most sections depend on
_STALE = object()  # asked, but what was answered may have changed
_NO_FINDING = "The exhibit is not analysed yet. Analyse it first; then it can be checked how far the answer survives."


class Section(Protocol):
    """One section: what it shows depends on `key`; `ask` begins to read it, `clear` empties it.

    A write that touches one of the tables in `about` changes what it shows.
    """

    widget: QWidget
    caption: str
    meaning: str
    about: frozenset[Table]

    def key(self, records: Records) -> Hashable:
        """What the section's content depends on."""
        ...

    def ask(self, records: Records) -> None:
        """Begin to read; an answer to an earlier question is dropped."""
        ...

    def clear(self) -> None:
        """Show nothing, and drop what is on its way."""
        ...


class SectionDesk(QObject):
    """Asks the section that is seen about the exhibit in the active pane, and the others when they come into sight.

    Args:
        tabs: where the sections stand.
        sections: all of them.
        parent: the page.
    """

    def __init__(self, tabs: Sections, sections: Sequence[Section], parent: QObject) -> None:
        super().__init__(parent)
        self._tabs, self._sections = tabs, tuple(sections)
        self._records: Records | None = None
        self._asked: dict[int, Hashable] = {}
        for section in self._sections:
            tabs.add(section.widget, section.caption, section.meaning)
        tabs.chosen.connect(lambda _: self._look())

    def show(self, records: Records | None) -> None:
        """Another exhibit, or another finding on it; None: nothing is shown."""
        self._records = records
        for number, section in enumerate(self._sections):
            # One that was never asked is empty already.
            if number in self._asked and (records is None or self._asked[number] != section.key(records)):
                del self._asked[number]
                section.clear()
        self._look()

    def reload(self, touched: frozenset[Table]) -> None:
        """A write touched these tables: the section in sight is read again, the others when they are seen."""
        for number in [number for number in self._asked if touched & self._sections[number].about]:
            self._asked[number] = _STALE
        self._look()

    def _look(self) -> None:
        for number, section in enumerate(self._sections):
            seen = section.widget is self._tabs.current
            if self._records is not None and seen and self._asked.get(number, _STALE) is _STALE:
                self._asked[number] = section.key(self._records)
                section.ask(self._records)


class Asking(QObject):
    """Runs one question at a time on a lane; a new one drops the one before.

    Args:
        jobs: where it runs.
        lane: which lane.
        refused: is told the sentence when it fails.
    """

    def __init__(self, jobs: Jobs, lane: Lane, refused: Callable[[str], None], parent: QObject) -> None:
        super().__init__(parent)
        self._jobs, self._lane, self._refused = jobs, lane, refused
        self._job: Job | None = None

    def ask(self, task: Callable[[Progress], T], done: Callable[[T], None], *, title: str = "") -> Job:
        """Begin; with a title the job is seen in the job strip."""
        self.drop()

        def answered(value: T) -> None:
            self._job = None
            done(value)

        def failed(error: Exception) -> None:
            self._job = None
            self._refused("" if isinstance(error, Cancelled) else sentence(error))

        self._job = self._jobs.start(task, answered, failed, lane=self._lane, title=title, quiet=not title)
        return self._job

    def cancel(self) -> None:
        """Stop what is running; it is told as an empty sentence."""
        if self._job is not None:
            self._job.cancel()

    def drop(self) -> None:
        """Nothing is wanted any more."""
        if self._job is not None:
            self._job.drop()
            self._job = None


class StatementsSection(QObject):
    """What the file says of itself."""

    caption = "Metadata"
    meaning = "What the file says of itself, and Content Credentials"
    about = ANSWERS

    def __init__(self, workspace: Workspace, jobs: Jobs, parent: QObject) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self.view = StatementsView()
        self.widget: QWidget = self.view
        self._asking = Asking(jobs, Lane.LAYER, self.view.say, self)

    def key(self, records: Records) -> Hashable:
        """The bytes of the exhibit alone."""
        return records.exhibit.id

    def ask(self, records: Records) -> None:
        """Read the file in a reader process."""
        exhibit_id = records.exhibit.id
        self.view.set_busy()

        def read(progress: Progress) -> FileStatements:
            return self._workspace.files.statements(exhibit_id, progress=progress)

        self._asking.ask(read, self.view.set_statements)

    def clear(self) -> None:
        """No exhibit."""
        self._asking.drop()
        self.view.set_statements(None)


class RobustnessSection(QObject):
    """How far the answer survives processing.

    Signals:
        touched: a check was kept.
    """

    caption = "Robustness"
    meaning = "How far the answer survives compression, resizing, cropping and more"
    about = ANSWERS

    def __init__(self, workspace: Workspace, jobs: Jobs, parent: QObject) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self.view = RobustnessView()
        self.widget: QWidget = self.view
        self._records: Records | None = None
        self._reading = Asking(jobs, Lane.DISK, self.view.say, self)
        self._checking = Asking(jobs, Lane.DEVICE, self._stopped, self)
        self.view.check_wished.connect(self._check)
        self.view.preset_chosen.connect(lambda _: self._read())
        self.view.cancel_wished.connect(self._checking.cancel)

    def key(self, records: Records) -> Hashable:
        """The exhibit and the finding that is checked."""
        return records.answer

    def ask(self, records: Records) -> None:
        """Show a check that was made before."""
        self._records = records
        why_not = records.unanswered(_NO_FINDING)
        self.view.set_possible(why_not)
        if not why_not:
            self._read()

    def clear(self) -> None:
        """No exhibit; a check that runs goes on to its end and is kept."""
        self._records = None
        self._reading.drop()
        self.view.set_busy("")
        self.view.set_robustness(None, {})

    def _read(self) -> None:
        records, preset = self._records, self.view.preset
        if records is None or records.finding is None:
            return
        exhibit_id, digest = records.exhibit.id, records.finding.detector.digest

        def read(_progress: Progress) -> Robustness | None:
            return self._workspace.robustness.latest(exhibit_id, preset=preset, detector=digest)

        self._reading.ask(read, lambda found: self.view.set_robustness(found, records.titles))

    def _check(self, preset: str) -> None:
        records = self._records
        if records is None or records.finding is None:
            return
        exhibit_id, digest = records.exhibit.id, records.finding.detector.digest

        def check(progress: Progress) -> Written[Robustness]:
            return self._workspace.robustness.run(exhibit_id, preset, detector=digest, progress=progress)

        def done(written: Written[Robustness]) -> None:
            if self._records is records:
                self.view.set_busy("")
                self.view.set_robustness(written.value, records.titles)

        self.view.say("")
        self.view.set_busy("Checking how far the answer survives …")
        self._checking.ask(check, done, title="Robustness")

    def _stopped(self, words: str) -> None:
        self.view.set_busy("")
        self.view.say(words or "Cancelled; nothing was kept.")


class NearSection(QObject):
    """Exhibits and classes near this one.

    Signals:
        exhibit_wished: another exhibit was chosen.
    """

    exhibit_wished = Signal(int)
    caption = "Similar"
    meaning = "Exhibits and classes that the detector finds most like this one"
    about = ANSWERS

    def __init__(self, workspace: Workspace, jobs: Jobs, parent: QObject) -> None:
        super().__init__(parent)
        self.view = NeighboursView()
        self.widget: QWidget = self.view
        self._loader = NeighbourLoader(workspace, jobs, self.view)
        self.view.exhibit_wished.connect(self.exhibit_wished)

    def key(self, records: Records) -> Hashable:
        """The exhibit and the finding whose feature is compared."""
        return records.answer

    def ask(self, records: Records) -> None:
        """Look for neighbours by the finding's detector."""
        self._loader.titles = records.titles
        finding = records.finding
        if records.hidden:
            self.view.say(records.hidden)
        else:
            self._loader.show(records.exhibit.id, finding.detector.digest if finding is not None else None)

    def clear(self) -> None:
        """No exhibit."""
        self._loader.clear()
