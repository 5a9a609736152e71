"""The report as CASE/UCO JSON-LD (CASE 1.5.0), for exchange with other forensic programs.

Exhibits are raster pictures with their hashes; each finding is an analysis with the detector as its instrument and an
artifact classification as its result. ``classificationConfidence`` holds the softmax score, because the ontology has no
other place for it; the result says in words that it is no probability of being right. A verdict that names no class has
no confidence. Every identifier is made from report, kind and content, so the same report gives the same graph.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

from core.paths import APPLICATION
from core.report.as_json import canonical
from core.report.literal import without_surrogates
from core.report.record import (
    Asset,
    ConclusionRecord,
    CustodyRecord,
    DetectorRecord,
    ExhibitRecord,
    FindingRecord,
    ReportRecord,
)

Node = dict[str, Any]

_UCO, _CASE = "https://ontology.unifiedcyberontology.org/uco", "https://ontology.caseontology.org/case"
CONTEXT = {
    "action": f"{_UCO}/action/",
    "analysis": f"{_UCO}/analysis/",
    "configuration": f"{_UCO}/configuration/",
    "core": f"{_UCO}/core/",
    "identity": f"{_UCO}/identity/",
    "investigation": f"{_CASE}/investigation/",
    "observable": f"{_UCO}/observable/",
    "tool": f"{_UCO}/tool/",
    "types": f"{_UCO}/types/",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "dna": "urn:uuid:",
}
_MIME = {
    "JPEG": "image/jpeg",
    "PNG": "image/png",
    "WebP": "image/webp",
    "TIFF": "image/tiff",
    "BMP": "image/bmp",
    "GIF": "image/gif",
    "AVIF": "image/avif",
    "HEIC": "image/heic",
}
_SCORE_NOTE = (
    "classificationConfidence is the softmax score of the class, a number between 0 and 1. It is no probability of the "
    "classification being right, and no likelihood ratio."
)


def write(record: ReportRecord) -> bytes:
    """A report as canonical JSON-LD."""
    graph = _Graph(record)
    return canonical({"@context": CONTEXT, "@graph": [_clean(node) for node in graph.nodes()]})


class _Graph:
    """The nodes of one report."""

    def __init__(self, record: ReportRecord) -> None:
        self._record = record
        one = record.identity
        self._space = uuid.uuid5(uuid.NAMESPACE_URL, f"dna-det-report:{one.uid}:{one.part}")
        self._people: dict[str, Node] = {}

    def nodes(self) -> list[Node]:
        """The investigation first, then what it is about."""
        found = [*self._tools(), *(node for exhibit in self._record.exhibits for node in self._exhibit(exhibit))]
        everything = [*self._identities(), *self._people.values(), *found]
        whole = [node for node in everything if "types:hashMethod" not in node and not _part(node)]
        front, one = self._record.front, self._record.identity
        investigation = {
            **self._node("investigation:Investigation", "investigation"),
            "core:name": front.case_title,
            "core:description": [front.request, front.summary],
            "investigation:focus": "attribution of images to generator architectures",
            "core:tag": [f"report {one.uid}", f"revision {one.revision}", f"case {front.case_number}"],
            "core:object": [{"@id": node["@id"]} for node in whole],
        }
        return [investigation, *everything]

    def _id(self, kind: str, *key: str) -> str:
        return f"dna:{uuid.uuid5(self._space, json.dumps([kind, *key]))}"

    def _node(self, kind: str, *key: str) -> Node:
        return {"@id": self._id(kind, *key), "@type": kind}

    def _identities(self) -> Iterator[Node]:
        lab, front = self._record.laboratory, self._record.front
        if lab.name:
            yield {**self._node("identity:Organization", lab.name), "core:name": lab.name, "core:tag": "laboratory"}
        for role in ("author", "reviewer", "authoriser"):
            if name := getattr(front, role):
                self._person(name)["core:tag"].append(role)

    def _person(self, name: str) -> Node:
        fresh = {**self._node("identity:Person", name), "core:name": name, "core:tag": []}
        return self._people.setdefault(name, fresh)

    def _performer(self, name: str) -> Node:
        return {"action:performer": {"@id": self._person(name)["@id"]}} if name else {}

    def _tools(self) -> Iterator[Node]:
        version = next((line.text for line in self._record.software if line.name == APPLICATION), "")
        program = {
            **self._node("tool:AnalyticTool", "program"),
            "core:name": APPLICATION,
            "tool:version": version,
            "core:description": ", ".join(f"{line.name} {line.text}" for line in self._record.software),
        }
        yield program
        for detector in self._record.detectors:
            yield from self._detector(detector, program["@id"])

    def _detector(self, detector: DetectorRecord, program: str) -> Iterator[Node]:
        rows = [
            ("SHA-256 of the detector file", detector.digest),
            *((f"threshold: {line.name}", line.text) for line in detector.thresholds),
            *((f"step {number}", text) for number, text in enumerate(detector.steps, 1)),
            *((f"class {line.name}", line.text) for line in detector.classes),
        ]
        entries = [
            {
                **self._node("configuration:ConfigurationEntry", detector.digest, name),
                "configuration:itemName": name,
                "configuration:itemValue": value,
            }
            for name, value in rows
        ]
        configuration = {
            **self._node("configuration:Configuration", detector.digest),
            "configuration:configurationEntry": [{"@id": entry["@id"]} for entry in entries],
        }
        yield {
            **self._node("tool:ConfiguredTool", detector.digest),
            "core:name": f"{detector.name} {detector.version}",
            "core:description": [detector.title, detector.summary],
            "tool:toolType": "image classifier",
            "tool:version": detector.version,
            "configuration:isConfigurationOf": {"@id": program},
            "configuration:usesConfiguration": {"@id": configuration["@id"]},
        }
        yield from (configuration, *entries)

    def _exhibit(self, one: ExhibitRecord) -> Iterator[Node]:
        picture = self._id("observable:RasterPicture", one.sha256)
        yield from self._picture(one, picture)
        provenance = {
            **self._node("investigation:ProvenanceRecord", one.sha256),
            "core:description": f"Exhibit {one.label}. {one.problem}".strip(),
            "investigation:exhibitNumber": one.label,
            "investigation:rootExhibitNumber": one.item,
            "core:object": {"@id": picture},
        }
        yield provenance
        for number, event in enumerate(one.custody):
            yield self._custody(event, one.sha256, number, [picture, provenance["@id"]])
        if one.finding:
            yield from self._finding(one.finding, one, picture)
        if one.propositions:
            yield {
                **self._node("core:Annotation", one.sha256, "propositions"),
                "core:name": "propositions",
                "core:statement": [one.propositions.first, one.propositions.second],
                "core:object": {"@id": picture},
                **self._created(one.propositions.made_by, one.propositions.made_at),
            }
        for number, conclusion in enumerate(one.conclusions):
            yield self._conclusion(conclusion, one.sha256, number, picture)

    def _picture(self, one: ExhibitRecord, picture: str) -> Iterator[Node]:
        file = {
            **self._node("observable:FileFacet", one.sha256),
            "observable:fileName": one.name,
            "observable:filePath": list(one.paths),
            "observable:sizeInBytes": one.size_bytes,
        }
        raster = {
            **self._node("observable:RasterPictureFacet", one.sha256),
            "observable:pictureType": one.container,
            "observable:pictureWidth": one.width,
            "observable:pictureHeight": one.height,
        }
        hashes = [("SHA256", one.sha256), *([("MD5", one.md5)] if one.md5 else [])]
        content, nodes = self._content(one.sha256, hashes, _MIME.get(one.container, ""), one.size_bytes)
        yield {
            "@id": picture,
            "@type": "observable:RasterPicture",
            "core:name": one.label,
            "core:hasFacet": [{"@id": facet["@id"]} for facet in (file, content, raster)],
        }
        yield from (file, content, raster, *nodes)

    def _content(self, key: str, hashes: list[tuple[str, str]], mime: str, size: int | None) -> tuple[Node, list[Node]]:
        nodes = [
            {
                **self._node("types:Hash", key, method),
                "types:hashMethod": method,
                "types:hashValue": _typed("hexBinary", value),
            }
            for method, value in hashes
        ]
        facet = {
            **self._node("observable:ContentDataFacet", key),
            "observable:hash": [{"@id": node["@id"]} for node in nodes],
            "observable:mimeType": mime,
            "observable:sizeInBytes": size,
        }
        return facet, nodes

    def _custody(self, event: CustodyRecord, sha256: str, number: int, objects: list[str]) -> Node:
        told = {"from": event.from_party, "to": event.to_party, "seal": event.seal, "place": event.place}
        return {
            **self._node("investigation:InvestigativeAction", sha256, "custody", str(number)),
            "core:name": event.kind,
            "core:description": [*(f"{name}: {text}" for name, text in told.items() if text), event.remarks],
            "action:object": [{"@id": node} for node in objects],
            "action:endTime": _time(event.at),
            **self._performer(event.made_by),
        }

    def _finding(self, one: FindingRecord, exhibit: ExhibitRecord, picture: str) -> Iterator[Node]:
        key = (exhibit.sha256, one.detector, str(one.id))
        result = self._node("analysis:AnalyticResult", *key)
        classified = {**self._node("analysis:ArtifactClassification", *key), **_classification(one)}
        facet = {
            **self._node("analysis:ArtifactClassificationResultFacet", *key),
            "analysis:classification": {"@id": classified["@id"]},
        }
        maps = list(self._heat_map(one.heat_map.overlay, exhibit.sha256, picture)) if one.heat_map else []
        shown = self._node("investigation:InvestigativeAction", *key)
        yield {
            **shown,
            "@type": ["analysis:Analysis", "investigation:InvestigativeAction"],
            "core:name": f"attribution of {exhibit.label}",
            "core:description": [f"computed on {one.device}", *_conditions(one)],
            "action:instrument": {"@id": self._id("tool:ConfiguredTool", one.detector)}
            if any(detector.digest == one.detector for detector in self._record.detectors)
            else None,
            "action:object": {"@id": picture},
            "action:result": [{"@id": node["@id"]} for node in (result, *maps[:1])],
            "action:endTime": _time(one.made_at),
            **self._performer(self._record.front.author),
        }
        yield {
            **result,
            "core:name": one.verdict,
            "core:description": [one.reason, _SCORE_NOTE],
            "core:statement": _statements(one),
            "core:hasFacet": {"@id": facet["@id"]},
            "analysis:originatingAnalysis": {"@id": shown["@id"]},
        }
        yield from (facet, classified, *maps)

    def _heat_map(self, overlay: Asset, sha256: str, picture: str) -> Iterator[Node]:
        key = f"{sha256} {overlay.sha256}"
        content, hashes = self._content(key, [("SHA256", overlay.sha256)], "", None)
        file = {**self._node("observable:FileFacet", key), "observable:fileName": overlay.name}
        node = self._node("observable:RasterPicture", key)
        yield {
            **node,
            "core:name": "heat map",
            "core:description": overlay.alt,
            "core:hasFacet": [{"@id": file["@id"]}, {"@id": content["@id"]}],
        }
        yield from (file, content, *hashes)
        yield {
            **self._node("observable:ObservableRelationship", key),
            "core:source": {"@id": node["@id"]},
            "core:target": {"@id": picture},
            "core:kindOfRelationship": "Derived_From",
            "core:isDirectional": True,
        }

    def _conclusion(self, one: ConclusionRecord, sha256: str, number: int, picture: str) -> Node:
        return {
            **self._node("core:Annotation", sha256, "conclusion", str(number)),
            "core:name": f"conclusion of the {one.role}",
            "core:statement": [one.outcome, one.opinion],
            "core:description": [one.limitations, one.scale, one.phrase],
            "core:object": {"@id": picture},
            **self._created(one.author, one.made_at),
        }

    def _created(self, name: str, at: str) -> Node:
        made: Node = {"core:objectCreatedTime": _time(at)}
        return {**made, "core:createdBy": {"@id": self._person(name)["@id"]}} if name else made


def _classification(one: FindingRecord) -> Node:
    if one.verdict != "attributed" or not one.architecture:
        return {"analysis:class": one.verdict}
    score = None if one.score is None else _typed("decimal", format(Decimal(repr(float(one.score))), "f"))
    return {"analysis:class": one.architecture, "analysis:classificationConfidence": score}


def _statements(one: FindingRecord) -> list[str]:
    found = [f"score {name}: {score!r}" for name, _, score in one.scores]
    if one.ratio:
        ratio = one.ratio
        found.append(
            f"likelihood ratio {ratio.value!r} (95 % interval {ratio.low!r} to {ratio.high!r}, at most "
            f"{ratio.ceiling!r} by validation), against: {ratio.against}. {ratio.sentence}"
        )
    return found


def _conditions(one: FindingRecord) -> list[str]:
    return [f"{name}: {json.dumps(one.conditions[name], sort_keys=True)}" for name in sorted(one.conditions)]


def _typed(kind: str, value: str) -> Node:
    return {"@type": f"xsd:{kind}", "@value": value}


def _time(iso: str) -> Node | None:
    try:
        at = datetime.fromisoformat(iso)
    except ValueError:
        return None
    return _typed("dateTime", at.isoformat())


def _part(node: Node) -> bool:
    kind = str(node["@type"])
    return kind.endswith("Facet") or kind in {"configuration:ConfigurationEntry", "analysis:ArtifactClassification"}


def _clean(node: Node) -> Node:
    """Without what there is nothing to say about, and with texts that any reader of RDF can hold."""
    kept = {key: _cleaned(value) for key, value in node.items()}
    return {key: value for key, value in kept.items() if value not in (None, "", [])}


def _cleaned(value: object) -> object:
    if isinstance(value, str):
        return without_surrogates(value)
    if isinstance(value, list):
        return [_cleaned(one) for one in value if one not in (None, "")]
    return value
