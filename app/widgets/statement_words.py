"""What a file says of itself, in words: states of Content Credentials, kinds of sources, captions and cautions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from app.wording import counted
from core.examine import FileStatement, Provenance, ProvenanceState

ABSENCE = (
    "Absence means nothing: most files carry no Content Credentials, and they are lost when a file is saved again. "
    "Without them an image may be a photograph or generated."
)
CLAIMED = "What the file claims about how it was made"
CLAIM_CAUTION = (
    "Anybody can write this into any file, and remove it. It is not part of the detector's finding, and the finding "
    "does not use it."
)
NO_CLAIM = "The file names no generating program. That means nothing: such entries are often missing or removed."
NO_LINES = "The file holds no statements of this kind."
NO_EXHIBIT = "No exhibit is chosen."
NOT_FOUND = "Nothing in what the file says matches."
READING = "Reading what the file says …"
OPEN_UP_TO = 40  # lines; a longer group is closed at first
LONG = 400  # characters; a longer value is shown in part at first


@dataclass(frozen=True, slots=True)
class StateWords:
    """How a state of Content Credentials is shown: headline, symbol, kind of colour, and what it means."""

    headline: str
    icon: str
    kind: str
    meaning: str


STATES: dict[ProvenanceState | None, StateWords] = {
    ProvenanceState.TRUSTED: StateWords(
        "Valid and trusted",
        "done",
        "done",
        "The file was not changed since it was signed, and the signer is on a trust list in use. That vouches for who "
        "signed, not for the truth of what is signed.",
    ),
    ProvenanceState.UNTRUSTED: StateWords(
        "Valid, untrusted signer",
        "help",
        "unsure",
        "The file was not changed since it was signed, but no trust list in use knows the signer. Anybody can sign "
        "like this, under any name.",
    ),
    ProvenanceState.INVALID: StateWords(
        "Invalid",
        "problem",
        "problem",
        "The credentials do not fit the file: it was changed after signing, or they are broken or from another file. "
        "What they say cannot be relied on.",
    ),
    ProvenanceState.NONE: StateWords("None present", "info", "quiet", "The file carries no Content Credentials."),
    None: StateWords("Not checked", "help", "quiet", "The remarks say why they could not be checked."),
}
# Codes of C2PA 2.2, section 15.2, by their beginning; what the library says follows in brackets.
_PROBLEMS = {
    "signingCredential.untrusted": "No trust list in use knows the signer.",
    "signingCredential.expired": "The signer's certificate had expired.",
    "signingCredential.revoked": "The signer's certificate was revoked.",
    "signingCredential": "The signer's certificate is not valid.",
    "claimSignature": "The signature does not fit what was signed.",
    "timeStamp": "The time stamp cannot be relied on.",
    "assertion.dataHash.mismatch": "The file was changed after it was signed.",
    "assertion.bmffHash.mismatch": "The file was changed after it was signed.",
    "assertion.boxesHash.mismatch": "The file was changed after it was signed.",
    "assertion.hashedURI.mismatch": "A part of the credentials was changed after signing.",
    "assertion.missing": "A part of the credentials is missing.",
    "ingredient": "What is said of an ingredient cannot be relied on.",
}
_GROUPS = {
    "EXIF": "EXIF",
    "IPTC": "IPTC",
    "XMP": "XMP",
    "ICC": "Colour profile (ICC)",
    "JPEG": "JPEG coding",
    "PNG": "PNG chunks and texts",
    "Thumbnail": "Embedded pictures",
    "C2PA": "What the credentials say",
}
# The IPTC's list of digital source types (cv.iptc.org/newscodes/digitalsourcetype), in plain words.
_SOURCE_TYPES = {
    "trainedAlgorithmicMedia": "made by a trained model",
    "compositeWithTrainedAlgorithmicMedia": "composed, with parts made by a trained model",
    "compositeSynthetic": "composed, with synthetic parts",
    "algorithmicMedia": "made by an algorithm without training data",
    "algorithmicallyEnhanced": "enhanced by an algorithm",
    "digitalCapture": "taken with a digital camera",
    "computationalCapture": "taken with a digital camera and computed from several frames",
    "negativeFilm": "digitised from negative film",
    "positiveFilm": "digitised from positive film",
    "print": "digitised from a print",
    "humanEdits": "edited by a human",
    "minorHumanEdits": "slightly edited by a human",
    "composite": "composed of several",
    "compositeCapture": "composed of several captures",
    "digitalArt": "drawn by a human with digital tools",
    "digitalCreation": "created by a human with digital tools",
    "virtualRecording": "recorded from a virtual scene",
    "dataDrivenMedia": "drawn from data",
    "screenCapture": "a capture of a screen",
}


def group_title(group: str) -> str:
    """Caption of a group of lines."""
    return _GROUPS.get(group, group)


def section_title(group: str, shown: int, total: int) -> str:
    """Caption of a section with its number of lines, of which a search may have left some."""
    lines = counted(total, "line", "lines") if shown == total else f"{shown:,} of {counted(total, 'line', 'lines')}"
    return f"{group_title(group)} · {lines}"


def source_type_text(source_type: str) -> str:
    """A digital source type in plain words with the identifier behind it, or only what the file says."""
    words = _SOURCE_TYPES.get(source_type.rstrip("/").rpartition("/")[2])
    return f"{words} ({source_type})" if words else source_type


def claim_rows(generator: Iterable[FileStatement], source_type: str) -> tuple[tuple[str, str], ...]:
    """The generator parameters, and the digital source type of the XMP packet."""
    rows = [(line.name, line.text) for line in generator]
    if source_type:
        rows.append(("DigitalSourceType (XMP)", source_type_text(source_type)))
    return tuple(rows)


def credential_rows(provenance: Provenance) -> tuple[tuple[str, str], ...]:
    """Who signed, with what, when, and what the manifest says of the source."""
    rows = (
        ("Signer", provenance.signer),
        ("Made with", provenance.claim_generator),
        ("Signed", provenance.signed_at or ("no time stamp" if provenance.signer else "")),
        ("Source", source_type_text(provenance.source_type)),
    )
    return tuple(row for row in rows if row[1])


def problem_text(problem: str) -> str:
    """A problem of the credentials in plain words, with the library's own in brackets; unknown ones as they are."""
    code = problem.partition(":")[0]
    begins = [known for known in _PROBLEMS if code == known or code.startswith(f"{known}.")]
    return f"{_PROBLEMS[max(begins, key=len)]} ({problem})" if begins else problem


def matches(line: FileStatement, words: str) -> bool:
    """Whether every word occurs in a line's group, name or text, whatever its case."""
    where = f"{line.group} {group_title(line.group)} {line.name} {line.text}".casefold()
    return all(word in where for word in words.casefold().split())
