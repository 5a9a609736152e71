"""The test images that a new detector gets wrong, worst first, each with what drew the detector there."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from core.domain import Verdict
from core.errors import Cancelled, CoreError, DiskFull, NoPermission
from core.examine import MapQuestion
from core.imaging.evidence import stored_evidence
from core.imaging.overlay import heat_map_plane, overlaid
from core.progress import Progress
from core.services import engine
from core.services.engine import Task
from core.services.training_comparison import top_of
from core.whole_file import replace_file

if TYPE_CHECKING:
    from core.services.processes import Processes
    from core.services.training_testing import Tested

MOST = 24
_LARGEST_SIDE = 900  # of a picture, in pixels
_FOLDER = "wrong"


def mistakes(tested: Sequence[Tested], classes: Sequence[str]) -> list[Tested]:
    """Images named wrongly, and those of unknown architectures that were attributed.

    First come accusations of real photographs, then other conclusive answers, then the surest guesses.

    Args:
        tested: every test image.
        classes: of the detector in question.
    """
    return sorted((one for one in tested if _is_wrong(one, classes)), key=_how_bad)


def shown_mistakes(
    wrong: Sequence[Tested],
    classes: Sequence[str],
    detector: Path,
    folder: Path,
    processes: Processes,
    progress: Progress,
) -> list[dict[str, Any]]:
    """Rows of the worst mistakes whose files are at hand; "picture" is empty where no heat map could be drawn.

    Args:
        wrong: see `mistakes`.
        classes: of the detector.
        detector: its file.
        folder: of the draft; pictures go into ``wrong/``.
        processes: where heat maps are computed.
        progress: report and cancel point.
    """
    chosen = [one for one in wrong if one.path][:MOST]
    progress.start("Drawing what drew it there", len(chosen), "images")
    rows = []
    for one in chosen:
        said = top_of(one.new.judged, classes) or ""
        picture = _picture(one, said, detector, folder / _FOLDER, processes) if said and "#" not in one.path else ""
        rows.append(_row(one, said, picture))
        progress.step(text=Path(one.path).name)
    return rows


def _is_wrong(one: Tested, classes: Sequence[str]) -> bool:
    judged = one.new.judged
    if one.truth not in classes:
        return judged.verdict is Verdict.ATTRIBUTED
    return top_of(judged, classes) != one.truth


def _how_bad(one: Tested) -> tuple[bool, bool, float, str, str]:
    from core.dna.dataset import REAL

    judged = one.new.judged
    sure = judged.verdict is Verdict.ATTRIBUTED
    score = float(judged.scores.max()) if len(judged.scores) else 0.0
    return not (sure and one.truth == REAL), not sure, -score, one.sha256, one.path


def _row(one: Tested, said: str, picture: str) -> dict[str, Any]:
    judged = one.new.judged
    return {
        "sha256": one.sha256,
        "path": one.path,
        "source": one.source,
        "truth": one.truth,
        "said": said,
        "verdict": judged.verdict.value,
        "score": float(judged.scores.max()) if len(judged.scores) else None,
        "picture": picture,
    }


def _picture(one: Tested, said: str, detector: Path, folder: Path, processes: Processes) -> str:
    """Path of the image with its heat map over it; "" where none can be drawn."""
    limit, task = processes.pixel_limit, Task(one.sha256, Path(one.path))
    try:
        map_ = processes.analyse(engine.heat_map, detector, task, MapQuestion(target=said), limit)
        pixels = processes.read(stored_evidence, task.path, task.sha256, limit).pixels
        target = folder / f"{one.sha256[:16]}.png"
        replace_file(target, _png(overlaid(pixels, heat_map_plane(map_))), doing="writing a picture")
    except (Cancelled, DiskFull, NoPermission):
        raise
    except CoreError:  # gone or changed since it was measured, or out of scope
        return ""
    return str(target)


def _png(pixels: np.ndarray[Any, np.dtype[np.uint8]]) -> bytes:
    image, data = Image.fromarray(pixels), BytesIO()
    image.thumbnail((_LARGEST_SIDE, _LARGEST_SIDE))
    image.save(data, "PNG")
    return data.getvalue()
