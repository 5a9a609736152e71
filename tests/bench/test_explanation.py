"""One full explanation (attribution, consistency grid, layer-4 heat map) against a forward pass; how often maps pass.

Time:       python -m pytest tests/bench/test_explanation.py --benchmark-enable --benchmark-only -s
Maps:       MAPS_DATA=../shared/data/field python -m pytest -m slow tests/bench/test_explanation.py -s
            (MAPS_DETECTOR: another detector file than the one that ships with the program; MAPS_LAYER: another layer)
"""

from __future__ import annotations

import os
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from core.dna.attribute import Attributor, grid_of
from core.dna.detector import load_detector
from core.dna.device import cpu
from core.dna.explain import Explainer
from core.dna.preprocess import prepare
from core.dna.sanity import passing
from core.examine import MapQuestion
from core.paths import resources
from tests.conftest import picture

SHIPPED = resources() / "detectors" / "field.safetensors"
MOST = 2.5


@pytest.fixture(scope="module")
def detector():
    return load_detector(Path(os.environ.get("MAPS_DETECTOR", str(SHIPPED))))


@pytest.fixture(scope="module")
def image():
    return picture(1, 1024, 768)


@pytest.fixture(autouse=True)
def tiny_numbers_as_in_the_analysis_process():
    torch.set_flush_denormal(True)
    yield
    torch.set_flush_denormal(False)


def full(attributor, explainer, image):
    reading = attributor.read_prepared([attributor.prepared(image)])[0]
    grid = grid_of(reading, explainer.detector)
    target = explainer.detector.classes[int(reading.scores.argmax())]
    return grid, explainer.heat_map(image, "0" * 64, MapQuestion(4, target))


def seconds(work, rounds=7):
    """The shortest of several runs: other work on the machine only ever makes one longer."""
    work()
    taken = []
    for _ in range(rounds):
        began = time.perf_counter()
        work()
        taken.append(time.perf_counter() - began)
    return min(taken)


def test_a_full_explanation_takes_at_most_two_and_a_half_forward_passes(benchmark, detector, image):
    """Compared with the network's plain pass, and for the record with the one that is made fast."""
    attributor, explainer = Attributor(detector, cpu()), Explainer(detector)
    windows = torch.from_numpy(prepare(image, detector.preprocess).whole).permute(0, 3, 1, 2)
    contiguous = windows.contiguous()

    def plain():
        with torch.inference_mode():
            detector.net(contiguous)

    def fast():
        with torch.inference_mode():
            explainer.net(windows)

    if benchmark.disabled:  # in the ordinary run it only has to work
        grid, map_ = benchmark(full, attributor, explainer, image)
        assert (len(grid.tiles), len(map_.patches)) == (16, 16)
        return
    whole = seconds(lambda: full(attributor, explainer, image))
    times = {"plain pass": seconds(plain), "fast pass": seconds(fast), "full explanation": whole}
    times["attribution"] = seconds(lambda: attributor.read_prepared([attributor.prepared(image)]))
    times["heat map"] = seconds(lambda: explainer.heat_map(image, "0" * 64, MapQuestion(4, detector.classes[0])))
    for name, taken in times.items():
        print(f"{name}: {taken:.3f} s, {taken / times['plain pass']:.2f} plain passes")  # noqa: T201
    print(f"full explanation: {whole / times['fast pass']:.2f} fast passes")  # noqa: T201
    benchmark.extra_info.update(times)
    benchmark.pedantic(full, (attributor, explainer, image), rounds=3)
    assert whole <= MOST * times["plain pass"]


@pytest.mark.slow
def test_how_often_heat_maps_pass(detector):
    """One image of each source: how many maps of the top class pass all checks at a layer."""
    folder = os.environ.get("MAPS_DATA")
    if not folder:
        pytest.skip("MAPS_DATA names no data folder")
    sources = sorted(path for path in Path(folder).glob("*/*") if path.is_dir())
    firsts = (next(iter(sorted(path for path in source.rglob("*") if path.is_file())), None) for source in sources)
    images = [np.asarray(Image.open(path).convert("RGB")) for path in firsts if path is not None]
    within = [pixels for pixels in images if not detector.scope.excludes(pixels)]
    layer = int(os.environ.get("MAPS_LAYER", "4"))
    passed, made = passing(within, Explainer(detector), MapQuestion(layer))
    print(f"\nlayer {layer}: {passed} of {made} maps pass, one image of each of {len(sources)} sources")  # noqa: T201
    assert made == len(within) > 0
