"""The stand-in workspace on propositions and conclusions; it hides what a blind case hides."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from core.domain import LikelihoodRatio, Table, Written
from core.errors import BadInput
from core.paths import resources
from core.reporting import Conclusion, Outcome, Propositions, Role, Weighing, standing
from core.verbal_scale import VerbalScale, read_scale

if TYPE_CHECKING:
    from tests.app.stand_in import StandIn

_EPOCH = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
_CLASSES = (("real", "Real photograph"), ("stable-diffusion-1", "Stable Diffusion 1"), ("sdxl", "SDXL"))


class StandInConclusions:
    def __init__(self, door: StandIn) -> None:
        self._door = door
        self.proposed: list[Propositions] = []
        self.concluded: list[Conclusion] = []
        self.ratio: LikelihoodRatio | None = LikelihoodRatio(40.0, 12.0, 95.0, 100.0, "another of the processes")

    def propose(
        self,
        exhibit_id: int,
        first: str,
        second: str,
        population: str = "",
        background: str = "",
        architecture: str = "",
    ) -> Written[Propositions]:
        self._door.called("conclusions.propose", writes=True)
        if first == second:
            raise BadInput("Both propositions say the same. The second must exclude the first.")
        who, number = self._door.views.examiner, len(self.proposed) + 1
        before = self._door.views.hidden(exhibit_id)
        said = (first, second, population, background, architecture)
        self.proposed.append(Propositions(exhibit_id, *said, who, _EPOCH, before, number))
        return Written(self.proposed[-1], frozenset({Table.CONCLUSIONS}))

    def suggested(self, exhibit_id: int, architecture: str | None = None) -> Propositions:
        self._door.called("conclusions.suggested")
        if architecture is None:
            architecture = "" if self._door.views.hidden(exhibit_id) else "stable-diffusion-1"
        made_by = f"produced by {dict(_CLASSES)[architecture]}" if architecture else "produced by an image generator"
        said = (f"the image was {made_by}", "the image was produced otherwise", "photographs", "", architecture)
        return Propositions(exhibit_id, *said, self._door.views.examiner, _EPOCH, True)

    def classes(self, exhibit_id: int) -> tuple[tuple[str, str], ...]:
        return _CLASSES

    def propositions(self, exhibit_id: int) -> Propositions | None:
        return next((one for one in reversed(self.proposed) if one.exhibit_id == exhibit_id), None)

    def weigh(self, exhibit_id: int, scale: str = "enfsi-2015") -> Weighing:
        self._door.called("conclusions.weigh")
        self._door.views.require_visible(exhibit_id)
        current = self.propositions(exhibit_id)
        if current is None or self.ratio is None:
            missing = (
                "No propositions are written down for this exhibit." if current is None else "No source was unseen."
            )
            return Weighing(None, "", "", missing)
        words, value = self.scale(scale), self.ratio.value
        return Weighing(self.ratio, words.phrase(value).label, words.in_words(value, current.first, current.second), "")

    def conclude(
        self,
        exhibit_id: int,
        outcome: Outcome,
        opinion: str,
        limitations: str = "",
        scale: str = "enfsi-2015",
        role: Role = Role.EXAMINER,
        agrees: bool | None = None,
    ) -> Written[Conclusion]:
        self._door.called("conclusions.conclude", writes=True)
        self._door.views.require_visible(exhibit_id)
        current, number = self.propositions(exhibit_id), len(self.concluded) + 1
        said = (self._door.views.examiner, role, outcome, opinion, limitations, scale, "moderate support", None, agrees)
        made = Conclusion(exhibit_id, *said, _EPOCH + timedelta(minutes=number), number)
        self.concluded.append(replace(made, propositions_id=current.id if current is not None else None))
        return Written(self.concluded[-1], frozenset({Table.CONCLUSIONS}))

    def of(self, exhibit_id: int) -> tuple[Conclusion, ...]:
        if self._door.views.hidden(exhibit_id):
            return ()
        found = [one for one in reversed(self.concluded) if one.exhibit_id == exhibit_id]
        current = standing(found)
        return (*current, *(one for one in found if one not in current))

    def scales(self) -> tuple[tuple[str, str], ...]:
        self._door.called("conclusions.scales")
        return (("enfsi-2015", "ENFSI 2015"), ("nfc-sweden", "NFC (Sweden)"))

    def scale(self, name: str) -> VerbalScale:
        return read_scale(resources() / "scales" / f"{name}.toml")
