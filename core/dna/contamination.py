"""Test images that training has seen: found by the name of their source and by their SHA-256, and refused."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from core.dna.dataset import Item, Manifest
from core.errors import BadInput

# 48 bits: among 80 000 trained and 10 000 test images a chance meeting has odds of one in 350 000.
_BYTES = 6
# A card has to fit into the header of its file (4 MB); more images than this are left to their sources' names.
_MOST = 300_000


def image_digests(items: Iterable[Item]) -> dict[str, Any] | None:
    """The images trained on, for the card: beginnings of their SHA-256, sorted; None for too many."""
    beginnings = sorted({bytes.fromhex(item.sha256)[:_BYTES] for item in items})
    if len(beginnings) > _MOST:
        return None
    return {"bytes": _BYTES, "count": len(beginnings), "base64": base64.b64encode(b"".join(beginnings)).decode()}


def shared_sources(trained: Mapping[str, Any], manifest: Manifest) -> tuple[str, ...]:
    """Sources ("class/source") of a test set that training has seen, by their name or by one of their images.

    Args:
        trained: the card's part "trained"; what its parents were trained on counts as well.
        manifest: the listed test set.
    """
    names, beginnings = _seen(trained)
    shared = {
        source
        for item in manifest.items
        if (source := f"{item.architecture}/{item.source}") in names
        or bytes.fromhex(item.sha256)[:_BYTES] in beginnings
    }
    return tuple(sorted(shared))


def refuse_shared_sources(trained: Mapping[str, Any], manifest: Manifest) -> None:
    """Raise `BadInput` when a source or an image of the test set was trained on (see `shared_sources`)."""
    if shared := shared_sources(trained, manifest):
        raise BadInput(
            f"The detector was trained on {', '.join(shared)}, so it cannot be measured there: the figures would "
            "flatter it. Test it on other sources."
        )


def _seen(trained: Mapping[str, Any]) -> tuple[set[str], set[bytes]]:
    names: set[str] = set()
    beginnings: set[bytes] = set()
    for part in _generations(trained):
        names |= set(part.get("sources") or ())
        packed = _unpacked(part.get("image_digests"))
        beginnings |= {packed[start : start + _BYTES] for start in range(0, len(packed), _BYTES)}
    return names, beginnings


def _unpacked(digests: object) -> bytes:
    if digests is None:
        return b""
    packed = digests.get("base64") if isinstance(digests, dict) and digests.get("bytes") == _BYTES else None
    try:
        return base64.b64decode(packed, validate=True)  # type: ignore[arg-type]  # None is refused below
    except (TypeError, ValueError) as error:
        raise BadInput(
            "The card's list of the images trained on is damaged. Train or install the detector anew."
        ) from error


def _generations(trained: Mapping[str, Any] | None) -> Iterator[Mapping[str, Any]]:
    while trained:
        yield trained
        trained = trained.get("parent")


def learned_from(trained: Mapping[str, Any], items: Iterable[Item]) -> frozenset[Item]:
    """The images that a detector, or what it started from, learned from, by their SHA-256."""
    _, beginnings = _seen(trained)
    return frozenset(item for item in items if bytes.fromhex(item.sha256)[:_BYTES] in beginnings)
