"""Two propositions about an exhibit, what the likelihood ratio says about them, and what named people conclude."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from core import paths
from core.domain import Finding, Table, Verdict, Written
from core.errors import BadInput, NotFound
from core.reporting import Conclusion, Outcome, Propositions, Role, Weighing, standing
from core.services import conclusion_rules as rules
from core.services import weighing
from core.services.cases import Cases
from core.services.detectors import Detectors
from core.services.views import require_visible
from core.services.weighing import Card
from core.store import blindness, conclusions, exhibits, findings
from core.store.conclusions import Statement, Wording
from core.store.session import CaseSession
from core.verbal_scale import VerbalScale, read_scale

DEFAULT_SCALE = "enfsi-2015"
_SUFFIX = ".toml"
_CONCLUSIONS = frozenset({Table.CONCLUSIONS})
_NAMES_A_CLASS = frozenset({Verdict.ATTRIBUTED, Verdict.INCONCLUSIVE})


class Conclusions:
    """Writes propositions and conclusions in the name of the examiner at work; nothing of them is ever changed.

    Args:
        cases: holds the open case and knows who is at work.
        detectors: whose classes the propositions are about, and whose card says why there is no ratio.
    """

    def __init__(self, cases: Cases, detectors: Detectors) -> None:
        self._cases = cases
        self._detectors = detectors

    def propose(
        self,
        exhibit_id: int,
        first: str,
        second: str,
        population: str = "",
        background: str = "",
        architecture: str = "",
    ) -> Written[Propositions]:
        """Write two propositions down; they stand until others are written, and all are kept.

        Args:
            exhibit_id: the exhibit.
            first: what the architecture speaks for.
            second: what excludes the first.
            population: the relevant set that the second one speaks of.
            background: what else is known and used.
            architecture: the class whose likelihood ratio shall weigh them, or "".

        Raises:
            BadInput: one is missing or too long, both say the same, or the first does not name the architecture.
            NotFound: there is no such exhibit.
            ReadOnlyCase: the case is open read-only.
        """
        wording = Wording(
            rules.one_line(first), rules.one_line(second), population.strip(), background.strip(), architecture
        )
        rules.require_wording(wording)
        self._require_named(exhibit_id, wording)
        with self._cases.database.writing() as transaction:
            made = conclusions.propose(transaction, exhibit_id, wording)
        return Written(made, _CONCLUSIONS)

    def suggested(self, exhibit_id: int, architecture: str | None = None) -> Propositions:
        """Propositions to begin with, not written down; a hidden answer has no part in them.

        Args:
            exhibit_id: the exhibit.
            architecture: the class that the first one is about; "" asks for a generator of any kind, None takes the top
                class of the finding where that may be seen.

        Raises:
            BadInput: the detector knows no such class.
            NotFound: there is no such exhibit.
        """
        finding = self._seen(exhibit_id)
        card = self._card_to_ask(finding)
        if architecture is None:
            named = finding is not None and finding.verdict in _NAMES_A_CLASS
            architecture = (finding.architecture or "") if finding is not None and named else ""
        else:
            rules.require_class(architecture, card)
        first, second, population = weighing.wordings(architecture, card)
        now = datetime.now(UTC)
        who = self._cases.examiner
        return Propositions(exhibit_id, first, second, population, "", architecture, who, now, finding is None)

    def classes(self, exhibit_id: int) -> tuple[tuple[str, str], ...]:
        """Name and title of the classes that the first proposition may be about; no hidden answer has a part in it."""
        return weighing.titles(self._card_to_ask(self._seen(exhibit_id)))

    def propositions(self, exhibit_id: int) -> Propositions | None:
        """The propositions that stand, or None.

        As long as the answer is hidden from this examiner, those that others wrote when they knew it are hidden too.
        """
        database = self._cases.database
        with database.reading() as session:
            found = conclusions.propositions_of(session, exhibit_id)
            if blindness.hidden_among(session, (exhibit_id,), database.actor):
                found = tuple(one for one in found if one.before_answer or one.made_by == database.actor)
        return found[0] if found else None

    def weigh(self, exhibit_id: int, scale: str = DEFAULT_SCALE) -> Weighing:
        """What the likelihood ratio of the newest finding says about the propositions, or why there is none.

        Raises:
            AnswerHidden: the case is blind, and this examiner has not written down a view of the exhibit.
            NotFound: there is no such scale or exhibit.
        """
        require_visible(self._cases.database, exhibit_id)
        words = self.scale(scale)
        with self._cases.database.reading() as session:
            exhibits.get(session, exhibit_id)
            found = _in_force(session, exhibit_id)
            finding = findings.latest(session, exhibit_id)
        return weighing.weighed(found, finding, self._card_of(finding), words)

    def conclude(
        self,
        exhibit_id: int,
        outcome: Outcome,
        opinion: str,
        limitations: str = "",
        scale: str = DEFAULT_SCALE,
        role: Role = Role.EXAMINER,
        agrees: bool | None = None,
    ) -> Written[Conclusion]:
        """Write a conclusion down; a change of mind is another one, and all are kept.

        Args:
            exhibit_id: the exhibit.
            outcome: one of six.
            opinion: the examiner's own words.
            limitations: what the conclusion does not cover.
            scale: file name of the verbal scale.
            role: whether this is the first or the second examiner.
            agrees: for a second examiner, whether with the first one.

        Raises:
            AnswerHidden: the case is blind, and this examiner has not written down a view of the exhibit.
            BadInput: no opinion; an outcome about propositions without propositions; a second examiner who is the
                first, whom nobody came before, or who does not say whether they agree.
            NotFound: there is no such scale or exhibit.
            ReadOnlyCase: the case is open read-only.
        """
        rules.require_opinion(opinion, limitations)
        words = self.scale(scale)
        require_visible(self._cases.database, exhibit_id)
        with self._cases.database.writing() as transaction:
            found, finding = _in_force(transaction, exhibit_id), findings.latest(transaction, exhibit_id)
            rules.require_propositions(outcome, found)
            rules.require_role(conclusions.of(transaction, exhibit_id), transaction.actor, role, outcome, agrees)
            statement = Statement(
                role=role,
                outcome=outcome,
                opinion=opinion.strip(),
                limitations=limitations.strip(),
                scale=words.title,
                phrase=weighing.weighed(found, finding, None, words).phrase,
                finding_id=finding.id if finding is not None else None,
                agrees=agrees,
                propositions_id=found.id if found is not None else None,
            )
            made = conclusions.conclude(transaction, exhibit_id, statement)
        return Written(made, _CONCLUSIONS)

    def of(self, exhibit_id: int) -> tuple[Conclusion, ...]:
        """The newest conclusion of each author and role, first examiners first, then the changed minds, newest first.

        None while the exhibit is hidden from this examiner.
        """
        database = self._cases.database
        with database.reading() as session:
            if blindness.hidden_among(session, (exhibit_id,), database.actor):
                return ()
            found = conclusions.of(session, exhibit_id)
        current = standing(found)
        return (*current, *(one for one in found if one not in current))

    def scales(self) -> tuple[tuple[str, str], ...]:
        """File name and title of every verbal scale that can be read, the default one first."""
        found = {}
        for path in sorted(_scales_folder().glob(f"*{_SUFFIX}"), key=lambda path: (path.stem != DEFAULT_SCALE, path)):
            try:
                found[path.stem] = read_scale(path).name
            except BadInput:  # told when it is asked for by its name
                continue
        return tuple(found.items())

    def scale(self, name: str) -> VerbalScale:
        """A verbal scale by its file name.

        Raises:
            NotFound: there is none of that name.
            BadInput: its file cannot be used.
        """
        wanted = name.removesuffix(_SUFFIX)
        paths_of = {path.stem: path for path in _scales_folder().glob(f"*{_SUFFIX}")}
        if wanted not in paths_of:
            at_hand = ", ".join(sorted(paths_of)) or "none"
            raise NotFound(f"There is no verbal scale {wanted[:60]!r} in {_scales_folder()}. At hand: {at_hand}.")
        return read_scale(paths_of[wanted])

    def _seen(self, exhibit_id: int) -> Finding | None:
        """The newest finding as far as this examiner may see it."""
        database = self._cases.database
        with database.reading() as session:
            exhibits.get(session, exhibit_id)
            if blindness.hidden_among(session, (exhibit_id,), database.actor):
                return None
            return findings.latest(session, exhibit_id)

    def _card_of(self, finding: Finding | None) -> Card | None:
        digest = finding.detector.digest if finding is not None else ""
        known = [one for one in self._detectors.all() if one.reference.digest == digest and not one.problem]
        return known[0].card if known else None

    def _card_to_ask(self, finding: Finding | None) -> Card:
        """Of the finding's detector, else of the one in use; empty where there is none."""
        card = self._card_of(finding)
        if card is not None:
            return card
        try:
            return self._detectors.current().card
        except NotFound:
            return {}

    def _require_named(self, exhibit_id: int, wording: Wording) -> None:
        if not wording.architecture:
            return
        card = self._card_to_ask(self._seen(exhibit_id))
        rules.require_class(wording.architecture, card)
        if not weighing.names_it(wording.first, wording.architecture, card):
            name = weighing.title(wording.architecture, card)
            raise BadInput(
                f"The first proposition does not name {name}, whose likelihood ratio shall weigh it. Name {name} in "
                "it, or choose no architecture."
            )


def _in_force(session: CaseSession, exhibit_id: int) -> Propositions | None:
    found = conclusions.propositions_of(session, exhibit_id)
    return found[0] if found else None


def _scales_folder() -> Path:
    return paths.resources() / "scales"
