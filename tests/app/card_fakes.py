"""A card with every part filled, and what the services answer about detectors; all of it is made up."""

from __future__ import annotations

from typing import Any

FIGURES: dict[str, Any] = {
    "n": 100,
    "accuracy": 0.79,
    "accuracy_ci": [0.70, 0.86],
    "macro_f1": 0.7,
    "false_accusation": {"n": 60, "count": 3, "rate": 0.05, "ci": [0.017, 0.137]},
    "conclusive": {"n": 40, "correct": 36, "accuracy": 0.9, "ci": [0.77, 0.96]},
    "unknown": {"n": 20, "attributed": 4, "rate": 0.2, "ci": [0.08, 0.42]},
    "verdicts": {"attributed": 44, "unknown architecture": 10, "inconclusive": 66, "out of scope": 0},
    "per_class": {"real": {"n": 60, "recall": 0.95, "ci": [0.86, 0.98]}, "sd1": {"n": 40, "recall": 0.55}},
    "per_source": {
        "real/phone": {"n": 60, "correct": 57, "conclusive": 10, "conclusive_correct": 9},
        "sd1/forum": {"n": 40, "correct": 22, "conclusive": 30, "conclusive_correct": 27},
    },
    "confusion": {
        "labels": ["real", "sd1", "gan", "out of scope"],
        "matrix": [[57, 3, 0, 0], [10, 22, 8, 0], [0, 0, 0, 0]],
    },
    "ece": 0.08,
    "cllr": 0.62,
    "auroc_unknown": 0.71,
    "oscr": 0.55,
    "data_digest": "c0ffee" * 10,
}

CARD: dict[str, Any] = {
    "schema": 2,
    "title": "Full detector",
    "classes": [
        {"name": "real", "title": "Real photograph", "description": "no generator"},
        {"name": "sd1", "title": "Stable Diffusion 1", "description": "f8 autoencoder"},
        {"name": "gan", "title": "Some GAN", "description": "a GAN"},
    ],
    "threshold": {"value": 0.7, "accusing": 0.9, "accusing_rule": "At most 0.5 % accused."},
    "calibration": {"net": 0.62, "spectrum": 0.41, "rule": "logistic loss", "set": "held-out", "n": 212},
    "calibrated_on": {"sources": ["real/desk"], "command": "main.py detectors calibrate full --data held"},
    "likelihood_ratio": {
        "against": "another process of the set",
        "set": "cross",
        "classes": {
            "sd1": {
                "slope": 1.0,
                "ceiling": 12.3,
                "floor": 0.2,
                "own_images": 40,
                "own_sources": 3,
                "other_images": 60,
                "other_sources": 4,
            },
            "gan": {"why_not": "The validation set holds one source of it."},
        },
    },
    "open_set": {
        "method": "knn",
        "threshold": 0.3,
        "true_positive_rate": 0.95,
        "set": "held-out",
        "compared": {"knn": {"auroc": 0.8}, "energy": {"auroc": 0.7, "oscr": 0.6}},
    },
    "scope": {"smallest_side": 128, "jpeg_quality_low": 50, "seen": {"jpeg_quality": [62, 100]}},
    "measured": [
        {"set": "cross", "date": "2026-11-21", "command": "main.py detectors evaluate full --data cross", **FIGURES},
        {"set": "second", "date": "2026-11-20", **FIGURES, "on_training_sources": ["real/phone"]},
    ],
    "cross_validated": {
        "command": "main.py detectors leave-one-out full.toml --data field",
        "own_recipe": False,
        "architectures": {
            "rows": [{"held": "gan", "n": 9, "attributed": {"n": 9, "count": 2}, "auroc": 0.7, "oscr": 0.5}]
        },
        "rows": [
            {"held": "sd1/forum", "n": 40, "correct": 20},
            {"held": "real/phone", "n": 60, "correct": 50, "false_accusation": {"n": 60, "count": 2}},
        ],
    },
    "curves": [
        {"step": 100, "classification": 2.0, "contrast": 4.0},
        {"step": 300, "classification": 0.6, "contrast": 2.5, "recall": 0.8},
        {"step": 200, "classification": 0.5, "contrast": 3.0, "recall": 0.6},
    ],
}

COMPARISON: dict[str, Any] = {
    "a": {"detector": {"name": "field", "version": "1", "digest": "ab12cd34" * 8}, **FIGURES},
    "b": {"detector": {"name": "lab", "version": "2", "digest": "cd" * 32}, **FIGURES, "accuracy": 0.5, "oscr": 0.4},
    "paired": {"both": 45, "only_a": 34, "only_b": 5, "neither": 16, "mcnemar_p": 0.0000021},
    "sources": [{"source": "sd1/forum", "n": 40, "a": 22, "b": 10}],
    "differing": [
        {
            "path": "sd1/forum/1.png",
            "truth": "sd1",
            "a": {"verdict": "attributed", "architecture": "sd1", "score": 0.9},
            "b": {"verdict": "out of scope", "architecture": None, "score": None},
        }
    ],
    "data_digest": "c0ffee" * 10,
    "skipped": [],
}
