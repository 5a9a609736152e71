"""One exhibit of a report: what the case holds about it, as the record prints it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from core.custody import CustodyEvent
from core.dna.agreement_counts import reached
from core.domain import ConsistencyGrid, DetectorSummary, Finding, Verdict
from core.examine import Annotation, FileStatement, HeatMap, Robustness
from core.imaging.report_pictures import upright_tiles
from core.report.record import (
    Asset,
    ConclusionRecord,
    CustodyRecord,
    ExhibitRecord,
    FindingRecord,
    GridRecord,
    Line,
    MapRecord,
    PropositionsRecord,
    Ratio,
    RobustnessRecord,
    ViewRecord,
)
from core.report.words import words
from core.reporting import Conclusion, standing
from core.services import report_robustness, report_translated
from core.services.report_detector import titles
from core.services.report_material import Material
from core.services.report_sentences import Sentences
from core.services.weighing import weighed
from core.verbal_scale import VerbalScale

MOST_LINES = 300  # of what a file says of itself
_LONGEST = 10_000  # characters of one of them


@dataclass(frozen=True, slots=True)
class Setting:
    """What is the same for all exhibits of a report.

    Attributes:
        detectors: those at hand, by digest.
        scale: gives the words for likelihood ratios.
        sections: of `core.reporting.SECTIONS`, those that are printed.
        say: the language of sentences.
    """

    detectors: Mapping[str, DetectorSummary]
    scale: VerbalScale
    sections: frozenset[str]
    say: Sentences

    def titles(self, digest: str) -> dict[str, str]:
        """Class names of a detector and what a reader reads for them."""
        found = self.detectors.get(digest)
        return titles(found.card) if found is not None else {}


@dataclass(frozen=True, slots=True)
class Shown:
    """What was read off the exhibit's file for the report.

    Attributes:
        problem: a sentence where its bytes are not what they were.
        heat_map, map_check: of the newest finding; see `MapRecord.check`.
        statements, credentials, credentials_lines: what the file says of itself.
        similar: lines about what is near it.
        notes: sentences about what could not be shown.
    """

    problem: str = ""
    thumbnail: Asset | None = None
    overlay: Asset | None = None
    annotated: Asset | None = None
    heat_map: HeatMap | None = None
    map_check: str = ""
    statements: tuple[FileStatement, ...] = ()
    credentials: str = ""
    credentials_lines: tuple[Line, ...] = ()
    similar: tuple[Line, ...] = ()
    notes: tuple[str, ...] = field(default=())


def exhibit_record(label: str, material: Material, shown: Shown, setting: Setting) -> ExhibitRecord:
    """One exhibit as it is printed; the parts that are left out are empty."""
    exhibit, facts, printed = material.exhibit, material.exhibit.facts, setting.sections
    return ExhibitRecord(
        label=label,
        id=exhibit.id,
        sha256=exhibit.sha256,
        md5=exhibit.md5,
        name=exhibit.name,
        paths=tuple(place.path for place in exhibit.occurrences),
        item=next((event.form.item for event in reversed(material.custody) if event.form.item), ""),
        size_bytes=exhibit.size_bytes,
        container=facts.container,
        pixel_format=facts.pixel_format,
        width=facts.width,
        height=facts.height,
        frames=facts.frames,
        jpeg_quality=facts.jpeg_quality,
        taken_at=moment(exhibit.taken_at),
        remarks=(*facts.remarks, *_turned(facts.orientation, setting.say)),
        problem=shown.problem,
        thumbnail=shown.thumbnail,
        custody=tuple(_custody(event) for event in material.custody),
        finding=_finding(label, material, shown, setting),
        earlier=tuple(_earlier(one, setting) for one in material.findings[1:]),
        robustness=_robustness(material.robustness, setting) if "robustness" in printed else None,
        metadata=statement_lines(shown.statements, setting.say) if "metadata" in printed else (),
        credentials=shown.credentials,
        credentials_lines=shown.credentials_lines,
        propositions=_propositions(material),
        views=tuple(
            ViewRecord(view.examiner, view.opinion, view.text, view.blind, moment(view.made_at))
            for view in material.views
        ),
        conclusions=tuple(_conclusion(one) for one in standing(material.conclusions)),
        annotated=shown.annotated,
        annotations=tuple(_annotation_lines(material.annotations, setting.say)) if "annotations" in printed else (),
        note=exhibit.note if "notes" in printed else "",
        similar=shown.similar,
        rerun=report_translated.kept(material.repetition, setting.say),
    )


def moment(at: datetime) -> str:
    """A time as ISO 8601 with its offset, to the second, in the time zone of this computer."""
    return at.astimezone().isoformat(timespec="seconds")


def statement_lines(statements: Sequence[FileStatement], say: Sentences) -> tuple[Line, ...]:
    """What a file says of itself, as many lines as a report takes."""
    shown = tuple(Line(one.name[:_LONGEST], _cut(one.text), one.group) for one in statements[:MOST_LINES])
    more = len(statements) - len(shown)
    return (*shown, Line("…", say("more_lines", count=more))) if more > 0 else shown


def _cut(text: str) -> str:
    more = len(text) - _LONGEST
    return text if more <= 0 else f"{text[:_LONGEST]} … ({more:,} more characters)"


def _turned(orientation: int, say: Sentences) -> tuple[str, ...]:
    return () if orientation == 1 else (say("turned", orientation=orientation),)


def _custody(event: CustodyEvent) -> CustodyRecord:
    form = event.form
    return CustodyRecord(
        kind=form.kind.value,
        at=form.at.isoformat(timespec="seconds"),  # in the time zone in which it was stated
        from_party=form.from_party,
        to_party=form.to_party,
        item=form.item,
        seal=form.seal,
        place=form.place,
        remarks=form.remarks,
        made_by=event.made_by,
    )


def _finding(label: str, material: Material, shown: Shown, setting: Setting) -> FindingRecord | None:
    finding = material.finding
    if finding is None:
        return None
    found, named = setting.detectors.get(finding.detector.digest), setting.titles(finding.detector.digest)
    weighing = weighed(material.propositions, finding, found.card if found else None, setting.scale)
    ratio = weighing.ratio
    return FindingRecord(
        id=finding.id or 0,
        detector=finding.detector.digest,
        verdict=finding.verdict.value,
        architecture=finding.architecture or "",
        architecture_title=named.get(finding.architecture or "", finding.architecture or ""),
        reason=report_translated.reason(finding.reason, setting.say, named),
        score=finding.scores[0][1] if finding.scores else None,
        threshold=finding.threshold,
        scores=tuple((name, named.get(name, name), score) for name, score in finding.scores),
        device=finding.device,
        made_at=moment(finding.made_at),
        conditions=dict(finding.conditions),
        ratio=None
        if ratio is None
        else Ratio(
            ratio.value, ratio.low, ratio.high, ratio.ceiling, ratio.against, weighing.phrase, weighing.sentence
        ),
        grid=_grid(finding, material.exhibit.facts.orientation, setting) if "consistency" in setting.sections else None,
        heat_map=_map(label, shown, named, setting.say),
        why_no_ratio=report_translated.why_no_ratio(weighing.why_not, setting.say),
    )


def _grid(finding: Finding, orientation: int, setting: Setting) -> GridRecord | None:
    """The tiles as they are seen on the upright image."""
    grid, order = finding.grid, upright_tiles(orientation)
    if grid is None or len(grid.tiles) != len(order):
        return None
    named = setting.titles(finding.detector.digest)
    tiles = tuple((named.get(tile.architecture, tile.architecture), tile.score) for tile in grid.tiles)
    return GridRecord(grid.agreeing, tuple(tiles[place] for place in order), _percentile(finding, grid, setting))


def _percentile(finding: Finding, grid: ConsistencyGrid, setting: Setting) -> float | None:
    found = setting.detectors.get(finding.detector.digest)
    part = found.card.get("agreement") if found is not None else None
    if finding.verdict is not Verdict.ATTRIBUTED or finding.architecture is None or not isinstance(part, Mapping):
        return None
    return reached(part, finding.architecture, grid.agreeing)[0]


def _map(label: str, shown: Shown, named: Mapping[str, str], say: Sentences) -> MapRecord | None:
    heat_map = shown.heat_map
    if heat_map is None or shown.overlay is None:
        return None
    target = named.get(heat_map.target, heat_map.target)
    return MapRecord(
        overlay=replace(shown.overlay, alt=say("heat_map", label=label, target=target, layer=heat_map.layer)),
        layer=heat_map.layer,
        target=heat_map.target,
        target_title=target,
        method=heat_map.method.value,
        peak=heat_map.peak,
        check=shown.map_check,
    )


def _earlier(finding: Finding, setting: Setting) -> Line:
    detector, named = finding.detector, setting.titles(finding.detector.digest)
    said = words(setting.say.language).name_of("verdict", finding.verdict.value)
    if finding.architecture and finding.scores:
        title = named.get(finding.architecture, finding.architecture)
        said += setting.say("earlier_top", title=title, score=f"{finding.scores[0][1]:.2f}")
    return Line(f"{detector.name} {detector.version} ({detector.digest[:12]}), {moment(finding.made_at)}", said)


def _robustness(made: Robustness | None, setting: Setting) -> RobustnessRecord | None:
    if made is None:
        return None
    named = setting.titles(made.detector.digest)
    return RobustnessRecord(
        preset=made.preset,
        sentence=report_robustness.sentence_of(made, named, setting.say),
        made_at=moment(made.made_at),
        steps=tuple(
            (
                report_translated.step(step.text, setting.say),
                step.verdict.value,
                named.get(step.top or "", step.top or ""),
                step.score,
            )
            for step in made.steps
        ),
        score_of=named.get(made.architecture, made.architecture),
    )


def _propositions(material: Material) -> PropositionsRecord | None:
    found = material.propositions
    if found is None:
        return None
    said = (found.first, found.second, found.population, found.background)
    return PropositionsRecord(*said, found.made_by, moment(found.made_at), found.before_answer)


def _conclusion(one: Conclusion) -> ConclusionRecord:
    return ConclusionRecord(
        author=one.author,
        role=one.role.value,
        outcome=one.outcome.value,
        opinion=one.opinion,
        limitations=one.limitations,
        scale=one.scale,
        phrase=one.phrase,
        agrees=one.agrees,
        made_at=moment(one.made_at),
    )


def _annotation_lines(annotations: Sequence[Annotation], say: Sentences) -> Sequence[Line]:
    return [
        Line(say("drawn", number=number, kind=say(f"kind_{one.kind.value}"), examiner=one.examiner), one.text)
        for number, one in enumerate(annotations, 1)
    ]
