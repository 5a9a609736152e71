"""The rows of a frozen split, as the process that trains reads them."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import BadInput, error_from_os
from core.retraining import Side

if TYPE_CHECKING:
    from core.dna.dataset import Item

_SHEET = "-sheet2x2"


@dataclass(frozen=True, slots=True)
class FrozenRow:
    """One image, its class and source, and what it serves for."""

    path: Path
    sha256: str
    label: str
    source: str
    side: Side


def frozen_rows(files: Path) -> list[FrozenRow]:
    """Every row of a ``split.tsv``.

    Raises:
        NotFound, NoPermission: it cannot be read.
        BadInput: it is no split.
    """
    try:
        with files.open(encoding="utf-8", newline="") as stream:
            return [_row(row) for row in csv.DictReader(stream, delimiter="\t", strict=True)]
    except OSError as error:
        raise error_from_os(error, files, doing="reading the split") from error
    except (ValueError, KeyError, TypeError, csv.Error) as error:
        raise BadInput(f"{files} is no split of images ({error}). Freeze the split again.") from error


def item_of(row: FrozenRow) -> Item:
    """The image as a training knows it."""
    from core.dna.dataset import Item

    return Item(row.path, row.label, row.source, row.sha256, row.path.name, quarters=_SHEET in row.path.stem)


def _row(row: Mapping[str, str]) -> FrozenRow:
    return FrozenRow(Path(row["path"]), row["sha256"], row["class"], row["source"], Side(row["side"]))
