"""What Examine reads about an exhibit: its records, the finding of a detector, and what stands around it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from app.widgets.finding_words import NO_CONTEXT, RatioContext, made_by, why_no_ratio
from app.wording import class_titles
from core.domain import DetectorSummary, Exhibit, Finding
from core.errors import AnswerHidden, CoreError
from core.paths import resources
from core.verbal_scale import read_scale

if TYPE_CHECKING:
    from core.services.workspace import Workspace

_SCALE = "enfsi-2015.toml"
_NO_CARD = "the detector that made this finding is not on this computer in the form it had then"
_OTHERWISE = "it was made by another process of those named below"
_FAULT = "A fault of the program; the report says more."


@dataclass(frozen=True, slots=True)
class Records:
    """Everything the case knows about one exhibit.

    Attributes:
        finding: of the detector that was asked for, or the newest one.
        titles: the class titles of the finding's detector.
        ratio: what stands around its likelihood ratio.
        detectors: those at hand that can be used.
        hidden: why nothing is said of the finding, in a case that is examined blind; else empty.
    """

    exhibit: Exhibit
    finding: Finding | None
    titles: Mapping[str, str]
    read_only: bool
    ratio: RatioContext = NO_CONTEXT
    detectors: tuple[DetectorSummary, ...] = ()
    hidden: str = ""

    @property
    def answer(self) -> tuple[int, int | None]:
        """Which exhibit, and which finding on it: what everything that is computed of an answer depends on."""
        return self.exhibit.id, self.finding.id if self.finding is not None else None

    def unanswered(self, not_analysed: str) -> str:
        """Why there is no answer to look into: a blind case, no finding (in the words given), or out of scope."""
        if self.hidden or self.finding is None:
            return self.hidden or not_analysed
        return self.finding.reason if self.finding.architecture is None else ""

    @property
    def orphaned(self) -> bool:
        """Whether the detector that made the finding is not at hand."""
        digests = {known.reference.digest for known in self.detectors}
        return self.finding is not None and self.finding.detector.digest not in digests


class RecordReader:
    """Reads records; the list of detectors is read once and kept until it is told that they changed."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._detectors: tuple[DetectorSummary, ...] | None = None

    def forget_detectors(self) -> None:
        """The detectors are others now, or their cards."""
        self._detectors = None

    def read(self, exhibit_id: int, detector: str | None) -> Records:
        """What is known of an exhibit, and what a detector (None: the one that spoke last) says; runs in a job."""
        known = self._detectors
        if known is None:
            known = self._detectors = tuple(self._workspace.detectors.all())
        exhibit, hidden, finding = self._workspace.exhibits.get(exhibit_id), "", None
        try:
            finding = self._workspace.analysis.finding(exhibit_id, detector)
        except AnswerHidden as error:
            hidden = str(error)
        cards = {one.reference.digest: one.card for one in known}
        card = cards.get(finding.detector.digest) if finding is not None else None
        ratio = _ratio_context(finding, card, class_titles(card or {})) if finding is not None else NO_CONTEXT
        case, usable = self._workspace.cases.current, tuple(one for one in known if not one.problem)
        read_only = case is not None and case.read_only
        return Records(exhibit, finding, class_titles(card or {}), read_only, ratio, usable, hidden)


def sentence(error: Exception) -> str:
    """What is shown in place of something that could not be made."""
    return str(error) if isinstance(error, CoreError) else _FAULT


def _ratio_context(finding: Finding, card: Mapping[str, Any] | None, titles: Mapping[str, str]) -> RatioContext:
    """What stands around the likelihood ratio of a finding; reads the verbal scale, so it belongs into a job."""
    ratio, name = finding.likelihood_ratio, finding.architecture or ""
    if ratio is None:
        return RatioContext(why_not=_NO_CARD if card is None else why_no_ratio(card, name))
    try:
        scale = read_scale(resources() / "scales" / _SCALE)
    except CoreError:  # the figure stands without words
        return NO_CONTEXT
    return RatioContext(verbal=scale.in_words(ratio.value, made_by(name, titles), _OTHERWISE), source=scale.source)
