"""A detector's file and card, read without loading any network: header, digests, schema."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from core.domain import DetectorReference
from core.errors import DetectorRefused, error_from_os

FORMAT = "dna-det-detector"
SCHEMA = 2
SUFFIX = ".safetensors"
_LARGEST_HEADER = 4 * 1024 * 1024
DETECTOR, PRETEXT = "detector", "pretext"
_REQUIRED: Mapping[str, type] = {"name": str, "version": str, "classes": list, "preprocess": dict}
_REQUIRED_TO_DETECT: Mapping[str, type] = {"threshold": dict, "measured": list}
_OPTIONAL: Mapping[str, type] = {
    "calibration": dict,
    "likelihood_ratio": dict,
    "open_set": dict,
    "scope": dict,
    "curves": list,
    "cross_validated": dict,
    "agreement": dict,
    "reference": dict,
}
_DECIDING = ("preprocess", "scope", "calibration", "likelihood_ratio", "open_set")  # parts that decide an answer
_SPECTRUM, _OPEN_SET, _REFERENCE = "spectrum.", "open_set.", "reference."
BESIDE_THE_NETWORK = (_SPECTRUM, _OPEN_SET, _REFERENCE)  # how names of other tensors begin
# Three colour planes × 64 × 33 frequencies; said here because the card is read without loading torch.
SPECTRUM_FEATURES = 3 * 64 * 33
_FEATURES = 512
LARGEST_BANK = 2000  # features kept for the nearest-neighbour distance
LARGEST_REFERENCE = 100_000


@dataclass(frozen=True, slots=True)
class Header:
    """What stands at the start of a detector file.

    Attributes:
        card: the card as plain data.
        shapes: name to shape of every tensor.
        weights_digest: SHA-256 of the tensors as the card's writer saw them.
        data_offset: where the tensors begin, in bytes.
    """

    card: Mapping[str, Any]
    shapes: Mapping[str, tuple[int, ...]]
    weights_digest: str
    data_offset: int

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes in the order of the network's outputs."""
        return tuple(row["name"] for row in self.card["classes"])

    @property
    def kind(self) -> str:
        """What the file holds: "detector", or "pretext" for a network that only serves as the start of a training."""
        return str(self.card.get("kind", DETECTOR))


def read_header(path: Path) -> Header:
    """Read and check the header of a detector file.

    Raises:
        DetectorRefused: not one of our files, another schema, or a card with missing parts.
        NotFound, NoPermission: the file cannot be read.
    """
    if path.suffix.lower() != SUFFIX:
        raise DetectorRefused(
            f"{path} is no {SUFFIX} file. Detectors of other formats are not opened: they may run code."
        )
    try:
        with path.open("rb") as stream:
            raw, offset = _raw_header(stream, path)
    except OSError as error:
        raise error_from_os(error, path, doing="reading the detector") from error
    metadata = raw.pop("__metadata__", None)
    if not isinstance(metadata, dict) or metadata.get("format") != FORMAT:
        raise DetectorRefused(f"{path} is a safetensors file, but not a DNA-Det detector (it has no card).")
    card = _card(metadata, path)
    try:
        shapes = {name: tuple(int(side) for side in row["shape"]) for name, row in raw.items()}
        kinds = {row["dtype"] for name, row in raw.items() if (name, row["dtype"]) != (_REFERENCE + "features", "F16")}
    except (TypeError, KeyError, ValueError) as error:
        raise DetectorRefused(f"The detector {path} has a damaged table of weights.") from error
    if kinds - {"F32", "I64"}:
        raise DetectorRefused(f"The detector {path} holds weights of an unexpected kind ({', '.join(sorted(kinds))}).")
    return Header(card, shapes, str(metadata.get("weights_sha256", "")), offset)


def _raw_header(stream: BinaryIO, path: Path) -> tuple[dict[str, Any], int]:
    length = int.from_bytes(stream.read(8), "little")
    if not 2 <= length <= _LARGEST_HEADER:
        raise DetectorRefused(f"{path} is not a detector, or its beginning is damaged.")
    try:
        raw = json.loads(stream.read(length))
    except (ValueError, RecursionError) as error:
        raise DetectorRefused(f"{path} is not a detector, or its header is damaged.") from error
    if not isinstance(raw, dict):
        raise DetectorRefused(f"{path} is not a detector: its header is no table.")
    return raw, 8 + length


def _card(metadata: Mapping[str, Any], path: Path) -> Mapping[str, Any]:
    try:
        card = json.loads(metadata["card"])
        schema = int(card["schema"])
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise DetectorRefused(f"The card of the detector {path} cannot be read.") from error
    if schema > SCHEMA:
        raise DetectorRefused(f"The detector {path} was made by a newer version of the program (card schema {schema}).")
    if not isinstance(card, dict):
        raise DetectorRefused(f"The card of the detector {path} is no table.")
    _verify_parts(path, card)
    names = [row.get("name") if isinstance(row, dict) else None for row in card["classes"]]
    if len(names) < 2 or len(set(names)) != len(names) or not all(isinstance(name, str) and name for name in names):
        raise DetectorRefused(f"The card of the detector {path} does not name two or more different classes.")
    return card


def _verify_parts(path: Path, card: Mapping[str, Any]) -> None:
    kind = card.get("kind", DETECTOR)
    if kind not in (DETECTOR, PRETEXT):
        raise DetectorRefused(f"The file {path} is a network of an unknown kind ({kind!r}).")
    required = {**_REQUIRED, **(_REQUIRED_TO_DETECT if kind == DETECTOR else {})}
    missing = [key for key, wanted in required.items() if not isinstance(card.get(key), wanted)]
    if missing:
        raise DetectorRefused(f"The card of the detector {path} lacks {', '.join(missing)}.")
    if odd := [key for key, wanted in _OPTIONAL.items() if not isinstance(card.get(key), (wanted, type(None)))]:
        raise DetectorRefused(f"The card of the detector {path} has a damaged part: {', '.join(odd)}.")
    if kind == DETECTOR and not isinstance(card["threshold"].get("value"), (int, float)):
        raise DetectorRefused(f"The card of the detector {path} has no threshold.")


def expected_shapes(classes: int) -> dict[str, tuple[int, ...]]:
    """Name and shape of every tensor of the DNA-Det network for so many classes (see `core/dna/encoder.py`)."""
    shapes: dict[str, tuple[int, ...]] = {}
    sides = (
        (3, 64, 4),
        (64, 64, 3),
        (64, 128, 4),
        (128, 128, 3),
        (128, 256, 4),
        (256, 256, 3),
        (256, 512, 4),
        (512, 512, 3),
    )
    for index, (inputs, outputs, kernel) in enumerate(sides):
        block = f"main.{index}.main"
        shapes[f"{block}.0.weight"] = (outputs, inputs, kernel, kernel)
        for name in ("0.bias", "1.weight", "1.bias", "1.running_mean", "1.running_var"):
            shapes[f"{block}.{name}"] = (outputs,)
        shapes[f"{block}.1.num_batches_tracked"] = ()
    shapes["classification_head.1.weight"] = (classes, sides[-1][1])
    shapes["classification_head.1.bias"] = (classes,)
    return shapes


def verify_shapes(path: Path, header: Header) -> None:
    """Raise `DetectorRefused` unless the file is a detector whose tensors fit its card.

    It must hold exactly the DNA-Det network for the card's classes, and may hold a second voice (``spectrum.*``), what
    its test for unknown architectures needs (``open_set.*``), and reference images (``reference.*``).
    """
    if header.kind == PRETEXT:
        raise DetectorRefused(
            f"{path} is a pretext network: it tells transformations apart, not architectures. Give it to train as "
            "--parent."
        )
    verify_network(path, header)
    verify_voice(path, header)
    verify_open_set(path, header)
    verify_reference(path, header)


def verify_network(path: Path, header: Header) -> None:
    """Raise `DetectorRefused` unless the file holds exactly the DNA-Det network for the classes of its card."""
    wanted = expected_shapes(len(header.classes))
    held = {name: shape for name, shape in header.shapes.items() if not name.startswith(BESIDE_THE_NETWORK)}
    if held != wanted:
        odd = sorted(set(held.items()) ^ set(wanted.items()))[0][0]
        raise DetectorRefused(
            f"The detector {path} is no DNA-Det network for {len(header.classes)} classes (see {odd})."
        )


def verify_voice(path: Path, header: Header) -> None:
    """Raise `DetectorRefused` unless the second voice is whole, fits the classes, and is used exactly when present."""
    held = {name: shape for name, shape in header.shapes.items() if name.startswith(_SPECTRUM)}
    wanted = spectrum_shapes(len(header.classes)) if held else {}
    if held != wanted:
        odd = sorted(set(held.items()) ^ set(wanted.items()))[0][0]
        raise DetectorRefused(f"The spectrum voice of the detector {path} does not fit its classes (see {odd}).")
    if held and header.card["preprocess"].get("channels") != "residual":
        raise DetectorRefused(f"The detector {path} has a spectrum voice, but its input is not the residual.")


def verify_open_set(path: Path, header: Header) -> None:
    """Raise `DetectorRefused` unless the arrays of the test for unknown architectures are those its method needs."""
    part = header.card.get("open_set") or {}
    held = {name: shape for name, shape in header.shapes.items() if name.startswith(_OPEN_SET)}
    method, bank = part.get("method"), held.get("open_set.bank", (0,))[0]
    wanted: dict[str, tuple[int, ...]] = {}
    if method == "knn":
        wanted = {"open_set.bank": (max(1, min(bank, LARGEST_BANK)), _FEATURES)}
    elif method == "mahalanobis":
        means, whitening = (len(header.classes), _FEATURES), (_FEATURES, _FEATURES)
        wanted = {"open_set.means": means, "open_set.whitening": whitening}
    if held != wanted:
        odd = sorted(set(held.items()) ^ set(wanted.items()))[0][0]
        raise DetectorRefused(f"The test for unknown architectures of the detector {path} is damaged (see {odd}).")


def verify_reference(path: Path, header: Header) -> None:
    """Raise `DetectorRefused` unless the reference images, if there are any, are features with a label each."""
    held = {name: shape for name, shape in header.shapes.items() if name.startswith(_REFERENCE)}
    count = held.get(_REFERENCE + "labels", (0,))[:1]
    wanted = {_REFERENCE + "features": (*count, _FEATURES), _REFERENCE + "labels": count}
    if held and (held != wanted or not 1 <= count[0] <= LARGEST_REFERENCE):
        raise DetectorRefused(f"The reference images of the detector {path} are damaged.")


def spectrum_shapes(classes: int) -> dict[str, tuple[int, ...]]:
    """Name and shape of every tensor of the spectrum voice (see `core/dna/spectrum.py`)."""
    return {
        "spectrum.mean": (SPECTRUM_FEATURES,),
        "spectrum.deviation": (SPECTRUM_FEATURES,),
        "spectrum.linear.weight": (classes, SPECTRUM_FEATURES),
        "spectrum.linear.bias": (classes,),
    }


def verify_weights(path: Path, header: Header) -> None:
    """Compare the weights' bytes with the digest the card's writer left; raises `DetectorRefused` when they differ."""
    with path.open("rb") as stream:
        stream.seek(header.data_offset)
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    if digest != header.weights_digest:
        raise DetectorRefused(f"The weights of the detector {path} are not the ones its card was written for.")


def answers_digest_of(header: Header) -> str:
    """SHA-256 over everything of a detector that decides an answer: its tensors and those parts of its card.

    Two files with the same digest give the same answers: one of them was only measured once more, or says more of its
    training. Titles and descriptions of classes decide nothing; the order of the classes does.
    """
    card, threshold = header.card, header.card.get("threshold") or {}
    parts = {
        "format": "dna-det answers 1",
        "weights": header.weights_digest,
        "classes": header.classes,
        "threshold": [threshold.get("value"), threshold.get("accusing") or 0.0],
        **{name: card.get(name) or {} for name in _DECIDING},
    }
    text = json.dumps(parts, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def reference_of(path: Path, header: Header) -> DetectorReference:
    """Name, version and SHA-256 of the whole file."""
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    return DetectorReference(header.card["name"], header.card["version"], digest)
