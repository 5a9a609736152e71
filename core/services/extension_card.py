"""The first card of a detector that was extended: the parent's, as far as it still holds, and what is new."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from core.retraining import Side
from core.services.calibration_scope import envelope_of_files, widened

if TYPE_CHECKING:
    from core.services.extension_rows import NewImages
    from core.services.training_extension import Extending, Learned

_LIMIT = (
    "{names} was learned with an encoder that never saw it: only the heads were fitted, on features of new images and "
    "on what the parent remembers of the old classes."
)


def extended_card(
    wanted: Extending, before: Mapping[str, Any], classes: Sequence[str], images: NewImages, learned: Learned
) -> dict[str, Any]:
    """The card of a detector that was not calibrated yet, so nothing is attributed with it.

    Args:
        wanted: what was asked for.
        before: the parent's card.
        classes: of the new detector, the parent's first.
        images: what it was made from.
        learned: heads and curves.
    """
    from core.dna.card import DETECTOR, SCHEMA, read_header, reference_of
    from core.dna.curves import thinned

    plan, old = wanted.plan, [row["name"] for row in before["classes"]]
    added = [name for name in classes if name not in old]
    reference = reference_of(wanted.parent, read_header(wanted.parent))
    scope = dict(before.get("scope") or {})
    scope["seen"] = widened(scope.get("seen"), envelope_of_files({item.path for item in images.used(Side.TRAINING)}))
    return {
        "schema": SCHEMA,
        "kind": DETECTOR,
        "name": plan.card.name or _name(before["name"], added),
        "version": plan.card.version,
        "title": plan.card.title or f"{before.get('title') or before['name']} and {', '.join(added) or 'more images'}",
        "summary": plan.card.summary or before.get("summary", ""),
        "licence": before.get("licence", ""),
        "limits": [*before.get("limits", ()), *([_LIMIT.format(names=" and ".join(added))] if added else [])],
        "classes": [*before["classes"], *(_described(plan.classes, name) for name in added)],
        "preprocess": before["preprocess"],
        "measured": [],
        "curves": thinned(learned.curves),
        "lineage": [reference.digest, *before.get("lineage", [])],
        "trained": _trained(wanted, before, images, learned),
        "scope": scope or {"smallest_side": 128, "flat_deviation": 2.0},
        # Nothing is attributed before a threshold is set: should calibrating fail, the weights are kept nevertheless.
        "threshold": {"value": 1.0},
    }


def _name(parent: str, added: Sequence[str]) -> str:
    """A name until the analyst gives one: never the parent's, so that nobody takes one for the other."""
    return f"{parent}-{added[0] if len(added) == 1 else f'plus-{len(added)}' if added else 'again'}"


def _described(classes: Mapping[str, tuple[str, str]], name: str) -> dict[str, str]:
    title, description = classes.get(name, (name, ""))
    return {"name": name, "title": title, "description": description}


def _trained(wanted: Extending, before: Mapping[str, Any], images: NewImages, learned: Learned) -> dict[str, Any]:
    from core.dna.contamination import image_digests
    from core.dna.run_folder import versions

    training, plan = images.used(Side.TRAINING), wanted.plan
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "recipe": plan.text,
        "recipe_digest": plan.digest,
        "data_digest": images.digest,
        "images": len(training),
        "held_out_images": len(images.used(Side.HELD_OUT)),
        "skipped": len(images.skipped),
        "sources": sorted({f"{item.architecture}/{item.source}" for item in training}),
        "image_digests": image_digests(training),
        "held_out_sources": sorted({f"{one.architecture}/{one.source}" for one in images.used(Side.HELD_OUT)}),
        "steps": len(learned.curves),
        "patches": len(images.views.keys),
        "seconds": round(learned.seconds),
        "held_out_recall": learned.recall,
        "device": wanted.device.name,
        "versions": versions(),
        "python": platform.python_version(),
        "parent": before.get("trained"),
        "taken_over": {
            "from": f"{before['name']} {before['version']}",
            "kind": "detector",
            "classes": len(before["classes"]),
            "encoder": "unchanged",
        },
    }
