"""The exhibits of the open case: listing, filtering, looking at them, and what the analyst says of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from core.domain import Exhibit, ExhibitFilter, ExhibitLine, Facets, RgbImage, SortKey, Table, Written
from core.imaging.evidence import displayed_evidence
from core.imaging.region import displayed_region
from core.progress import Progress
from core.services.cases import Cases
from core.services.processes import Processes
from core.store import blindness, blobs, exhibits

_TAGS = frozenset({Table.TAGS})
_NOTES = frozenset({Table.NOTES})
_REVIEWS = frozenset({Table.REVIEWS})


class Exhibits:
    """Reads and marks exhibits of the open case.

    In a blind case, an exhibit of which the examiner at work has no own view yet counts as one without verdict,
    architecture, score and agreement: filters on them leave it out, orders put it last, no count includes it.

    Args:
        cases: holds the open case.
        processes: where evidence is decoded for display.
    """

    def __init__(self, cases: Cases, processes: Processes) -> None:
        self._cases = cases
        self._processes = processes

    def ids(self, wanted: ExhibitFilter, sort: SortKey = SortKey.TAKEN, *, descending: bool = False) -> tuple[int, ...]:
        """Ids of the exhibits a filter shows, in order."""
        database = self._cases.database
        with database.reading() as session:
            hidden = blindness.hidden_from(session, database.actor)
            return exhibits.ids(session, wanted, sort, descending=descending, hidden_from=hidden)

    def lines(self, exhibit_ids: Sequence[int]) -> tuple[ExhibitLine, ...]:
        """What a list shows of these exhibits, in the order asked for."""
        database = self._cases.database
        with database.reading() as session:
            return exhibits.lines(session, exhibit_ids, hidden_from=blindness.hidden_from(session, database.actor))

    def facets(self, wanted: ExhibitFilter) -> Facets:
        """How many exhibits each choice of the filter would show."""
        database = self._cases.database
        with database.reading() as session:
            return exhibits.facets(session, wanted, hidden_from=blindness.hidden_from(session, database.actor))

    def get(self, exhibit_id: int) -> Exhibit:
        """Everything known about an exhibit but its findings; raises `NotFound`."""
        with self._cases.database.reading() as session:
            return exhibits.get(session, exhibit_id)

    def find(self, sha256: str) -> Exhibit | None:
        """The exhibit of this hash, if the case has it."""
        with self._cases.database.reading() as session:
            return exhibits.by_sha256(session, sha256)

    def thumbnail(self, sha256: str) -> Path:
        """Where the thumbnail lies (it may have been deleted)."""
        return blobs.thumbnail_path(self._cases.database.folder, sha256)

    def evidence(self, sha256: str) -> Path:
        """Where the original bytes lie."""
        return blobs.evidence_path(self._cases.database.folder, sha256)

    def display(self, exhibit_id: int, max_side: int = 4096, *, progress: Progress | None = None) -> RgbImage:
        """Pixels for the screen, EXIF orientation applied, decoded in a reader process."""
        sha256 = self.get(exhibit_id).sha256
        limit = self._processes.pixel_limit
        return self._processes.read(
            displayed_evidence, self.evidence(sha256), sha256, max_side, limit, progress=progress
        )

    def region(
        self,
        exhibit_id: int,
        box: tuple[int, int, int, int],
        halvings: int = 0,
        *,
        progress: Progress | None = None,
    ) -> RgbImage:
        """A part of a large image at full sharpness, EXIF orientation applied, decoded in a reader process.

        Args:
            exhibit_id: which exhibit.
            box: (left, top, width, height) in stored pixels of the upright image.
            halvings: how often the part is halved in size.
            progress: cancel point.
        """
        sha256 = self.get(exhibit_id).sha256
        limit = self._processes.pixel_limit
        return self._processes.read(
            displayed_region, self.evidence(sha256), sha256, box, halvings, limit, progress=progress
        )

    def tag(self, exhibit_ids: Sequence[int], tag: int, on: bool) -> Written[None]:
        """Give or take a tag 0–9."""
        with self._cases.database.writing() as transaction:
            exhibits.tag(transaction, exhibit_ids, tag, on)
        return Written(None, _TAGS)

    def note(self, exhibit_id: int, text: str) -> Written[str]:
        """Replace the note; the value is the text it had before."""
        with self._cases.database.writing() as transaction:
            before = exhibits.set_note(transaction, exhibit_id, text)
        return Written(before, _NOTES)

    def review(self, exhibit_ids: Sequence[int], reviewed: bool) -> Written[None]:
        """Mark exhibits as reviewed or not."""
        with self._cases.database.writing() as transaction:
            exhibits.set_reviewed(transaction, exhibit_ids, reviewed)
        return Written(None, _REVIEWS)

    def next_unreviewed(
        self, after_id: int | None, wanted: ExhibitFilter, sort: SortKey = SortKey.TAKEN, *, descending: bool = False
    ) -> int | None:
        """The next exhibit of the filtered order that is not reviewed, or None."""
        database = self._cases.database
        with database.reading() as session:
            hidden = blindness.hidden_from(session, database.actor)
            return exhibits.next_unreviewed(session, after_id, wanted, sort, descending=descending, hidden_from=hidden)
