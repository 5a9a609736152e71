"""Story: a detector trained by the verb separates three upsamplings that look alike."""

from tests.conftest import write_training_folder
from tests.e2e.verbs import run, run_json

RECIPE = """
[card]
name = "upsamplers"
title = "Three upsamplings"
limits = ["A test."]
[preprocess]
kind = "native"
channels = "residual"
window_px = 64
[schedule]
steps = 40
images_per_class = 3
crops = 4
crop_px = 32
region_px = 96
lr = 1e-3
averaging = 0.9
validate_every = 20
validate_images = 4
[holdout]
share = 0.3
"""


def test_train_measure_use(tmp_path):
    recipe = tmp_path / "recipe.toml"
    recipe.write_text(RECIPE)
    data = write_training_folder(tmp_path / "train", per_class=10)
    out = tmp_path / "upsamplers.safetensors"
    made = run_json("train", recipe, "--data", data, "--out", out, "--device", "cpu")
    card = made["card"]
    assert card["trained"]["patches"] == 40 * 3 * 3 * 4
    assert card["trained"]["data_digest"]
    assert card["threshold"]["rule"]
    assert card["measured"] == []
    assert "exists. Give another --out" in run("train", recipe, "--data", data, "--out", out, expect=3)[1]

    import numpy as np
    from PIL import Image

    from tests.conftest import picture, upsampled

    test = tmp_path / "test"
    makers = {
        "real": lambda seed: picture(seed, 160, 160),
        "nearest": lambda seed: upsampled(seed, Image.Resampling.NEAREST),
        "bilinear": lambda seed: upsampled(seed, Image.Resampling.BILINEAR),
    }
    for name, make in makers.items():
        (test / name / "elsewhere").mkdir(parents=True)
        for index in range(6):
            Image.fromarray(make(90_000 + index)).save(test / name / "elsewhere" / f"{index}.png")
    figures = run_json("detectors", "evaluate", out, "--data", test, "--record", "elsewhere")
    assert figures["n"] == 18
    assert figures["accuracy"] >= 0.8
    shown = run_json("detectors", "show", out)
    assert shown["card"]["measured"][0]["set"] == "elsewhere"
    assert np.isclose(shown["card"]["measured"][0]["accuracy"], figures["accuracy"])
