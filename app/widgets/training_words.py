"""The training of a draft in words: how much is trained, how long it takes, and how far it is."""

from __future__ import annotations

from dataclasses import dataclass

from app.widgets.text_sheet import Block, Bullets, Facts, Heading
from app.wording import counted, seconds_text, visible
from core.retraining import Draft, Effort, Estimate, GoalKind, RunState, RunStatus

DEVICES = (("auto", "Automatic"), ("cpu", "Processor (CPU)"), ("cuda", "Graphics card (CUDA)"))
CALIBRATION = (
    "Only calibration and thresholds are set anew, on the held-out images. The network stays as it is, so nothing is "
    "trained and nothing can be forgotten."
)


@dataclass(frozen=True, slots=True)
class EffortRow:
    """One choice of how much is trained: caption with its mnemonic, what it does, and what it needs."""

    effort: Effort
    caption: str
    meaning: str
    needs: str


EFFORTS = (
    EffortRow(
        Effort.QUICK,
        "&Quick",
        "The network keeps how it sees; only its last layers learn. The old classes are rehearsed from features that "
        "the parent carries, so that they are not forgotten. Minutes on a processor.",
        "Needs a parent that carries rehearsal features, or images of its own classes.",
    ),
    EffortRow(
        Effort.STANDARD,
        "Stan&dard",
        "Starts from the parent; its first layers stay, the rest learns. Hours on a processor, minutes on a graphics "
        "card.",
        "Needs images of the parent's own classes.",
    ),
    EffortRow(
        Effort.PAPER,
        "P&aper's schedule",
        "The whole training as published, from the first step. Days on a processor, hours on a graphics card.",
        "Needs images of every class.",
    ),
)
_HEADLINES = {
    RunStatus.NOT_STARTED: "Not started",
    RunStatus.RUNNING: "Training",
    RunStatus.PAUSED: "Paused",
    RunStatus.INTERRUPTED: "Interrupted",
    RunStatus.FAILED: "Stopped with an error",
    RunStatus.FINISHED: "Finished",
}
_SENTENCES = {
    RunStatus.NOT_STARTED: "Choose how much is trained, and start.",
    RunStatus.RUNNING: "You can close this window and go on working; the training goes on while the program is open.",
    RunStatus.PAUSED: "Everything learned so far is kept. “Go on” continues where it stopped.",
    RunStatus.INTERRUPTED: (
        "It ended before its time, perhaps because the computer was switched off. What it had kept is still there: "
        "“Go on” continues from the last checkpoint."
    ),
    RunStatus.FAILED: "“Go on” tries again, from the last checkpoint where there is one.",
    RunStatus.FINISHED: "The new detector is there. Next, it is measured against its parent.",
}
_KINDS = {RunStatus.FAILED: "problem", RunStatus.INTERRUPTED: "problem", RunStatus.FINISHED: "done"}


def refused(effort: Effort, draft: Draft) -> str:
    """Why a draft cannot be trained so; empty when it can, as far as the draft itself tells."""
    if draft.goal is GoalKind.ANEW and effort is not Effort.PAPER:
        return "Training from the start has no parent to begin with: only the paper's schedule does that."
    if draft.goal is GoalKind.ADD and effort is not Effort.QUICK and not draft.known_data:
        return "Images of the parent's own classes are missing; give their folder on the page “Images”."
    return ""


_LEARNED = (
    "The images of the frozen split are read and learned from; the held-out ones choose the weights, the threshold and "
    "the calibration. The test images are not touched."
)
_KEPT = (
    "Checkpoints are kept on the way: pausing loses nothing, a crash or a power cut only what was learned since the "
    "last one."
)
_MADE = "The new detector is written beside the draft. It is measured, and passes its gate, before it is put to use."
_STEPS = (_LEARNED, _KEPT, _MADE)


def plan_blocks(draft: Draft) -> tuple[Block, ...]:
    """What is about to be trained."""
    parent = f"{draft.parent.name} {draft.parent.version}".strip() if draft.parent is not None else "nothing"
    learned = ", ".join(visible(name, longest=40) for name in draft.added)
    left = counted(len(draft.left_out), "image", "images") if draft.left_out else ""
    alike = "all classes are resized and re-compressed alike" if draft.common_processing else ""
    facts = (
        ("Starts from", "" if draft.goal is GoalKind.ANEW else parent),
        ("Learns to name", "" if draft.goal is GoalKind.CALIBRATE else learned),
        ("Images of old classes", ", ".join(str(folder) for folder in draft.known_data)),
        ("Left out", left),
        ("Processing", alike),
        ("Frozen split", draft.split_digest),
    )
    known = tuple(fact for fact in facts if fact[1])
    return (
        Heading("What is trained"),
        Facts(known, frozenset({"Frozen split"})),
        Heading("What happens"),
        Bullets(_STEPS),
    )


def banner_words(state: RunState) -> tuple[str, str, str]:
    """Headline, sentence and kind of what stands on top of the run."""
    headline, sentence = _HEADLINES[state.status], _SENTENCES[state.status]
    if state.status is RunStatus.RUNNING and state.stage:
        headline = f"{headline}: {state.stage}"
    if state.problem:
        refused_before = state.status is RunStatus.NOT_STARTED
        headline = "Could not be started" if refused_before else headline
        sentence = state.problem if refused_before else f"{state.problem} {_SENTENCES[RunStatus.FAILED]}"
    return headline, sentence, "problem" if state.problem else _KINDS.get(state.status, "note")


def far_words(state: RunState) -> str:
    """How far a run is, how fast, and how long still."""
    unit = state.unit or "steps"
    parts = []
    if state.total:
        parts.append(f"{state.done:,} of {state.total:,} {unit}")
    elif state.done:
        parts.append(f"{state.done:,} {unit}")
    if state.patches_per_second > 0:
        rate = state.patches_per_second
        parts.append(f"{rate:,.0f} patches/s" if rate >= 10 else f"{rate:.1f} patches/s")
    if state.seconds_left is not None and state.status is RunStatus.RUNNING:
        parts.append(f"about {seconds_text(state.seconds_left)} left")
    return " · ".join(parts)


def estimate_words(estimate: Estimate) -> str:
    """How long a training will take, with its range and what was measured."""
    likely, low, high = (seconds_text(one) for one in (estimate.seconds, estimate.low, estimate.high))
    between = f" ({low} to {high})" if low != high else ""
    return f"About {likely}{between} on this computer. {estimate.measured}".strip()
