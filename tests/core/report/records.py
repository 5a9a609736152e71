"""Whole report records made up for the tests of reports, with real little pictures; a hostile one on request.

    record = full_record(assets=tmp_path)                 # four exhibits: one of each verdict
    record = full_record(hostile=True, assets=tmp_path)   # the same with texts that attack every format
    record = full_record(count=400, assets=tmp_path)      # a whole volume; pictures are shared between exhibits

Without `assets` the record names its pictures but no file is written. `plain_record` is the least that may be printed.
"""

from dataclasses import replace
from pathlib import Path

from core.report.record import (
    DetectorRecord,
    Front,
    Identity,
    Laboratory,
    Line,
    LogRecord,
    Measurement,
    Rate,
    Recheck,
    ReportRecord,
    Scale,
    Weakness,
)
from core.reporting import SECTIONS
from tests.core.report.exhibit_records import exhibit_record
from tests.core.report.record_texts import (
    CLASSES,
    DIGEST,
    HEAD,
    HOSTILE,
    NOW,
    Texts,
    asset,
    picture_bytes,
    sha256_of,
)

__all__ = [
    "HEAD",
    "HOSTILE",
    "detector_record",
    "exhibit_record",
    "full_record",
    "identity",
    "picture_bytes",
    "plain_record",
    "preview_record",
    "sha256_of",
]


def full_record(hostile=False, count=4, assets=None, **changes):
    """A whole record: every field filled, every verdict, agreement and disagreement, a lost exhibit.

    Args:
        hostile: put texts that attack HTML, Typst, spreadsheets, terminals and eyes wherever a case can put text.
        count: exhibits; the verdicts take turns.
        assets: a folder that the pictures are written to.
        changes: fields of the record to replace.
    """
    text = Texts(hostile)
    if assets is not None:
        Path(assets).mkdir(parents=True, exist_ok=True)
    exhibits = tuple(exhibit_record(number, text, assets) for number in range(1, count + 1))
    verdicts = [one.finding.verdict for one in exhibits if one.finding]
    record = ReportRecord(
        identity=identity(title=text("typst", "Examination of images"), number=text("formula", "2026/17-R1")),
        laboratory=_laboratory(text, assets),
        front=_front(text),
        software=(Line("DNA-Det Workbench", "0.1.0"), Line("Python", "3.11.9"), Line("torch", "2.15.0")),
        detectors=(detector_record(text),),
        scale=Scale(
            "ENFSI 2015",
            "1",
            "ENFSI Guideline for Evaluative Reporting in Forensic Science, approved version 3.0, 2015",
            "The findings do not support one proposition over the other.",
            ((2.0, 10.0, "weak support"), (10.0, 100.0, "moderate support"), (100.0, None, "strong support")),
        ),
        exhibits=exhibits,
        recheck=Recheck(NOW, count, count - 1, (f"The evidence file of {sha256_of(4)} is missing.",)),
        weaknesses=(
            Weakness(
                "W-01",
                "The detector was not trained on the generator that made the image.",
                "misinterpretation",
                "An open-set test, and the verdict unknown architecture.",
                "Of 54 images of unknown generators, 28 were recognised as unknown.",
            ),
        ),
        log=_log(text),
        sections=SECTIONS,
        totals={verdict: verdicts.count(verdict) for verdict in dict.fromkeys(verdicts)},
        not_taken=(
            Line(text("surrogate", "/scan/half.jpg"), text("html", "The file is cut short."), "truncated"),
            Line("/scan/empty.png", "The file has no bytes.", "zero bytes"),
        ),
        notes=("The heat map of E-003 could not be made: the exhibit is inconclusive.", text("html", "A note.")),
    )
    return replace(record, **changes)


def plain_record(**changes):
    """The least that may be printed: one exhibit without finding, no optional part."""
    record = full_record(count=1)
    bare = replace(
        record.exhibits[0],
        **dict.fromkeys(("thumbnail", "finding", "robustness", "propositions", "annotated")),
        **dict.fromkeys(
            ("custody", "earlier", "metadata", "credentials_lines", "views", "conclusions", "annotations", "similar"),
            (),
        ),
        **dict.fromkeys(("credentials", "note", "rerun", "problem", "item"), ""),
    )
    values = {
        "exhibits": (bare,),
        "detectors": (),
        "recheck": None,
        "weaknesses": (),
        "sections": (),
        "totals": {},
        "notes": (),
        "not_taken": (),
        "laboratory": replace(record.laboratory, logo=None, header="", footer="", marking="", accreditation=""),
    }
    return replace(record, **{**values, **changes})


def preview_record(hostile=False, count=4, assets=None):
    """A record as a preview has it: no id, no time of issue, no log head, no hash check."""
    record = full_record(hostile, count, assets)
    return replace(
        record,
        identity=replace(record.identity, uid="", issued_at="", preview=True),
        recheck=None,
        log=LogRecord(0, "", "", "", "", "", (), ()),
    )


def identity(**changes):
    values = {
        "uid": "R-0123456789ab",
        "number": "2026/17-R1",
        "revision": 2,
        "supersedes": "R-ba9876543210",
        "reason": "The customer's address was wrong.",
        "title": "Examination of images",
        "form": "full",
        "language": "en",
        "issued_at": NOW,
        "preview": False,
    }
    return Identity(**{**values, **changes})


def detector_record(text=None):
    text = text or Texts(False)
    rate = Rate("all", 322, 206, 0.6398, 0.5860, 0.6903)
    measured = Measurement(
        set="cross",
        date="2026-11-21",
        command="main.py detectors evaluate field.safetensors --data cross --record cross",
        data_digest="a560f137" * 8,
        n=322,
        accuracy=rate,
        recalls=(Rate("real", 128, 109, 0.8516, 0.7798, 0.9029), Rate("stylegan2", 25, 25, 1.0, 0.8668, 1.0)),
        false_accusation=Rate("false accusation", 128, 0, 0.0, 0.0, 0.0291),
        conclusive=Rate("conclusive", 113, 112, 0.9912, 0.9516, 0.9984),
        verdicts={"attributed": 113, "unknown architecture": 53, "inconclusive": 210, "out of scope": 0},
        cllr=0.31,
        ece=0.042,
        auroc_unknown=0.77,
        oscr=0.68,
        unknown=54,
        unknown_named=Rate("unknown named", 54, 0, 0.0, 0.0, 0.0664),
        unknown_recognised=Rate("unknown recognised", 54, 28, 28 / 54, 0.3892, 0.6454),
        confusion_labels=("real", "stylegan2", "out of scope"),
        confusion=((109, 19, 0), (0, 25, 0)),
    )
    return DetectorRecord(
        name="field",
        version="0.3",
        digest=DIGEST,
        title=text("html", "Field detector, third edition"),
        summary="Names eight public generator architectures, or real photographs.",
        licence="Apache-2.0",
        classes=tuple(Line(name, title) for name, title in CLASSES),
        training=(Line("Date", "2026-11-21"), Line("Images", "1,796")),
        steps=("The pixels are read at native resolution.", "Windows of 128 pixels are cut out."),
        thresholds=(Line("attributed", "0.74", "The smallest top score at which 95 % are right."),),
        limits=(
            "It only knows the classes it lists.",
            text("typst", "Strong re-compression weakens it."),
        ),
        measured=(measured,),
    )


def _laboratory(text, assets):
    return Laboratory(
        name=text("html", "Laboratory of Digital Images"),
        address=text("typst", "1 Example Road\n12345 Exampletown"),
        contact="lab@example.org",
        accreditation="",
        header=text("bidi", "Laboratory of Digital Images"),
        footer="May not be copied except in full.",
        marking="CONFIDENTIAL",
        method="SOP-IMG-07, revision 3",
        logo=asset("logo.png", "Logo of the laboratory", 99, assets),
    )


def _front(text):
    return Front(
        case_title=text("html", "Portraits on a dating site"),
        case_number="2026/17",
        case_uid="00112233445566778899aabbccddeeff",
        customer=text("formula", "District Court of Exampletown"),
        customer_address="2 Court Street\n12345 Exampletown",
        request=text("long", "Were the four pictures made by an image generator, and by which architecture?"),
        requested_on="2026-11-02",
        received_on="2026-11-03",
        worked_from="2026-11-04",
        worked_to="2026-11-21",
        place="Exampletown",
        sampling="none",
        condition=text("control", "Files as received, on a USB stick with an unbroken seal."),
        deviations="none",
        external_results="none",
        author=text("html", "A. Moreau"),
        reviewer="B. Okafor",
        authoriser="C. Lindqvist",
        summary=text("typst", "One of four images is attributed to StyleGAN2."),
        limitations="Only the items named here were examined.",
    )


def _log(text):
    rows = (
        (1, NOW, "A. Moreau", "case.create", '{"title":"Portraits"}', HEAD),
        (42, NOW, text("html", "A. Moreau"), "finding.add", text("typst", '{"findings":[]}'), HEAD[::-1]),
    )
    stamps = (Line("Request of entry 41", "not answered yet"),)
    return LogRecord(42, HEAD, "0011223344556677", "ab" * 32, "cd" * 64, "workstation 3", stamps, rows)
