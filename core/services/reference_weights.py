"""Weights published with the paper become a detector file; their pickle is opened in a throw-away process only."""

from __future__ import annotations

import hashlib
import multiprocessing
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from core.domain import Table, Written
from core.errors import BadInput, DetectorRefused, error_from_os
from core.progress import Progress

_LIMIT_S = 180.0
_POLL_S = 0.1
_LARGEST_BYTES = 512 << 20
_BLOCK = 1 << 20
_LONGEST_ANSWER = 300
_SEPARATORS = set("/\\|,\t\n\r")
_UNKNOWN = "unknown"


class ReferenceWeights:
    """Converts DNA-Det weights of others into detectors that say about themselves that nobody measured them here."""

    def convert(
        self,
        file: Path,
        classes: Sequence[str],
        out: Path,
        *,
        side_px: int = 512,
        first_px: int = 128,
        progress: Progress | None = None,
    ) -> Written[Path]:
        """Write the network in `file` as a detector.

        Args:
            file: made by ``torch.save``: a state dict, or one wrapped in dictionaries.
            classes: names in the order of the network's outputs.
            out: the ``.safetensors`` file to write; must not exist.
            side_px: side the centre square is resized to last (paper: 512).
            first_px: side it is resized to first (paper: 128).
            progress: a point to cancel at.

        Raises:
            DetectorRefused: the file holds code, damage, or another network; the sentence says which.
            BadInput: classes or sizes that cannot be.
        """
        names = _checked_classes(classes)
        _check_paths(file, out)
        from core.dna.detector import write_detector
        from core.dna.preprocess import Preprocess
        from core.dna.published import net_of_file

        if not 32 <= first_px <= 1024:
            raise BadInput(f"Images cannot be resized to {first_px} pixels first. Give 32 to 1024.")
        how = Preprocess.from_card({"kind": "paper", "channels": "rgb", "first_px": first_px, "side_px": side_px})
        with tempfile.TemporaryDirectory(prefix="dnadet-") as folder:
            copy = Path(folder) / "source"
            digest = _copied(file, copy)
            try:
                weights = _converted(copy, Path(folder), len(names), progress or Progress())
                net = net_of_file(weights, len(names))
            except DetectorRefused as error:
                raise DetectorRefused(f"{file} was not converted: {error}.") from error
        write_detector(out, net, _card(file, digest, names, out, how.to_card()))
        return Written(out, frozenset({Table.DETECTORS}))


def _checked_classes(classes: Sequence[str]) -> tuple[str, ...]:
    names = tuple(name.strip() for name in classes)
    if len(names) < 2 or len(set(names)) != len(names) or not all(names):
        raise BadInput("Name two or more different classes, in the order of the network's outputs: --classes real,A,B.")
    for name in names:
        if name == _UNKNOWN or name.startswith(".") or not name.isprintable() or _SEPARATORS & set(name):
            raise BadInput(f"A class cannot be called {name!r}.")
    return names


def _check_paths(file: Path, out: Path) -> None:
    from core.dna.card import SUFFIX

    if out.suffix != SUFFIX:
        raise BadInput(f"A detector is a {SUFFIX} file; {out} is not called one.")
    if out.exists():
        raise BadInput(f"{out} exists already. Choose another name, or delete it first.")
    if file.is_dir():
        raise BadInput(f"{file} is a folder, not a file of weights.")
    try:
        size = file.stat().st_size
    except OSError as error:
        raise error_from_os(error, file, doing="reading the weights") from error
    if size > _LARGEST_BYTES:
        raise DetectorRefused(f"{file} is larger than {_LARGEST_BYTES >> 20} MB; a DNA-Det network has about 24 MB.")


def _copied(file: Path, copy: Path) -> str:
    """Copy the file, so that what is read is what was hashed; returns its SHA-256."""
    digest = hashlib.sha256()
    try:
        with file.open("rb") as stream, copy.open("xb") as target:
            while block := stream.read(_BLOCK):
                digest.update(block)
                target.write(block)
    except OSError as error:
        raise error_from_os(error, file, doing="reading the weights") from error
    return digest.hexdigest()


def _converted(copy: Path, folder: Path, classes: int, progress: Progress) -> Path:
    """Run the conversion in a process of its own; nothing it sends is unpickled."""
    from core.dna.published import ANSWER, WEIGHTS, convert

    process = multiprocessing.get_context("spawn").Process(
        target=convert, args=(str(copy), str(folder), classes), name="weights reader", daemon=True
    )
    process.start()
    ends = time.monotonic() + _LIMIT_S
    try:
        while process.is_alive() and time.monotonic() < ends:
            process.join(_POLL_S)
            progress.check()
        timed_out = process.is_alive()
    finally:
        process.kill()
        process.join()
    if timed_out:
        raise DetectorRefused(f"it was not read within {_LIMIT_S:.0f} seconds")
    if process.exitcode != 0:
        raise DetectorRefused(_answer(folder / ANSWER))
    return folder / WEIGHTS


def _answer(path: Path) -> str:
    try:
        with path.open(encoding="utf-8", errors="replace") as stream:
            said = stream.read(_LONGEST_ANSWER)
    except OSError:
        said = ""
    plain = "".join(letter for letter in said if letter.isprintable())
    return plain or "the process that read it was lost, perhaps because the file asks for too much memory"


def _card(file: Path, digest: str, names: Sequence[str], out: Path, preprocess: dict[str, Any]) -> dict[str, Any]:
    from core.dna.card import SCHEMA

    return {
        "schema": SCHEMA,
        "kind": "detector",
        "name": out.stem,
        "version": "1",
        "title": f"Converted weights: {file.name}",
        "summary": f"A DNA-Det network trained elsewhere, converted from {file.name}.",
        "licence": "Not known here; ask whoever published the weights.",
        "limits": [
            "It was trained elsewhere; its error rates are known only where this card has measurements of them.",
            "The file holds no names: its classes and their order were stated by whoever converted it.",
            "What it was trained on is not known here, so a test may contain its training images.",
        ],
        "classes": [{"name": name, "title": name, "description": ""} for name in names],
        "preprocess": preprocess,
        "threshold": {
            "value": 1.0,
            "rule": "No validation was made when it was converted. Set a threshold with: detectors calibrate.",
            "set": "",
            "n": 0,
        },
        "scope": {"smallest_side": 128, "flat_deviation": 2.0},
        "measured": [],
        "lineage": [],
        "converted": {
            "file": file.name,
            "sha256": digest,
            "date": datetime.now(UTC).date().isoformat(),
            "outputs": list(names),
        },
    }
