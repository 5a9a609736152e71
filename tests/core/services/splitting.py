"""Images and drafts for the tests of the split."""

import hashlib
import itertools
from datetime import UTC, datetime
from pathlib import Path

from core.retraining import Draft, ImageGroup, Side, TrainingImage

NOW = datetime(2026, 11, 21, tzinfo=UTC)
DRAFT = Draft("d", NOW, groups=(ImageGroup("any", "any", Path("/new")),), known_data=(Path("/known"),))
SIDES = tuple(Side)


def sha(text):
    return hashlib.sha256(str(text).encode()).hexdigest()


def image(number, label="flux", source="lab", **changes):
    """An image that is like no other."""
    root = changes.pop("root", "/new")
    name = changes.pop("name", f"img {number}")
    values = {
        "path": Path(root, label, source, f"{name}.png"),
        "label": label,
        "source": source,
        "sha256": sha(number),
        "size_bytes": 100,
        "hash64": int(sha(("look", number))[:16], 16),
    }
    return TrainingImage(**{**values, **changes})


def images_of(label, counts, start=0, **changes):
    numbers = itertools.count(start)
    return [image((label, next(numbers)), label, source, **changes) for source, n in counts.items() for _ in range(n)]


def counted(made, label="flux"):
    return {row.source: (row.training, row.held_out, row.test) for row in made.rows if row.label == label}
