"""Where images lie among others: against NumPy's SVD, with planted groups, and with input that is worth little."""

import subprocess
import sys

import numpy as np
import pytest

from core.dna import embedding
from core.dna.embedding import (
    PRESETS,
    Preset,
    nearest,
    nearest_among,
    nearest_classes,
    pca,
    propose_clusters,
    tsne,
    unit_vectors,
)

SHORT = Preset(10.0, exaggerated=50, iterations=100)


def unit(values):
    return unit_vectors(np.asarray(values, np.float32))[0]


def world(seed, sizes, scattered=0, classes=6, spread=0.3):
    """Planted groups, scattered images and reference classes around one base, as unit vectors; and who is who."""
    draw = np.random.default_rng(seed)
    base = draw.normal(size=512)

    def around(count, deviation):
        return base + draw.normal(size=512) + draw.normal(size=(count, 512)) * deviation

    parts = [around(count, spread) for count in sizes]
    parts.append(base + draw.normal(size=(scattered, 512)))
    parts += [around(40, 0.5) for _ in range(classes)]
    exhibits = sum(sizes) + scattered
    values = unit(np.vstack(parts))
    return values, np.arange(len(values)) < exhibits


def test_pca_is_what_the_svd_says():
    values, _ = world(1, (30, 20), 40, classes=0)
    centred = values.astype(np.float64) - values.mean(axis=0, dtype=np.float64)
    left, lengths, _ = np.linalg.svd(centred, full_matrices=False)
    wanted = left[:, :2] * lengths[:2]
    found = pca(values)
    for column in range(2):
        same = np.sign(wanted[:, column] @ found[:, column])
        np.testing.assert_allclose(found[:, column], same * wanted[:, column], atol=2e-4)
    assert pca(values[::-1])[::-1] == pytest.approx(found, abs=2e-4)  # the sign hangs on the axes, not on the order


@pytest.mark.parametrize("count", [0, 1, 2, 3])
def test_few_points_have_places_too(count):
    values = world(2, (3,), classes=0)[0][:count]
    points = pca(values)
    assert points.shape == (count, 2)
    assert np.isfinite(points).all()
    assert (tsne(values, points, SHORT, lambda *_: None) == points).all()
    assert propose_clusters(values, np.ones(count, bool)) == ()
    if count == 2:
        assert np.abs(points[:, 0]).min() > 0
        assert (points[:, 1] == 0).all()


def test_identical_features_lie_on_one_spot():
    values = np.repeat(world(3, (1,), classes=0)[0], 12, axis=0)
    points = pca(values)
    assert (points == 0).all()
    assert (tsne(values, points, SHORT, lambda *_: None) == points).all()
    assert [len(group) for group in propose_clusters(values, np.ones(12, bool))] in ([], [12])


def test_mostly_identical_features_do_not_break_the_refinement():
    values = np.vstack([np.repeat(world(3, (1,), classes=0)[0], 12, axis=0), world(4, (8,), classes=0)[0]])
    points = tsne(values, pca(values), SHORT, lambda *_: None)
    assert np.isfinite(points).all()
    assert points[:12].std() < points.std()


def test_damaged_features_are_left_out_and_counted():
    values = np.random.default_rng(5).normal(size=(6, 512)).astype(np.float16)
    values[1, 7], values[3, 0], values[4] = np.nan, np.inf, 0
    vectors, usable = unit_vectors(values)
    assert usable.tolist() == [True, False, True, False, False, True]
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(3), abs=1e-6)
    assert unit_vectors(np.zeros((0, 512), np.float16))[0].shape == (0, 512)


@pytest.mark.parametrize("shape", [(4, 511), (4, 1024), (512,)])
def test_features_of_another_length_are_refused(shape):
    with pytest.raises(ValueError, match="512 numbers each"):
        unit_vectors(np.zeros(shape, np.float16))


def test_neighbours_are_exact(monkeypatch):
    monkeypatch.setattr(embedding, "_BLOCK", 7)
    values, _ = world(6, (10, 10), 5, classes=1)
    places, distances = nearest_among(values, 4)
    everything = np.linalg.norm(values[:, None] - values[None], axis=2)
    np.fill_diagonal(everything, np.inf)
    np.testing.assert_allclose(distances, np.sort(everything, axis=1)[:, :4], atol=1e-3)
    assert all(row not in places[row] for row in range(len(values)))
    near, cosine = nearest(values[0], values[1:], 3)
    assert (near + 1).tolist() == places[0][:3].tolist()
    assert cosine == pytest.approx(distances[0][:3] ** 2 / 2, abs=1e-5)
    assert len(nearest(values[0], values[:2], 9)[0]) == 2


def test_the_nearest_class_is_the_one_with_the_nearest_image():
    values, _ = world(7, (), classes=3)
    labels = np.repeat([4, 0, 2], 40)
    found = nearest_classes(values[45], values, labels)
    assert found[0] == (0, pytest.approx(0.0, abs=1e-6))
    assert {name for name, _ in found} == {0, 2, 4}
    assert [distance for _, distance in found] == sorted(distance for _, distance in found)
    assert nearest_classes(values[0], values[:0], labels[:0]) == ()


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(("sizes", "scattered"), [((8,), 20), ((8, 6), 15), ((3,), 3), ((30,), 0)])
def test_planted_groups_are_found_and_nothing_else(seed, sizes, scattered):
    values, exhibits = world(seed, sizes, scattered)
    begins = np.cumsum((0, *sizes))
    wanted = [set(range(begin, begin + size)) for begin, size in zip(begins, sizes, strict=False)]
    found = propose_clusters(values, exhibits)
    assert [set(group.tolist()) for group in found] == wanted


@pytest.mark.parametrize("seed", range(3))
def test_nothing_is_proposed_where_nothing_was_planted(seed):
    values, exhibits = world(seed, (), 30)
    assert propose_clusters(values, exhibits) == ()


def test_what_lies_among_a_known_class_is_no_new_group():
    values, exhibits = world(8, (), classes=5)
    exhibits[:6] = True  # six exhibits that look just like the first class
    assert propose_clusters(values, exhibits) == ()


def test_two_exhibits_are_no_group():
    values, exhibits = world(9, (2,), 10)
    assert propose_clusters(values, exhibits) == ()


def test_the_refinement_pulls_groups_apart_and_is_always_the_same():
    values, _ = world(10, (20, 20, 20), classes=0, spread=0.7)
    seen = []

    def step(points, done, total):
        seen.append((points.copy(), done, total))

    points = tsne(values, pca(values), SHORT, step)
    assert [done for _, done, _ in seen] == [25, 50, 75, 100, 125, 150]
    assert {total for _, _, total in seen} == {150}
    assert np.abs(seen[-1][0] - points).max() < 0.1 * np.abs(points).max()
    groups = points.reshape(3, 20, 2)
    within = groups.std(axis=1).max()
    between = min(np.linalg.norm(groups[a].mean(0) - groups[b].mean(0)) for a, b in ((0, 1), (0, 2), (1, 2)))
    assert between > 3 * within
    assert (tsne(values, pca(values), SHORT, lambda *_: None) == points).all()


def test_the_fast_method_gives_the_same_twice(monkeypatch):
    monkeypatch.setattr(embedding, "_FAST_FROM", 10)
    values, _ = world(11, (20, 20), classes=0)
    once, twice = (tsne(values, pca(values), SHORT, lambda *_: None) for _ in range(2))
    assert (once == twice).all()
    assert np.isfinite(once).all()


def test_the_refinement_ends_when_its_listener_raises():
    values, _ = world(12, (20,), classes=0)
    calls = []

    def step(_points, done, _total):
        calls.append(done)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        tsne(values, pca(values), SHORT, step)
    assert calls == [25]


def test_the_papers_preset_is_the_papers():
    assert PRESETS["t-SNE, the paper's preset"].perplexity == 15


def test_importing_it_loads_neither_the_learners_nor_torch():
    code = "import sys, core.dna.embedding; print(*{name.partition('.')[0] for name in sys.modules})"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"sklearn", "openTSNE", "torch"} & set(run.stdout.split())
