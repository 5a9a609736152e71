import copy
import dataclasses

import numpy as np
import pytest
import torch
from scipy.special import softmax

from core.dna.attribute import Attributor, grid_of, image_logits, needed_score, recalibrated, verdict_of
from core.dna.calibrate import Calibration
from core.dna.detector import load_detector
from core.dna.device import choose_device, cpu, fastest_precision
from core.dna.inference import FastNet, FusedNet
from core.dna.open_set import OpenSet
from core.dna.preprocess import Preprocess, prepare
from core.dna.scope import Scope
from core.dna.spectrum import SpectrumVoice
from core.domain import Verdict
from core.errors import DeviceUnavailable
from tests.conftest import picture


@pytest.fixture(scope="module")
def detector(tiny_detector):
    loaded = load_detector(tiny_detector)
    generator = torch.Generator().manual_seed(5)
    for block in loaded.net.main:  # statistics as if trained, so that fusing has something to fold
        norm = block.main[1]
        norm.running_mean.copy_(torch.randn(norm.running_mean.shape, generator=generator) * 0.1)
        norm.running_var.copy_(torch.rand(norm.running_var.shape, generator=generator) + 0.5)
    return loaded


def plain_scores(detector, windows):
    with torch.inference_mode():
        return detector.net(torch.from_numpy(windows).permute(0, 3, 1, 2)).softmax(1).numpy()


def test_fused_net_gives_the_same_scores(detector):
    prepared = prepare(picture(1), detector.preprocess)
    fast = FastNet(detector.net, cpu(), torch.float32)
    features, logits = fast(torch.from_numpy(prepared.whole))
    assert features.shape == (16, 512)
    assert np.allclose(logits[:, 0].softmax(1), plain_scores(detector, prepared.whole), atol=1e-5)


def test_whole_scores_are_the_mean_over_the_windows_and_tiles_are_the_windows(detector):
    image = picture(2)
    reading = next(iter(Attributor(detector, cpu()).read([image])))
    windows = plain_scores(detector, prepare(image, detector.preprocess).whole)
    assert np.allclose(reading.scores, windows.mean(0), atol=0.02)
    assert reading.tile_scores.shape == (16, 3)
    grid = grid_of(reading, detector)
    assert grid.agreeing == sum(tile.architecture == detector.classes[reading.scores.argmax()] for tile in grid.tiles)
    assert len(grid.boxes) == 16


def test_paper_way_classifies_sixteen_tiles_of_their_own(detector):
    paper = dataclasses.replace(detector, preprocess=Preprocess("paper", "rgb", side_px=128, first_px=64))
    image = picture(3)
    reading = next(iter(Attributor(paper, cpu()).read([image])))
    prepared = prepare(image, paper.preprocess)
    assert np.allclose(reading.scores, plain_scores(paper, prepared.whole)[0], atol=0.02)
    assert np.allclose(reading.tile_scores, plain_scores(paper, prepared.tiles), atol=0.02)


def test_a_batch_gives_what_single_images_give(detector):
    attributor = Attributor(detector, cpu())
    images = [picture(seed, 100 + 20 * seed, 150) for seed in range(5)]
    single = list(attributor.read(images))
    batch = attributor.read_prepared([attributor.prepared(image) for image in images])
    for one, other in zip(single, batch, strict=True):
        assert np.allclose(one.scores, other.scores, atol=1e-5)


def test_small_and_flat_images_are_out_of_scope(detector):
    attributor = Attributor(detector, cpu())
    small, flat, good = picture(1, 60, 300), np.full((200, 200, 3), 90, np.uint8), picture(4)
    readings = attributor.read_prepared([attributor.prepared(image) for image in (small, flat, good)])
    verdicts = [verdict_of(reading, detector) for reading in readings]
    assert [verdict for verdict, _, _ in verdicts[:2]] == [Verdict.OUT_OF_SCOPE] * 2
    assert "60 pixels" in verdicts[0][1]
    assert "flat" in verdicts[1][1]
    assert verdicts[0][2] is None
    assert grid_of(readings[0], detector) is None
    assert verdicts[2][0] in (Verdict.ATTRIBUTED, Verdict.INCONCLUSIVE)


def test_threshold_divides_attributed_from_inconclusive(detector):
    reading = next(iter(Attributor(detector, cpu()).read([picture(5)])))
    top = float(reading.scores.max())
    assert verdict_of(reading, dataclasses.replace(detector, threshold=top))[0] is Verdict.ATTRIBUTED
    above = dataclasses.replace(detector, threshold=top + 1e-6)
    assert verdict_of(reading, above)[0] is Verdict.INCONCLUSIVE


def test_gpu_out_of_memory_halves_the_batch_and_loses_nothing(detector):
    attributor = Attributor(detector, cpu())
    images = [attributor.prepared(picture(seed)) for seed in range(8)]
    expected = [reading.scores for reading in attributor.read_prepared(images)]
    real_net, sizes = attributor._fast, []

    class Cramped:
        device = dataclasses.replace(cpu(), torch_device=torch.device("cuda", 0), name="small GPU")
        precision = torch.float32

        def __call__(self, windows):
            sizes.append(len(windows) // 16)
            if len(windows) > 16 * 2:
                raise torch.OutOfMemoryError("CUDA out of memory")
            return real_net(windows)

    attributor._fast, attributor._images = Cramped(), 8
    got = [reading.scores for reading in attributor.read_prepared(images)]
    assert sizes == [8, 4, 2, 2, 2, 2]
    assert np.allclose(got, expected)
    assert "halved to 2" in attributor.remarks[-1]


def test_a_lost_gpu_is_finished_on_the_cpu_and_said(detector):
    attributor = Attributor(detector, cpu())
    images = [attributor.prepared(picture(seed)) for seed in range(3)]
    expected = [reading.scores for reading in attributor.read_prepared(images)]

    class Lost:
        device = dataclasses.replace(cpu(), torch_device=torch.device("cuda", 0), name="GPU")

        def __call__(self, windows):
            raise torch.AcceleratorError("CUDA error: device lost\nmore")

    attributor._fast = Lost()
    got = [reading.scores for reading in attributor.read_prepared(images)]
    assert np.allclose(got, expected, atol=1e-5)
    assert attributor.device.is_cpu
    assert "rest was computed on the CPU" in attributor.remarks[-1]


def test_cuda_without_a_gpu_is_a_sentence(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(DeviceUnavailable, match="No CUDA GPU"):
        choose_device("cuda")
    assert choose_device("auto").is_cpu


def test_precision_is_chosen_by_the_clock(detector, monkeypatch):
    from core.dna import device

    net = FusedNet(detector.net).eval()
    times = iter([1.0, 0.5, 1.0, 0.9])
    monkeypatch.setattr(device, "_seconds", lambda run, where: next(times))
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: True)
    assert fastest_precision(net, cpu()) is torch.bfloat16
    assert fastest_precision(net, cpu()) is torch.float32
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: False)
    monkeypatch.setattr(torch.cpu, "_is_amx_tile_supported", lambda: False)
    assert fastest_precision(net, cpu()) is torch.float32


def test_close_calls_of_reduced_precision_are_read_again_in_full(detector):
    image = picture(6)
    exact = next(iter(Attributor(detector, cpu()).read([image])))
    top = float(exact.scores.max())
    border = dataclasses.replace(detector, threshold=top)
    attributor = Attributor(border, cpu())
    attributor._fast = FastNet(detector.net, cpu(), torch.bfloat16)
    close = next(iter(attributor.read([image])))
    assert np.allclose(close.scores, exact.scores, atol=1e-6)
    attributor.detector = dataclasses.replace(detector, threshold=0.0)
    clear = exact.scores.max() - np.sort(exact.scores)[-2] > 0.02
    rough = next(iter(attributor.read([image])))
    assert clear == (not np.allclose(rough.scores, exact.scores, atol=1e-6))


def plain_logits(network, windows):
    with torch.inference_mode():
        return network(torch.from_numpy(windows).permute(0, 3, 1, 2)).numpy()


@pytest.fixture(scope="module")
def voiced(detector):
    """The detector with a second voice and a calibration of both."""
    torch.manual_seed(9)
    voice = SpectrumVoice(3).eval().requires_grad_(requires_grad=False)
    voice.mean.normal_(-2, 1)
    return dataclasses.replace(detector, spectrum=voice, calibration=Calibration(3.0, 0.5))


def test_calibrated_logits_are_the_mean_of_both_voices_over_the_windows(voiced):
    image = picture(7)
    windows = prepare(image, voiced.preprocess).whole
    net, voice = plain_logits(voiced.net, windows), plain_logits(voiced.spectrum, windows)
    combined = 3.0 * net + 0.5 * voice
    reading = next(iter(Attributor(voiced, cpu(), exact=True).read([image])))
    assert np.allclose(reading.logits, combined.mean(0), atol=1e-4)
    assert np.allclose(reading.scores, softmax(combined.mean(0)), atol=1e-5)
    assert np.allclose(reading.tile_scores, softmax(combined, axis=1), atol=1e-4)
    assert np.allclose(reading.voices, [net.mean(0), voice.mean(0)], atol=1e-4)
    assert np.abs(voice.mean(0)).max() > 0.1  # so that leaving it out would be seen


def test_without_a_calibration_the_windows_scores_are_averaged_as_before(detector):
    image = picture(7)
    reading = next(iter(Attributor(detector, cpu(), exact=True).read([image])))
    windows = plain_logits(detector.net, prepare(image, detector.preprocess).whole)
    assert np.allclose(reading.scores, softmax(windows, axis=1).mean(0), atol=1e-6)
    assert np.allclose(reading.logits, windows.mean(0), atol=1e-5)


def test_the_second_voice_is_computed_in_float32_beside_a_reduced_network(voiced):
    windows = torch.from_numpy(prepare(picture(8), voiced.preprocess).whole)
    reduced = FastNet(voiced.net, cpu(), torch.bfloat16, voiced.spectrum)(windows)[1]
    exact = FastNet(voiced.net, cpu(), torch.float32, voiced.spectrum)(windows)[1]
    assert torch.equal(reduced[:, 1], exact[:, 1])
    assert not torch.equal(reduced[:, 0], exact[:, 0])


def test_a_kept_reading_can_be_calibrated_anew(voiced, detector):
    image = picture(9)
    before = next(iter(Attributor(dataclasses.replace(voiced, calibration=None), cpu(), exact=True).read([image])))
    after = next(iter(Attributor(voiced, cpu(), exact=True).read([image])))
    assert np.allclose(image_logits(before, voiced), after.logits, atol=1e-5)
    assert np.allclose(recalibrated(before, voiced).scores, after.scores, atol=1e-5)
    assert recalibrated(before, detector) is before


def read_as(detector, scores, feature=1.0, logits=None):
    """A reading with these scores."""
    reading = next(iter(Attributor(detector, cpu()).read([picture(5)])))
    values = np.array(scores, np.float32)
    return dataclasses.replace(
        reading,
        scores=values,
        logits=np.log(values) if logits is None else logits,
        feature=np.full(512, feature, np.float32),
    )


def test_unknown_comes_before_attributed_and_after_out_of_scope(detector):
    test = OpenSet("max logit", threshold=-1.0)
    strange = dataclasses.replace(detector, threshold=0.5, open_set=test)
    reading = read_as(detector, [0.9, 0.06, 0.04], logits=np.array([0.5, 0.0, 0.0], np.float32))
    verdict, reason, name = verdict_of(reading, strange)
    assert (verdict, name) == (Verdict.UNKNOWN, "real")
    assert "max logit" in reason
    assert "or it is a photograph of a kind the detector has not met." in reason
    assert reason.endswith("(measure: max logit -0.5, limit -1)")
    familiar = dataclasses.replace(reading, logits=np.array([1.0, 0.0, 0.0], np.float32))
    assert verdict_of(familiar, strange)[0] is Verdict.ATTRIBUTED  # at the threshold itself
    outside = Attributor(strange, cpu()).read_prepared(["Too small."])[0]
    assert verdict_of(outside, strange) == (Verdict.OUT_OF_SCOPE, "Too small.", None)


def test_calling_an_image_generated_needs_more_than_calling_it_real(detector):
    strict = dataclasses.replace(detector, threshold=0.5, accusing=0.8)
    assert verdict_of(read_as(detector, [0.6, 0.3, 0.1]), strict)[0] is Verdict.ATTRIBUTED
    verdict, reason, name = verdict_of(read_as(detector, [0.3, 0.6, 0.1]), strict)
    assert (verdict, name) == (Verdict.INCONCLUSIVE, "nearest")
    assert "0.80 that this detector asks for before it calls an image generated" in reason
    assert verdict_of(read_as(detector, [0.1, 0.8001, 0.0999]), strict)[0] is Verdict.ATTRIBUTED
    assert verdict_of(read_as(detector, [0.3, 0.4, 0.3]), strict)[1].startswith("The top score 0.40 (nearest) is below")
    assert [needed_score(strict, name) for name in ("real", "nearest", None)] == [0.5, 0.8, 0.5]


def test_an_image_is_called_generated_only_where_both_voices_name_the_same(detector):
    sure = dataclasses.replace(detector, threshold=0.5)
    voices = {
        "agree": [[0, 2, 1], [0, 9, 0]],
        "differ": [[3, 2, 1], [0, 9, 0]],
        "alone": [[3, 2, 1]],
    }
    generated = read_as(detector, [0.2, 0.7, 0.1])
    said = {
        case: verdict_of(dataclasses.replace(generated, voices=np.array(rows, np.float32)), sure)
        for case, rows in voices.items()
    }
    assert [said[case][0] for case in voices] == [Verdict.ATTRIBUTED, Verdict.INCONCLUSIVE, Verdict.ATTRIBUTED]
    assert said["differ"][1].startswith("The network alone would name real, the image's spectrum nearest.")
    real = dataclasses.replace(read_as(detector, [0.7, 0.2, 0.1]), voices=np.array(voices["differ"], np.float32))
    assert verdict_of(real, sure)[0] is Verdict.ATTRIBUTED  # nobody is accused


def test_a_jpeg_of_lower_quality_than_was_seen_is_out_of_scope(detector):
    limited = dataclasses.replace(detector, scope=Scope(64, 2.0, jpeg_quality_low=60))
    attributor = Attributor(limited, cpu())
    assert "quality 59" in attributor.prepared(picture(5), 59)
    assert not isinstance(attributor.prepared(picture(5), 60), str)
    assert not isinstance(attributor.prepared(picture(5)), str)


@pytest.mark.parametrize("border", ["accusing", "open set"])
def test_every_border_of_a_verdict_is_read_again_in_full_precision(detector, border):
    image = picture(6)
    exact = next(iter(Attributor(detector, cpu(), exact=True).read([image])))
    # Two scores that lie close are a border too: the net must be clear about this image.
    net = copy.deepcopy(detector.net)
    net.classification_head[1].bias[int(exact.scores.argmax())] += 5
    sure = dataclasses.replace(detector, net=net)
    exact = next(iter(Attributor(sure, cpu(), exact=True).read([image])))
    test = OpenSet("energy", margin=0.5)
    distance = test.unfamiliarity(exact.feature, exact.logits)
    far = {"threshold": -1.0, "accusing": -1.0, "open_set": dataclasses.replace(test, threshold=distance + 9)}
    near = {"accusing": float(exact.scores.max())}
    if border == "open set":
        near = {"open_set": dataclasses.replace(test, threshold=distance + 0.4)}
    for parts, again in ((far, False), (far | near, True)):
        attributor = Attributor(dataclasses.replace(sure, **parts), cpu())
        attributor._fast = FastNet(sure.net, cpu(), torch.bfloat16)
        reading = next(iter(attributor.read([image])))
        assert np.array_equal(reading.logits, exact.logits) == again
