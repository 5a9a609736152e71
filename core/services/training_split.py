"""The split of a retraining's images: by source, with nothing alike on two sides, frozen before anything is learned."""

from __future__ import annotations

import csv
import hashlib
import io
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from core.errors import BadInput, error_from_os
from core.retraining import Draft, GoalKind, Side, Split, SplitRow, TrainingImage
from core.services.class_split import BEGINNING, ClassSplit, split_class
from core.services.split_words import dropped_words, unknowable
from core.services.training_names import UNKNOWN, refuse_twins
from core.services.training_sides import normed
from core.whole_file import replace_file

FILE_NAME = "split.tsv"
SHARES = (0.6, 0.2, 0.2)
COLUMNS = ("path", "sha256", "class", "source", "side")
_SIDES = (Side.TRAINING, Side.HELD_OUT, Side.TEST)
_HEX = frozenset("0123456789abcdef")


def split(
    images: Sequence[TrainingImage],
    draft: Draft,
    *,
    shares: tuple[float, float, float] = SHARES,
    kept: Mapping[str, Side] | None = None,
) -> Split:
    """Which image of a draft serves for what; the same images always give the same split, whatever their order.

    Whole sources are held out and tested on where a class has sources enough. Images that look alike, have the same
    bytes or come from one original never stand on two sides; where their sources do, the copies take no part. Images of
    the parent's own classes (`draft.known_data`) are trained on or held out, and tested on in `draft.test_data` alone.

    Args:
        images: all that was read for the draft; what it leaves out or moves may still be as it was.
        draft: what is left out, moved, and which folders hold what.
        shares: of training, held-out and test images; a refreshed calibration trains on none.
        kept: the side that the parent gave to images it has seen, by the beginning of their SHA-256: they stay there,
            and those it is tested on take no part. See `parent_sides`.

    Raises:
        BadInput: a class has too few images, one image stands in two classes, two classes are called alike but for
            capital letters, or test images are among them.
    """
    wanted = _shares(shares, draft)
    taking = _taking_part(images, draft)
    known = _known_sources(taking, draft)
    _refuse_two_classes(taking)
    refuse_twins(sorted({image.label for image in taking}), ())
    made = [
        split_class(label, mine, wanted, known=known, kept=kept or {})
        for label, mine in sorted(_by_label(taking).items())
    ]
    if not made:
        raise BadInput("There is no image that can be used. Add images, or take back what was left out.")
    chosen = tuple(sorted((image for one in made for image in one.images), key=_place))
    rows = _rows(chosen)
    return Split(chosen, rows, _digest(chosen), unknowable(rows), tuple(_remarks(made)))


def parent_sides(detector: Path | None) -> Mapping[str, Side]:
    """The sides that a detector's own images have, as far as it remembers them; for `split`.

    Raises:
        DetectorRefused: what lies beside the detector is damaged, or belongs to another one.
    """
    from core.dna.rehearsal import read_rehearsal

    remembered = read_rehearsal(detector) if detector is not None else None
    found: dict[str, Side] = {}
    for image in remembered.images if remembered is not None else ():
        if image.side is not None:
            found[image.sha256[:BEGINNING]] = image.side
    return found


def freeze(draft: Draft, made: Split, folder: Path) -> Draft:
    """Write a split down before anything is learned; the draft that is answered bears its digest.

    Args:
        draft: it belongs to.
        made: the split.
        folder: of the draft.

    Raises:
        BadInput: the name of a file cannot be written down.
        DiskFull, NoPermission, CoreError: it cannot be kept; what was frozen before stays.
    """
    text = io.StringIO()
    table = csv.writer(text, delimiter="\t", lineterminator="\n")
    table.writerow(COLUMNS)
    for image in made.images:
        table.writerow((image.path, image.sha256, image.label, image.source, _side(image)))
    try:
        content = text.getvalue().encode()
    except UnicodeEncodeError as error:
        odd = next(image.path for image in made.images if not _is_text(str(image.path)))
        raise BadInput(
            f"The name of the file {str(odd)!a} is no text. Rename it, then read the images again."
        ) from error
    replace_file(folder / FILE_NAME, content, doing="freezing the split")
    return replace(draft, split_digest=_digest(made.images))


def read_frozen(folder: Path, digest: str) -> Split:
    """The split that was frozen in a draft's folder, whose images have path, class, source, SHA-256 and side alone.

    Args:
        folder: of the draft.
        digest: that the draft bears.

    Raises:
        NotFound: there is none.
        BadInput: the file was changed since.
    """
    path = folder / FILE_NAME
    try:
        content = path.read_bytes()
    except OSError as error:
        raise error_from_os(error, path, doing="reading the frozen split") from error
    try:
        images = tuple(_read(content.decode()))
    except (ValueError, csv.Error) as error:
        raise BadInput(f"The frozen split {path} was changed and cannot be read: {error}. {_WAY_OUT}") from error
    if _digest(images) != digest:
        raise BadInput(f"The split in {path} is not the one that was frozen. {_WAY_OUT}")
    rows = _rows(images)
    return Split(images, rows, digest, unknowable(rows))


_WAY_OUT = "Put the file back from a copy, or freeze the split anew; what was trained with the other one is void then."


def _shares(shares: tuple[float, float, float], draft: Draft) -> dict[Side, float]:
    if min(shares) < 0 or not 0.999 < sum(shares) < 1.001 or not shares[0]:
        raise BadInput("The shares of training, held-out and test images are numbers from 0 to 1 that add up to 1.")
    sides = _SIDES[1:] if draft.goal is GoalKind.CALIBRATE else _SIDES
    return normed(dict(zip(_SIDES, shares, strict=True)), sides)


def _taking_part(images: Iterable[TrainingImage], draft: Draft) -> list[TrainingImage]:
    """The readable images that are not left out, under the class they were moved to."""
    usable = [image for image in images if image.sha256 and not image.problem and image.sha256 not in draft.left_out]
    for image in usable:
        if draft.test_data is not None and _within(image, (draft.test_data,)):
            raise BadInput(
                f"{image.path} lies in the folder of test images, {draft.test_data}, and would be learned from. "
                "Choose folders of which none lies in the other."
            )
    moved = [replace(image, label=draft.moved.get(image.sha256, image.label), side=None) for image in usable]
    for image in moved:
        _refuse_name(image)
    return moved


def _refuse_name(image: TrainingImage) -> None:
    if image.label.casefold() == UNKNOWN:
        raise BadInput(
            f"{image.path} is in a class called {image.label!r}, which stands for test images of architectures that "
            "are not learned. Put it into the folder of test images, or name its architecture."
        )
    if not (image.label.isprintable() and image.source.isprintable() and image.label and image.source):
        raise BadInput(f"{image.path} is in a class or source whose name cannot be printed. Name both anew.")
    if not _HEX.issuperset(image.sha256) or len(image.sha256) != 64:
        raise BadInput(f"{image.path} has no SHA-256 that can be written down. Read the images again.")


def _known_sources(images: Iterable[TrainingImage], draft: Draft) -> frozenset[tuple[str, str]]:
    """Class and source of every image that the parent's own folders hold."""
    new = tuple(group.folder for group in draft.groups)
    return frozenset(
        (image.label, image.source) for image in images if _within(image, draft.known_data) and not _within(image, new)
    )


def _within(image: TrainingImage, folders: Sequence[Path]) -> bool:
    place = image.path.absolute()
    return any(place.is_relative_to(folder.absolute()) for folder in folders)


def _by_label(images: Iterable[TrainingImage]) -> dict[str, list[TrainingImage]]:
    found: dict[str, list[TrainingImage]] = defaultdict(list)
    for image in sorted(images, key=lambda one: (one.label, one.source, one.sha256, str(one.path))):
        found[image.label].append(image)
    return found


def _refuse_two_classes(images: Iterable[TrainingImage]) -> None:
    first: dict[str, TrainingImage] = {}
    for image in images:
        other = first.setdefault(image.sha256, image)
        if other.label != image.label:
            raise BadInput(
                f"The same image is in two classes: {other.path} ({other.label}) and {image.path} ({image.label}). "
                "Leave it out, or move it to its true class."
            )


def _remarks(made: Sequence[ClassSplit]) -> Iterable[str]:
    for one in made:
        yield from dropped_words(one)


def _rows(images: Iterable[TrainingImage]) -> tuple[SplitRow, ...]:
    counts = Counter((image.label, image.source, image.side) for image in images)
    places = sorted({(label, source) for label, source, _ in counts})
    return tuple(SplitRow(*place, *(counts[(*place, side)] for side in _SIDES)) for place in places)


def _digest(images: Iterable[TrainingImage]) -> str:
    """SHA-256 over a line for each image: class, source, side and SHA-256, with tabs between them."""
    digest = hashlib.sha256()
    for image in images:
        line = f"{image.label}\t{image.source}\t{_side(image)}\t{image.sha256}\n"
        digest.update(line.encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


def _side(image: TrainingImage) -> str:
    if image.side is None:
        raise ValueError(f"{image.path} has no side yet.")
    return image.side.value


def _place(image: TrainingImage) -> tuple[str, str, int, str]:
    return image.label, image.source, _SIDES.index(image.side or Side.TRAINING), image.sha256


def _read(text: str) -> Iterable[TrainingImage]:
    table = csv.reader(io.StringIO(text, newline=""), delimiter="\t", strict=True)
    if tuple(next(table, ())) != COLUMNS:
        raise ValueError("it does not begin with the names of its columns")
    for number, row in enumerate(table, 2):
        if len(row) != len(COLUMNS):
            raise ValueError(f"entry {number} has {len(row)} values instead of {len(COLUMNS)}")
        path, sha256, label, source, side = row
        yield TrainingImage(Path(path), label, source, sha256, 0, side=Side(side))


def _is_text(text: str) -> bool:
    return not any("\ud800" <= letter <= "\udfff" for letter in text)
