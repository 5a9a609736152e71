"""The folder of a training run: recipe, list of images, and the circumstances, beside checkpoints and curves.

``recipe.toml`` is the recipe as it was read, ``manifest.tsv`` every image with its SHA-256 and side of the split,
``run.json`` digests, versions, seed, device, threads, start and command, and the same for every time the run went on.
"""

from __future__ import annotations

import csv
import importlib.metadata
import io
import json
import platform
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch

from core.dna.dataset import Item
from core.dna.recipe import Recipe
from core.errors import BadInput
from core.whole_file import replace_file

TRAINING, HELD = "training", "held out"
_VERSIONS = ("torch", "numpy", "Pillow", "opencv-python-headless", "safetensors")


def versions() -> dict[str, str]:
    """Versions of what a training depends on."""
    return {name: importlib.metadata.version(name) for name in _VERSIONS}


def begin(
    run: Path,
    recipe: Recipe,
    facts: Mapping[str, Any],
    sides: Iterable[tuple[Item, str]],
    skipped: Mapping[Path, str],
) -> None:
    """Write the records of a run that starts, or note in them that it goes on.

    Args:
        run: the folder; a run found in it goes on.
        recipe: what is trained.
        facts: "data_digest", "parent" (digest or None), "held_out_sources", "device", "processes", "command".
        sides: every image and the side of the split it is on.
        skipped: images that could not be used, and why.

    Raises:
        BadInput: the folder holds a run of another recipe, data set or parent.
    """
    now = {
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": facts["command"],
        "device": facts["device"],
        "processes": facts["processes"],
        "threads": torch.get_num_threads(),
        "versions": versions(),
        "python": platform.python_version(),
        "platform": platform.platform(),
    }
    same = {"recipe_digest": recipe.digest, "data_digest": facts["data_digest"], "parent": facts["parent"]}
    earlier = _earlier(run)
    if earlier is None:
        record = {
            **same,
            "held_out_sources": list(facts["held_out_sources"]),
            "seed": recipe.schedule.seed,
            **now,
            "skipped": {str(path): why for path, why in skipped.items()},
            "went_on": [],
        }
        _write(run / "manifest.tsv", _manifest(sides, skipped))
    else:
        _refuse_another(run, earlier, same)
        record = {**earlier, "went_on": [*earlier.get("went_on", []), now]}
    _write(run / "recipe.toml", recipe.text)
    _write(run / "run.json", json.dumps(record, indent=2, ensure_ascii=False) + "\n")


def end(run: Path, said: Iterable[str]) -> None:
    """Note in the records that the run is finished, and what is to be said about it."""
    record = _earlier(run) or {}
    record |= {"finished": datetime.now(UTC).isoformat(timespec="seconds"), "remarks": list(said)}
    _write(run / "run.json", json.dumps(record, indent=2, ensure_ascii=False) + "\n")


def remarks(run: Path) -> tuple[str, ...]:
    """What `end` noted."""
    return tuple((_earlier(run) or {}).get("remarks", ()))


def _earlier(run: Path) -> dict[str, Any] | None:
    path = run / "run.json"
    if not path.exists():
        return None
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadInput(f"{path} cannot be read ({error}). Delete the folder {run} to start anew.") from error
    if not isinstance(record, dict):
        raise BadInput(f"{path} is no record of a run. Delete the folder {run} to start anew.")
    return record


def _refuse_another(run: Path, earlier: Mapping[str, Any], same: Mapping[str, Any]) -> None:
    for key, wanted in same.items():
        if earlier.get(key) != wanted:
            what = {"recipe_digest": "another recipe", "data_digest": "another data set", "parent": "another --parent"}[
                key
            ]
            if key == "parent" and not (wanted and earlier.get(key)):
                what = "no --parent" if wanted else "a --parent, which has to be named again"
            raise BadInput(
                f"The run in {run} was started with {what}. Give what it was started with, or another output file, or "
                "delete that folder."
            )


def _manifest(sides: Iterable[tuple[Item, str]], skipped: Mapping[Path, str]) -> str:
    stream = io.StringIO()
    writer = csv.writer(stream, delimiter="\t", lineterminator="\n")
    writer.writerow(["path", "sha256", "class", "source", "side", "skipped"])
    for item, side in sorted(sides, key=lambda pair: pair[0].path.parts[-3:]):
        # The place of the data folder is not written: the same set elsewhere is the same set.
        path = "/".join(item.path.parts[-3:])
        writer.writerow([path, item.sha256, item.architecture, item.source, side, skipped.get(item.path, "")])
    return stream.getvalue()


def _write(path: Path, text: str) -> None:
    replace_file(path, text, doing="writing the records of the run")
