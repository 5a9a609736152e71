"""Intake in worker processes: every source gets an answer, also one that kills its decoder."""

from __future__ import annotations

from concurrent.futures import Future
from functools import partial
from pathlib import Path

from core.imaging.digest import Digest
from core.imaging.intake_worker import Examined, examine, hash_only
from core.imaging.pool import Run, WorkerPool
from core.imaging.problems import Undecodable
from core.imaging.sources import Limits, Source


def submit_examination(pool: WorkerPool, source: Source, copy: Path, limits: Limits) -> Future[Examined]:
    """Have one source copied, hashed and decoded by a worker.

    Args:
        pool: where to do it.
        source: a file or archive member.
        copy: file that does not exist yet, in a folder that does; it stays only when an image was taken in.
        limits: how far to follow the file.

    Returns:
        A future of the outcome. It raises only what should stop the whole intake (`DiskFull`, `ReaderUnavailable`,
        `Cancelled`, …), never what is wrong with the source.
    """
    return pool.submit_rescued(partial(_rescued, source, copy, limits), examine, source, copy, limits)


def _rescued(source: Source, copy: Path, limits: Limits, problem: Undecodable, run: Run) -> Examined:
    """The outcome of a source that cost its worker: no pixels, but its digests, which need no decoder."""
    copy.unlink(missing_ok=True)
    try:
        digest: Digest | None = run(hash_only, source, limits)
    except Undecodable:
        digest = None
    return Examined(source, problem.outcome, problem.sentence, digest)
