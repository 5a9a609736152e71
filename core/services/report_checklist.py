"""What is missing before a report may be issued, and what is to be looked at; the fields follow ISO/IEC 17025 §7.8."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import pairwise

from core import language
from core.custody import CustodyEvent, EvidenceProblem, EvidenceState, lacks_taker, time_text
from core.domain import Case, DetectorReference, DetectorSummary
from core.report.record import Front
from core.reporting import CheckItem, Conclusion, ReportDraft, same_name

_MOST = 20  # items of one kind that name an exhibit; one more says how many there are
_NEEDED = (
    ("title", "The report has no title."),
    ("author", "Nobody is named as the author of the opinions."),
    ("customer", "The customer is missing: who asked for the report?"),
    ("place", "The place where the work was done is missing."),
    ("condition", "The condition of the items is not described."),
    ("sampling", "Sampling is not stated. If everything was examined, write “none”."),
    ("deviations", "Deviations from the method are not stated. If there are none, write “none”."),
    ("external_results", "Results of others are not stated. If there are none, write “none”."),
    ("authoriser", "Nobody is named who authorises the report."),
    ("received_on", "The day on which the items were received is missing. Give it here, or as a custody event."),
    ("worked_from", "The days of the work are missing. Give them here, or analyse the exhibits."),
)
_OF_LABORATORY = (
    ("name", "The name of the laboratory is missing."),
    ("address", "The address of the laboratory is missing."),
    ("method", "The identifier of the laboratory's procedure is missing. If there is none, write “none”."),
)
_TEXTS = ("title", "request", "condition", "deviations", "summary", "limitations")
_WAY_OUT = "Verify the evidence again, or leave the exhibit out of the report."


@dataclass(frozen=True, slots=True)
class Facts:
    """What the checklist looks at.

    Attributes:
        exhibit_ids: those of the report that there are; `missing` were chosen and are not in the case.
        labels: the number of each in the report.
        front: as it would be printed, with the dates that the case knows filled in.
        concluded, proposed, viewed: those that somebody concluded about, that have propositions, or a view.
        hidden: those whose answer this examiner may not see yet.
        analysed: those with a finding.
        problems: what is known of changed, lost or unreadable evidence, by exhibit.
        references: detectors of the newest findings, and those of them that are on this computer.
        opinions: the conclusions in force about each exhibit whose answer is not hidden.
        numbers: newest revision of each number issued.
        log_problem: a sentence where the log has no head to print, or "".
        logo_problem: a sentence where the logo is no picture, or "".
        amending: whether a revision of an issued report is being made.
        events: custody events about them, without those that were corrected.
        not_taken: how many files of the case were handed over and are no exhibits.
        about_all: whether the report is about all exhibits of the case.
    """

    case: Case
    exhibit_ids: tuple[int, ...]
    missing: int
    labels: Mapping[int, str]
    front: Front
    concluded: frozenset[int]
    proposed: frozenset[int]
    viewed: frozenset[int]
    hidden: frozenset[int]
    analysed: frozenset[int]
    opinions: Mapping[int, tuple[Conclusion, ...]]
    problems: Mapping[int, EvidenceProblem]
    references: tuple[DetectorReference, ...]
    at_hand: Mapping[str, DetectorSummary]
    numbers: Mapping[str, int]
    log_problem: str
    logo_problem: str
    amending: bool = False
    events: tuple[CustodyEvent, ...] = ()
    not_taken: int = 0
    about_all: bool = True


def checked(draft: ReportDraft, facts: Facts) -> tuple[CheckItem, ...]:
    """What is missing or to be looked at, blocking items first."""
    found = [
        *_fields(draft, facts),
        *_laboratory(draft, facts),
        *_exhibits(facts),
        *_evidence(facts),
        *_files_not_taken(facts),
        *_custody(facts),
        *_disagreements(draft, facts),
        *_detectors(facts),
        *_number(draft, facts),
        *_log(facts),
        *_language(draft, facts),
    ]
    return tuple(sorted(found, key=lambda item: not item.blocks))


def _fields(draft: ReportDraft, facts: Facts) -> Iterator[CheckItem]:
    for name, sentence in _NEEDED:
        if not (draft.title if name == "title" else getattr(facts.front, name)).strip():
            yield CheckItem(name, sentence, blocks=True)
    if not draft.formats:
        yield CheckItem("formats", "The report has no format. Choose at least one.", blocks=True)
    if not draft.request.strip():
        yield CheckItem("request", "What the customer asked is not written down.", blocks=False)
    if not draft.reviewer.strip():
        yield CheckItem("reviewer", "Nobody is named who reviewed the report.", blocks=False)
    if not draft.summary.strip():
        yield CheckItem("summary", "There is no summary; a reader needs it first.", blocks=False)
    yield from _dates(facts)


def _dates(facts: Facts) -> Iterator[CheckItem]:
    stated = [(name, getattr(facts.front, name)) for name in ("received_on", "worked_from", "worked_to")]
    days = [(name, date.fromisoformat(day)) for name, day in stated if day]
    for (_, earlier), (name, later) in pairwise(days):
        if later < earlier:
            yield CheckItem(name, f"The dates are out of order: {later} comes before {earlier}.", blocks=True)
            return


def _laboratory(draft: ReportDraft, facts: Facts) -> Iterator[CheckItem]:
    for name, sentence in _OF_LABORATORY:
        if not getattr(draft.laboratory, name).strip():
            yield CheckItem(f"laboratory.{name}", sentence, blocks=True)
    if facts.logo_problem:
        yield CheckItem("laboratory.logo", facts.logo_problem, blocks=True)


def _exhibits(facts: Facts) -> Iterator[CheckItem]:
    if not facts.exhibit_ids:
        yield CheckItem("exhibit_ids", "The report is about no exhibit. Choose some.", blocks=True)
    if facts.missing:
        sentence = f"{facts.missing} of the chosen exhibits are not in the case. Choose again."
        yield CheckItem("exhibit_ids", sentence, blocks=True)
    blind = facts.case.details.blind
    yield from _each(
        facts,
        "views",
        facts.hidden,
        "the answer is hidden from you, because the case is blind. Write down your own view first.",
        blocks=True,
    )
    yield from _each(
        facts, "findings", _others(facts, facts.analysed), "it is not analysed, so that no finding is printed."
    )
    without = _others(facts, facts.proposed)
    yield from _each(
        facts, "propositions", without, "there are no propositions to weigh the finding with.", blocks=blind
    )
    yield from _each(facts, "conclusions", _others(facts, facts.concluded), "it is printed with “no conclusion”.")
    if blind:
        yield from _each(facts, "views", _others(facts, facts.viewed), "no examiner has written down a view.")


def _evidence(facts: Facts) -> Iterator[CheckItem]:
    changed = {number for number, one in facts.problems.items() if one.state is EvidenceState.CHANGED}
    lost = facts.problems.keys() - changed
    yield from _each(
        facts,
        "evidence",
        changed,
        f"its bytes are not what was taken in. {_WAY_OUT}",
        blocks=True,
    )
    yield from _each(facts, "evidence", lost, "its evidence file is lost or cannot be read; the report says so.")


def _files_not_taken(facts: Facts) -> Iterator[CheckItem]:
    if not facts.not_taken:
        return
    many = f"{facts.not_taken} files" if facts.not_taken > 1 else "One file"
    were = "were" if facts.not_taken > 1 else "was"
    told = (
        "The report lists them with the reasons."
        if facts.about_all
        else "The report is about some of the exhibits only and does not list them."
    )
    sentence = f"{many} that {were} handed over could not be taken in, so that nothing was examined of them. {told}"
    yield CheckItem("exhibit_ids", sentence, blocks=False)


def _custody(facts: Facts) -> Iterator[CheckItem]:
    for event in facts.events:
        form = event.form
        if lacks_taker(form):
            sentence = (
                f"Custody event {event.id} ({form.kind} {time_text(form.at)}) does not say who took the items. Write "
                "down a correction of it."
            )
            yield CheckItem("custody", sentence, blocks=False)


def _disagreements(draft: ReportDraft, facts: Facts) -> Iterator[CheckItem]:
    against = {
        number: frozenset(same_name(one.author) for one in found if one.agrees is False)
        for number, found in facts.opinions.items()
    }
    disputed = {number for number, names in against.items() if names}
    yield from _each(facts, "conclusions", disputed, "the examiners disagree; both conclusions are printed.")
    reviewer = same_name(draft.reviewer)
    theirs = [facts.labels[number] for number in facts.exhibit_ids if reviewer in against.get(number, ())]
    if reviewer and theirs:
        more = f" and {len(theirs) - _MOST} more" if len(theirs) > _MOST else ""
        sentence = (
            f"{draft.reviewer.strip()} is named as the reviewer and disagrees with the first examiner about "
            f"{', '.join(theirs[:_MOST])}{more}. Name another reviewer, or settle it with that person first."
        )
        yield CheckItem("reviewer", sentence, blocks=False)


def _detectors(facts: Facts) -> Iterator[CheckItem]:
    if len(facts.references) > 1:
        names = ", ".join(f"{one.name} {one.version}" for one in facts.references)
        sentence = f"The findings come from {len(facts.references)} detectors ({names}); their scores do not compare."
        yield CheckItem("detectors", sentence, blocks=False)
    for one in facts.references:
        found = facts.at_hand.get(one.digest)
        if found is None:
            sentence = (
                f"The detector {one.name} {one.version} is not on this computer: its error rates are not printed."
            )
            yield CheckItem("detectors", sentence, blocks=False)
        elif not found.card.get("measured"):
            sentence = f"The detector {one.name} {one.version} was never measured: its error rates are not known."
            yield CheckItem("detectors", sentence, blocks=False)


def _number(draft: ReportDraft, facts: Facts) -> Iterator[CheckItem]:
    if draft.number in facts.numbers and not facts.amending:
        sentence = f"A report with the number {draft.number} was issued already. Amend it, or choose another number."
        yield CheckItem("number", sentence, blocks=True)


def _log(facts: Facts) -> Iterator[CheckItem]:
    if facts.log_problem:
        yield CheckItem("log", facts.log_problem, blocks=True)
    if facts.case.read_only:
        sentence = "The case is open read-only. Open it for writing to issue a report."
        yield CheckItem("log", sentence, blocks=True)


def _language(draft: ReportDraft, facts: Facts) -> Iterator[CheckItem]:
    spoken = draft.laboratory.language
    for name in _TEXTS:
        for said in _remarks(getattr(draft, name), spoken):
            yield CheckItem(name, said, blocks=False)
    told = 0
    opinions = [(number, one.opinion) for number, found in facts.opinions.items() for one in found]
    for exhibit_id, text in opinions:
        for said in _remarks(text, language.language_of(text)):
            told += 1
            if told <= _MOST:
                sentence = f"{facts.labels[exhibit_id]}: in the opinion, {said}"
                yield CheckItem("conclusions", sentence, blocks=False, exhibit_id=exhibit_id)


@lru_cache(maxsize=4096)
def _remarks(text: str, spoken: str) -> tuple[str, ...]:
    """What the text says that evidence cannot say: the words, why, and what to write instead."""
    found = language.check(text, spoken)
    return tuple(
        f"“{text[one.start : one.start + one.length][:60]}”: {one.why} {one.proposal}".strip() for one in found
    )


def _each(
    facts: Facts, key: str, wanted: Collection[int], sentence: str, *, blocks: bool = False
) -> Iterator[CheckItem]:
    """An item for each of the exhibits, up to a number; one more for the rest."""
    named = [number for number in facts.exhibit_ids if number in wanted]
    for number in named[:_MOST]:
        yield CheckItem(key, f"{facts.labels[number]}: {sentence}", blocks, number)
    if (more := len(named) - _MOST) > 0:
        yield CheckItem(key, f"{more} more exhibits: {sentence}", blocks)


def _others(facts: Facts, exhibit_ids: frozenset[int]) -> frozenset[int]:
    return frozenset(facts.exhibit_ids) - exhibit_ids
