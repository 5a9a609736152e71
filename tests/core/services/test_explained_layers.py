"""The layers of one image on the disk: pictures of its size, and the numbers that they were made from."""

import json
from datetime import UTC, datetime

import numpy as np
import pytest
from PIL import Image

from core.domain import ConsistencyGrid, DetectorReference, Finding, Tile, Verdict
from core.examine import HeatMap, HeatMapPatch, MapMethod, MapScore
from core.imaging.residual import noise_residual
from core.services.explained_layers import SUMMARY, write_layers, write_summary
from tests.conftest import picture

DETECTOR = DetectorReference("field", "1", "d" * 64)
WIDTH, HEIGHT = 320, 1100  # higher than one strip of the residual


@pytest.fixture
def pixels():
    """A picture with a fine stripe pattern of period 4: one peak at a quarter of a cycle per pixel."""
    stripes = (24 * np.cos(np.pi / 2 * np.arange(WIDTH)))[None, :, None]
    return np.clip(picture(1, WIDTH, HEIGHT) * 0.7 + 40 + stripes, 0, 255).astype(np.uint8)


@pytest.fixture
def finding():
    boxes = tuple((80 * (tile % 4), 275 * (tile // 4), 80, 275) for tile in range(16))
    tiles = tuple(Tile("sdxl" if tile < 12 else "real", 0.5 + tile / 100) for tile in range(16))
    return Finding(
        "a" * 64, DETECTOR, Verdict.ATTRIBUTED, "", "sdxl", (("sdxl", 0.9), ("real", 0.1)), 0.7,
        ConsistencyGrid(12, tiles, boxes), "CPU", 1.0, datetime.now(UTC),
    )  # fmt: skip


@pytest.fixture
def map_():
    ramp = np.tile(np.linspace(0, 1, 16, dtype=np.float32), (16, 1))
    return HeatMap(
        "a" * 64, DETECTOR, 3, "sdxl", 0.25, (HeatMapPatch((0, 0, 160, 160), ramp),), (WIDTH, HEIGHT),
        MapMethod.LAYER_CAM, MapScore.PROBABILITY,
    )  # fmt: skip


def test_every_layer_is_a_picture_and_has_its_scale(tmp_path, pixels, finding, map_):
    row = write_layers("a.png", pixels, finding, map_, tmp_path / "a-1")
    kinds = {"heat_map", "overlay", "grid", "residual", "spectrum"}
    assert set(row["layers"]) == kinds
    for kind in kinds:
        assert row[kind] == str(tmp_path / f"a-1-{kind}.png")
        with Image.open(row[kind]) as drawn:
            assert drawn.format == "PNG"
            if kind not in ("spectrum", "grid"):
                assert drawn.size == (WIDTH, HEIGHT)
        assert "scale" in row["layers"][kind]
    assert (row["layer"], row["target"], row["method"], row["score"]) == (3, "sdxl", "Layer-CAM", "probability")
    assert (row["verdict"], row["scores"], row["threshold"]) == ("attributed", {"sdxl": 0.9, "real": 0.1}, 0.7)
    assert row["detector"]["digest"] == "d" * 64
    assert "proves nothing by itself" in row["note"]
    grid = row["layers"]["grid"]
    assert (grid["agreeing"], [tile["agrees"] for tile in grid["tiles"]]) == (12, [True] * 12 + [False] * 4)
    assert grid["tiles"][5]["box"] == [80, 275, 80, 275]
    assert row["layers"]["heat_map"]["peak"] == 0.25
    assert row["layers"]["heat_map"]["windows"] == [[0, 0, 160, 160]]


def test_the_numbers_are_those_of_the_pixels(tmp_path, pixels, finding, map_):
    row = write_layers("a.png", pixels, finding, map_, tmp_path / "a")
    residual = noise_residual(pixels)
    expected = np.sqrt((residual.astype(float) ** 2).mean((0, 1)))
    assert list(row["layers"]["residual"]["deviation"].values()) == pytest.approx(expected, rel=1e-6)
    scale = row["layers"]["residual"]["scale"]
    with Image.open(row["residual"]) as drawn:
        shown = np.asarray(drawn).astype(float)
    levels = scale["low"] + shown / 255 * (scale["high"] - scale["low"])  # the legend read as one would read it
    assert np.abs(levels - residual.clip(scale["low"], scale["high"])).max() <= 0.5 / 8 + 1e-6
    strongest = row["layers"]["spectrum"]["peaks"][0]
    assert (abs(strongest["x"]), strongest["y"]) == (0.25, 0.0)
    assert strongest["decibels"] > 10


def test_the_spectrum_has_a_ring_around_the_peak_and_a_legend(tmp_path, pixels, finding, map_):
    row = write_layers("a.png", pixels, finding, map_, tmp_path / "a")
    with Image.open(row["spectrum"]) as drawn:
        sheet = np.asarray(drawn)
    side = sheet.shape[1]
    assert (side, sheet.shape[0] > side) == (768, True)
    count = side // 256
    x, y = round((0.25 * 256 + 128 + 0.5) * count), round((128 + 0.5) * count)
    assert (sheet[y, x + 8 : x + 13] == 255).all(1).any()  # the ring
    assert not (sheet[y, x - 4 : x + 5] == 255).all(1).any()  # and not a disc: the peak is still seen
    foot = sheet[side:]
    assert {tuple(pixel) for pixel in foot[14, 12:15]} & {(0, 32, 76), (0, 34, 78), (0, 32, 77), (0, 34, 77)}
    assert (foot[-25:] < 60).all(2).any()  # numbers


def test_an_image_without_a_grid_has_no_such_layer(tmp_path, pixels, finding, map_):
    from dataclasses import replace

    row = write_layers("a.png", pixels, replace(finding, grid=None), map_, tmp_path / "a")
    assert "grid" not in row
    assert "grid" not in row["layers"]
    assert row["agreeing"] is None


def test_the_summary_is_one_file_with_all_rows(tmp_path, pixels, finding, map_):
    rows = [write_layers("caf\u00e9 \udce9.png", pixels, finding, map_, tmp_path / "a"), {"image": "b", "hidden": True}]
    write_summary(rows, tmp_path)
    assert json.loads((tmp_path / SUMMARY).read_text()) == rows
    assert list(tmp_path.glob("*.tmp")) == []
