"""What a detector remembers of its images, in a file beside it: features and spectral peaks, never pixels.

With the encoder unchanged, the logits of an image are linear in these rows, so a head can be trained, calibrated and
tested on images that are not at hand any more: rehearsal of the old classes from stored activations (Rebuffi et al.
2017, iCaRL; Pellegrini et al. 2020, latent replay). The file belongs to every detector with the same encoder and
preprocessing, whatever its heads are.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from core.dna.card import SPECTRUM_FEATURES, read_header
from core.errors import DetectorRefused, NotFound
from core.retraining import Side, TrainingImage
from core.whole_file import replace_file

FORMAT = "dna-det-rehearsal 1"
SUFFIX = ".rehearsal"
_FEATURES = 512
_MOST_ROWS = 200_000
_SIDES = (Side.TRAINING, Side.HELD_OUT, Side.TEST)
_ENCODER = "main."
_COLOURS = 54  # numbers, see `core.imaging.training_facts.colour_features`
_DIGITS = 12  # of an image's SHA-256 that are kept
_TEXTS = ("path", "label", "source", "sha256", "container", "tables", "claim", "problem", "side")
_NUMBERS = ("size_bytes", "width", "height", "hash64")
_KINDS = {**dict.fromkeys(_TEXTS, (str,)), **dict.fromkeys(_NUMBERS, (int,)), "quality": (int, type(None))}
Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """Rows of labelled images, one for each view of an image.

    Attributes:
        features: mean pooled features (N, 512) float32.
        peaks: mean spectral peaks (N, 6336) float32; (N, 0) where there is no second voice.
        places: which of `images` each row is of (N,).
        views: 0 for the image as it is, else the number of a random processing (N,).
        images: facts of each image with its side; paths are mere names.
        made: what it was made from, for the analyst.
    """

    features: Floats
    peaks: Floats
    places: NDArray[np.int64]
    views: NDArray[np.int64]
    images: tuple[TrainingImage, ...]
    made: Mapping[str, Any] = field(default_factory=dict)

    @property
    def labels(self) -> tuple[str, ...]:
        """Class of each row; "unknown" is open-set material."""
        return tuple(self.images[place].label for place in self.places)

    @property
    def sources(self) -> tuple[str, ...]:
        """Source ("class/source") of each row."""
        return tuple(f"{self.images[place].label}/{self.images[place].source}" for place in self.places)

    @property
    def sides(self) -> tuple[Side, ...]:
        """Side of each row."""
        return tuple(self.images[place].side or Side.TRAINING for place in self.places)

    @property
    def digests(self) -> tuple[str, ...]:
        """Beginning of the SHA-256 of each row's image."""
        return tuple(self.images[place].sha256 for place in self.places)

    def rows(self, which: NDArray[Any]) -> Rehearsal:
        """Some of the rows, by a mask or by positions; images without a row leave."""
        chosen = np.arange(len(self.places))[which]
        kept, places = np.unique(self.places[chosen], return_inverse=True)
        images = tuple(self.images[place] for place in kept)
        return Rehearsal(
            self.features[chosen], self.peaks[chosen], places.astype(np.int64), self.views[chosen], images, self.made
        )

    def on(self, side: Side, *, as_it_is: bool = False) -> Rehearsal:
        """The rows of one side; with `as_it_is` without processed views."""
        mask = np.array([one is side for one in self.sides], bool)
        return self.rows(mask & (self.views == 0) if as_it_is else mask)


def joined(parts: Sequence[Rehearsal], made: Mapping[str, Any]) -> Rehearsal:
    """Several rehearsals one after the other; raises `ValueError` when some have peaks and others have none."""
    starts = np.cumsum([0, *(len(part.images) for part in parts)])
    return Rehearsal(
        np.concatenate([part.features for part in parts]),
        np.concatenate([part.peaks for part in parts]),
        np.concatenate([part.places + start for part, start in zip(parts, starts[:-1], strict=True)]),
        np.concatenate([part.views for part in parts]),
        tuple(image for part in parts for image in part.images),
        made,
    )


def rehearsal_path(detector: Path) -> Path:
    """Where the rehearsal of a detector file lies, if there is one."""
    return detector.with_suffix(SUFFIX)


def encoder_digest(detector: Path) -> str:
    """SHA-256 of a detector's encoder and preprocessing: with the same one, rows of an image are the same.

    Raises:
        DetectorRefused, NotFound: the file cannot be used.
    """
    header = read_header(detector)
    digest = hashlib.sha256(json.dumps(header.card["preprocess"], sort_keys=True).encode())
    try:
        with safe_open(detector, framework="numpy") as file:
            for name in sorted(name for name in file.keys() if name.startswith(_ENCODER)):  # noqa: SIM118 - no mapping
                digest.update(name.encode())
                digest.update(np.ascontiguousarray(file.get_tensor(name)).tobytes())
    except (SafetensorError, OSError) as error:
        raise DetectorRefused(f"The weights of the detector {detector} cannot be read: {error}.") from error
    return digest.hexdigest()


def read_rehearsal(detector: Path) -> Rehearsal | None:
    """What a detector remembers; None when there is no such file.

    Raises:
        DetectorRefused: the file is damaged, or belongs to another encoder.
    """
    path = rehearsal_path(detector)
    if not path.is_file():
        return None
    try:
        with safe_open(path, framework="numpy") as file:
            said = file.metadata() or {}
            rows = file.get_tensor("rows").astype(np.int64)
            made = Rehearsal(
                file.get_tensor("features").astype(np.float32),
                file.get_tensor("peaks").astype(np.float32),
                rows[:, 0],
                rows[:, 1],
                tuple(_image(row) for row in json.loads(said["images"])),
                _mapping(json.loads(said["made"])),
            )
    except RecursionError as error:
        raise DetectorRefused(f"{_damaged(path)} (it is nested too deeply). {_WAY_OUT}") from error
    except (SafetensorError, OSError, ValueError, KeyError, TypeError, IndexError) as error:
        raise DetectorRefused(f"{_damaged(path)} ({error}). {_WAY_OUT}") from error
    if said.get("format") != FORMAT or not _sound(made):
        raise DetectorRefused(f"{_damaged(path)}. {_WAY_OUT}")
    if said.get("encoder") != encoder_digest(detector):
        raise DetectorRefused(f"{path} was made with another encoder than that of {detector.name}. {_WAY_OUT}")
    return made


_WAY_OUT = "Remove it, or make it anew with “detectors remember”."


def _damaged(path: Path) -> str:
    return f"What the detector remembers of its images, {path}, is damaged"


def write_rehearsal(detector: Path, rehearsal: Rehearsal) -> Path:
    """Write what a detector remembers beside its file, whole or not at all.

    Raises:
        NotFound: there is no such detector file.
        DiskFull, NoPermission: nothing was written over.
    """
    if not detector.is_file():
        raise NotFound(f"There is no detector {detector} to write a rehearsal beside.")
    tensors: dict[str, NDArray[Any]] = {
        "features": rehearsal.features.astype(np.float16),
        "peaks": rehearsal.peaks.astype(np.float16),
        "rows": np.stack([rehearsal.places, rehearsal.views], 1).astype(np.int64),
    }
    metadata = {
        "format": FORMAT,
        "encoder": encoder_digest(detector),
        "images": json.dumps([_plain(image) for image in rehearsal.images], ensure_ascii=False),
        "made": json.dumps(dict(rehearsal.made), ensure_ascii=False),
    }
    path = rehearsal_path(detector)
    replace_file(path, save(tensors, metadata=metadata), doing="writing what the detector remembers")
    return path


def as_kept(rehearsal: Rehearsal) -> Rehearsal:
    """The rehearsal as its file keeps it, so that one in memory and one read again agree."""
    return Rehearsal(
        rehearsal.features.astype(np.float16).astype(np.float32),
        rehearsal.peaks.astype(np.float16).astype(np.float32),
        rehearsal.places,
        rehearsal.views,
        rehearsal.images,
        rehearsal.made,
    )


def _sound(made: Rehearsal) -> bool:
    count = len(made.places)
    return (
        made.features.shape == (count, _FEATURES)
        and made.peaks.shape in ((count, 0), (count, SPECTRUM_FEATURES))
        and 0 < count <= _MOST_ROWS
        and bool(np.isfinite(made.features).all() and np.isfinite(made.peaks).all())
        and bool(made.places.min() >= 0 and made.places.max() < len(made.images))
        and all(image.side is not None for image in made.images)
    )


def _plain(image: TrainingImage) -> dict[str, Any]:
    # The file travels: no names of files, and of the digest as much as a card keeps.
    short = image.sha256[:12]
    row = asdict(image) | {"path": short, "sha256": short, "side": image.side.value if image.side else ""}
    row["colours"] = [round(float(value), 4) for value in image.colours]
    return row


def _image(row: Mapping[str, Any]) -> TrainingImage:
    """Facts of an image as they are kept; raises `ValueError`, `KeyError` or `TypeError` for anything else."""
    colours = _mapping(row)["colours"]
    for name, value in row.items():
        if name != "colours" and type(value) not in _KINDS[name]:
            raise ValueError(f"{name} of an image is {str(value)[:40]!r}")
    if not all(type(value) in (int, float) for value in colours) or len(colours) not in (0, _COLOURS):
        raise ValueError("the colours of an image are no numbers")
    if not (row["label"] and row["source"] and _is_digest(row["sha256"])) or row["hash64"] >> 64:
        raise ValueError("an image has no label, source, digest or hash that can be one")
    return TrainingImage(**{**row, "path": Path(row["path"]), "side": Side(row["side"]), "colours": tuple(colours)})


def _is_digest(text: str) -> bool:
    return len(text) == _DIGITS and set(text) <= set("0123456789abcdef")


def _mapping(value: Any) -> Mapping[str, Any]:  # noqa: ANN401 - of JSON
    if not isinstance(value, Mapping):
        raise TypeError(f"{str(value)[:40]!r} is no object")
    return value
