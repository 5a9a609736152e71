"""The cache of checks of heat maps in `derived/`: small JSON files, believed only with this installation's code."""

from __future__ import annotations

import hashlib
import json
import math
from pathlib import Path
from typing import Any

from core.examine import MapMethod, MapQuestion, MapSanity, MapScore
from core.store import blobs, kept_files

_CHECKS = 2  # raised when the checks or their limits change, so that older answers are made again
_LARGEST_BYTES = 1 << 20
_MOST_ROWS = 100
_AREAS = ("deletion_area", "insertion_area", "random_deletion_area")
_DAMAGED = (OSError, ValueError, KeyError, TypeError, RecursionError)


def path_of(folder: Path, sha256: str, detector_digest: str, question: MapQuestion) -> Path:
    """Where the checks of a heat map are kept; the file may be missing at any time. `question.target` names a class."""
    key = json.dumps(_key(sha256, detector_digest, question)).encode()
    return blobs.derived_folder(folder, "map_sanity", sha256) / sha256 / f"{hashlib.sha256(key).hexdigest()[:32]}.json"


def write(folder: Path, sha256: str, detector_digest: str, sanity: MapSanity) -> Path:
    """Keep the checks of a map; never called on a case that is open read-only."""
    kept = {
        "key": _key(sha256, detector_digest, sanity.question),
        **{name: getattr(sanity, name) for name in ("randomised", "deletion", "insertion", *_AREAS, "agreement")},
        "failed": list(sanity.failed),
    }
    place = path_of(folder, sha256, detector_digest, sanity.question)
    return kept_files.write(folder, place, json.dumps(kept).encode())


def read(folder: Path, sha256: str, detector_digest: str, question: MapQuestion) -> MapSanity | None:
    """The checks kept for this key; None when there are none, or it is damaged, of another map, or not from here."""
    try:
        path = path_of(folder, sha256, detector_digest, question)
        kept = json.loads(kept_files.read(folder, path, _LARGEST_BYTES))
        if kept["key"] != _key(sha256, detector_digest, question):
            return None
        return _sanity(question, kept)
    except _DAMAGED:
        return None


def _key(sha256: str, detector_digest: str, question: MapQuestion) -> list[Any]:
    how = [MapMethod(question.method).value, MapScore(question.score).value]
    return [_CHECKS, sha256, detector_digest, question.layer, question.target, *how]


def _sanity(question: MapQuestion, kept: Any) -> MapSanity:  # noqa: ANN401 - whatever the file holds
    failed = _rows(kept["failed"])
    if not all(isinstance(words, str) for words in failed):
        raise TypeError
    deletion, insertion, random_deletion = (_number(kept[name]) for name in _AREAS)
    return MapSanity(
        question=question,
        randomised=_named(kept["randomised"]),
        deletion=_curve(kept["deletion"]),
        insertion=_curve(kept["insertion"]),
        deletion_area=deletion,
        insertion_area=insertion,
        random_deletion_area=random_deletion,
        agreement=_named(kept["agreement"]),
        informative=not failed,
        failed=tuple(failed),
    )


def _rows(kept: Any) -> list[Any]:  # noqa: ANN401
    if not isinstance(kept, list) or len(kept) > _MOST_ROWS:
        raise TypeError
    return kept


def _named(kept: Any) -> tuple[tuple[str, float], ...]:  # noqa: ANN401
    rows = [(name, _number(value)) for name, value in _rows(kept)]
    if not all(isinstance(name, str) for name, _ in rows):
        raise TypeError
    return tuple(rows)


def _curve(kept: Any) -> tuple[tuple[float, float], ...]:  # noqa: ANN401
    return tuple((_number(share), _number(score)) for share, score in _rows(kept))


def _number(value: Any) -> float:  # noqa: ANN401
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise TypeError
    return float(value)
