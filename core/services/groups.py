"""Named groups of exhibits of the open case."""

from __future__ import annotations

from collections.abc import Sequence

from core.domain import Table, Written
from core.examine import ExhibitGroup
from core.services.cases import Cases
from core.store import groups

_GROUPS = frozenset({Table.GROUPS})


class Groups:
    """Makes, changes and removes groups.

    Args:
        cases: holds the open case.
    """

    def __init__(self, cases: Cases) -> None:
        self._cases = cases

    def make(self, name: str, exhibit_ids: Sequence[int], note: str = "") -> Written[ExhibitGroup]:
        """Make a group; the value is it with its number.

        Raises:
            BadInput: no name that can be read, one that is taken or too long, or no exhibit.
            NotFound: there is no such exhibit.
        """
        with self._cases.database.writing() as transaction:
            made = groups.make(transaction, name, exhibit_ids, note)
        return Written(made, _GROUPS)

    def change(self, group: ExhibitGroup) -> Written[ExhibitGroup]:
        """Give a group the name, note and exhibits of this record; the value is it as it was before."""
        with self._cases.database.writing() as transaction:
            before = groups.change(transaction, group)
        return Written(before, _GROUPS)

    def remove(self, group_id: int) -> Written[ExhibitGroup]:
        """Take a group away, never its exhibits; the value is what it was."""
        with self._cases.database.writing() as transaction:
            was = groups.remove(transaction, group_id)
        return Written(was, _GROUPS)

    def restore(self, group: ExhibitGroup) -> Written[ExhibitGroup]:
        """Put a removed group back under its number."""
        with self._cases.database.writing() as transaction:
            made = groups.restore(transaction, group)
        return Written(made, _GROUPS)

    def all(self) -> tuple[ExhibitGroup, ...]:
        """All groups of the case, in the order they were made."""
        with self._cases.database.reading() as session:
            return groups.every(session)
