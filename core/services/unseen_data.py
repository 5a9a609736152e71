"""Test sets that a detector has not met: neither its training, nor what chose its weights and set its thresholds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.domain import DetectorSummary
from core.errors import BadInput
from core.progress import Progress

if TYPE_CHECKING:
    from core.dna.dataset import Manifest

_NAMED = 5


def unseen_data(
    detectors: Sequence[DetectorSummary], data: Path, allow_seen: bool, progress: Progress
) -> tuple[Manifest, tuple[str, ...]]:
    """A listed test set that every one of the detectors can be measured on, and its sources that one of them has met.

    Args:
        detectors: which are to be measured.
        data: folder ``DATA/<class>/<source>/*``.
        allow_seen: give such sources back instead of refusing the test set for them.
        progress: told of every file hashed.

    Raises:
        BadInput: the data has a class a detector does not know (other than ``unknown``), or met sources or images.
    """
    from core.dna.dataset import UNKNOWN, list_data

    manifest = list_data(data, progress=progress)
    met: set[str] = set()
    for detector in detectors:
        name = detector.reference.name
        if strange := sorted(set(manifest.classes) - set(detector.classes)):
            raise BadInput(
                f"{data} has classes that {name} cannot name: {', '.join(strange)}. "
                f"Put them into a folder named '{UNKNOWN}' to test what it does with them."
            )
        seen = _met(detector.card, manifest)
        if seen and not allow_seen:
            raise BadInput(
                f"{name} was trained or calibrated on {_some(seen)} of {data}, so the figures would flatter it. Test "
                "it on sources that it has not met. On the command line --allow-trained measures it all the same, and "
                "marks the figures."
            )
        met |= set(seen)
    return manifest, tuple(sorted(met))


def trained_sources(card: Mapping[str, Any]) -> set[str]:
    """Sources ("class/source") that the training of a detector, or of what it started from, has learned from."""
    return {source for part in _generations(card) for source in part.get("sources") or ()}


def trained_images(card: Mapping[str, Any]) -> Mapping[str, Any]:
    """What `shared_sources` needs to find images that were learned from, whatever their source is called."""
    only: Mapping[str, Any] = {}
    for part in reversed(list(_generations(card))):
        only = {"image_digests": part.get("image_digests"), "parent": only}
    return only


def _met(card: Mapping[str, Any], manifest: Manifest) -> list[str]:
    from core.dna.contamination import shared_sources

    parts: list[Mapping[str, Any]] = [card.get("trained") or {}, card.get("calibrated_on") or {}]
    parts += [{"sources": part.get("held_out_sources")} for part in _generations(card)]
    return sorted({source for part in parts for source in shared_sources(part, manifest)})


def _generations(card: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    part = card.get("trained")
    while isinstance(part, Mapping) and part:
        yield part
        part = part.get("parent")


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:_NAMED]) + (f" and {len(names) - _NAMED} other sources" if len(names) > _NAMED else "")
