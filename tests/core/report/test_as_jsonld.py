"""A report as CASE/UCO: it conforms to the ontology, and says of a score what a score is."""

import json
import re
import warnings
from dataclasses import replace

import pytest

from core.report import as_jsonld
from tests.core.report.records import HOSTILE, full_record, plain_record, preview_record, sha256_of

UUID = re.compile(r"dna:[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


def graph(record):
    return json.loads(as_jsonld.write(record))["@graph"]


def of_kind(nodes, kind):
    return [node for node in nodes if kind in (node["@type"] if isinstance(node["@type"], list) else [node["@type"]])]


def by_id(nodes):
    return {node["@id"]: node for node in nodes}


def conforms(tmp_path, *documents):
    """Whether documents, taken together, conform to CASE as shipped with case-utils; nothing is fetched."""
    validation = pytest.importorskip("case_utils.case_validate")
    paths = []
    for number, data in enumerate(documents):
        paths.append(str(tmp_path / f"{number}.jsonld"))
        (tmp_path / f"{number}.jsonld").write_bytes(data)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = validation.validate(paths, inference="none")
    assert found.undefined_concepts == set()
    return found.conforms, found.text


def test_it_conforms_to_the_ontology(tmp_path):
    records = (full_record(count=2), full_record(hostile=True), plain_record(), preview_record(count=1))
    named = [
        replace(record, identity=replace(record.identity, uid=f"R-{number:012d}"))
        for number, record in enumerate(records)
    ]
    right, text = conforms(tmp_path, *map(as_jsonld.write, named))
    assert right, text


def test_the_check_notices_what_is_wrong(tmp_path):
    """A hash without a value, and a confidence that is no decimal, do not conform."""
    found = json.loads(as_jsonld.write(full_record(count=1)))
    del of_kind(found["@graph"], "types:Hash")[0]["types:hashValue"]
    of_kind(found["@graph"], "analysis:ArtifactClassification")[0]["analysis:classificationConfidence"] = "high"
    right, text = conforms(tmp_path, json.dumps(found).encode())
    assert not right
    assert "hashValue" in text
    assert "classificationConfidence" in text


def test_identifiers_are_made_from_the_content():
    record = full_record(hostile=True, count=12)
    assert as_jsonld.write(record) == as_jsonld.write(record)
    nodes = graph(record)
    ids = [node["@id"] for node in nodes]
    assert len(ids) == len(set(ids))
    assert all(UUID.fullmatch(one) for one in ids)
    other = graph(replace(record, identity=replace(record.identity, uid="R-ffffffffffff")))
    assert not {node["@id"] for node in other} & set(ids)


def test_every_reference_leads_somewhere():
    def references(value):
        if isinstance(value, dict):
            if set(value) == {"@id"}:
                yield value["@id"]
            for inner in value.values():
                yield from references(inner)
        elif isinstance(value, list):
            for inner in value:
                yield from references(inner)

    for record in (full_record(count=8), replace(full_record(), detectors=())):
        nodes = graph(record)
        assert {one for node in nodes for one in references({**node, "@id": None})} <= set(by_id(nodes))


def test_an_exhibit_has_its_hashes_and_size():
    nodes = graph(full_record())
    known = by_id(nodes)
    pictures = [node for node in of_kind(nodes, "observable:RasterPicture") if node["core:name"].startswith("E-")]
    assert [node["core:name"] for node in pictures] == ["E-001", "E-002", "E-003", "E-004"]
    facets = {known[one["@id"]]["@type"]: known[one["@id"]] for one in pictures[0]["core:hasFacet"]}
    hashes = [known[one["@id"]] for one in facets["observable:ContentDataFacet"]["observable:hash"]]
    found = {node["types:hashMethod"]: node["types:hashValue"]["@value"] for node in hashes}
    assert found["SHA256"] == sha256_of(1)
    assert set(found) == {"SHA256", "MD5"}
    assert facets["observable:FileFacet"]["observable:sizeInBytes"] == 1_234_568
    assert facets["observable:RasterPictureFacet"]["observable:pictureWidth"] == 4000


def test_a_finding_is_an_analysis_with_its_detector():
    nodes = graph(full_record(count=1))
    known = by_id(nodes)
    (action,) = of_kind(nodes, "analysis:Analysis")
    assert known[action["action:instrument"]["@id"]]["@type"] == "tool:ConfiguredTool"
    assert known[action["action:object"]["@id"]]["core:name"] == "E-001"
    assert known[action["action:performer"]["@id"]]["core:name"] == "A. Moreau"
    result, heat_map = (known[one["@id"]] for one in action["action:result"])
    assert heat_map["core:name"] == "heat map"
    facet = known[result["core:hasFacet"]["@id"]]
    classified = known[facet["analysis:classification"]["@id"]]
    assert classified["analysis:class"] == "stylegan2"
    assert classified["analysis:classificationConfidence"] == {"@type": "xsd:decimal", "@value": "0.93"}
    assert any("no probability" in text for text in result["core:description"])
    (derived,) = of_kind(nodes, "observable:ObservableRelationship")
    assert derived["core:kindOfRelationship"] == "Derived_From"


def test_a_verdict_that_names_nothing_has_no_confidence():
    found = of_kind(graph(full_record()), "analysis:ArtifactClassification")
    assert [node["analysis:class"] for node in found] == [
        "stylegan2",
        "unknown architecture",
        "inconclusive",
        "out of scope",
    ]
    assert ["analysis:classificationConfidence" in node for node in found] == [True, False, False, False]


def test_a_small_score_is_a_plain_decimal():
    record = full_record(count=1)
    finding = replace(record.exhibits[0].finding, score=1.5e-7)
    nodes = graph(replace(record, exhibits=(replace(record.exhibits[0], finding=finding),)))
    (found,) = of_kind(nodes, "analysis:ArtifactClassification")
    assert found["analysis:classificationConfidence"]["@value"] == "0.00000015"


def test_hostile_texts_stay_texts():
    data = as_jsonld.write(full_record(hostile=True, count=12))
    nodes = json.loads(data)["@graph"]
    names = {node.get("observable:fileName") for node in of_kind(nodes, "observable:FileFacet")}
    assert HOSTILE["html"] in names
    assert HOSTILE["bidi"] in names
    assert "broken\\uDCFF\\uDC80name.jpg" in names
    json.dumps(nodes, ensure_ascii=False).encode("utf-8")  # no half of a character is left


def test_the_investigation_holds_the_exhibits():
    nodes = graph(full_record())
    assert nodes[0]["@type"] == "investigation:Investigation"
    held = {one["@id"] for one in nodes[0]["core:object"]}
    pictures = {node["@id"] for node in of_kind(nodes, "observable:RasterPicture")}
    assert pictures <= held
    numbers = {node["investigation:exhibitNumber"] for node in of_kind(nodes, "investigation:ProvenanceRecord")}
    assert numbers == {"E-001", "E-002", "E-003", "E-004"}
