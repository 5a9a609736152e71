"""The first card of a trained network: what it is, what it was made from, and how the training went."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.errors import DetectorRefused

if TYPE_CHECKING:
    from core.dna.device import Device
    from core.dna.encoder import Net
    from core.dna.recipe import Recipe
    from core.dna.train import Outcome
    from core.services.training_data import TrainingData


@dataclass(frozen=True, slots=True)
class Parent:
    """A network that a training starts from.

    Attributes:
        net: its weights in a network for its own classes.
        digest: SHA-256 of its file.
        card: its card.
        taken_over: how many tensors fit the new network, of how many, and which began anew.
    """

    net: Net
    digest: str
    card: Mapping[str, Any]
    taken_over: Mapping[str, Any]


def read_parent(path: Path, plan: Recipe, classes: Sequence[str]) -> Parent:
    """Read a detector or a pretext network, of whatever classes, to start a training from.

    Of a detector's head the rows of the classes that both know are taken over, whatever their order.

    Raises:
        DetectorRefused: it is damaged, or none of its weights fit.
    """
    from core.dna.card import DETECTOR, expected_shapes, reference_of
    from core.dna.detector import load_parent
    from core.dna.encoder import Net
    from core.dna.extension import extended_net

    state, header = load_parent(path)
    net = Net(len(header.classes))
    net.load_state_dict(state)
    wanted = expected_shapes(len(classes))
    anew = sorted(name for name, shape in wanted.items() if header.shapes.get(name) != shape)
    if len(anew) == len(wanted):
        raise DetectorRefused(f"Nothing of {path} fits the network to be trained.")
    reference = reference_of(path, header)
    taken_over = {
        "from": f"{reference.name} {reference.version}",
        "kind": header.kind,
        "classes": len(header.classes),
        "tensors": len(wanted) - len(anew),
        "of": len(wanted),
        "begun_anew": anew,
        # Weights learned on another kind of input still fit by shape; the card says that they come from one.
        "same_preprocess": dict(header.card["preprocess"]) == plan.preprocess.to_card(),
    }
    shared = [name for name in classes if name in header.classes] if header.kind == DETECTOR else []
    if shared:
        net = extended_net(net, header.classes, classes)
        taken_over |= {"classes_taken_over": shared}
    return Parent(net, reference.digest, header.card, taken_over)


def first_card(
    plan: Recipe, data: TrainingData, outcome: Outcome, where: Device, run: Path, parent: Parent | None
) -> dict[str, Any]:
    """The card as far as training knows it; of a detector without a threshold yet.

    Args:
        plan: the recipe.
        data: the images.
        outcome: what training made.
        where: what it was computed on.
        run: folder of the run, for its curves.
        parent: what it started from.
    """
    from core.dna.card import DETECTOR, PRETEXT, SCHEMA
    from core.dna.curves import read_curves, thinned

    pretext = plan.schedule.task == "pretext"
    trained = _trained(plan, data, outcome, where)
    if parent:
        trained |= {"parent": parent.card.get("trained"), "taken_over": dict(parent.taken_over)}
    return {
        "schema": SCHEMA,
        "kind": PRETEXT if pretext else DETECTOR,
        "name": plan.card.name,
        "version": plan.card.version,
        "title": plan.card.title,
        "summary": plan.card.summary,
        "licence": plan.card.licence,
        "limits": list(plan.card.limits),
        "classes": [_described(plan, name) for name in data.classes],
        "preprocess": plan.preprocess.to_card(),
        "measured": [],
        "curves": thinned(read_curves(run / "curves.csv")),
        "lineage": [parent.digest, *parent.card.get("lineage", [])] if parent else [],
        "trained": trained,
    }


def _described(plan: Recipe, name: str) -> dict[str, str]:
    title, description = plan.classes.get(name, (name, ""))
    return {"name": name, "title": title, "description": description}


def _trained(plan: Recipe, data: TrainingData, outcome: Outcome, where: Device) -> dict[str, Any]:
    from core.dna.contamination import image_digests
    from core.dna.run_folder import versions

    return {
        "date": datetime.now(UTC).date().isoformat(),
        "recipe": plan.text,
        "recipe_digest": plan.digest,
        "data_digest": data.digest,
        "images": len(data.training),
        "held_out_images": len(data.held),
        "skipped": len(data.skipped),
        "sources": sorted({f"{p.item.architecture}/{p.item.source}" for p in data.training}),
        "image_digests": image_digests(picture.item for picture in data.training),
        "held_out_sources": list(plan.holdout.sources),
        "steps": outcome.steps,
        "patches": outcome.patches,
        "seconds": round(outcome.seconds),
        "held_out_recall": outcome.best,
        "device": where.name,
        "versions": versions(),
        "python": platform.python_version(),
    }
