"""Test images as both detectors judged them, made up."""

import hashlib

import numpy as np

from core.dna.evaluate import Judged
from core.domain import Verdict
from core.services.training_testing import Said, Tested

OLD = ("real", "gan")
NEW = ("real", "gan", "fresh")
SURE, UNSURE = Verdict.ATTRIBUTED, Verdict.INCONCLUSIVE


def said(truth, classes, top, score=0.9, verdict=SURE, seed=0):
    """A judgement with `top` as the top class; None is out of scope."""
    if top is None:
        return Said(Judged(truth, f"{truth}/s", Verdict.OUT_OF_SCOPE, np.zeros(0)), np.zeros(0, np.float32))
    scores = np.full(len(classes), (1 - score) / (len(classes) - 1))
    scores[classes.index(top)] = score
    feature = np.random.default_rng(seed).normal(size=512).astype(np.float32)
    return Said(Judged(truth, f"{truth}/s", verdict, scores), feature)


def an_image(truth, now, before="real", *, number=0, path="x.png", score=0.9, verdict=SURE, alone=False, source="s"):
    """One test image: its class, what the new detector calls it now, and what the parent called it before."""
    digest = hashlib.sha256(f"{truth}{number}{path}".encode()).hexdigest()
    new = said(truth, NEW, now, score, verdict, seed=number)
    parent = None if alone else said(truth, OLD, before, seed=number + 1000)
    return Tested(digest, path and f"{number}-{path}", truth, f"{truth}/{source}", new, parent)
