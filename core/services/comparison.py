"""Two detectors on the same images: figures of each, and what the pairing alone can tell."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.domain import DetectorSummary, Verdict
from core.progress import Progress
from core.services.engine import judge

if TYPE_CHECKING:
    from core.dna.dataset import Item, Manifest
    from core.dna.evaluate import Judged
    from core.services.processes import Processes

_CHUNK = 8


@dataclass(frozen=True, slots=True)
class Pair:
    """One image, and what each of the two detectors said about it.

    Attributes:
        path: of the file, with "#1" to "#4" for the quarters of a published sheet.
    """

    path: str
    first: Judged
    second: Judged


def judge_both(
    first: Path, second: Path, device: str, items: Sequence[tuple[str, Item]]
) -> tuple[list[Pair], list[str]]:
    """Read test images with two detectors; runs in the analysis process.

    Args:
        first: a detector file.
        second: the other detector file.
        device: auto, cpu or cuda.
        items: what each item is to be called, and the item.
    """
    pairs: list[Pair] = []
    skipped: list[str] = []
    for name, item in items:
        said, unread = judge(first, device, [item])
        other, _ = judge(second, device, [item])
        skipped += unread
        several = len(said) > 1
        for number, (one, two) in enumerate(zip(said, other, strict=True), 1):
            pairs.append(Pair(f"{name}#{number}" if several else name, one, two))
    return pairs, skipped


def read_pairs(
    processes: Processes,
    detectors: tuple[DetectorSummary, DetectorSummary],
    manifest: Manifest,
    device: str,
    progress: Progress,
) -> tuple[list[Pair], list[str]]:
    """What both detectors say about every image of a test set, and a sentence for each file that was skipped."""
    first, second = detectors
    pairs: list[Pair] = []
    skipped: list[str] = []
    progress.start("Measuring both", len(manifest.items), "images")
    for start in range(0, len(manifest.items), _CHUNK):
        items = [(_named(item), item) for item in manifest.items[start : start + _CHUNK]]
        some, unread = processes.analyse(judge_both, first.path, second.path, device, items, progress=progress)
        pairs += some
        skipped += unread
        progress.step(len(items))
    return pairs, skipped


def compared(pairs: Sequence[Pair], first: Sequence[str], second: Sequence[str]) -> dict[str, Any]:
    """Figures of both, the paired table of top classes, sources, and the images about which their verdicts differ.

    Args:
        pairs: every image of the test set.
        first: the classes of one detector, in the order of its scores.
        second: those of the other.
    """
    from core.dna.dataset import UNKNOWN
    from core.dna.evaluate import figures

    known = [pair for pair in pairs if pair.first.truth != UNKNOWN]
    right = [(_right(pair.first, first), _right(pair.second, second)) for pair in known]
    return {
        "a": figures([pair.first for pair in pairs], first),
        "b": figures([pair.second for pair in pairs], second),
        "paired": _paired(right),
        "sources": list(_sources(known, right)),
        "differing": list(_differing(pairs, first, second)),
    }


def mcnemar_exact(only_a: int, only_b: int) -> float:
    """Two-sided exact p-value of McNemar's test: how often chance alone would part the discordant pairs so unevenly.

    Under the hypothesis of equal error rates each discordant pair falls to either side with probability ½
    (McNemar 1947; exact binomial form). 1 without discordant pairs.
    """
    n = only_a + only_b
    tail = sum(math.comb(n, k) for k in range(min(only_a, only_b) + 1))
    return min(1.0, 2 * tail / (1 << n))


def _paired(right: Sequence[tuple[bool, bool]]) -> dict[str, Any]:
    only_a, only_b = right.count((True, False)), right.count((False, True))
    return {
        "both": right.count((True, True)),
        "only_a": only_a,
        "only_b": only_b,
        "neither": right.count((False, False)),
        "mcnemar_p": mcnemar_exact(only_a, only_b),
    }


def _sources(known: Sequence[Pair], right: Sequence[tuple[bool, bool]]) -> Iterator[dict[str, Any]]:
    for source in sorted({pair.first.source for pair in known}):
        mine = [hits for pair, hits in zip(known, right, strict=True) if pair.first.source == source]
        paired = _paired(mine)
        a, b = paired["both"] + paired["only_a"], paired["both"] + paired["only_b"]
        yield {"source": source, "n": len(mine), "a": a, "b": b, "mcnemar_p": paired["mcnemar_p"]}


def _differing(pairs: Sequence[Pair], first: Sequence[str], second: Sequence[str]) -> Iterator[Mapping[str, Any]]:
    for pair in pairs:
        a, b = _answer(pair.first, first), _answer(pair.second, second)
        named = Verdict.ATTRIBUTED.value in (a["verdict"], b["verdict"])
        if a["verdict"] != b["verdict"] or (named and a["architecture"] != b["architecture"]):
            yield {"path": pair.path, "truth": pair.first.truth, "a": a, "b": b}


def _answer(said: Judged, classes: Sequence[str]) -> dict[str, Any]:
    if not len(said.scores):
        return {"verdict": said.verdict.value, "architecture": None, "score": None}
    top = int(said.scores.argmax())
    return {"verdict": said.verdict.value, "architecture": classes[top], "score": float(said.scores[top])}


def _right(said: Judged, classes: Sequence[str]) -> bool:
    return bool(len(said.scores)) and classes[int(said.scores.argmax())] == said.truth


def _named(item: Item) -> str:
    return f"{item.architecture}/{item.source}/{item.path.name}"
