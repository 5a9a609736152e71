"""The exhibits of Triage's filter in their order, and who comes before and after whom."""

from __future__ import annotations


class ExhibitOrder:
    """Exhibit ids in order, with a place that survives when the exhibit itself drops out of the filter."""

    def __init__(self) -> None:
        self._ids: tuple[int, ...] = ()
        self._places: dict[int, int] = {}
        self._last = 0

    def __bool__(self) -> bool:
        return bool(self._ids)

    def set_ids(self, ids: tuple[int, ...], current: int | None) -> None:
        """Take a new order; `current` is the exhibit being looked at."""
        if current is not None:
            self._last = self._places.get(current, self._last)
        self._ids = ids
        self._places = {exhibit: place for place, exhibit in enumerate(ids)}

    def before(self, exhibit: int) -> int | None:
        """The exhibit before this one, None at the beginning."""
        place = self._places.get(exhibit, self._last) - 1
        return self._at(min(place, len(self._ids) - 1))

    def after(self, exhibit: int) -> int | None:
        """The exhibit after this one, None at the end; those behind a vanished one have moved up to its place."""
        place = self._places.get(exhibit)
        return self._at(self._last if place is None else place + 1)

    def near(self, exhibit: int, count: int) -> tuple[int, ...]:
        """The exhibit between up to `count` before and after it; nothing when it is not in the order."""
        place = self._places.get(exhibit)
        return () if place is None else self._ids[max(0, place - count) : place + count + 1]

    def words(self, exhibit: int) -> str:
        """Where the exhibit stands, for the analyst."""
        place = self._places.get(exhibit)
        if not self._ids:
            return ""
        if place is None:
            return f"outside the filter ({len(self._ids):,} in it)"
        return f"{place + 1:,} of {len(self._ids):,}"

    def _at(self, place: int) -> int | None:
        return self._ids[place] if 0 <= place < len(self._ids) else None
