"""Checks of heat maps: each measure against its definition, and maps that must pass or fail."""

import dataclasses
import itertools
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from scipy.stats import spearmanr

from core.dna import sanity as module
from core.dna.detector import load_detector
from core.dna.explain import Explainer
from core.dna.preprocess import Preprocess, prepare
from core.dna.sanity import area, correlation, failures, passing, randomised_net, sanity
from core.errors import BadInput
from core.examine import LEAST_FALL, MapMethod, MapQuestion, MapScore
from tests.conftest import picture


@pytest.fixture(scope="module")
def explainer(tiny_detector):
    return Explainer(load_detector(tiny_detector))


@pytest.fixture
def few_steps(monkeypatch):
    """Coarse curves and single draws, for what does not depend on their fineness."""
    monkeypatch.setattr(module, "_SHARES", (0.2,))
    monkeypatch.setattr(module, "_DRAWS", 1)


@pytest.fixture(scope="module")
def question(explainer):
    """The class whose map has the most places."""
    windows = prepare(picture(1), explainer.detector.preprocess).whole
    asked = [MapQuestion(4, name) for name in explainer.detector.classes]
    return max(asked, key=lambda one: (explainer.take(windows, one).maps(one.method) > 0).sum())


@pytest.fixture(scope="module")
def checked(explainer, question):
    return sanity(picture(1), explainer, question)


def test_correlation_is_spearman_s_and_a_constant_map_correlates_with_nothing():
    rng = np.random.default_rng(1)
    one = rng.random((2, 5, 5)).astype(np.float32)
    other = np.maximum(one + rng.normal(0, 0.5, one.shape).astype(np.float32), 0)  # with ties at zero
    assert correlation(one, other) == pytest.approx(spearmanr(one.ravel(), other.ravel()).statistic)
    assert correlation(one, one**3) == pytest.approx(1)
    assert correlation(one, -one) == pytest.approx(-1)
    assert correlation(one, np.zeros_like(one)) == 0


def test_the_area_is_the_trapezoid_s():
    assert area(((0.0, 1.0), (0.5, 0.0), (1.0, 0.0))) == pytest.approx(0.25)


def test_the_cascade_changes_the_head_and_the_blocks_down_to_one_and_nothing_else(explainer):
    before = [tensor.clone() for tensor in explainer.net.state_dict().values()]
    made = randomised_net(explainer.net, 7, torch.Generator().manual_seed(1))
    changed = [
        not torch.equal(one.weight, other.weight)
        for one, other in zip(made.convolutions, explainer.net.convolutions, strict=True)
    ]
    assert changed == [False] * 6 + [True] * 2
    assert not torch.equal(made.linear.weight, explainer.net.linear.weight)
    head = randomised_net(explainer.net, 9, torch.Generator().manual_seed(1))
    assert torch.equal(head.convolutions[7].weight, explainer.net.convolutions[7].weight)
    assert all(torch.equal(a, b) for a, b in zip(before, explainer.net.state_dict().values(), strict=True))


def test_random_weights_keep_activations_of_their_size(explainer):
    """Otherwise the gradients vanish and an empty map would pass for a changed one."""
    made = randomised_net(explainer.net, 1, torch.Generator().manual_seed(1))
    x = torch.from_numpy(prepare(picture(1), explainer.detector.preprocess).whole).permute(0, 3, 1, 2)
    with torch.no_grad():
        sizes = [float(made.blocks(x, 0, layer).square().mean().sqrt()) for layer in (2, 5, 8)]
    assert max(sizes) < 5 * min(sizes)


def test_the_curves_take_away_and_give_back_the_strongest_places(explainer, checked):
    """Deletion by its definition: windows with the strongest cells blanked, read by the network alone."""
    windows = prepare(picture(1), explainer.detector.preprocess).whole
    eight = windows[[0, 2, 5, 7, 8, 10, 13, 15]]
    maps = explainer.take(eight, checked.question).maps(MapMethod.GRAD_CAM)

    def score(x):
        with torch.no_grad():
            logits = explainer.detector.net(torch.from_numpy(x).permute(0, 3, 1, 2)).mean(0)
        return float(logits.softmax(0)[explainer.detector.classes.index(checked.question.target)])

    assert [share for share, _ in checked.deletion] == [0.0, 0.05, 0.15, 0.35, 0.7, 1.0]
    assert checked.deletion[0][1] == checked.insertion[-1][1] == pytest.approx(score(eight), abs=1e-5)
    assert checked.deletion[-1][1] == checked.insertion[0][1] == pytest.approx(score(0 * eight), abs=1e-5)
    cell = eight.shape[1] // maps.shape[1]
    limit = np.sort(maps.ravel())[::-1][round(0.05 * maps.size)]
    strong = (maps > limit).repeat(cell, 1).repeat(cell, 2)[..., None]
    assert limit > 0
    assert checked.deletion[1][1] == pytest.approx(score(np.where(strong, 0, eight)), abs=2e-3)
    assert checked.insertion[1][1] == pytest.approx(score(np.where(strong, eight, 0)), abs=2e-3)
    assert (checked.deletion_area, checked.insertion_area) == (area(checked.deletion), area(checked.insertion))


def test_the_same_seed_every_time_and_nothing_is_left_behind(explainer, question, checked):
    state = torch.random.get_rng_state()
    assert sanity(picture(1), explainer, question) == checked
    assert torch.equal(state, torch.random.get_rng_state())


def test_misplaced_maps_keep_their_shapes_and_leave_their_places():
    rng = np.random.default_rng(3)
    maps = np.zeros((3, 8, 8), np.float32)
    maps[:, 2:4, 2:4] = np.arange(1, 4)[:, None, None]
    made = module._misplaced(maps, rng)
    assert made.shape == maps.shape
    for before, after in zip(maps, made[[1, 2, 0]], strict=True):
        assert sorted(before.ravel()) == sorted(after.ravel())
    assert (made[:, 2:4, 2:4] != maps[:, 2:4, 2:4]).any(axis=(1, 2)).all()
    assert module._misplaced(np.ones((1, 1, 1), np.float32), rng).shape == (1, 1, 1)


@pytest.mark.parametrize(("layer", "kind", "channels"), [(1, "native", "rgb"), (8, "paper", "residual")])
def test_every_layer_and_both_ways_of_looking(tiny_detector, few_steps, layer, kind, channels):
    shape = Preprocess(kind, channels, 64, 1, 64, 96)
    explainer = Explainer(dataclasses.replace(load_detector(tiny_detector), preprocess=shape))
    question = MapQuestion(layer, None, MapMethod.LAYER_CAM, MapScore.PROBABILITY)
    made = sanity(picture(2), explainer, question)
    assert made.question.target in explainer.detector.classes
    assert [name for name, _ in made.randomised] == ["class head", "layer 7", "layer 5", "layer 3", "layer 1"]
    assert [name for name, _ in made.agreement] == ["Grad-CAM", "Grad-CAM++"]
    values = [value for _, value in itertools.chain(made.randomised, made.agreement)]
    assert all(-1 <= value <= 1 for value in values)
    assert all(0 <= score <= 1 for _, score in itertools.chain(made.deletion, made.insertion))
    assert made.informative is not bool(made.failed)


def test_an_empty_map_says_nothing(tiny_detector):
    dead = load_detector(tiny_detector)
    dead.net.classification_head[1].weight.data.zero_()
    made = sanity(picture(3), Explainer(dead), MapQuestion(target="real"))
    assert not made.informative
    assert made.failed == (module.EMPTY,)
    assert (made.randomised, made.deletion, made.agreement) == ((), (), ())


def test_how_often_maps_pass(explainer, monkeypatch):
    seen = iter([True, False, True])
    monkeypatch.setattr(module, "sanity", lambda *_: SimpleNamespace(informative=next(seen)))
    assert passing([picture(1)] * 3, explainer, MapQuestion()) == (2, 3)


GOOD = {
    "randomised": (("class head", 0.6), ("layer 5", 0.1), ("layer 1", 0.0)),
    "areas": (0.1, 0.3, 0.2),
    "random_insertion": 0.2,
    "agreement": (("Grad-CAM++", 0.8), ("Layer-CAM", 0.3)),
    "ends": (0.1, 0.9),
}
BAD = {
    "nothing changes": ({"randomised": (("class head", 0.9), ("layer 1", 0.8))}, "hardly changes"),
    "the picture shows through": ({"randomised": (("class head", 0.0), ("layer 1", 0.51))}, "hardly changes"),
    "all but the end stay": (
        {"randomised": (("class head", 1.0), ("layer 5", 0.9), ("layer 1", 0.0))},
        "hardly changes",
    ),
    "deletion is as good anywhere": ({"areas": (0.191, 0.3, 0.2)}, "Taking away the strongest places"),
    "insertion is as good anywhere": ({"random_insertion": 0.29}, "alone hardly raise"),
    "methods disagree": ({"agreement": (("Grad-CAM++", 0.3), ("Layer-CAM", 0.0))}, "other methods"),
    "not a number": ({"areas": (float("nan"), 0.3, 0.2)}, "Taking away"),
}


def test_a_good_map_passes():
    assert failures(**GOOD) == ()


@pytest.mark.parametrize(("changes", "words"), BAD.values(), ids=BAD)
def test_each_check_can_fail_and_says_why(changes, words):
    (sentence,) = failures(**{**GOOD, **changes})
    assert words in sentence


def test_every_failure_is_told():
    worst = {key: value for changes, _ in BAD.values() for key, value in changes.items()}
    assert len(failures(**{**GOOD, **worst})) == 4


@pytest.mark.parametrize("ends", [(0.908, 0.326), (0.5, 0.5), (0.5, 0.549), (float("nan"), 0.9)])
def test_curves_that_end_no_lower_than_they_began_say_nothing_about_a_map(ends):
    """Seen with pix2pix, which an image without any residual is taken for: deletion began at 0.33 and ended at 0.91."""
    (sentence,) = failures(**{**GOOD, "ends": ends})
    nearly, numbers = "nearly " if ends[0] < ends[1] else "", f"{ends[0]:.2f} against {ends[1]:.2f}"
    assert sentence.startswith(f"The emptied image scores {nearly}as high as the whole one ({numbers};")
    assert "taking places away says nothing" in sentence
    assert failures(**{**GOOD, "ends": ends, "areas": (0.9, 0.1, 0.2)}) == (sentence,)  # the areas mean nothing then
    assert len(failures(**{**GOOD, **BAD["methods disagree"][0], "ends": ends})) == 2


def test_a_whole_image_that_clearly_scores_more_than_the_emptied_one_passes():
    assert failures(**{**GOOD, "ends": (0.5, 0.5 + LEAST_FALL)}) == ()


def test_a_map_whose_score_rises_when_it_is_emptied_is_never_informative(tiny_detector, few_steps, monkeypatch):
    """The class that the tiny detector takes an empty image for, on an image that is not of that class."""
    detector = load_detector(tiny_detector)
    with torch.no_grad():
        blank = detector.net(torch.zeros(1, 3, 64, 64)).softmax(1)[0]
    target = detector.classes[int(blank.argmax())]
    monkeypatch.setattr(module._Checked, "score", lambda self, windows: 0.326 if windows.any() else 0.908)
    made = sanity(picture(1), Explainer(detector), MapQuestion(4, target))
    assert (made.deletion[0][1], made.deletion[-1][1]) == (0.326, 0.908)
    assert not made.informative
    assert not made.curves_speak
    assert any("0.91 against 0.33" in sentence for sentence in made.failed)


def test_a_map_of_the_picture_alone_fails(explainer, few_steps, monkeypatch):
    """An edge detector: what it shows does not depend on the network at all."""

    def edges(self, method):
        blurred = np.abs(np.diff(self.activations[:, :3].mean(1), axis=1, prepend=0))
        return (blurred + 0.001).astype(np.float32)

    monkeypatch.setattr("core.dna.explain.Taken.maps", edges)
    # Its activations are those of the first layer, which only the last step randomises.
    made = sanity(picture(1), explainer, MapQuestion(1, "real"))
    assert not made.informative
    assert "hardly changes" in made.failed[0]


@pytest.mark.parametrize("question", [MapQuestion(0), MapQuestion(9), MapQuestion(4, "ProGAN")])
def test_wrong_choices_are_sentences(explainer, question):
    with pytest.raises(BadInput):
        sanity(picture(1), explainer, question)
