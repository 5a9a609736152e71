"""From folders named on the command line to a draft with a frozen split, as the wizard makes one page by page."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import BadInput, NotFound, error_from_os
from core.progress import Progress
from core.retraining import Checked, CheckFinding, Draft, ImageGroup, Severity, Split
from core.services.training_names import class_name, source_name

if TYPE_CHECKING:
    from core.services.training_checks import TrainingChecks
    from core.services.training_images import TrainingImages

_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff", ".bmp", ".gif"})
_SHA256 = re.compile(r"[0-9a-f]{64}")


class Preparation:
    """Reads, checks and splits the images of a command.

    Args:
        images: reads them.
        checks: looks for what would fool the training.
    """

    def __init__(self, images: TrainingImages, checks: TrainingChecks) -> None:
        self._images, self._checks = images, checks

    def check(self, draft: Draft, folder: Path, progress: Progress) -> Checked:
        """Read the images of a draft and check them; facts and small pictures are kept in `folder`.

        Raises:
            NotFound, BadInput: a folder is missing, or has no images.
        """
        found = self._images.read(draft.groups, folder, progress)
        return self._checks.check(draft, found, progress, folder=folder)

    def split(self, draft: Draft, checked: Checked, reason: str) -> tuple[Draft, Split]:
        """Split the images, and note split and reason for every warning in the draft; raises as the split."""
        from core.services.training_split import parent_sides, split

        accepted = {one.key: reason for one in checked.findings if one.severity is Severity.WARNING}
        draft = dataclasses.replace(draft, accepted=accepted)
        made = split(checked.images, draft, kept=parent_sides(draft.parent_path))
        return dataclasses.replace(draft, split_digest=made.digest), made


def hindrances(checked: Checked, reason: str) -> tuple[CheckFinding, ...]:
    """The findings that keep a training from beginning: every STOP, and warnings while no reason is given."""
    barred = {Severity.STOP} if reason.strip() else {Severity.STOP, Severity.WARNING}
    return tuple(one for one in checked.findings if one.severity in barred)


def groups_in(label: str, folder: Path) -> tuple[ImageGroup, ...]:
    """The groups of ``--add LABEL=FOLDER``: each folder in it that holds images is a source, else it is one itself.

    Raises:
        NotFound, NoPermission: the folder is not there, or cannot be searched.
        BadInput: it has no images, or a folder in it is called what no source can be called.
    """
    if not folder.is_dir():
        raise NotFound(f"The folder {folder} of the class {label!r} does not exist. Check how it is written.")
    try:
        sources = _sources(folder)
    except OSError as error:
        place = Path(error.filename or folder)
        raise error_from_os(error, place, doing=f"searching for images of {label!r}") from error
    if not sources:
        raise BadInput(f"{folder} has no images of the class {label!r}: they belong into it, or into its folders.")
    return tuple(ImageGroup(label, source_name(place.resolve().name), place) for place in sources)


def added_class(text: str) -> tuple[str, Path]:
    """Class name and folder of ``NAME=DIR``; raises `BadInput` for anything else, and for what is no class's name."""
    label, equals, folder = text.partition("=")
    if not (equals and label.strip() and folder):
        raise BadInput(f"--add wants NAME=DIR, for instance --add newgan=pictures/newgan, not {text!r}.")
    return class_name(label), Path(folder).absolute()  # the split is gone on with from anywhere


def read_left_out(path: Path | None) -> dict[str, str]:
    """SHA-256 to reason, from a file with one image a line: its SHA-256, then, where there is one, the reason."""
    if path is None:
        return {}
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise error_from_os(error, path, doing="reading the list of images to leave out") from error
    except UnicodeDecodeError as error:
        raise BadInput(f"{path} is not UTF-8 text. Save it as UTF-8.") from error
    return dict(_left_out(path, number, line) for number, line in enumerate(lines, 1) if line.strip())


def _left_out(path: Path, number: int, line: str) -> tuple[str, str]:
    digest, _, reason = line.strip().partition(" ")
    if not _SHA256.fullmatch(digest.lower()):
        raise BadInput(f"Line {number} of {path} does not begin with a SHA-256 (64 digits and letters a to f).")
    return digest.lower(), reason.strip() or f"listed in {path.name}"


def added_groups(texts: Sequence[str]) -> tuple[ImageGroup, ...]:
    """The groups of every ``--add NAME=DIR``."""
    return tuple(group for text in texts for group in groups_in(*added_class(text)))


def _sources(folder: Path) -> list[Path]:
    if _has_images(folder):
        return [folder]
    places = [place for place in sorted(folder.iterdir()) if place.is_dir() and not place.name.startswith(".")]
    return [place for place in places if _has_images(place)]


def _has_images(folder: Path) -> bool:
    return any(path.suffix.lower() in _SUFFIXES and path.is_file() for path in folder.iterdir())
