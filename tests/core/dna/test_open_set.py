import numpy as np
import pytest
from scipy.special import logsumexp

from core.dna.architecture_trials import Known, best, compare, fitted, folds
from core.dna.open_set import METHODS, OpenSet, fit, shrunk_covariance, thinned, unit, with_threshold
from core.errors import DetectorRefused


def clusters(seed, per_class=20, classes=3, sources=2, apart=6.0, dimensions=512):
    """Features in clusters of their class, and logits of a head that sees which cluster is nearest."""
    rng = np.random.default_rng(seed)
    centres = apart * np.linalg.qr(rng.normal(size=(dimensions, classes)))[0].T
    labels = np.repeat(np.arange(classes), per_class)
    features = centres[labels] + rng.normal(0, 0.3, (len(labels), dimensions))
    names = tuple(f"{label}/{row % sources}" for row, label in enumerate(labels))
    return Known(features, features @ centres.T / apart, labels, names), centres


def test_shrinkage_agrees_with_scikit_learn():
    from sklearn.covariance import ledoit_wolf

    for n, d in ((30, 12), (200, 5), (10, 40)):
        rows = np.random.default_rng(n).normal(size=(n, d)) @ np.random.default_rng(d).normal(size=(d, d))
        rows -= rows.mean(0)
        assert np.allclose(shrunk_covariance(rows), ledoit_wolf(rows, assume_centered=True)[0])


def test_mahalanobis_is_the_distance_to_the_nearest_mean_under_the_shared_covariance():
    known, _ = clusters(1)
    test = fit("mahalanobis", known.features, known.labels, 3)
    means = np.stack([known.features[known.labels == name].mean(0) for name in range(3)])
    inverse = np.linalg.inv(shrunk_covariance(known.features - means[known.labels]))
    strange = np.random.default_rng(2).normal(size=(4, 512))
    expected = [min((row - mean) @ inverse @ (row - mean) for mean in means) for row in strange]
    assert np.allclose(test.unfamiliarities(strange, np.zeros((4, 3))), expected, rtol=1e-3)
    assert test.unfamiliarity(means[1], np.zeros(3)) == pytest.approx(0, abs=1e-2)


def test_a_class_without_images_is_never_near():
    known, centres = clusters(3)
    kept = known.rows(known.labels != 1)
    test = fit("mahalanobis", kept.features, kept.labels, 3)
    distances = test.unfamiliarities(np.stack([*centres, np.zeros(512)]), np.zeros((4, 3)))
    assert distances[1] > 10 * max(distances[0], distances[2])


def test_nearest_neighbours_are_found_by_the_angle():
    known, _ = clusters(4, per_class=30)
    test = fit("knn", known.features, known.labels, 3)
    assert test.neighbours == 10
    strange = np.random.default_rng(5).normal(size=(5, 512)) + known.features[:5]
    for row, got in zip(strange, test.unfamiliarities(strange, np.zeros((5, 3))), strict=True):
        angles = [1 - row @ one / np.linalg.norm(row) / np.linalg.norm(one) for one in known.features]
        assert got == pytest.approx(sorted(angles)[9], abs=1e-6)
    assert test.unfamiliarity(7 * strange[0], np.zeros(3)) == pytest.approx(
        test.unfamiliarity(strange[0], np.zeros(3)), abs=1e-9
    )


def test_energy_and_max_logit_read_the_logits_only():
    logits = np.array([[1.0, 2.0, -1.0], [5.0, 5.0, 5.0]])
    features = np.zeros((2, 512))
    assert fit("energy", features, np.zeros(2, int), 3).unfamiliarities(features, logits) == pytest.approx(
        -logsumexp(logits, axis=1)
    )
    assert fit("max logit", features, np.zeros(2, int), 3).unfamiliarities(features, logits) == pytest.approx([-2, -5])
    with pytest.raises(ValueError, match="guess"):
        fit("guess", features, np.zeros(2, int), 3)


def test_the_bank_is_thinned_evenly_over_the_classes():
    labels = np.repeat([0, 1, 2], [10, 500, 5000])
    kept = thinned(labels, 1000)
    assert np.bincount(labels[kept]).tolist() == [10, 495, 495]
    assert len(set(kept)) == 1000
    assert kept[-1] == len(labels) - 1
    assert thinned(labels, 9999).tolist() == list(range(len(labels)))


def test_the_threshold_keeps_the_stated_share_of_known_images():
    distances = np.random.default_rng(6).normal(size=200)
    test = with_threshold(OpenSet("energy"), distances, np.full(200, 1 / 200), 0.95)
    assert (distances <= test.threshold).sum() == 190
    weights = np.where(distances > np.median(distances), 0.25, 0.75)
    heavy = with_threshold(OpenSet("energy"), distances, weights, 0.75)
    assert (distances <= heavy.threshold).sum() == 100


def test_the_card_keeps_it_and_a_damaged_part_is_refused():
    known, _ = clusters(7)
    test = with_threshold(fit("knn", known.features, known.labels, 3), np.arange(60.0), np.ones(60), 0.9)
    again = OpenSet.from_card(test.to_card(), {f"open_set.{name}": rows for name, rows in test.arrays.items()})
    assert again.to_card() == test.to_card()
    assert again.unfamiliarity(known.features[0], known.logits[0]) == test.unfamiliarity(
        known.features[0], known.logits[0]
    )
    for change in ({"method": "guess"}, {"threshold": "x"}, {"threshold": float("nan")}, {"neighbours": 0}):
        with pytest.raises(DetectorRefused, match="unknown architectures"):
            OpenSet.from_card({**test.to_card(), **change}, {})


def test_folds_leave_out_whole_sources_where_there_are_several():
    labels = np.array([0] * 6 + [1] * 6)
    sources = ["a", "b", "a", "b", "c", "c"] + ["only"] * 6
    fold = folds(labels, sources)
    assert [set(fold[[row for row, name in enumerate(sources) if name == one]]) for one in "abc"] == [{0}, {1}, {2}]
    assert fold[6:].tolist() == [0, 1, 2, 3, 4, 0]


def test_each_architecture_in_turn_is_strange_to_a_test_that_has_not_seen_it():
    held, _ = clusters(8)
    compared = compare(held, None)
    assert set(compared) == set(METHODS)
    for method in ("mahalanobis", "knn"):
        assert compared[method]["auroc"] == 1.0
        assert compared[method]["tnr_at_95_tpr"] == 1.0
        assert compared[method]["oscr"] == pytest.approx(1.0)
        assert set(compared[method]["per_class"]) == {0, 1, 2}
    with_bank = compare(held, clusters(8, per_class=50)[0])
    assert with_bank["knn"]["auroc"] == 1.0


def test_the_trial_really_leaves_the_class_out():
    """Class 2 lies on class 1, so that its images look familiar to a test that knows class 1 alone."""
    held, _ = clusters(9, per_class=30)
    near = np.where(held.labels[:, None] == 2, held.features - held.features[60:].mean(0), 0)
    features = held.features.copy()
    features[60:] = held.features[30:60].mean(0) + near[60:]
    same = compare(Known(features, held.logits, held.labels, held.sources), None)
    assert same["knn"]["per_class"][2] < 0.6
    assert same["knn"]["per_class"][0] == 1.0


def test_the_head_forgets_the_class_too():
    """By the logits alone an image is strange only if the output of its own class is gone."""
    held, _ = clusters(10)
    assert compare(held, None)["max logit"]["auroc"] == 1.0
    shuffled = Known(held.features, np.roll(held.logits, 1, axis=1), held.labels, held.sources)
    assert compare(shuffled, None)["max logit"]["oscr"] < 0.1 < compare(held, None)["max logit"]["oscr"]


def test_the_best_has_the_largest_auroc_and_ties_go_to_what_needs_least():
    rows = {name: {"auroc": 0.8} for name in METHODS}
    assert best(rows) == "max logit"
    assert best({**rows, "knn": {"auroc": 0.81}}) == "knn"


def test_the_limit_is_set_with_the_neighbours_that_ship():
    """Known images keep their rate on a test that was fitted on them: fewer neighbours would have given a lower one."""
    held, _ = clusters(12, per_class=16, sources=2)
    test = fitted("knn", held, None, 0.95)
    assert test.neighbours == 8
    assert (test.unfamiliarities(held.features, held.logits) > test.threshold).mean() <= 0.05


def test_what_ships_keeps_the_stated_share_of_images_it_was_not_fitted_on():
    held, _ = clusters(11, per_class=100)
    fresh, _ = clusters(11, per_class=100)
    test = fitted("knn", held, None, 0.95)
    assert len(test.arrays["bank"]) == 300
    rejected = (test.unfamiliarities(fresh.features + 1e-3, fresh.logits) > test.threshold).mean()
    assert rejected <= 0.06
    assert test.unfamiliarity(-held.features[0], held.logits[0]) > test.threshold
    assert np.allclose(np.linalg.norm(unit(held.features), axis=1), 1)
