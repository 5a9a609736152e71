"""The network part of an attribution against the plain way: eager float32, one image at a time.

python -m pytest tests/bench/test_inference.py --benchmark-enable --benchmark-only
"""

import numpy as np
import pytest
import torch

from core.dna.detector import load_detector
from core.dna.device import choose_device
from core.dna.inference import FastNet

IMAGES = 4


@pytest.fixture(scope="module")
def net(tiny_detector):
    return load_detector(tiny_detector).net


def plain(net, images):
    with torch.inference_mode():
        return [net(image[None]).softmax(1) for image in images]


@pytest.mark.parametrize("side", [128, 512])
@pytest.mark.parametrize("way", ["plain", "fast"])
def test_network_part(benchmark, net, side, way):
    """Four 512 px images (the paper's input), or four images as sixteen 128 px windows each."""
    count = IMAGES if side == 512 else IMAGES * 16
    images = np.random.default_rng(0).normal(size=(count, side, side, 3)).astype(np.float32)
    fast = FastNet(net, choose_device("auto"))
    benchmark.group = f"{IMAGES} images as {count // IMAGES} × {side} px"
    benchmark.extra_info["precision"] = str(fast.precision)
    tensor = torch.from_numpy(images)
    single = tensor.permute(0, 3, 1, 2).contiguous()
    step = 1 if side == 512 else 16
    expected = torch.cat(plain(net, single[:2]))
    if way == "plain":
        benchmark.pedantic(plain, (net, single), rounds=3, warmup_rounds=1)
    else:
        run = lambda: [fast(tensor[start : start + 2 * step]) for start in range(0, count, 2 * step)]  # noqa: E731
        benchmark.pedantic(run, rounds=3, warmup_rounds=1)
    assert torch.allclose(fast(tensor[:2])[1][:, 0].softmax(1), expected, atol=0.02)
