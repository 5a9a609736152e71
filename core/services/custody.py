"""Who had the items of the open case, and when: written down once, corrected by another event."""

from __future__ import annotations

from collections.abc import Sequence

from core.custody import CustodyEvent, CustodyForm
from core.domain import Table, Written
from core.services.cases import Cases
from core.store import custody

_CUSTODY = frozenset({Table.CUSTODY})


class Custody:
    """Writes custody events down in the name of the examiner at work.

    Args:
        cases: holds the open case.
    """

    def __init__(self, cases: Cases) -> None:
        self._cases = cases

    def add(
        self, form: CustodyForm, exhibit_ids: Sequence[int] | None = None, corrects: int | None = None
    ) -> Written[CustodyEvent]:
        """Write down what happened to items; the value is the event as it was kept.

        What looks odd about a form is for `core.custody.doubts` to say, before this is called: odd times may be right.

        Args:
            form: what is stated.
            exhibit_ids: the exhibits that came from the items; None takes all that are in the case now. Where there are
                none yet, the event is about the whole case.
            corrects: number of the event that this one corrects. That one stays.

        Raises:
            BadInput: a blank form, one without a time zone, too long a text, or an empty list of exhibits.
            NotFound: there is no such exhibit, or no such event.
            ReadOnlyCase: the case is open read-only.
        """
        with self._cases.database.writing() as transaction:
            made = custody.add(transaction, form, exhibit_ids, corrects)
        return Written(made, _CUSTODY)

    def of(self, exhibit_id: int) -> tuple[CustodyEvent, ...]:
        """The events about one exhibit or about the whole case, in the order in which they happened."""
        with self._cases.database.reading() as session:
            return custody.of(session, exhibit_id)

    def all(self) -> tuple[CustodyEvent, ...]:
        """Every event of the case, in the order in which they happened."""
        with self._cases.database.reading() as session:
            return custody.all_of(session)
