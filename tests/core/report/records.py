"""Whole report records made up for the tests of reports, with real little pictures; a hostile one on request.

    record = full_record(assets=tmp_path)                 # four exhibits: one of each verdict
    record = full_record(hostile=True, assets=tmp_path)   # the same with texts that attack every format
    record = full_record(count=400, assets=tmp_path)      # a whole volume; pictures are shared between exhibits

Without `assets` the record names its pictures but no file is written. `plain_record` is the least that may be printed.
"""

import hashlib
import io
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

from core.report.record import (
    Asset,
    ConclusionRecord,
    CustodyRecord,
    DetectorRecord,
    ExhibitRecord,
    FindingRecord,
    Front,
    GridRecord,
    Identity,
    Laboratory,
    Line,
    LogRecord,
    MapRecord,
    Measurement,
    PropositionsRecord,
    Rate,
    Ratio,
    Recheck,
    ReportRecord,
    RobustnessRecord,
    Scale,
    ViewRecord,
    Weakness,
)
from core.reporting import SECTIONS

HOSTILE = {
    "html": "<script>alert('x')</script><img src=x onerror=alert(1)>&amp;</td></html>",
    "typst": '#import "/etc/passwd": * #eval("1+1") $x^2$ *bold* _it_ `raw` \\ ] [ ) ( @ref <label> = Head // no /* no',
    "formula": "=cmd|' /C calc'!A0",
    "plus": "+SUM(1;2)",
    "at": "@SUM(A1)\t=1+1\r\n-2+3",
    "bidi": "invoice\u202egnp.exe\u2066isolated\u2069\u200f\u200b\ufeff",
    "control": "bell\x07 null\x00 escape\x1b[31m tab\t line\nreturn\r delete\x7f",
    "emoji": "holiday \U0001f3d6\ufe0f \U0001f468\u200d\U0001f469\u200d\U0001f467 "
    "\u6f22\u5b57 \u0627\u0644\u0639\u0631\u0628\u064a\u0629 \u0e44\u0e17\u0e22",
    "surrogate": "broken\udcff\udc80name.jpg",
    "long": "A" * 2000 + " very long " + "b\u00e4" * 995,
    "combining": "Z\u0351\u036b\u0343a\u0300\u0301l\u0334g\u0335o\u0336",
}
CLASSES = (
    ("real", "Real photograph"),
    ("stylegan2", "StyleGAN2"),
    ("stable-diffusion-1", "Stable Diffusion 1"),
    ("flux1-dev", "FLUX.1 dev"),
)
DIGEST, OTHER_DIGEST = "58ed77c6" * 8, "b71166dd" * 8
HEAD = "0123456789abcdef" * 4
NOW = "2026-11-21T10:31:00+01:00"
_VERDICTS = ("attributed", "unknown architecture", "inconclusive", "out of scope")


def picture_bytes(seed, width=160, height=120, form="PNG"):
    """A real little picture; the same bytes for the same seed."""
    rng = np.random.default_rng(seed)
    small = Image.fromarray(rng.integers(0, 256, (6, 8, 3), dtype=np.uint8))
    stream = io.BytesIO()
    small.resize((width, height), Image.Resampling.BICUBIC).save(stream, form)
    return stream.getvalue()


def asset(name, alt, seed, folder=None):
    """An asset whose picture is written into `folder` where one is given; the name's ending says PNG or JPEG."""
    data = picture_bytes(seed, form="PNG" if name.endswith(".png") else "JPEG")
    if folder is not None:
        Path(folder, name).write_bytes(data)
    return Asset(name, alt, hashlib.sha256(data).hexdigest())


def sha256_of(number):
    return hashlib.sha256(b"exhibit %d" % number).hexdigest()


def full_record(hostile=False, count=4, assets=None, **changes):
    """A whole record: every field filled, every verdict, agreement and disagreement, a lost exhibit.

    Args:
        hostile: put texts that attack HTML, Typst, spreadsheets, terminals and eyes wherever a case can put text.
        count: exhibits; the verdicts take turns.
        assets: a folder that the pictures are written to.
        changes: fields of the record to replace.
    """
    text = _Texts(hostile)
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
    text = text or _Texts(False)
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


def exhibit_record(number, text=None, assets=None):
    text = text or _Texts(False)
    verdict = _VERDICTS[(number - 1) % 4]
    lost = number == 4
    return ExhibitRecord(
        label=f"E-{number:03d}",
        id=number,
        sha256=sha256_of(number),
        md5=hashlib.md5(b"%d" % number).hexdigest(),
        name=text.turn(number, f"IMG_{number:04d}.jpg"),
        paths=(text("bidi", f"/media/stick/DCIM/IMG_{number:04d}.jpg"), text("surrogate", "copy.zip!a/b.jpg")),
        item=text("plus", "2026/17-A3"),
        size_bytes=1_234_567 + number,
        container="JPEG",
        pixel_format="RGB 8 bit",
        width=4000,
        height=3000,
        frames=1,
        jpeg_quality=92,
        taken_at=NOW,
        remarks=("The transparent pixels were composited on white.",),
        problem="The evidence file is missing. Restore it from a copy of the case." if lost else "",
        thumbnail=None if lost else asset(f"thumbnail-{number % 5}.jpg", f"Exhibit E-{number:03d}", number % 5, assets),
        custody=(_custody("received", text), _custody("transferred", text)),
        finding=_finding(number, verdict, text, assets),
        earlier=(Line("field 0.2", "inconclusive: StyleGAN2, score 0.61"),),
        robustness=_robustness() if verdict == "attributed" else None,
        metadata=_metadata(text),
        credentials=("valid and trusted", "valid, untrusted signer", "invalid", "none present")[(number - 1) % 4],
        credentials_lines=(Line("signer", text("html", "Example Corp"), "C2PA"),),
        propositions=_propositions(text),
        views=(ViewRecord("A. Moreau", "generated", text("typst", "The ears differ."), True, NOW),),
        conclusions=_conclusions(number, verdict, text),
        annotated=None if lost else asset(f"annotated-{number % 5}.png", "Annotations on it", 50 + number % 5, assets),
        annotations=(Line("1 rectangle by A. Moreau", text("emoji", "Uneven pupils")),),
        note=text("long", "Compare with E-002."),
        similar=(Line("E-002", "cosine distance 0.031"), Line("StyleGAN2", "cosine distance 0.044")),
        rerun="Equal: every number of the repetition is the same bit for bit." if number % 2 else "",
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


def _finding(number, verdict, text, assets):
    out_of_scope = verdict == "out of scope"
    scores = tuple(zip(*zip(*CLASSES, strict=True), (0.03, 0.93, 0.03, 0.01), strict=True))
    ranked = tuple(sorted(scores, key=lambda row: -row[2]))
    tiles = tuple((CLASSES[1][1] if tile < 13 else CLASSES[0][1], 0.5 + tile / 40) for tile in range(16))
    attributed = verdict == "attributed"
    return FindingRecord(
        id=100 + number,
        detector=DIGEST,
        verdict=verdict,
        architecture="" if out_of_scope else "stylegan2",
        architecture_title="" if out_of_scope else "StyleGAN2",
        reason=text("html", "The top score 0.93 reaches the threshold 0.74."),
        score=None if out_of_scope else 0.93,
        threshold=0.74,
        scores=() if out_of_scope else ranked,
        device="CPU (2 threads)",
        made_at=NOW,
        conditions={"precision": "float32", "threads": 2, "versions": {"torch": "2.15.0"}},
        ratio=_ratio() if attributed else None,
        grid=None if out_of_scope else GridRecord(13, tiles, 0.62),
        heat_map=_heat_map(number, assets) if attributed else None,
        why_no_ratio="" if attributed else "The verdict is not attributed, so that nothing is weighed.",
    )


def _ratio():
    phrase = "moderate support"
    sentence = (
        "The findings provide moderate support for the proposition that it was made by StyleGAN2, relative to the "
        "alternative that it was made by another of the processes validated."
    )
    return Ratio(66.0, 24.0, 150.0, 201.0, "another of the processes validated", phrase, sentence)


def _heat_map(number, assets):
    overlay = asset(f"heat-map-{number % 5}.png", "Heat map over the exhibit", 20 + number % 5, assets)
    return MapRecord(overlay, 4, "stylegan2", "StyleGAN2", "Grad-CAM", 3.25, "passed")


def _robustness():
    steps = (
        ("JPEG quality 95", "attributed", "StyleGAN2", 0.91),
        ("JPEG quality 75", "attributed", "StyleGAN2", 0.82),
        ("Resize to 50 %", "inconclusive", "Real photograph", 0.31),
    )
    return RobustnessRecord("standard", "The answer survives 2 of 3 steps.", NOW, steps)


def _metadata(text):
    lines = [Line("Make", "Example", "EXIF"), Line("Model", "X-100", "EXIF"), Line("Software", "Editor 5", "EXIF")]
    if text.hostile:
        lines += [Line(f"Comment {kind}", words, "EXIF") for kind, words in HOSTILE.items()]
        lines.append(Line(HOSTILE["html"], HOSTILE["typst"], "XMP"))
    return tuple(lines)


def _propositions(text):
    return PropositionsRecord(
        first="the image was produced by a StyleGAN2 generator",
        second=text("typst", "the image was produced by another process of the relevant set"),
        population="Photographs and images of the eight generators that the detector knows",
        background="none",
        made_by="A. Moreau",
        made_at=NOW,
        before_answer=True,
    )


def _conclusions(number, verdict, text):
    outcome = {
        "attributed": "supports the first proposition",
        "unknown architecture": "unknown architecture",
        "inconclusive": "inconclusive",
        "out of scope": "out of scope",
    }[verdict]
    first = ConclusionRecord(
        author="A. Moreau",
        role="examiner",
        outcome=outcome,
        opinion=text("html", "The findings are more probable if the first proposition is true than if the second is."),
        limitations="Strong compression was not examined.",
        scale="ENFSI 2015, version 1",
        phrase="moderate support" if verdict == "attributed" else "",
        agrees=None,
        made_at=NOW,
    )
    if number == 3:  # this one ends without a conclusion
        return ()
    agrees = number != 2
    other = outcome if agrees else "inconclusive"
    second = replace(first, author="B. Okafor", role="second examiner", agrees=agrees, outcome=other)
    return (first, second)


def _custody(kind, text):
    return CustodyRecord(
        kind=kind,
        at="2026-11-03T09:15:00+01:00",
        from_party=text("html", "Police station Exampletown"),
        to_party="Laboratory of Digital Images",
        item="2026/17-A3",
        seal=text("bidi", "No. 4711, unbroken"),
        place="Exampletown",
        remarks=text("typst", "none"),
        made_by="A. Moreau",
    )


def _log(text):
    rows = (
        (1, NOW, "A. Moreau", "case.create", '{"title":"Portraits"}', HEAD),
        (42, NOW, text("html", "A. Moreau"), "finding.add", text("typst", '{"findings":[]}'), HEAD[::-1]),
    )
    stamps = (Line("Request of entry 41", "not answered yet"),)
    return LogRecord(42, HEAD, "0011223344556677", "ab" * 32, "cd" * 64, "workstation 3", stamps, rows)


class _Texts:
    """Plain texts, or hostile ones in their places."""

    def __init__(self, hostile):
        self.hostile = hostile

    def __call__(self, kind, plain):
        return HOSTILE[kind] if self.hostile else plain

    def turn(self, number, plain):
        """One hostile text after the other, so that a few exhibits carry all kinds."""
        kinds = tuple(HOSTILE)
        return HOSTILE[kinds[number % len(kinds)]] if self.hostile else plain
