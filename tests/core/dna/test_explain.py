import copy
import dataclasses
import itertools

import numpy as np
import pytest
import torch

from core.dna.calibrate import Calibration
from core.dna.detector import load_detector
from core.dna.explain import heat_map
from core.dna.preprocess import prepare
from core.dna.spectrum import SpectrumVoice
from core.errors import BadInput
from core.examine import MapMethod, MapQuestion, MapScore
from tests.conftest import picture


@pytest.fixture(scope="module")
def detector(tiny_detector):
    return load_detector(tiny_detector)


def by_hand(detector, windows, layer, wanted):
    """Activations and gradients (N, C, h, w) of `wanted(logits)` in float64, by a network that is not fused."""
    net = copy.deepcopy(detector.net).double()
    x = torch.from_numpy(windows).double().permute(0, 3, 1, 2)
    kept = net.main[:layer](x).detach().requires_grad_()
    logits = net.classification_head(net.main[layer:](kept).mean((2, 3)))
    wanted(logits).backward()
    return kept.detach().numpy(), kept.grad.numpy()


def grad_cam(activations, gradients):
    """Selvaraju et al. 2017, Eq. 1 and 2: gradients averaged to weights, weighted activations, ReLU."""
    return np.maximum(np.einsum("nk,nkhw->nhw", gradients.mean((2, 3)), activations), 0)


def grad_cam_plus_plus(activations, gradients):
    """Chattopadhay et al. 2018, Eq. 19 and 5 to 7, for a class score exp(S) of a piecewise linear S."""
    second, third = gradients**2, gradients**3
    sums = activations.sum((2, 3), keepdims=True)
    alpha = second / (2 * second + sums * third)
    weights = (alpha * np.maximum(gradients, 0)).sum((2, 3))
    return np.maximum(np.einsum("nk,nkhw->nhw", weights, activations), 0)


def layer_cam(activations, gradients):
    """Jiang et al. 2021, Eq. 4 and 5: each place weighed by its own positive gradient."""
    return np.maximum((np.maximum(gradients, 0) * activations).sum(1), 0)


DEFINITIONS = {
    MapMethod.GRAD_CAM: grad_cam,
    MapMethod.GRAD_CAM_PLUS_PLUS: grad_cam_plus_plus,
    MapMethod.LAYER_CAM: layer_cam,
}


def is_the_map(made, raw):
    assert raw.max() > 0
    assert made.peak == pytest.approx(raw.max(), rel=1e-3)
    for patch, expected in zip(made.patches, raw / raw.max(), strict=True):
        assert np.allclose(patch.values, expected, atol=1e-3)


@pytest.mark.parametrize("method", MapMethod)
@pytest.mark.parametrize("layer", [2, 4, 8])
def test_every_method_follows_its_definition(detector, layer, method):
    image = picture(7)
    windows = prepare(image, detector.preprocess).whole
    taken = [by_hand(detector, windows, layer, lambda logits, at=at: logits[:, at].sum()) for at in range(3)]
    raws = [DEFINITIONS[method](*one) for one in taken]
    target = max(range(3), key=lambda index: raws[index].max())
    made = heat_map(image, "0" * 64, detector, MapQuestion(layer, detector.classes[target], method))
    assert (made.layer, made.method, made.score) == (layer, method, MapScore.LOGIT)
    is_the_map(made, raws[target])


def test_the_methods_differ(detector):
    maps = [
        heat_map(picture(7), "0" * 64, detector, MapQuestion(2, "real", method)).patches[5].values
        for method in MapMethod
    ]
    for one, other in itertools.combinations(maps, 2):
        assert np.abs(one - other).max() > 0.01


@pytest.mark.parametrize("calibrated", [False, True])
def test_the_probability_is_the_image_s_score_with_calibration_and_second_voice(detector, calibrated):
    torch.manual_seed(5)
    voice = SpectrumVoice(3).eval().requires_grad_(requires_grad=False)
    image, calibration = picture(8), Calibration(2.0, 0.5)
    windows = prepare(image, detector.preprocess).whole
    spoken = voice(torch.from_numpy(windows).permute(0, 3, 1, 2)).double().mean(0)

    def score(logits):
        if not calibrated:
            return logits.softmax(1).mean(0)[1]
        return (2.0 * logits.mean(0) + 0.5 * spoken).softmax(0)[1]

    parts = {"spectrum": voice, "calibration": calibration} if calibrated else {}
    made = heat_map(
        image, "0" * 64, dataclasses.replace(detector, **parts), MapQuestion(4, "nearest", score=MapScore.PROBABILITY)
    )
    assert made.score is MapScore.PROBABILITY
    is_the_map(made, grad_cam(*by_hand(detector, windows, 4, score)))


def test_a_score_of_almost_one_still_has_a_map(detector):
    sure = dataclasses.replace(detector, calibration=Calibration(100.0))
    image = picture(8)
    top = heat_map(image, "0" * 64, sure).target
    by_logit = heat_map(image, "0" * 64, sure, MapQuestion(4, top, MapMethod.LAYER_CAM))
    by_score = heat_map(image, "0" * 64, sure, MapQuestion(4, top, MapMethod.LAYER_CAM, MapScore.PROBABILITY))
    assert 0 < by_score.peak < by_logit.peak
    assert max(patch.values.max() for patch in by_score.patches) == pytest.approx(1.0, abs=1e-4)


def grad_cam_by_hand(detector, windows, layer, target):
    """Grad-CAM of the logit of one class (N, h, w)."""
    return grad_cam(*by_hand(detector, windows, layer, lambda logits: logits[:, target].sum()))


@pytest.mark.parametrize("layer", [1, 4, 8])
def test_the_map_is_grad_cam_on_one_scale(detector, layer):
    image = picture(1)
    windows = prepare(image, detector.preprocess).whole
    raws = [grad_cam_by_hand(detector, windows, layer, target) for target in range(3)]
    target = max(range(3), key=lambda index: raws[index].max())
    raw = raws[target]
    map_ = heat_map(image, "0" * 64, detector, MapQuestion(layer, detector.classes[target]))
    assert raw.max() > 0
    assert map_.peak == pytest.approx(raw.max(), rel=1e-3)
    assert max(patch.values.max() for patch in map_.patches) == pytest.approx(1.0, abs=1e-4)
    for patch, expected in zip(map_.patches, raw / raw.max(), strict=True):
        assert np.allclose(patch.values, expected, atol=1e-3)
    assert map_.size == (160, 144)
    assert len(map_.patches) == 16


def test_the_default_target_is_the_top_class(detector):
    image = picture(2)
    with torch.inference_mode():
        windows = torch.from_numpy(prepare(image, detector.preprocess).whole).permute(0, 3, 1, 2)
        top = int(detector.net(windows).softmax(1).mean(0).argmax())
    assert heat_map(image, "0" * 64, detector).target == detector.classes[top]


def test_a_map_without_evidence_is_empty_and_says_so(detector, tiny_detector):
    dead = load_detector(tiny_detector)
    dead.net.classification_head[1].weight.data.zero_()
    map_ = heat_map(picture(3), "0" * 64, dead, MapQuestion(target="real"))
    assert map_.peak == 0.0
    assert not map_.informative
    assert all(np.array_equal(patch.values, np.zeros_like(patch.values)) for patch in map_.patches)


def test_explaining_leaves_the_detector_as_it_was(detector):
    before = {name: tensor.clone() for name, tensor in detector.net.state_dict().items()}
    heat_map(picture(4), "0" * 64, detector)
    assert all(torch.equal(before[name], tensor) for name, tensor in detector.net.state_dict().items())
    assert not any(p.requires_grad for p in detector.net.parameters())


@pytest.mark.parametrize(("layer", "target"), [(0, None), (9, None), (4, "ProGAN")])
def test_wrong_choices_are_sentences(detector, layer, target):
    with pytest.raises(BadInput):
        heat_map(picture(5), "0" * 64, detector, MapQuestion(layer, target))


def test_the_map_of_a_mirrored_window_is_cut_to_the_image(detector):
    import dataclasses

    from core.dna.preprocess import Preprocess

    wide = dataclasses.replace(detector, preprocess=Preprocess("native", "residual", 256))
    map_ = heat_map(picture(6, 192, 128), "0" * 64, wide, MapQuestion(4, "real"))
    assert map_.patches[0].box == (0, 0, 192, 128)
    assert map_.patches[0].values.shape == (32, 48)


def test_without_a_target_the_class_that_a_finding_would_name_is_explained(detector):
    image = picture(3)
    plain = heat_map(image, "0" * 64, detector).target
    voice = SpectrumVoice(3).eval().requires_grad_(requires_grad=False)
    voice.linear.weight.zero_()
    other = (detector.classes.index(plain) + 1) % 3
    voice.linear.bias.copy_(9.0 * torch.eye(3)[other])
    voiced = dataclasses.replace(detector, spectrum=voice, calibration=Calibration(1.0, 1.0))
    assert heat_map(image, "0" * 64, voiced).target == detector.classes[other]
