"""How the second voice should hear: every source of photographs and of Stable Diffusion 1 left out in turn.

Run by command: python -m pytest -m slow tests/bench/test_spectrum_levers.py -s. Photographs come from the data tiers
`field` and `lab` (every n-th file of the latter); other classes have one source and are judged on a held-out share.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

import numpy as np
import pytest
import torch

from core.dna.augment import Augment, augmented
from core.dna.dataset import Item, Picture, list_data, load_pictures, split
from core.dna.preprocess import Preprocess, prepare
from core.dna.recipe import Spectrum
from core.dna.spectrum import log_spectrum, smoothed
from core.dna.spectrum_training import fitted_voice, image_weights

VIEWS = 6
LAB = (("faces-all-ages", 2), ("landscapes", 4), ("faces-celeba", 12))
FOLDS = (
    ("real/ciplab-real", "real/faces-celeba", "stable-diffusion-1/sd14-blonde_woman"),
    ("real/catsdogs-chanakya", "real/faces-all-ages", "stable-diffusion-1/sd-joshclwren"),
    ("real/imagenette", "real/ffhq-sergibot", "real/ffhq-dinablachman", "stable-diffusion-1/sd1-supagruen-grids"),
    ("real/landscapes",),
)
AUGMENT = Augment(resize_low=0.5, resize_high=1.5, jpeg_low=60, webp=0.15)
WINDOWS = Preprocess(kind="native", channels="residual", window_px=128)
VARIANTS = (
    ("log-spectrum as it is (the baseline)", None, 2.0),
    ("less its mean", 0.0, 2.0),
    ("against neighbours, deviation 3", 3.0, 2.0),
    ("against neighbours, deviation 2, photographs ×2", 2.0, 2.0),
    ("against neighbours, deviation 2, photographs ×4", 2.0, 4.0),
    ("against neighbours, deviation 1, photographs ×4", 1.0, 4.0),
)


def lab_items(folder):
    for name, nth in LAB:
        for path in sorted((folder / "lab" / name).iterdir())[::nth]:
            group = path.name.split("_")[0] if name == "faces-celeba" else path.name
            yield Item(path, "real", name, "", group, quarters=False)


def spectra(pictures: list[Picture]) -> torch.Tensor:
    """Log-spectra of each image, once clean and processed at random (n, views, 3, 64, 33)."""
    rng = np.random.default_rng(0)
    out = torch.empty(len(pictures), VIEWS, 3, 64, 33)
    for at, picture in enumerate(pictures):
        for view in range(VIEWS):
            pixels = picture.pixels[:640, :640]
            seen = augmented(pixels, AUGMENT, rng) if view else picture.pixels
            windows = torch.from_numpy(prepare(seen, WINDOWS).whole).permute(0, 3, 1, 2)
            out[at, view] = log_spectrum(windows).mean(0)
    return out


def heard(raw: torch.Tensor, neighbourhood: float | None) -> torch.Tensor:
    flat = raw.flatten(0, 1)
    if neighbourhood is None:
        return raw.flatten(2)
    base = flat.mean((2, 3), keepdim=True) if neighbourhood == 0 else smoothed(flat, neighbourhood)
    return (flat - base).flatten(1).reshape(*raw.shape[:2], -1)


def recalls(raw, pictures, classes, shared, neighbourhood, real_weight):
    """Share right by source, on clean images, of folds in which the source was left out."""
    names = np.array([f"{p.item.architecture}/{p.item.source}" for p in pictures])
    labels = torch.tensor([classes.index(p.item.architecture) for p in pictures])
    features, hits = heard(raw, neighbourhood), defaultdict(list)
    for fold in FOLDS:
        out = np.isin(names, fold) | shared
        rows = np.flatnonzero(~out)
        weights = image_weights([pictures[row] for row in rows], real_weight).repeat_interleave(VIEWS) / VIEWS
        voice = fitted_voice(
            features[rows].flatten(0, 1),
            labels[rows].repeat_interleave(VIEWS),
            weights,
            len(classes),
            replace(Spectrum(), iterations=30),
        )
        for row in np.flatnonzero(out):
            hits[names[row]].append(bool(voice.of_peaks(features[row, :1]).argmax() == labels[row]))
    return {name: float(np.mean(values)) for name, values in hits.items()}


@pytest.mark.slow
@pytest.mark.shared_data
def test_sources_left_out(shared_data):
    manifest = list_data(shared_data / "field")
    items = [*manifest.items, *lab_items(shared_data)]
    held = {item.path for item in split(manifest, (), 0.15)[1]}
    pictures = load_pictures(items, lambda path, why: pytest.fail(f"{path}: {why}"), lambda: None)
    one_source = np.array(
        [p.item.path in held and p.item.architecture not in {"real", "stable-diffusion-1"} for p in pictures]
    )
    raw = spectra(pictures)
    lines = []
    for caption, neighbourhood, real_weight in VARIANTS:
        by_source = recalls(raw, pictures, manifest.classes, one_source, neighbourhood, real_weight)
        groups = defaultdict(list)
        for name, share in by_source.items():
            kind = name.split("/")[0]
            groups[kind if kind in {"real", "stable-diffusion-1"} else "others"].append(share)
        lines.append(caption)
        shares = " | ".join(f"{kind} {np.mean(values):.2f}" for kind, values in sorted(groups.items()))
        print(f"\n{caption} | {shares}", flush=True)  # noqa: T201 - the result of the study
        print("   ", {name: round(share, 2) for name, share in sorted(by_source.items())}, flush=True)  # noqa: T201
    assert len(lines) == len(VARIANTS)
