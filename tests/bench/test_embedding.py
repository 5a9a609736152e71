"""The first picture of a map of 5 000 exhibits, from the case to the points, against one plain full SVD.

python -m pytest tests/bench/test_embedding.py --benchmark-enable --benchmark-only -s
"""

import sys
import time

import numpy as np
import pytest

from core.dna.embedding import unit_vectors
from core.dna.reference import Reference
from core.domain import Verdict
from core.services import embedding as service
from core.services.workspace import Workspace
from tests.core.services.planted_case import plant

COUNT, CLASSES, OF_EACH = 5000, 20, 40
VERDICTS = (Verdict.ATTRIBUTED, Verdict.ATTRIBUTED, Verdict.INCONCLUSIVE, Verdict.UNKNOWN)


@pytest.fixture(scope="module")
def features():
    draw = np.random.default_rng(1)
    centres = draw.normal(size=(CLASSES, 512))
    exhibits = centres[draw.integers(0, CLASSES, COUNT)] + draw.normal(size=(COUNT, 512))
    reference = np.repeat(centres, OF_EACH, axis=0) + draw.normal(size=(CLASSES * OF_EACH, 512))
    return exhibits.astype(np.float16), unit_vectors(reference)[0]


def full_svd(vectors):
    centred = vectors - vectors.mean(axis=0)
    left, lengths, _ = np.linalg.svd(centred, full_matrices=False)
    return left[:, :2] * lengths[:2]


def test_full_svd(benchmark, features):
    if not benchmark.enabled:
        pytest.skip("a case of 5 000 exhibits takes half a minute to make; --benchmark-enable measures it")
    benchmark.group = f"first picture of {COUNT} exhibits"
    exhibits, reference = features
    vectors = np.vstack([unit_vectors(exhibits)[0], reference])
    benchmark.pedantic(full_svd, (vectors,), rounds=3)


def test_first_picture(benchmark, features, tmp_path, installed, monkeypatch):
    """Everything until there is something to see: the case is read, features are scaled, PCA is done."""
    if not benchmark.enabled:
        pytest.skip("a case of 5 000 exhibits takes half a minute to make; --benchmark-enable measures it")
    benchmark.group = f"first picture of {COUNT} exhibits"
    exhibits, reference = features
    labels = np.repeat(np.arange(CLASSES) % len(installed.classes), OF_EACH)
    monkeypatch.setattr(service, "read_reference", lambda _path: Reference(reference, labels))
    with Workspace() as workspace:
        verdicts = [VERDICTS[number % len(VERDICTS)] for number in range(COUNT)]
        plant(workspace, tmp_path / "case", installed.reference, exhibits, verdicts)

        def first():
            class Seen(Exception):
                pass

            def stop(_picture):
                raise Seen

            workspace.embedding._maps.clear()
            with pytest.raises(Seen):
                workspace.embedding.map(refined=stop)

        benchmark.pedantic(first, rounds=3, warmup_rounds=1)
        _tell_the_rest(workspace)


def _tell_the_rest(workspace):
    for method in workspace.embedding.methods:
        began, told = time.perf_counter(), []
        workspace.embedding.map(method, refined=lambda _picture: told.append(time.perf_counter() - began))  # noqa: B023
        pictures = f"first picture {told[0]:.2f} s, {len(told)} pictures, final after {told[-1]:.1f} s"
        sys.stdout.write(f"\n{method}: {pictures}")
    began = time.perf_counter()
    workspace.embedding.neighbours(1)
    sys.stdout.write(f"\nneighbours of one exhibit: {time.perf_counter() - began:.2f} s\n")
