import json

import numpy as np
import pytest
from scipy.optimize import minimize

from core.dna.likelihood import fit, logistic, ratio, scores_of, why_not
from core.errors import DetectorRefused

CLASSES = ("real", "gan", "ldm")


def held_out(seed=0, per_source=15, sources=4, shift=2.0, apart=0.3):
    """Logits, labels and sources of three classes, each with a few sources that lie a little apart."""
    rng = np.random.default_rng(seed)
    logits, labels, names = [], [], []
    for label, name in enumerate(CLASSES):
        for source in range(sources):
            centre = shift * np.eye(3)[label] + rng.normal(0, apart, 3)
            logits.append(centre + rng.normal(0, 1, (per_source, 3)))
            labels += [label] * per_source
            names += [f"{name}/{source}"] * per_source
    return np.concatenate(logits), np.array(labels), names


@pytest.fixture(scope="module")
def part():
    logits, labels, sources = held_out()
    return fit(logits, labels, sources, CLASSES, trained_sources=(), held_out="a test")


def test_a_score_is_the_logit_less_the_mean_of_the_others():
    logits = np.log(np.array([[0.7, 0.2, 0.1], [0.1, 0.1, 0.8]]))
    assert scores_of(logits, 0) == pytest.approx(np.log([0.7 / 0.15, 0.1 / 0.45]))
    assert scores_of(logits + 5, 2) == pytest.approx(np.log([0.1 / 0.45, 0.8 / 0.1]))


def test_logistic_calibration_agrees_with_lir():
    from lir.algorithms.logistic_regression import LogitCalibrator

    rng = np.random.default_rng(7)
    scores = np.concatenate([rng.normal(3, 2, 40), rng.normal(-1, 2, 160)])
    truths = np.repeat([1, 0], [40, 160])
    slope, intercept = logistic(scores, truths.astype(float), np.repeat([0.5 / 40, 0.5 / 160], [40, 160]))
    reference = LogitCalibrator(C=1e9, tol=1e-10).fit(scores, truths)
    assert (slope * scores + intercept) / np.log(10) == pytest.approx(reference.transform(scores), abs=1e-4)


def test_logistic_calibration_finds_the_smallest_loss_for_any_weights():
    rng = np.random.default_rng(8)
    scores, targets, weights = rng.normal(50, 9, 30), rng.uniform(0.05, 0.95, 30), rng.uniform(0.1, 1, 30)

    def loss(x):
        odds = x[0] * (scores - 50) + x[1]
        return (weights * (np.logaddexp(0, odds) - targets * odds)).sum()

    found = minimize(loss, np.zeros(2), options={"gtol": 1e-9}).x
    slope, intercept = logistic(scores, targets, weights)
    assert (slope, intercept + 50 * slope) == (pytest.approx(found[0], abs=1e-5), pytest.approx(found[1], abs=1e-4))


def test_separated_scores_give_a_finite_slope():
    slope, _ = logistic(np.repeat([1.0, -1.0], 10), np.repeat([11 / 12, 1 / 12], 10), np.full(20, 1 / 20))
    assert slope == pytest.approx(np.log(11))  # 11/12 at score 1


def test_ratios_point_the_right_way_and_stay_within_what_sources_and_images_support(part):
    json.dumps(part)
    row = part["classes"]["gan"]
    assert (row["own_images"], row["own_sources"], row["other_images"], row["other_sources"]) == (60, 4, 120, 8)
    assert row["ceiling"] <= 9
    assert row["floor"] >= 1 / 5
    high = ratio(part, np.array([0.0, 90.0, 0.0]), CLASSES, "gan")
    low = ratio(part, np.array([0.0, -90.0, 0.0]), CLASSES, "gan")
    assert high.value == high.high == row["ceiling"] > 1
    assert low.value == low.low == row["floor"] < 1
    middle = ratio(part, np.array([0.0, 1.0, 0.0]), CLASSES, "gan")
    expected = np.exp(row["slope"] * 1.0 + row["intercept"])
    assert middle.value == pytest.approx(expected)
    assert row["floor"] <= middle.low <= middle.value <= middle.high <= row["ceiling"] == middle.ceiling
    assert middle.low < middle.high
    for words in ("real (4 sources)", "gan (4 sources)", "ldm (4 sources)"):
        assert words in middle.against


def test_the_interval_holds_the_middle_of_the_draws(part):
    row = part["classes"]["real"]
    logits = np.array([1.2, 0.3, 0.1])
    score = float(scores_of(logits[None], 0)[0])
    drawn = [min(max(np.exp(a * score + b), f), c) for a, b, c, f in row["bootstrap"]]
    drawn = np.clip(drawn, row["floor"], row["ceiling"])
    made = ratio(part, logits, CLASSES, "real")
    assert len(drawn) == 200
    assert (made.low, made.high) == pytest.approx(np.quantile(drawn, [0.025, 0.975]))


def test_the_draws_are_the_same_every_time(part):
    assert fit(*held_out(), CLASSES, trained_sources=(), held_out="a test") == part


def test_sources_that_lie_apart_make_the_draws_wide():
    logits, labels, sources = held_out(apart=1.5)
    alone = [f"{name}-{row}" for row, name in enumerate(sources)]  # as if every image were independent
    spreads = [
        np.std(
            [row[0] for row in fit(logits, labels, names, CLASSES, trained_sources=())["classes"]["gan"]["bootstrap"]]
        )
        for names in (sources, alone)
    ]
    assert spreads[0] > 1.5 * spreads[1] > 0


def test_every_source_weighs_alike_however_many_images_it_has():
    logits, labels, sources = held_out(3, apart=1.0)
    many = np.concatenate([np.arange(len(labels)), *[np.flatnonzero(np.array(sources) == "gan/0")] * 9])
    heavy = (logits[many], labels[many], [sources[row] for row in many])
    alone = (*heavy[:2], [f"{name}-{row}" for row, name in enumerate(heavy[2])])
    plain, weighed, unweighed = (
        fit(*rows, CLASSES, trained_sources=(), draws=0)["classes"]["gan"]["intercept"]
        for rows in ((logits, labels, sources), heavy, alone)
    )
    # Platt's targets alone know how many images there are.
    assert abs(weighed - plain) < 0.1 < abs(unweighed - plain)


def test_images_of_trained_sources_take_no_part():
    logits, labels, sources = held_out(4)
    trained = {"gan/0", "ldm/1"}
    fresh = np.array([name not in trained for name in sources])
    some = fit(logits, labels, sources, CLASSES, trained_sources=trained, draws=3)
    kept = [name for name in sources if name not in trained]
    assert some == fit(logits[fresh], labels[fresh], kept, CLASSES, trained_sources=(), draws=3)


@pytest.mark.parametrize(
    ("keep", "word"),
    [
        (lambda name: not name.startswith("gan"), "No held-out image of gan comes from a source that training did"),
        (lambda name: not name.startswith("gan") or name == "gan/0", "come from one source that training did not see"),
        (lambda name: name.startswith("gan") or name == "ldm/0", "other classes have 1 source"),
    ],
)
def test_without_a_validation_there_is_no_ratio_and_a_sentence_says_why(keep, word):
    logits, labels, sources = held_out(5)
    trained = {name for name in sources if not keep(name)}
    made = fit(logits, labels, sources, CLASSES, trained_sources=trained)
    assert word in made["classes"]["gan"]["why_not"] == why_not(made, "gan")
    assert ratio(made, logits[0], CLASSES, "gan") is None


def test_too_few_images_and_scores_that_say_the_contrary_give_no_ratio():
    few = fit(*held_out(per_source=2), CLASSES, trained_sources=())
    assert "8 images of gan and 16 of other classes" in few["classes"]["gan"]["why_not"]
    logits, labels, sources = held_out(6)
    turned = fit(-logits, labels, sources, CLASSES, trained_sources=())
    assert "does not go with being gan" in turned["classes"]["gan"]["why_not"]


def test_the_reason_is_there_for_cards_and_classes_without_the_part(part):
    assert "not validated" in why_not(None, "gan")
    assert "not validated" in why_not(part, "stylegan")
    assert why_not(part, "gan") == ""


@pytest.mark.parametrize("key", ["intercept", "ceiling", "bootstrap"])
def test_a_damaged_part_is_refused(part, key):
    row = {name: value for name, value in part["classes"]["gan"].items() if name != key}
    with pytest.raises(DetectorRefused, match="likelihood ratios"):
        ratio({**part, "classes": {"gan": row}}, np.zeros(3), CLASSES, "gan")
