"""Training recipes: small TOML files that say everything a training run depends on besides its data."""

from __future__ import annotations

import difflib
import hashlib
import json
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, TypeVar

from core.dna.augment import Augment
from core.dna.extension import Extension
from core.dna.preprocess import Preprocess
from core.errors import BadInput, NotFound

Part = TypeVar("Part")


@dataclass(frozen=True, slots=True)
class Schedule:
    """The optimisation part of a recipe.

    Attributes:
        steps: optimiser steps in all.
        images_per_class: images of each class in a batch.
        real_weight: how many times as many images of the class ``real``, to make false accusations rarer.
        crops: random crops of each image (paper: 16).
        crop_px: side of a crop in the network's pixels (paper: 64).
        region_px: side of the image region that is processed before cropping.
        lr, lr_step, lr_gamma: Adam's rate, multiplied by `lr_gamma` every `lr_step` steps (the paper's schedule).
        contrastive: whether the supervised contrastive loss is used (PCL) beside cross-entropy.
        temperature: τ of the contrastive loss.
        averaging: decay of the running average of the weights that is shipped; 0 ships the last weights.
        validate_every: steps between validations.
        validate_images: held-out images per class looked at in a validation.
        seed: everything random follows from it and the step number.
        task: "attribution" (classes are the folders), "pretext" (classes are the 170 transformations) or "extension"
            (classes are added to a parent whose encoder stays; only the part [extension] counts then).
        batch_norm: "merged" (statistics over all crops of a batch) or "per view" (over one crop of every image, view
            after view, as the published code does).
        positives: "class" (every crop of the class, the paper) or "other source" (crops of one image, and of the same
            class from other sources).
        balance: how often the sources of a class are drawn: "root" (square root of their size), "equal", or "size".
        frozen_blocks: how many of the encoder's eight blocks stay as the parent has them.
    """

    steps: int = 1000
    images_per_class: int = 4
    real_weight: int = 1
    crops: int = 16
    crop_px: int = 64
    region_px: int = 192
    lr: float = 1e-3
    lr_step: int = 500
    lr_gamma: float = 0.9
    contrastive: bool = True
    temperature: float = 0.07
    averaging: float = 0.99
    validate_every: int = 100
    validate_images: int = 12
    seed: int = 0
    task: str = "attribution"
    batch_norm: str = "merged"
    positives: str = "class"
    balance: str = "root"
    frozen_blocks: int = 0


@dataclass(frozen=True, slots=True)
class Compatibility:
    """Switches that repeat known slips of the published code, for comparisons with its numbers only.

    Attributes:
        double_softmax: cross-entropy is taken of the softmax of softmax scores in the attribution task.
        jpeg_as_bgr: pretext JPEG is encoded with red and blue exchanged.
    """

    double_softmax: bool = False
    jpeg_as_bgr: bool = False


@dataclass(frozen=True, slots=True)
class Spectrum:
    """The second voice of a detector, a linear classifier on spectral peaks; absent: the network speaks alone.

    Attributes:
        views: randomly processed views of each training image beside the clean one.
        l2: weight of the squared coefficients.
        real_weight: how many times as much the class ``real`` weighs.
        iterations: most L-BFGS iterations.
        seed: of the random processing.
    """

    views: int = 8
    l2: float = 1e-3
    real_weight: float = 4.0
    iterations: int = 40
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Holdout:
    """What is kept out of training to choose the weights and set the threshold."""

    sources: tuple[str, ...] = ()
    share: float = 0.15


@dataclass(frozen=True, slots=True)
class Card:
    """Texts of the card that a recipe states."""

    name: str = ""
    version: str = "1"
    title: str = ""
    summary: str = ""
    licence: str = ""
    limits: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Recipe:
    """A whole recipe; the digest covers what training depends on, not the texts of the card."""

    card: Card
    preprocess: Preprocess
    schedule: Schedule
    augment: Augment | None
    spectrum: Spectrum | None
    extension: Extension
    holdout: Holdout
    compatibility: Compatibility
    classes: Mapping[str, tuple[str, str]]  # name -> (title, description)
    digest: str
    text: str


_LEARNING = ("preprocess", "schedule", "augment", "spectrum", "holdout", "compatibility")
_ADDED_LATER = ("extension",)  # count in the digest only where a recipe has them
_PARTS = ("card", *_LEARNING, *_ADDED_LATER, "classes")
_CHOICES = {
    "schedule.task": ("attribution", "pretext", "extension"),
    "schedule.batch_norm": ("merged", "per view"),
    "schedule.positives": ("class", "other source"),
    "schedule.balance": ("root", "equal", "size"),
    "preprocess.kind": ("native", "paper"),
    "preprocess.channels": ("rgb", "residual"),
}

_WORDS = {int: "a whole number", float: "a number", str: "a text", bool: "true or false", tuple: "a list"}
_MOST_BYTES = 2 * 2**30

# Least and largest value; whole numbers that are not named here are at least 1.
_RANGES: Mapping[str, tuple[float, float]] = {
    "schedule.seed": (0, 2**63),
    "schedule.frozen_blocks": (0, 8),
    "schedule.lr": (1e-8, 1.0),
    "schedule.lr_gamma": (0.01, 1.0),
    "schedule.temperature": (0.001, 10.0),
    "schedule.averaging": (0.0, 0.99999),
    "schedule.crop_px": (16, 1024),
    "preprocess.window_px": (32, 512),
    "preprocess.magnify": (1, 8),
    "preprocess.first_px": (32, 1024),
    "preprocess.side_px": (32, 1024),
    "holdout.share": (0.0, 0.9),
    "extension.views": (0, 64),
    "extension.iterations": (1, 2000),
    "extension.anchor": (0.0, 1e3),
    "extension.real_weight": (0.1, 100.0),
    "extension.rehearsed": (1, 400),
    "extension.most_images": (10, 5000),
    "extension.seed": (0, 2**31),
    **{f"augment.{share}": (0.0, 1.0) for share in ("flip", "resize", "jpeg", "webp", "noise", "blur", "tone")},
}


def read_recipe(path: Path) -> Recipe:
    """Read a recipe file.

    Raises:
        NotFound: there is no such file.
        BadInput: it is no TOML, or a key or value is not one of ours (with the nearest known key).
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise NotFound(f"The recipe {path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise BadInput(f"The recipe {path} is not UTF-8 text. Save it as UTF-8, or give another file.") from error
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadInput(f"The recipe {path} is not valid TOML: {error}.") from error
    _refuse_unknown(path, "", data, _PARTS)
    if flat := [name for name, part in data.items() if not isinstance(part, dict)]:
        raise BadInput(f"In the recipe {path}, {flat[0]} must be a section [{flat[0]}], not a value.")
    augment = _part(path, Augment, "augment", data["augment"]) if "augment" in data else None
    recipe = Recipe(
        card=_part(path, Card, "card", data.get("card", {})),
        preprocess=_part(path, Preprocess, "preprocess", data.get("preprocess", {})),
        schedule=_part(path, Schedule, "schedule", data.get("schedule", {})),
        augment=augment,
        spectrum=_part(path, Spectrum, "spectrum", data["spectrum"]) if "spectrum" in data else None,
        extension=_part(path, Extension, "extension", data.get("extension", {})),
        holdout=_part(path, Holdout, "holdout", data.get("holdout", {})),
        compatibility=_part(path, Compatibility, "compatibility", data.get("compatibility", {})),
        classes={name: (row[0], row[1]) for name, row in data.get("classes", {}).items()},
        digest=_digest(data),
        text=text,
    )
    _refuse_odd_name(path, recipe.card.name)
    _refuse_misfit(path, recipe)
    return recipe


def read_named_recipe(path: Path) -> Recipe:
    """Read a recipe that a detector is to be made with: its card has a name.

    Raises:
        NotFound, BadInput: see `read_recipe`.
    """
    recipe = read_recipe(path)
    if not recipe.card.name.strip():
        raise BadInput(f"The recipe {path} names no detector. Give it a section [card] with a name.")
    return recipe


def _refuse_odd_name(path: Path, name: str) -> None:
    if any(letter in "/\\" or unicodedata.category(letter).startswith("C") for letter in name):
        raise BadInput(f"In the recipe {path}, card.name must be without slashes and control characters, not {name!r}.")


def _refuse_misfit(path: Path, recipe: Recipe) -> None:
    """Refuse sizes that are possible one by one, but not together."""
    schedule, preprocess = recipe.schedule, recipe.preprocess
    if preprocess.kind == "native" and schedule.region_px * preprocess.magnify < schedule.crop_px:
        least = -(-schedule.crop_px // preprocess.magnify)
        raise BadInput(
            f"In the recipe {path}, schedule.region_px must be {least} or more for crops of {schedule.crop_px} px, "
            f"not {schedule.region_px}."
        )
    others = 0 if schedule.task == "pretext" else max(2, len(recipe.classes)) - 1
    images = schedule.images_per_class * (others + schedule.real_weight if others else 1)
    size = images * schedule.crops * schedule.crop_px**2 * 3 * 4
    if size > _MOST_BYTES:
        raise BadInput(
            f"In the recipe {path}, a batch of {images} images would take {size / 2**30:.1f} GiB; 2 GiB is the most. "
            "Lower schedule.images_per_class, schedule.crops or schedule.crop_px."
        )


def _digest(data: Mapping[str, Any]) -> str:
    """What training depends on, but for the number of steps: a run may be ended earlier, or made longer."""
    learning = {name: dict(data.get(name, {})) for name in _LEARNING}
    learning |= {name: dict(data[name]) for name in _ADDED_LATER if name in data}
    learning["schedule"].pop("steps", None)
    return hashlib.sha256(json.dumps(learning, sort_keys=True).encode()).hexdigest()


def _part(path: Path, kind: type[Part], name: str, data: Mapping[str, Any]) -> Part:
    known = {field.name: field.default for field in fields(kind)}  # type: ignore[arg-type]
    _refuse_unknown(path, f"{name}.", data, known)
    values = {key: tuple(value) if isinstance(value, list) else value for key, value in data.items()}
    for key, value in values.items():
        wanted = type(known[key])
        if wanted is float and type(value) is int:
            values[key] = float(value)
        elif type(value) is not wanted:
            raise BadInput(f"In the recipe {path}, {name}.{key} must be {_WORDS[wanted]}, not {value!r}.")
        choices = _CHOICES.get(f"{name}.{key}")
        if choices and value not in choices:
            raise BadInput(f"In the recipe {path}, {name}.{key} must be one of {', '.join(choices)}, not {value!r}.")
        ranged = name in ("schedule", "holdout", "preprocess") or f"{name}.{key}" in _RANGES
        if ranged and isinstance(value, int | float) and not isinstance(value, bool):
            _refuse_beyond(path, f"{name}.{key}", value)
    return kind(**values)


def _refuse_beyond(path: Path, key: str, value: float) -> None:
    least, largest = _RANGES.get(key, (1, 2**31))
    if not least <= value <= largest:
        raise BadInput(f"In the recipe {path}, {key} must be from {least} to {largest}, not {value}.")


def _refuse_unknown(
    path: Path, prefix: str, data: Mapping[str, Any], known: Mapping[str, Any] | tuple[str, ...]
) -> None:
    for key in data:
        if key not in known:
            near = difflib.get_close_matches(key, list(known), n=1)
            hint = f" Did you mean {prefix}{near[0]}?" if near else f" Known keys: {', '.join(known)}."
            raise BadInput(f"The recipe {path} has an unknown key {prefix}{key}.{hint}")
