"""The grid in full, and the verdict without some tiles, against readings made from the definition."""

import dataclasses

import numpy as np
import pytest
import torch

from core.dna.attribute import Attributor, grid_of, reading_of, verdict_of
from core.dna.calibrate import Calibration
from core.dna.consistency import consistency
from core.dna.detector import load_detector
from core.dna.device import cpu
from core.dna.explain import Explainer
from core.dna.preprocess import Preprocess, prepare
from core.dna.reference import Reference
from core.dna.spectrum import SpectrumVoice
from core.domain import Verdict
from core.errors import BadInput
from tests.conftest import picture

SHA = "0" * 64


@pytest.fixture(scope="module")
def plain(tiny_detector):
    return load_detector(tiny_detector)


def voiced(detector, **changes):
    """The detector with a second voice and a calibration."""
    torch.manual_seed(11)
    voice = SpectrumVoice(3).eval().requires_grad_(requires_grad=False)
    return dataclasses.replace(detector, spectrum=voice, calibration=Calibration(30.0, 0.5), **changes)


def patchwork(width=256, height=256):
    """Texture that changes from place to place, so that tiles differ."""
    image = picture(3, width, height).astype(np.int16)
    rng = np.random.default_rng(2)
    image[:, : width // 2] += rng.integers(-60, 60, image[:, : width // 2].shape, dtype=np.int16)
    image[: height // 2] = image[: height // 2 : 2].repeat(2, 0)
    return np.clip(image, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("kind", ["native", "paper"])
@pytest.mark.parametrize("spoken", [False, True])
def test_nothing_left_out_is_what_a_finding_says(plain, kind, spoken):
    shape = (
        Preprocess("native", "residual", 64) if kind == "native" else Preprocess("paper", "residual", 128, 1, 128, 256)
    )
    detector = dataclasses.replace(voiced(plain) if spoken else plain, preprocess=shape)
    image = patchwork()
    attributor = Attributor(detector, cpu(), exact=True)
    reading = attributor.read_prepared([attributor.prepared(image)])[0]
    verdict, _, name = verdict_of(reading, detector)
    grid = grid_of(reading, detector)
    made = consistency(image, SHA, Explainer(detector))
    first = made.masked[0]
    assert (first.left_out, first.verdict, first.architecture) == ((), verdict, name)
    assert first.score == pytest.approx(float(reading.scores.max()), abs=1e-4)
    assert (made.exhibit_sha256, made.architecture, made.agreeing) == (SHA, name, grid.agreeing)
    assert tuple(tile.box for tile in made.tiles) == grid.boxes
    for tile, known in zip(made.tiles, grid.tiles, strict=True):
        assert tile.scores[0] == (known.architecture, pytest.approx(known.score, abs=1e-4))
        assert tile.margin == pytest.approx(tile.scores[0][1] - tile.scores[1][1])
        assert sum(score for _, score in tile.scores) == pytest.approx(1, abs=1e-4)


def test_windows_that_stay_are_judged_as_if_they_were_all(plain):
    detector = voiced(plain)
    image = patchwork()
    windows = prepare(image, detector.preprocess).whole
    made = consistency(image, SHA, Explainer(detector))
    attributor = Attributor(detector, cpu(), exact=True)
    for masked in made.masked[1:]:
        kept = [tile for tile in range(16) if tile not in masked.left_out]
        features, logits = attributor.read_windows(windows[kept])
        reading = reading_of(features, logits, logits, (), detector)
        assert (masked.verdict, masked.architecture) == verdict_of(reading, detector)[::2]
        assert masked.score == pytest.approx(float(reading.scores.max()), abs=1e-4)


def test_each_tile_alone_then_the_strongest_until_the_verdict_changes_or_eight_are_gone(plain):
    made = consistency(patchwork(), SHA, Explainer(voiced(plain)))
    assert [one.left_out for one in made.masked[:17]] == [(), *[(tile,) for tile in range(16)]]
    run = made.masked[17:]
    strength = [dict(tile.scores)[made.architecture] for tile in made.tiles]
    order = sorted(range(16), key=lambda tile: -strength[tile])
    assert 1 <= len(run) <= 8
    assert [one.left_out for one in run] == [tuple(order[: count + 1]) for count in range(len(run))]
    same = [(one.verdict, one.architecture) == (made.masked[0].verdict, made.architecture) for one in run]
    assert all(same[:-1])
    assert len(run) == 8 or not same[-1]


def test_the_run_ends_where_the_verdict_changes(plain):
    """Half of the image's tiles carry the class; without the strongest of them the score falls under the threshold."""
    detector = dataclasses.replace(plain, calibration=Calibration(40.0))
    scores = [one.score for one in consistency(patchwork(), SHA, Explainer(detector)).masked]
    between = (scores[0] + min(scores[17:])) / 2
    assert min(scores[17:]) < scores[0]
    made = consistency(patchwork(), SHA, Explainer(dataclasses.replace(detector, threshold=between)))
    assert made.masked[0].verdict is Verdict.ATTRIBUTED
    assert made.masked[-1].verdict is Verdict.INCONCLUSIVE or made.masked[-1].architecture != made.architecture
    assert all(one.verdict is Verdict.ATTRIBUTED for one in made.masked[17:-1])


def test_in_a_picture_that_is_the_same_everywhere_no_tile_matters(plain):
    """A paper detector pools over the cells that stay; nothing is painted over that could leave a trace."""
    shape = Preprocess("paper", "residual", 256, 1, 256, 256)
    detector = voiced(plain, preprocess=shape)
    tile = picture(5, 32, 32)
    image = np.tile(tile, (8, 8, 1))
    made = consistency(image, SHA, Explainer(detector))
    assert max(abs(one.score - made.masked[0].score) for one in made.masked) < 0.02


def test_what_is_left_out_of_a_picture_has_no_part_in_the_answer(plain):
    """Far from the border of the left-out tiles, nothing of them reaches the pooled cells or the spectra."""
    from core.dna import consistency as module

    detector = voiced(plain, preprocess=Preprocess("paper", "residual", 512, 1, 512, 512))
    image, other = patchwork(512, 512), patchwork(512, 512)
    other[40:88, 40:88] = picture(9, 48, 48)  # inside the first tile, further from its border than cells see
    kept = np.ones(16, bool)
    read = []
    for pixels in (image, other):
        attributor = Attributor(detector, cpu(), exact=True)
        parts = module._parts(attributor.prepared(pixels), attributor)
        kept[0] = True
        whole = parts.reading(kept)
        kept[0] = False
        read.append((whole, parts.reading(kept)))
    change = [np.abs(read[0][way].feature - read[1][way].feature).max() for way in (0, 1)]
    assert change[0] > 0
    assert change[1] < 0.1 * change[0]


def test_distances_and_percentile_come_from_the_detector_s_file(plain):
    rng = np.random.default_rng(4)
    reference = Reference(rng.normal(size=(5, 512)).astype(np.float32), np.array([0, 0, 1, 2, 2]))
    reference = dataclasses.replace(
        reference, features=reference.features / np.linalg.norm(reference.features, axis=1, keepdims=True)
    )
    counts = [2] * 17
    agreement = {"per_class": dict.fromkeys(("real", "nearest", "bilinear"), counts)}
    detector = dataclasses.replace(plain, reference_images=reference, agreement=agreement)
    image = patchwork()
    made = consistency(image, SHA, Explainer(detector))
    assert made.percentile == pytest.approx(2 * (made.agreeing + 1) / 34)
    assert made.validated_on == 34
    features, _ = Attributor(detector, cpu(), exact=True).read_windows(prepare(image, detector.preprocess).whole)
    for tile, feature in zip(made.tiles, features, strict=True):
        assert {name for name, _ in tile.distances} == set(detector.classes)
        values = [distance for _, distance in tile.distances]
        assert values == sorted(values)
        unit = feature / np.linalg.norm(feature)
        assert dict(tile.distances)["nearest"] == pytest.approx(1 - float(unit @ reference.features[2]), abs=1e-4)


def test_an_older_detector_gives_neither(plain):
    made = consistency(picture(1), SHA, Explainer(plain))
    assert (made.percentile, made.validated_on) == (None, 0)
    assert all(tile.distances == () for tile in made.tiles)


def test_an_image_out_of_scope_is_a_sentence(plain):
    explainer = Explainer(dataclasses.replace(plain, scope=dataclasses.replace(plain.scope, jpeg_quality_low=70)))
    with pytest.raises(BadInput, match="shorter side has 1 pixel;"):
        consistency(picture(1, 300, 1), SHA, explainer)
    with pytest.raises(BadInput, match="one flat colour"):
        consistency(np.full((200, 200, 3), 90, np.uint8), SHA, explainer)
    with pytest.raises(BadInput, match="JPEG of quality 30"):
        consistency(picture(1), SHA, explainer, 30)
