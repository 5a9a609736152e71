"""Leaving out: a recipe is trained again without one source, or one architecture, and tested on what it never saw.

What is left out takes no part in training, neither to learn from nor to choose weights and thresholds by. Every
finished fold is kept as a small file, so that a long series can be stopped and taken up again.
"""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.errors import BadInput, Cancelled
from core.progress import Progress
from core.services import fold_figures
from core.services.training import Training
from core.whole_file import replace_file

if TYPE_CHECKING:
    from core.dna.dataset import Item, Manifest
    from core.dna.evaluate import Judged
    from core.dna.recipe import Recipe

_IDENTITY = {
    "recipe_digest": "recipe",
    "data_digest": "data set",
    "parent": "parent",
    "steps": "number of training steps",
}
_STEPS = re.compile(r"^steps\s*=.*$", re.MULTILINE)
_SECTION = re.compile(r"^\[(?P<name>[^\]]+)\]\s*(?:#.*)?$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Series:
    """What all folds of a series share.

    Attributes:
        recipe: the TOML file that every fold is trained with.
        plan: the same, read.
        folders: data folders.
        manifest: their images.
        out: where folds are kept.
        parent: network every fold starts from, or None.
        device: "auto", "cpu" or "cuda".
        identity: what must be the same for a kept fold to count.
    """

    recipe: Path
    plan: Recipe
    folders: Sequence[Path]
    manifest: Manifest
    out: Path
    parent: Path | None
    device: str
    identity: Mapping[str, Any]


class CrossValidation:
    """Runs series of trainings in the calling process; meant for the command line and a child process.

    Args:
        training: trains the folds.
    """

    def __init__(self, training: Training) -> None:
        self._training = training

    def leave_sources_out(
        self,
        recipe: Path,
        data: Path | Sequence[Path],
        out: Path,
        *,
        steps: int | None = None,
        parent: Path | None = None,
        device: str = "auto",
        progress: Progress | None = None,
    ) -> dict[str, Any]:
        """Train without each source of every class that has two or more, and test on that source.

        Args:
            recipe: the TOML file.
            data: one folder ``DIR/<class>/<source>/*``, or several that count as one.
            out: folder for the finished folds; a series found there goes on.
            steps: another number of training steps than the recipe's.
            parent: network that every fold starts from; it must not have seen what is left out.
            device: "auto", "cpu" or "cuda".
            progress: report and cancel point; a cancelled fold goes on where it was.

        Returns:
            ``rows`` (held "class/source", n, correct, ci, conclusive, false_accusation of the class real else None),
            ``classes`` (sources, and false_alarms: conclusive answers that name the class for images of others),
            means, pooled figures, and what the series was made with.

        Raises:
            BadInput: no class has two sources, or `out` holds a series of another recipe, data set or parent.
            Cancelled: finished folds are kept.
        """
        progress = progress or Progress()
        series = _series(recipe, data, out, steps, parent, device, "sources", progress)
        by_class = fold_figures.sources_by_class(series.manifest)
        held = [source for sources in by_class.values() if len(sources) > 1 for source in sources]
        if not held:
            raise BadInput("No class has images of two or more sources, so none can be left out.")
        folds = self._folds(series, {name: (name,) for name in held}, progress)
        return {**fold_figures.by_source(folds, series.manifest), **_made(series)}

    def leave_architectures_out(
        self,
        recipe: Path,
        data: Path | Sequence[Path],
        out: Path,
        *,
        steps: int | None = None,
        parent: Path | None = None,
        device: str = "auto",
        progress: Progress | None = None,
    ) -> dict[str, Any]:
        """Train without each class but ``real``; its images are then of an unknown architecture.

        The known images are those that the recipe holds out of the other classes. Arguments and errors are those of
        `leave_sources_out`.

        Returns:
            ``rows`` (held class, n, known, auroc, oscr, tnr_at_95_tpr, attributed, own_test), means, and what the
            series was made with.
        """
        progress = progress or Progress()
        series = _series(recipe, data, out, steps, parent, device, "architectures", progress)
        by_class = fold_figures.sources_by_class(series.manifest)
        if len(by_class) < 3:
            raise BadInput(f"Leaving a class out needs three or more; there are {len(by_class)}.")
        held = {name: tuple(sources) for name, sources in by_class.items() if name != fold_figures.REAL}
        folds = self._folds(series, held, progress)
        return {**fold_figures.by_architecture(folds), **_made(series)}

    def _folds(self, series: Series, held: Mapping[str, Sequence[str]], progress: Progress) -> list[fold_figures.Fold]:
        folds = []
        for number, (name, without) in enumerate(held.items(), 1):
            fold = progress.part(f"Fold {number} of {len(held)}, without {name}")
            try:
                folds.append(self._fold(series, name, without, fold))
            except Cancelled as cancelled:
                raise Cancelled(
                    f"Cancelled. What was finished is kept in {series.out.parent}; give the same command to go on."
                ) from cancelled
        return folds

    def _fold(self, series: Series, held: str, without: Sequence[str], progress: Progress) -> fold_figures.Fold:
        path = series.out / f"{_plain(held)}-{sha256(held.encode()).hexdigest()[:8]}.json"
        if path.exists():
            return _kept(path)
        _refuse_seen(series, without)
        fold = self._trained(series, held, without, path.with_suffix(".safetensors"), progress)
        plain = fold_figures.to_plain(fold)
        replace_file(path, json.dumps(plain, ensure_ascii=False), doing="writing a finished fold")
        _tidy(path)
        return fold_figures.from_plain(plain)

    def _trained(
        self, series: Series, held: str, without: Sequence[str], detector: Path, progress: Progress
    ) -> fold_figures.Fold:
        classes = {name.split("/")[0] for name in without}
        detector.unlink(missing_ok=True)  # of a fold that was interrupted while it was tested
        self._training.train(
            series.recipe,
            series.folders,
            detector,
            resume=detector.with_suffix(".run").exists(),
            parent=series.parent,
            held_sources=[name for name in series.plan.holdout.sources if name.split("/")[0] not in classes],
            without=without,
            device=series.device,
            progress=progress,
        )
        items, copies = _test_items(series, without, detector.with_suffix(".run"))
        names, judged, skipped = _judged(detector, items, series.device, progress)
        return fold_figures.Fold(held, names, tuple(judged), tuple(skipped), copies)


def _series(
    recipe: Path,
    data: Path | Sequence[Path],
    out: Path,
    steps: int | None,
    parent: Path | None,
    device: str,
    what: str,
    progress: Progress,
) -> Series:
    from core.dna.card import read_header, reference_of
    from core.dna.dataset import UNKNOWN, list_data
    from core.dna.recipe import read_named_recipe

    if os.environ.get("WORLD_SIZE", "1") != "1":
        raise BadInput("Leaving out runs in one process. Start it without torchrun.")
    folders = [data] if isinstance(data, Path) else list(data)
    plan = read_named_recipe(recipe)
    if plan.schedule.task != "attribution":
        raise BadInput(f"{recipe} trains a pretext network, which has no classes or sources to leave out.")
    manifest = list_data(folders, progress=progress)
    if any(item.architecture == UNKNOWN for item in manifest.items):
        raise BadInput("A class named 'unknown' is test material and cannot be trained on. Move it out of the folder.")
    place = out / what
    if steps is not None and steps != plan.schedule.steps:
        recipe, plan = _with_steps(recipe, plan, steps, place / "recipe.toml")
    identity = {
        "recipe_digest": plan.digest,
        "data_digest": manifest.digest,
        "parent": reference_of(parent, read_header(parent)).digest if parent else None,
        "steps": plan.schedule.steps,
    }
    _claim(place, identity)
    return Series(recipe, plan, folders, manifest, place, parent, device, identity)


def _with_steps(recipe: Path, plan: Recipe, steps: int, target: Path) -> tuple[Path, Recipe]:
    """The recipe with another number of steps, written beside the folds; nothing else may change by it."""
    from core.dna.recipe import read_recipe

    if steps < 1:
        raise BadInput(f"A training cannot have {steps} steps.")
    replace_file(target, _text_with_steps(plan.text, steps), doing="writing the recipe of the folds")
    changed = read_recipe(target)
    wanted = replace(plan, schedule=replace(plan.schedule, steps=steps), digest=changed.digest, text=changed.text)
    if changed != wanted:
        raise BadInput(f"The steps of {recipe} cannot be changed from here. Write them into a copy of the recipe.")
    return target, changed


def _text_with_steps(text: str, steps: int) -> str:
    line = f"steps = {steps}"
    starts = [match for match in _SECTION.finditer(text) if match["name"].strip() == "schedule"]
    if not starts:
        return f"{text.rstrip()}\n\n[schedule]\n{line}\n"
    begin = starts[0].end()
    following = _SECTION.search(text, begin)
    end = following.start() if following else len(text)
    body, count = _STEPS.subn(line, text[begin:end], count=1)
    return text[:begin] + (body if count else f"\n{line}{body}") + text[end:]


def _refuse_seen(series: Series, without: Sequence[str]) -> None:
    from core.dna.card import read_header
    from core.dna.contamination import shared_sources

    if series.parent is None:
        return
    trained = read_header(series.parent).card.get("trained") or {}
    held = replace(series.manifest, items=tuple(item for item in series.manifest.items if _source(item) in without))
    if shared := shared_sources(trained, held):
        raise BadInput(
            f"The parent {series.parent} was trained on {', '.join(shared)}; leaving that out now would come too late."
        )


def _test_items(series: Series, without: Sequence[str], run: Path) -> tuple[list[Item], int]:
    """The images to test on: those left out but for copies of trained ones, and in an architecture series known ones.

    Returns:
        The items, and how many were left away because the same bytes stand in another source.
    """
    from core.dna.dataset import UNKNOWN

    rest = {item.sha256 for item in series.manifest.items if _source(item) not in without}
    left_out = [item for item in series.manifest.items if _source(item) in without]
    fresh = [item for item in left_out if item.sha256 not in rest]
    copies = len(left_out) - len(fresh)
    if series.out.name == "sources":
        return fresh, copies
    known = _held_out(series.manifest, run)
    return [*known, *(replace(item, architecture=UNKNOWN) for item in fresh)], copies


def _held_out(manifest: Manifest, run: Path) -> list[Item]:
    """The images that the training of a fold held out, by the records of its run."""
    from core.dna.run_folder import HELD

    with (run / "manifest.tsv").open(encoding="utf-8", newline="") as stream:
        held = {row["path"] for row in csv.DictReader(stream, delimiter="\t") if row["side"] == HELD}
    return [item for item in manifest.items if "/".join(item.path.parts[-3:]) in held]


def _judged(
    detector: Path, items: Sequence[Item], device: str, progress: Progress
) -> tuple[tuple[str, ...], list[Judged], list[str]]:
    from core.dna.attribute import Attributor
    from core.dna.dataset import load_pictures
    from core.dna.detector import load_detector
    from core.dna.device import choose_device
    from core.services.engine import judge_pictures

    attributor = Attributor(load_detector(detector), choose_device(device))
    judged: list[Judged] = []
    skipped: list[str] = []
    progress.start("Testing on what was left out", len(items), "images")
    for item in items:
        pictures = load_pictures([item], lambda path, why: skipped.append(f"{path.name}: {why}"), lambda: None)
        judged += judge_pictures(attributor, pictures)
        progress.step()
    return attributor.detector.classes, judged, skipped


def _made(series: Series) -> dict[str, Any]:
    return {
        **series.identity,
        "seed": series.plan.schedule.seed,
        "left_out": series.out.name,
        "class_names": list(series.manifest.classes),
        "date": datetime.now(UTC).date().isoformat(),
    }


def _claim(place: Path, identity: Mapping[str, Any]) -> None:
    """Note in the folder what its folds are made with, or refuse a folder whose folds are made with something else."""
    path = place / "series.json"
    try:
        earlier = json.loads(path.read_text(encoding="utf-8")) if path.exists() else identity
        other = [what for key, what in _IDENTITY.items() if earlier.get(key) != identity[key]]
    except (OSError, ValueError, AttributeError) as error:
        raise BadInput(f"{path} cannot be read. Choose another --out, or delete the folder {place}.") from error
    if other:
        raise BadInput(f"{place} holds folds of another {other[0]}. Choose another --out, or delete that folder.")
    replace_file(path, json.dumps(identity), doing="writing what the folds are made with")


def _kept(path: Path) -> fold_figures.Fold:
    try:
        return fold_figures.from_plain(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BadInput(f"The finished fold {path} cannot be read. Delete it to have it made again.") from error


def _tidy(path: Path) -> None:
    """The network of a finished fold is of no further use, and a series of them is large."""
    path.with_suffix(".safetensors").unlink(missing_ok=True)
    shutil.rmtree(path.with_suffix(".run"), ignore_errors=True)


def _source(item: Item) -> str:
    return f"{item.architecture}/{item.source}"


def _plain(name: str) -> str:
    return re.sub(r"[^\w-]+", "-", name)[:60]
