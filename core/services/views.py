"""The examiner first: own views of exhibits, and what a blind case hides until there is one."""

from __future__ import annotations

from collections.abc import Sequence

from core.domain import Table, Written
from core.errors import AnswerHidden
from core.examine import ExaminerView
from core.services.cases import Cases
from core.store import blindness, exhibits, views
from core.store.database import Database


class Views:
    """Writes down what examiners think, and says what is still hidden from the one at work.

    Args:
        cases: holds the open case and knows who is at work.
    """

    def __init__(self, cases: Cases) -> None:
        self._cases = cases

    @property
    def examiner(self) -> str:
        """In whose name a view is written now."""
        return self._cases.examiner

    def write(self, exhibit_id: int, opinion: str, text: str = "") -> Written[ExaminerView]:
        """Write down an own view; it is never changed, a change of mind is another view.

        Args:
            exhibit_id: the exhibit.
            opinion: "real", "generated" or "undecided".
            text: the reasons.

        Raises:
            BadInput: no opinion, one that there is not, or a text that is too long.
            NotFound: there is no such exhibit.
            ReadOnlyCase: the case is open read-only.
        """
        database = self._cases.database
        with database.writing() as transaction:
            hides = bool(blindness.hidden_among(transaction, (exhibit_id,), transaction.actor))
            made = views.add(transaction, exhibit_id, opinion, text)
        shown = {Table.FINDINGS, Table.ANNOTATIONS} if hides else set()
        return Written(made, frozenset({Table.VIEWS, *shown}))

    def of(self, exhibit_id: int) -> tuple[ExaminerView, ...]:
        """Every view of an exhibit, oldest first; none while it is hidden from this examiner."""
        database = self._cases.database
        with database.reading() as session:
            if blindness.hidden_among(session, (exhibit_id,), database.actor):
                return ()
            return views.of(session, exhibit_id)

    def hidden(self, exhibit_id: int) -> bool:
        """Whether scores and maps of an exhibit are hidden: a blind case, and no own view yet."""
        return bool(self.hidden_among((exhibit_id,)))

    def hidden_among(self, exhibit_ids: Sequence[int]) -> frozenset[int]:
        """Those of the exhibits whose scores and maps are hidden from this examiner."""
        database = self._cases.database
        with database.reading() as session:
            return blindness.hidden_among(session, exhibit_ids, database.actor)

    def require_visible(self, exhibit_id: int) -> None:
        """Raise `AnswerHidden` while the answers about an exhibit are hidden from this examiner."""
        require_visible(self._cases.database, exhibit_id)


def require_visible(database: Database, exhibit_id: int) -> None:
    """Raise `AnswerHidden` while the answers about an exhibit are hidden from whoever is at work in the case.

    Every service calls it that tells of a finding, a score or a map of one exhibit.
    """
    with database.reading() as session:
        if not blindness.hidden_among(session, (exhibit_id,), database.actor):
            return
        sha256 = exhibits.get(session, exhibit_id).sha256
    raise AnswerHidden(
        f"The answer about the exhibit {sha256[:12]} is hidden, because this case is examined blind. "
        "Write down your own view of it first."
    )
