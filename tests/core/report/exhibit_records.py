"""Exhibits of made-up report records, with everything that may be printed of one."""

import hashlib
from dataclasses import replace

from core.report.record import (
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
from tests.core.report.record_texts import CLASSES, DIGEST, HOSTILE, NOW, Texts, asset, sha256_of

_VERDICTS = ("attributed", "unknown architecture", "inconclusive", "out of scope")


def exhibit_record(number, text=None, assets=None):
    text = text or Texts(False)
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
