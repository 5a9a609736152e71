import numpy as np
import pytest
from scipy.optimize import check_grad
from scipy.special import softmax

from core.dna.calibrate import Calibration, even_weights, fit, logistic_loss, smoothed_targets
from core.errors import DetectorRefused


def drawn(seed, n, classes, scale):
    """Logits whose softmax, sharpened by `scale`, is the true distribution of the labels."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(0, 2, (n, classes))
    labels = np.array([rng.choice(classes, p=row) for row in softmax(scale * logits, axis=1)])
    return logits, labels


def test_the_temperature_that_made_the_labels_is_found_again():
    logits, labels = drawn(1, 6000, 4, 0.4)
    sources = [f"{label}/one" for label in labels]
    assert fit(logits, None, labels, sources).net == pytest.approx(0.4, rel=0.06)


def test_both_voices_get_the_weights_that_made_the_labels():
    rng = np.random.default_rng(2)
    net, voice = rng.normal(0, 2, (6000, 3)), rng.normal(0, 2, (6000, 3))
    labels = np.array([rng.choice(3, p=row) for row in softmax(0.7 * net + 0.3 * voice, axis=1)])
    found = fit(net, voice, labels, [f"{label}/one" for label in labels], held_out="a test")
    assert (found.net, found.spectrum) == (pytest.approx(0.7, rel=0.08), pytest.approx(0.3, rel=0.12))
    assert (found.n, found.set) == (6000, "a test")
    assert np.allclose(found.combined(net, voice), found.net * net + found.spectrum * voice)


def test_a_voice_that_misleads_is_not_listened_to():
    logits, labels = drawn(3, 1000, 3, 1.0)
    misleading = np.random.default_rng(3).normal(size=(1000, 3)) - np.eye(3)[labels]
    assert fit(logits, misleading, labels, ["a"] * 1000).spectrum == 0.0
    assert fit(logits, -misleading, labels, ["a"] * 1000).spectrum > 0.1


def test_loss_and_gradient_are_those_of_the_definition():
    rng = np.random.default_rng(4)
    voices, labels = rng.normal(size=(2, 12, 3)), rng.integers(0, 3, 12)
    weights, targets = even_weights(labels, list("aabbaabbaabb")), smoothed_targets(labels, 3)
    slow = -sum(
        weights[row] * targets[row, name] * np.log(softmax(1.3 * voices[0, row] + 0.4 * voices[1, row])[name])
        for row in range(12)
        for name in range(3)
    )
    assert logistic_loss(np.array([1.3, 0.4]), voices, targets, weights)[0] == pytest.approx(slow)
    wrong = check_grad(
        lambda x: logistic_loss(x, voices, targets, weights)[0],
        lambda x: logistic_loss(x, voices, targets, weights)[1],
        np.array([1.3, 0.4]),
    )
    assert wrong < 1e-6


def test_no_pair_of_weights_is_better_than_the_fitted_one():
    rng = np.random.default_rng(5)
    labels = rng.integers(0, 3, 60)
    net = rng.normal(size=(60, 3)) + 2 * np.eye(3)[labels]
    voice = rng.normal(size=(60, 3)) + np.eye(3)[labels]
    sources = [f"{label}/{row % 2}" for row, label in enumerate(labels)]
    found, weights, targets = (
        fit(net, voice, labels, sources),
        even_weights(labels, sources),
        smoothed_targets(labels, 3),
    )
    voices = np.stack([net, voice])
    reached = logistic_loss(np.array([found.net, found.spectrum]), voices, targets, weights)[0]
    others = [
        logistic_loss(np.array([a, b]), voices, targets, weights)[0]
        for a in np.linspace(0.01, 4, 40)
        for b in np.linspace(0, 4, 40)
    ]
    assert reached <= min(others) + 1e-9


def test_perfectly_separated_images_do_not_ask_for_certainty():
    labels = np.repeat([0, 1, 2], 10)
    logits = 0.1 * np.eye(3)[labels]
    top = softmax(fit(logits, None, labels, ["a"] * 30).combined(logits, None), axis=1).max(1)
    assert np.all((top > 0.9) & (top < 1 - 1 / 40))


def test_classes_sources_and_images_weigh_alike_within_what_holds_them():
    labels = np.array([0] * 7 + [1] * 2)
    sources = ["a"] * 4 + ["b"] * 3 + ["c", "c"]
    weights = even_weights(labels, sources)
    assert weights.sum() == pytest.approx(1)
    assert weights[labels == 0].sum() == pytest.approx(0.5)
    assert weights[:4] == pytest.approx([1 / 16] * 4)
    assert weights[4:7] == pytest.approx([1 / 12] * 3)


def test_the_card_keeps_it_and_a_damaged_part_is_refused():
    made = Calibration(0.5, 0.25, 12, "a test")
    assert Calibration.from_card(made.to_card()) == made
    assert "spectrum" not in Calibration(0.5).to_card()
    for part in ({}, {"net": "x"}, {"net": 0.0}, {"net": -1}, {"net": float("nan")}, {"net": 1, "spectrum": [1]}):
        with pytest.raises(DetectorRefused, match="calibration"):
            Calibration.from_card(part)
