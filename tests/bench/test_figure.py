"""Where Base, +PT, +PCL and both look, as in the paper's Figure 6: layer-4 heat maps side by side, as one picture.

Run by command: FIGURE_OUT=panel.png python -m pytest -m slow tests/bench/test_figure.py -s. The networks are trained at
the small budget of test_ablation.py; the images are those of the sample case, which may be shown.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from core.dna.detector import load_detector, write_detector
from core.dna.explain import Explainer
from core.examine import MapQuestion
from core.imaging.overlay import heat_map_plane, overlaid
from tests.bench.test_ablation import STEPS, WAYS, pictures, trained  # noqa: F401 - a fixture

SAMPLES = Path(__file__).resolve().parents[2] / "resources" / "sample_case" / "images"
SHOWN = (
    ("camera/cat_profile.png", "photograph"),
    ("downloads/screenshot.jpg", "transposed convolution"),
    ("downloads/cup.png", "nearest neighbour"),
)
SIDE, MARGIN, LINE = 260, 12, 22


def detector_of(net, plan, classes, path):
    """The network as a detector that names what has the highest score."""
    card = {
        "schema": 2,
        "name": "figure",
        "version": "1",
        "classes": [{"name": name, "title": name, "description": ""} for name in classes],
        "preprocess": plan.preprocess.to_card(),
        "threshold": {"value": 1.0},
        "scope": {"smallest_side": 128, "flat_deviation": 2.0},
        "measured": [],
    }
    write_detector(path, net, card)
    return load_detector(path)


@pytest.mark.slow
@pytest.mark.shared_data
def test_where_four_ways_of_training_look(pictures, tmp_path):  # noqa: F811 - the fixture
    manifest, training, held = pictures
    samples = [np.asarray(Image.open(SAMPLES / name).convert("RGB"))[:SIDE, :SIDE] for name, _ in SHOWN]
    columns = [[("", "", sample) for sample in samples]]
    for way in WAYS[:4]:
        folder = tmp_path / way.name
        folder.mkdir()
        net, plan = trained(way, manifest, training, held, folder, STEPS)
        explainer = Explainer(detector_of(net, plan, manifest.classes, folder / "figure.safetensors"))
        column = []
        for sample in samples:
            heat_map = explainer.heat_map(sample, "0" * 64, MapQuestion())
            column.append((way.name, heat_map.target, overlaid(sample, heat_map_plane(heat_map))))
            print(way.name, heat_map.target, f"peak {heat_map.peak:.3g}", flush=True)  # noqa: T201 - the result
        columns.append(column)
    panel = drawn(columns)
    panel.save(os.environ.get("FIGURE_OUT", str(tmp_path / "panel.png")))
    assert panel.width == len(columns) * (SIDE + MARGIN) + MARGIN


def drawn(columns):
    """Columns of (way, class, picture) as one picture with captions."""
    height = LINE + len(SHOWN) * (SIDE + LINE + MARGIN)
    panel = Image.new("RGB", (len(columns) * (SIDE + MARGIN) + MARGIN, height), "white")
    draw, font = ImageDraw.Draw(panel), ImageFont.load_default(size=14)
    for column, cells in enumerate(columns):
        left = MARGIN + column * (SIDE + MARGIN)
        draw.text((left, 4), cells[0][0] or "image", fill="black", font=font)
        for row, (_, name, pixels) in enumerate(cells):
            top = LINE + row * (SIDE + LINE + MARGIN)
            panel.paste(Image.fromarray(pixels), (left, top))
            draw.text((left, top + SIDE + 2), name or SHOWN[row][1], fill="black", font=font)
    return panel
