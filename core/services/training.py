"""Training a detector from a recipe and a data folder, up to the file with its honest card."""

from __future__ import annotations

import importlib.metadata
import platform
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.domain import Table, Written
from core.errors import BadInput
from core.progress import Progress

if TYPE_CHECKING:
    from core.dna.dataset import Manifest
    from core.dna.device import Device
    from core.dna.recipe import Recipe
    from core.dna.train import Material, Outcome

_ACCURACY, _ACCUSED = 0.95, 0.01
_VERSIONS = ("torch", "numpy", "Pillow", "opencv-python-headless")


class Training:
    """Trains detectors in the calling process; meant for the command line and a child process."""

    def train(
        self,
        recipe: Path,
        data: Path,
        out: Path,
        *,
        resume: bool = False,
        parent: Path | None = None,
        device: str = "auto",
        progress: Progress | None = None,
    ) -> Written[Path]:
        """Train, set the threshold on held-out images, and write the detector.

        The folder ``OUT.run`` keeps checkpoint, best weights and curves; with `resume` a run found there goes on.
        With a `parent` detector of the same classes training starts from its weights, and the card says so.

        Raises:
            BadInput: the recipe, the data folder or a run of another recipe does not fit.
            Cancelled: a checkpoint was written first.
        """
        from core.dna.card import read_header
        from core.dna.detector import load_detector, write_detector
        from core.dna.device import choose_device
        from core.dna.recipe import read_recipe
        from core.dna.train import train

        progress = progress or Progress()
        plan, where = read_recipe(recipe), choose_device(device)
        manifest, material, skipped = _material(plan, data, progress)
        run = out.with_suffix(".run")
        if run.exists() and not resume:
            raise BadInput(f"{run} holds an earlier run. Add --resume to go on with it, or delete that folder.")
        start = load_detector(parent) if parent else None
        if start is not None and start.classes != manifest.classes:
            raise BadInput(f"The parent {parent} names other classes than the data folder has.")
        outcome = train(
            plan,
            manifest.classes,
            material,
            run,
            where.torch_device,
            resume=resume,
            parent=start.net if start else None,
            progress=progress,
        )
        card = _card(plan, manifest, material, outcome, where, skipped)
        if parent is not None and start is not None:
            card["lineage"], card["trained"]["parent"] = (
                [start.reference.digest],
                read_header(parent).card.get("trained"),
            )
        card["threshold"] = {"value": 1.0}
        write_detector(out, outcome.net, card)
        card["threshold"], card["held_out"] = _threshold(out, where, material, manifest, progress)
        write_detector(out, outcome.net, card)
        return Written(out, frozenset({Table.DETECTORS}))


def record(detector: Path, name: str, figures: Mapping[str, Any], command: str) -> None:
    """Write measured figures onto a detector's card, replacing earlier ones of the same test set."""
    from core.dna.card import read_header
    from core.dna.detector import rewrite_card

    card = dict(read_header(detector).card)
    # The digest of the file before it was rewritten would name a file that no longer exists.
    kept = {key: value for key, value in figures.items() if key != "detector"}
    entry = {"set": name, "date": datetime.now(UTC).date().isoformat(), "command": command, **kept}
    card["measured"] = [*(row for row in card["measured"] if row.get("set") != name), entry]
    rewrite_card(detector, card)


def _material(plan: Recipe, data: Path, progress: Progress) -> tuple[Manifest, Material, list[str]]:
    from core.dna.dataset import list_data, load_pictures, split
    from core.dna.train import Material

    manifest = list_data(data)
    if len(manifest.classes) < 2:
        raise BadInput(f"{data} has images of {len(manifest.classes)} class; a detector needs two or more.")
    training, held = split(manifest, plan.holdout.sources, plan.holdout.share)
    skipped: list[str] = []
    progress.start("Reading images", len(manifest.items), "images")

    def skip(path: Path, why: str) -> None:
        skipped.append(f"{path}: {why}")

    material = Material(
        load_pictures(training, skip, progress.step), load_pictures(held, skip, progress.step), manifest.digest
    )
    for name in manifest.classes:
        for pictures, side in ((material.training, "training"), (material.held, "held-out")):
            if not any(picture.item.architecture == name for picture in pictures):
                raise BadInput(f"The class {name!r} has no readable {side} image. Add images or change the hold-out.")
    return manifest, material, skipped


def _threshold(
    detector: Path, where: Device, material: Material, manifest: Manifest, progress: Progress
) -> tuple[dict[str, Any], dict[str, Any]]:
    from core.dna.attribute import Attributor
    from core.dna.detector import load_detector
    from core.dna.evaluate import choose_threshold, figures
    from core.services.engine import judge_pictures

    attributor = Attributor(load_detector(detector), where)
    progress.start("Setting the threshold", len(material.held), "images")
    judged = []
    for picture in material.held:
        judged += judge_pictures(attributor, [picture])
        progress.step()
    value = choose_threshold(judged, manifest.classes, accuracy=_ACCURACY, accused=_ACCUSED)
    rule = (
        f"The smallest top score at which at least {_ACCURACY:.0%} of the conclusive answers on the held-out images "
        f"are right and at most {_ACCUSED:.0%} of the real ones are called generated."
    )
    held = figures(judged, manifest.classes)
    used = {key: held[key] for key in ("n", "accuracy", "accuracy_ci", "per_class", "per_source", "confusion")}
    return {"value": value, "rule": rule, "set": "held out of the training data", "n": held["n"]}, used


def _card(
    plan: Recipe, manifest: Manifest, material: Material, outcome: Outcome, where: Device, skipped: list[str]
) -> dict[str, Any]:
    from core.dna.card import SCHEMA

    def described(name: str) -> dict[str, str]:
        title, description = plan.classes.get(name, (name, ""))
        return {"name": name, "title": title, "description": description}

    return {
        "schema": SCHEMA,
        "name": plan.card.name,
        "version": plan.card.version,
        "title": plan.card.title,
        "summary": plan.card.summary,
        "licence": plan.card.licence,
        "limits": list(plan.card.limits),
        "classes": [described(name) for name in manifest.classes],
        "preprocess": plan.preprocess.to_card(),
        "scope": {"smallest_side": 128, "flat_deviation": 2.0},
        "measured": [],
        "lineage": [],
        "trained": {
            "date": datetime.now(UTC).date().isoformat(),
            "recipe": plan.text,
            "recipe_digest": plan.digest,
            "data_digest": manifest.digest,
            "images": len(material.training),
            "held_out_images": len(material.held),
            "skipped": len(skipped),
            "sources": sorted({f"{p.item.architecture}/{p.item.source}" for p in material.training}),
            "held_out_sources": list(plan.holdout.sources),
            "steps": outcome.steps,
            "patches": outcome.patches,
            "seconds": round(outcome.seconds),
            "held_out_recall": outcome.best,
            "device": where.name,
            "versions": {name: importlib.metadata.version(name) for name in _VERSIONS},
            "python": platform.python_version(),
        },
    }
