"""Everything a calibration writes onto a card, on synthetic classes that a fitted head tells apart."""

import dataclasses
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file
from scipy.special import softmax

from core.dna.attribute import Attributor, grid_of, verdict_of
from core.dna.card import read_header
from core.dna.dataset import Item, Picture
from core.dna.detector import load_detector, write_detector
from core.dna.device import cpu
from core.dna.encoder import Net
from core.dna.evaluate import figures
from core.dna.likelihood import ratio
from core.dna.open_set import fit as fit_open_set
from core.dna.spectrum import SpectrumVoice
from core.domain import Verdict
from core.errors import BadInput, Cancelled, DetectorRefused
from core.progress import Progress
from core.services import calibration, engine
from core.services.calibration import calibrate
from tests.conftest import CLASSES, picture, plain_card, upsampled

SIDE = 96
MAKERS = {
    "real": lambda seed: picture(seed, SIDE, SIDE),
    "nearest": lambda seed: upsampled(seed, Image.Resampling.NEAREST, SIDE),
    "bilinear": lambda seed: upsampled(seed, Image.Resampling.BILINEAR, SIDE),
    "unknown": lambda seed: upsampled(seed, Image.Resampling.LANCZOS, SIDE),
}


def pictures(name, sources, per_source, start=0, folder=Path("nowhere")):
    return [
        Picture(
            MAKERS[name](start + 1000 * len(name) + 100 * at + row),
            Item(folder / name / source / f"{row}.png", name, source, "0" * 64, f"{source}/{row}", quarters=False),
        )
        for at, source in enumerate(sources)
        for row in range(per_source)
    ]


@pytest.fixture(scope="module")
def held():
    return [one for name in CLASSES for one in pictures(name, ("a", "b", "c"), 5)]


# The whole image at once and tiles of 24 px: a quarter of the work of sixteen windows.
WHOLE = {"kind": "paper", "channels": "residual", "first_px": SIDE, "side_px": SIDE}


@pytest.fixture(scope="module")
def uncalibrated(tmp_path_factory):
    """Random convolutions with a head fitted by least squares."""
    torch.manual_seed(12)
    net = Net(3).eval()
    path = tmp_path_factory.mktemp("calibration") / "fitted.safetensors"
    card = plain_card(
        schema=1, preprocess=WHOLE, trained={"recipe": "[augment]\njpeg_low = 70\n", "sources": ["real/t"]}
    )
    write_detector(path, net, card)
    trained = [one for name in CLASSES for one in pictures(name, ("t",), 8, start=50_000)]
    raw = list(Attributor(load_detector(path), cpu(), exact=True).read(one.pixels for one in trained))
    features = np.stack([reading.feature for reading in raw])
    centre, spread = features.mean(0), features.std(0) + 1e-3
    design = np.c_[(features - centre) / spread, np.ones(len(features))]
    wanted = 6 * np.eye(3)[[CLASSES.index(one.item.architecture) for one in trained]]
    fit = np.linalg.solve(design.T @ design + 5 * np.eye(513), design.T @ wanted)
    net.classification_head[1].weight.data = torch.tensor((fit[:-1] / spread[:, None]).T, dtype=torch.float32)
    net.classification_head[1].bias.data = torch.tensor(fit[-1] - (centre / spread) @ fit[:-1], dtype=torch.float32)
    write_detector(path, net, card)
    return path


@pytest.fixture(scope="module", autouse=True)
def read_once():
    """Raw readings depend on the weights alone, which no test here changes: each picture is read once."""
    kept, read = {}, calibration._read

    def remembering(detector, given, device, progress, doing, *, exact=False):
        new = [one for one in given if id(one) not in kept]
        found = read(detector, new, device, progress, doing, exact=True)
        inside = [one for one in new if not any(one.item is item for item, _ in found.outside)]
        pairs = zip(inside, found.items, found.readings, strict=True)
        kept.update({id(one): (one, (item, reading)) for one, item, reading in pairs})
        pairs = [kept[id(one)][1] for one in given if id(one) in kept]
        return calibration._Read(tuple(one for one, _ in pairs), tuple(reading for _, reading in pairs), found.outside)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(calibration, "_read", remembering)
        yield


@pytest.fixture(scope="module")
def calibrated(uncalibrated, held, tmp_path_factory):
    path = tmp_path_factory.mktemp("calibrated") / "made.safetensors"
    shutil.copy(uncalibrated, path)
    calibrate(path, [*held, *pictures("unknown", ("x",), 3)], ["real/t"], device="cpu", held_out="three sources each")
    return path


@pytest.fixture(scope="module")
def readings(calibrated, held):
    detector = load_detector(calibrated)
    return list(Attributor(detector, cpu(), exact=True).read(one.pixels for one in held))


def test_scores_are_the_softmax_of_what_the_card_says_and_better_calibrated(calibrated, uncalibrated, held, readings):
    part = read_header(calibrated).card["calibration"]
    assert part["n"] == len(held) == 45
    assert part["set"] == "three sources each"
    labels = [CLASSES.index(one.item.architecture) for one in held]
    before = Attributor(load_detector(uncalibrated), cpu(), exact=True).read(one.pixels for one in held)
    costs = []
    for reading, old, label in zip(readings, before, labels, strict=True):
        assert np.allclose(reading.scores, softmax(part["net"] * old.voices[0]), atol=1e-4)
        costs.append([-np.log(reading.scores[label]), -np.log(softmax(old.voices[0])[label])])
    now, raw = np.mean(costs, 0)
    assert now < raw


def test_the_second_voice_is_weighed_and_stays(uncalibrated, tmp_path):
    path, voice = tmp_path / "voiced.safetensors", SpectrumVoice(3)
    card = plain_card(schema=2)  # windows of 64 px, which the voice needs
    write_detector(path, load_detector(uncalibrated).net, card, spectrum=voice)
    some = [one for name in CLASSES for one in pictures(name, ("v",), 1, start=30_000)]
    calibrate(path, some, (), device="cpu")
    part, made = read_header(path).card["calibration"], load_detector(path)
    assert torch.equal(made.spectrum.linear.weight, voice.linear.weight)
    assert (made.calibration.net, made.calibration.spectrum) == (part["net"], part["spectrum"])
    reading = next(Attributor(made, cpu(), exact=True).read([some[0].pixels]))
    expected = part["net"] * reading.voices[0] + part["spectrum"] * reading.voices[1]
    assert reading.voices.shape == (2, 3)
    assert np.allclose(reading.scores, softmax(expected), atol=1e-4)


def test_the_weights_stay_and_a_second_time_gives_the_same(calibrated, uncalibrated, held, tmp_path):
    before, after = load_file(uncalibrated), load_file(calibrated)
    assert all(torch.equal(before[name], after[name]) for name in before)
    again = tmp_path / "again.safetensors"
    shutil.copy(calibrated, again)
    calibrate(again, held, ["real/t"], device="cpu", held_out="three sources each")
    assert read_header(again).card == read_header(calibrated).card
    assert read_header(again).card["schema"] == 2


def test_the_thresholds_keep_their_promises_on_the_held_out_images(calibrated, held, readings):
    part, detector = read_header(calibrated).card["threshold"], load_detector(calibrated)
    said = [verdict_of(reading, detector) for reading in readings]
    named = [
        (name, one.item.architecture)
        for (verdict, _, name), one in zip(said, held, strict=True)
        if verdict is Verdict.ATTRIBUTED
    ]
    assert len(named) >= 15
    assert np.mean([name == truth for name, truth in named]) >= 0.95
    assert not [name for name, truth in named if truth == "real" and name != "real"]
    assert (part["real_images"], part["real_sources"], part["accusing_supported"]) == (15, 3, False)
    assert "of 15 held-out real images" in part["accusing_rule"]
    assert part["accusing"] >= part["value"]


def test_the_test_for_unknown_architectures_is_the_best_of_all_four(calibrated, readings):
    part, detector = read_header(calibrated).card["open_set"], load_detector(calibrated)
    assert set(part["compared"]) == {"mahalanobis", "knn", "energy", "max logit"}
    assert part["compared"][part["method"]]["auroc"] == max(row["auroc"] for row in part["compared"].values())
    assert set(part["compared"]["knn"]["per_class"]) == set(CLASSES)
    assert part["true_positive_rate"] == 0.95
    rejected = [verdict_of(reading, detector)[0] is Verdict.UNKNOWN for reading in readings]
    assert np.mean(rejected) <= 0.06


def test_a_ratio_is_there_where_three_fresh_sources_support_it(calibrated, readings, held):
    part = read_header(calibrated).card["likelihood_ratio"]
    row = part["classes"]["nearest"]
    assert (row["own_sources"], row["other_sources"], row["own_images"]) == (3, 6, 15)
    assert row["ceiling"] <= 7
    at = next(index for index, one in enumerate(held) if one.item.architecture == "nearest")
    assert ratio(part, readings[at].logits, CLASSES, "nearest").value > 1


def test_sources_that_training_saw_support_no_ratio(uncalibrated, held, tmp_path):
    path = tmp_path / "seen.safetensors"
    shutil.copy(uncalibrated, path)
    calibrate(path, held, ["nearest/a", "nearest/b"], device="cpu")
    row = read_header(path).card["likelihood_ratio"]["classes"]["nearest"]
    assert "one source that training did not see" in row["why_not"]


def test_the_envelope_is_what_training_and_held_out_images_saw(uncalibrated, held, tmp_path):
    names = {"nearest": 55, "bilinear": 90}
    made = []
    for name, quality in names.items():
        for one in pictures(name, ("a",), 2, folder=tmp_path):
            one.item.path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(one.pixels).save(one.item.path, "JPEG", quality=quality)
            made.append(one)
    path = tmp_path / "made.safetensors"
    shutil.copy(uncalibrated, path)
    calibrate(path, [*held, *made], (), device="cpu", bank=held[::8])
    scope = read_header(path).card["scope"]
    assert scope["jpeg_quality_low"] == 55
    assert scope["validated"] == {"images": 49, "side_px": [96, 96], "jpeg_files": 4, "jpeg_quality": [55, 90]}
    training = {"images": 6, "side_px": [96, 96], "jpeg_files": 0, "recompressed_from_quality": 70}
    assert scope["seen"] == training
    assert scope["smallest_side"] == 64
    calibrate(path, held, (), device="cpu")  # without the training images at hand, what was seen of them stays
    assert read_header(path).card["scope"]["seen"] == training
    assert read_header(path).card["scope"]["jpeg_quality_low"] == 70


@pytest.fixture(scope="module")
def banked(uncalibrated, held, tmp_path_factory):
    path = tmp_path_factory.mktemp("banked") / "banked.safetensors"
    shutil.copy(uncalibrated, path)
    bank = [one for name in CLASSES for one in pictures(name, ("t",), 4, start=70_000)]
    calibrate(path, held, (), device="cpu", bank=bank)
    return path, bank


def test_a_bank_of_training_images_serves_the_test_for_unknowns(banked, held, tmp_path):
    part = read_header(banked[0]).card["open_set"]
    assert (part["fitted_on"], part["fitted_images"], part["n"]) == ("training images", 12, 45)
    path = tmp_path / "part.safetensors"
    shutil.copy(banked[0], path)
    calibrate(path, held, (), device="cpu", bank=banked[1][:8])
    part = read_header(path).card["open_set"]
    assert (part["fitted_on"], part["fitted_images"]) == ("held-out images", 45)  # one class was not among the others


def test_calibrating_again_elsewhere_moves_the_limit_of_a_test_fitted_on_training_images(banked, tmp_path):
    path = tmp_path / "again.safetensors"
    shutil.copy(banked[0], path)
    card = dict(read_header(path).card)
    nearest = fit_open_set("knn", np.random.default_rng(1).normal(size=(20, 512)), np.repeat([0, 1], 10), 3)
    part = {**card["open_set"], **dataclasses.replace(nearest, threshold=0.5).to_card()}
    detector = load_detector(path)
    write_detector(path, detector.net, {**card, "open_set": part}, open_set=nearest)
    elsewhere = [one for name in CLASSES for one in pictures(name, ("z",), 14, start=90_000)]
    calibrate(path, elsewhere, (), device="cpu", held_out="elsewhere")
    after = read_header(path).card["open_set"]
    assert (after["method"], after["fitted_on"], after["n"]) == ("knn", "training images", 42)
    assert after["set"].startswith("elsewhere")
    assert after["compared"] == part["compared"]
    again = load_detector(path)
    assert np.array_equal(again.open_set.arrays["bank"], nearest.arrays["bank"])
    readings = Attributor(again, cpu(), exact=True).read(one.pixels for one in elsewhere)
    within = [again.open_set.unfamiliarity(one.feature, one.logits) <= again.open_set.threshold for one in readings]
    assert sum(within) == 40  # 95 % of 42


def test_classes_that_the_held_out_images_do_not_show_are_not_found_strange(tmp_path, held, uncalibrated):
    """With nothing but images of three of four classes, only tests on the logits can know the fourth."""
    detector, path = load_detector(uncalibrated), tmp_path / "four.safetensors"
    net = Net(4)
    state = detector.net.state_dict()
    head = net.classification_head[1]
    net.load_state_dict(
        {**state, **{f"classification_head.1.{key}": value for key, value in head.state_dict().items()}}
    )
    head.weight.data[:3] = state["classification_head.1.weight"]
    head.bias.data[:3] = state["classification_head.1.bias"]
    classes = [{"name": name, "title": "", "description": ""} for name in (*CLASSES, "lanczos")]
    write_detector(path, net, plain_card(schema=2, preprocess=WHOLE, classes=classes))
    fresh = [dataclasses.replace(one) for one in held]  # read anew: the net is another one
    calibrate(path, fresh, (), device="cpu")
    assert set(read_header(path).card["open_set"]["compared"]) == {"energy", "max logit"}


def test_few_images_get_a_calibration_and_sentences_for_the_rest(uncalibrated, held, tmp_path):
    path = tmp_path / "few.safetensors"
    shutil.copy(uncalibrated, path)
    calibrate(path, [held[0], held[20], held[40]], (), device="cpu")
    card = read_header(path).card
    assert "needs 40 held-out images" in card["open_set"]["why_not"]
    assert "there were 3, and 0 such classes" in card["open_set"]["why_not"]
    assert all("why_not" in row for row in card["likelihood_ratio"]["classes"].values())
    assert load_detector(path).calibration.n == 3


def test_what_cannot_be_calibrated_leaves_the_file_as_it_was(uncalibrated, held, tmp_path):
    path = tmp_path / "same.safetensors"
    shutil.copy(uncalibrated, path)
    before = path.read_bytes()
    strange = dataclasses.replace(held[0], item=dataclasses.replace(held[0].item, architecture="stylegan"))
    small = [dataclasses.replace(one, pixels=one.pixels[:50]) for one in held]
    for given, word in (
        ([*held, strange], "cannot name: stylegan"),
        (held[:5], "there are 1"),
        ([], "there are 0"),
        (small, "lie within its scope; there are 0"),
    ):
        with pytest.raises(BadInput, match=word):
            calibrate(path, given, (), device="cpu")
    progress = Progress()
    progress.cancel()
    with pytest.raises(Cancelled):
        calibrate(path, pictures("real", ("new",), 1) + held, (), device="cpu", progress=progress)
    assert path.read_bytes() == before


def test_a_pretext_network_is_not_calibrated(held, tmp_path):
    path = tmp_path / "pretext.safetensors"
    write_detector(path, Net(3), plain_card(schema=2, kind="pretext"))
    with pytest.raises(DetectorRefused, match="pretext network"):
        calibrate(path, held, (), device="cpu")


def test_measuring_carries_distances_and_ratios(calibrated, held):
    detector = load_detector(calibrated)
    judged = engine.judge_pictures(Attributor(detector, cpu(), exact=True), held[::5])
    assert all(one.unfamiliarity is not None for one in judged)
    assert all(one.log_ratios.shape == (3,) for one in judged)
    out = figures(judged, CLASSES)
    assert set(out["likelihood_ratio"]) == set(CLASSES)
    assert out["likelihood_ratio"]["nearest"]["cllr"] < 1


def test_a_low_quality_file_is_out_of_scope_when_measured(calibrated, held, tmp_path):
    one = pictures("real", ("a",), 1, folder=tmp_path)[0]
    one.item.path.parent.mkdir(parents=True)
    Image.fromarray(one.pixels).save(one.item.path, "JPEG", quality=30)
    attributor = Attributor(load_detector(calibrated), cpu(), exact=True)
    assert engine.judge_pictures(attributor, [one])[0].verdict is Verdict.OUT_OF_SCOPE
    assert engine.judge_pictures(attributor, [held[0]])[0].verdict is not Verdict.OUT_OF_SCOPE


def test_the_agreement_of_rightly_attributed_images_stands_on_the_card(calibrated, held, readings):
    part, detector = read_header(calibrated).card["agreement"], load_detector(calibrated)
    assert part["set"] == "three sources each"
    expected = {name: [0] * 17 for name in CLASSES}
    for reading, one in zip(readings, held, strict=True):
        verdict, _, name = verdict_of(reading, detector)
        if verdict is Verdict.ATTRIBUTED and name == one.item.architecture:
            expected[name][grid_of(reading, detector).agreeing] += 1
    assert part["per_class"] == expected
    assert sum(map(sum, expected.values())) >= 14
    assert detector.agreement == part


def test_held_out_images_are_the_reference_where_there_is_nothing_else(calibrated, held, readings):
    kept = load_detector(calibrated).reference_images
    assert read_header(calibrated).card["reference"] == {"of": "held-out images", "images": 45}
    assert np.bincount(kept.labels).tolist() == [15, 15, 15]
    for reading, label in zip(readings, kept.labels, strict=True):
        unit = reading.feature / np.linalg.norm(reading.feature)
        assert (kept.features[kept.labels == label] @ unit).max() == pytest.approx(1, abs=2e-3)


def test_training_images_are_the_reference_and_stay_it(banked, held, tmp_path):
    path, before = tmp_path / "again.safetensors", load_detector(banked[0]).reference_images
    assert read_header(banked[0]).card["reference"] == {"of": "training images", "images": 12}
    assert np.bincount(before.labels).tolist() == [4, 4, 4]
    shutil.copy(banked[0], path)
    calibrate(path, held, (), device="cpu")
    after = load_detector(path).reference_images
    assert np.array_equal(after.features, before.features)
    assert np.array_equal(after.labels, before.labels)
    assert read_header(path).card["reference"]["of"] == "training images"
