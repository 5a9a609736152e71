"""What the `train` verb does: images of added classes are checked, split and frozen, then a detector is trained."""

from __future__ import annotations

import json
import os
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.domain import DetectorSummary
from core.errors import BadInput, error_from_os
from core.progress import Progress
from core.retraining import Checked, CheckFinding, Draft, GoalKind
from core.services.alike_processing import write_commonly_processed
from core.services.training_names import refuse_twins
from core.services.training_preparation import Preparation, added_class, added_groups, hindrances, read_left_out
from core.services.training_processes import first_of_several
from core.services.training_refresh import CALIBRATION, refresh
from core.whole_file import replace_file

if TYPE_CHECKING:
    from core.services.workspace import Workspace

SPLIT = "split.tsv"
_RECORD = "retraining.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingWishes:
    """What a command asks for; see the verb's options."""

    recipe: str
    out: Path
    data: tuple[Path, ...] = ()
    added: tuple[str, ...] = ()
    test: Path | None = None
    parent: str | None = None
    left_out: Path | None = None
    reason: str = ""
    common_processing: bool = False
    files: Path | None = None
    held: tuple[str, ...] | None = None
    resume: bool = False
    device: str = "auto"

    @property
    def run(self) -> Path:
        """The run folder."""
        return self.out.with_suffix(".run")


@dataclass(frozen=True, slots=True)
class Prepared:
    """What is to be trained on, and what the checks said.

    Attributes:
        files: the frozen split, None for whole folders.
        findings: of the checks; none when nothing was added, or when a run goes on.
        hindrances: those that keep the training from beginning.
        resume: whether the run folder is there already.
    """

    files: Path | None
    findings: tuple[CheckFinding, ...] = ()
    hindrances: tuple[CheckFinding, ...] = ()
    resume: bool = False


class TrainingCommand:
    """Trains as the command line asks for it.

    Args:
        workspace: the door to the services.
    """

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def prepare(self, wishes: TrainingWishes, progress: Progress) -> Prepared:
        """Check, split and freeze the images of added classes; without added classes there is nothing to do.

        Raises:
            BadInput, NotFound: the wishes contradict one another, or something named is not there.
        """
        if not wishes.added:
            return Prepared(wishes.files, resume=wishes.resume)
        if wishes.files is not None:
            raise BadInput("--files names images that are split already; it does not go with --add.")
        _require_suffix(wishes.out)
        frozen = wishes.run / SPLIT
        if frozen.exists() and wishes.resume:
            _refuse_other_classes(wishes)
            return Prepared(frozen, resume=True)  # checked and split when it was begun
        if wishes.out.exists() or frozen.exists() or (wishes.run / "run.json").exists():
            raise BadInput(
                f"{wishes.out} or its run folder exists. Add --resume to go on with it, or give another --out."
            )
        return self._checked(wishes, progress)

    def train(self, wishes: TrainingWishes, prepared: Prepared, progress: Progress) -> DetectorSummary:
        """Train, and write onto the card what the checks said and why it was gone on; raises as `Training.train`."""
        training, parent = self._workspace.training, self._parent_path(wishes.parent)
        if wishes.recipe == CALIBRATION:
            refresh(*_refreshed(wishes, parent), wishes.out, wishes.device, progress)
            return training.made(wishes.out)
        training.train(
            self._recipe(wishes),
            wishes.data,
            wishes.out,
            resume=prepared.resume,
            parent=parent,
            held_sources=wishes.held,
            files=prepared.files,
            device=wishes.device,
            progress=progress,
        )
        _record_on_card(wishes)
        return training.made(wishes.out)

    def probe(self, wishes: TrainingWishes, progress: Progress) -> dict[str, Any]:
        """The fields of an `Estimate` for the training of a frozen split, and "probed", the seconds this took."""
        from core.dna.recipe import read_recipe
        from core.services.training_probe import probe

        began = time.monotonic()
        if wishes.files is None:
            raise BadInput("The time is measured for a frozen split: give --files.")
        recipe = read_recipe(self._recipe(wishes))
        estimate = probe(recipe, wishes.files, self._parent_path(wishes.parent), wishes.device, progress)
        return {**asdict(estimate), "probed": time.monotonic() - began}

    def _checked(self, wishes: TrainingWishes, progress: Progress) -> Prepared:
        from core.services.training_split import freeze

        preparation = Preparation(self._workspace.training_images, self._workspace.training_checks)
        draft = self._draft(wishes)
        checked = preparation.check(draft, wishes.run, progress)
        if barring := hindrances(checked, wishes.reason):
            return Prepared(None, checked.findings, barring)
        draft, made = preparation.split(draft, checked, wishes.reason)
        _keep_record(wishes.run, _record(draft, checked))  # before the split: a run with a split has both
        freeze(draft, made, wishes.run)
        return Prepared(wishes.run / SPLIT, checked.findings, resume=True)

    def _draft(self, wishes: TrainingWishes) -> Draft:
        now = datetime.now(UTC)
        parent = self._workspace.detectors.find(wishes.parent) if wishes.parent else None
        groups = added_groups(wishes.added)
        refuse_twins((one.label for one in groups), parent.classes if parent else ())
        return Draft(
            id=f"command-{now:%Y%m%d-%H%M%S}",
            created_at=now,
            goal=GoalKind.ADD if parent else GoalKind.ANEW,
            parent=parent.reference if parent else None,
            parent_path=parent.path if parent else None,
            groups=groups,
            known_data=tuple(one.absolute() for one in wishes.data),
            test_data=wishes.test.absolute() if wishes.test else None,
            left_out=read_left_out(wishes.left_out),
            common_processing=wishes.common_processing,
        )

    def _recipe(self, wishes: TrainingWishes) -> Path:
        recipe = self._workspace.training.recipe_named(wishes.recipe)
        if not wishes.common_processing:
            return recipe
        # Processes that train together do not wait for one another here, so each writes its own.
        suffix = ".toml" if first_of_several() else f".{os.environ['RANK']}.toml"
        return write_commonly_processed(recipe, wishes.out.with_suffix(suffix))

    def _parent_path(self, wanted: str | None) -> Path | None:
        from core.dna.card import SUFFIX

        if wanted is None or Path(wanted).suffix == SUFFIX:  # a pretext network is no detector to be found
            return Path(wanted) if wanted else None
        return self._workspace.detectors.find(wanted).path


def _require_suffix(out: Path) -> None:
    from core.dna.card import SUFFIX

    if out.suffix != SUFFIX:  # said before the images are read and checked for minutes
        raise BadInput(f"{out} must end in {SUFFIX}. Give another --out.")


def _refuse_other_classes(wishes: TrainingWishes) -> None:
    """A run goes on with the images it was begun with; raises `BadInput` when other classes are named now."""
    begun, named = _kept_record(wishes.run)["added"], sorted({added_class(text)[0] for text in wishes.added})
    if begun != named:
        raise BadInput(
            f"The run in {wishes.run} was begun to add {', '.join(map(str, begun))}, not {', '.join(named)}. Name what "
            "it was begun with, or give another --out."
        )


def _refreshed(wishes: TrainingWishes, parent: Path | None) -> tuple[Path, Path]:
    if parent is None or wishes.files is None:
        raise BadInput("To refresh a calibration, give the detector with --parent and the split with --files.")
    return parent, wishes.files


def _record(draft: Draft, checked: Checked) -> dict[str, Any]:
    """What the card keeps of the checks of a training that a command started."""
    groups = {(one.label, one.source): one for one in draft.groups}
    counts = {key: sum((image.label, image.source) == key for image in checked.images) for key in groups}
    parent = draft.parent
    return {
        "goal": draft.goal.value,
        "added": list(draft.added),
        "parent": {"name": parent.name, "version": parent.version, "digest": parent.digest} if parent else None,
        "groups": [{"label": key[0], "source": key[1], "images": counts[key]} for key in groups],
        "split_digest": draft.split_digest,
        "accepted": dict(draft.accepted),
        "left_out": dict(Counter(draft.left_out.values())),
        "date": draft.created_at.date().isoformat(),
    }


def _keep_record(run: Path, record: Mapping[str, Any]) -> None:
    text = json.dumps(record, indent=2, ensure_ascii=False) + "\n"
    replace_file(run / _RECORD, text, doing="writing the records of the run")


def _record_on_card(wishes: TrainingWishes) -> None:
    """Write the kept record onto the card; a training without added classes has none."""
    from core.dna.card import read_header
    from core.dna.detector import rewrite_card

    if wishes.added and (wishes.run / _RECORD).is_file():
        record = _kept_record(wishes.run)
        rewrite_card(wishes.out, {**read_header(wishes.out).card, "retraining": record})


def _kept_record(run: Path) -> dict[str, Any]:
    path = run / _RECORD
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise error_from_os(error, path, doing="reading the records of the run") from error
    except (ValueError, RecursionError) as error:
        raise BadInput(f"{path} cannot be read ({error}). Delete the run folder to start anew.") from error
    if not isinstance(record, dict) or not isinstance(record.get("added"), list):
        raise BadInput(f"{path} is no record of a run. Delete the run folder to start anew.")
    return record
