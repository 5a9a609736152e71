"""Which job trains which draft, for pages that come and go while it runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

from app.jobs import Job, Jobs, Lane
from core.retraining import Draft

if TYPE_CHECKING:
    from core.services.training_runs import TrainingRuns

_JOBS: WeakValueDictionary[tuple[int, str], Job] = WeakValueDictionary()


def training_job(jobs: Jobs, draft_id: str) -> Job | None:
    """The job that trains a draft, waiting for its turn or running; None when there is none."""
    job = _JOBS.get((id(jobs), draft_id))
    return job if job is not None and job in jobs.running() else None


def start_training(
    jobs: Jobs, runs: TrainingRuns, draft: Draft, title: str, failed: Callable[[Exception], None]
) -> Job:
    """Train a draft; the job outlives the page that began it, which is told through `failed` while it is there."""
    job = jobs.start(
        lambda progress: runs.start_and_wait(draft, progress), failed=failed, lane=Lane.TRAINING, title=title
    )
    _JOBS[id(jobs), draft.id] = job
    return job
