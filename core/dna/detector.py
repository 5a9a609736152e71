"""The detector: a trained net with its card, read from and written to one ``.safetensors`` file."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load_file, save

from core.dna.card import FORMAT, read_header, reference_of, verify_shapes, verify_weights
from core.dna.encoder import Net
from core.dna.preprocess import Preprocess
from core.domain import DetectorReference
from core.errors import DetectorRefused, error_from_os


@dataclass(frozen=True, slots=True)
class Detector:
    """A net ready to be used, with what its card says about using it.

    Attributes:
        net: encoder and class head, in evaluation mode, on the CPU.
        threshold: top score needed for *attributed*.
        smallest_side: images with a shorter side in pixels are out of scope.
        flat_deviation: images whose grey levels deviate less (standard deviation) are out of scope.
    """

    net: Net
    reference: DetectorReference
    classes: tuple[str, ...]
    preprocess: Preprocess
    threshold: float
    smallest_side: int
    flat_deviation: float


def load_detector(path: Path) -> Detector:
    """Load a detector after checking schema, weights digest, shapes and classes.

    Raises:
        DetectorRefused: one of the checks failed; the sentence says which.
        NotFound, NoPermission: the file cannot be read.
    """
    header = read_header(path)
    verify_weights(path, header)
    verify_shapes(path, header)
    net = Net(len(header.classes))
    try:
        net.load_state_dict(load_file(path))
    except (SafetensorError, RuntimeError) as error:
        raise DetectorRefused(f"The weights of the detector {path} cannot be read: {error}.") from error
    net.eval().requires_grad_(requires_grad=False)
    scope = header.card.get("scope", {})
    return Detector(
        net,
        reference_of(path, header),
        header.classes,
        Preprocess.from_card(header.card["preprocess"]),
        float(header.card["threshold"]["value"]),
        int(scope.get("smallest_side", 128)),
        float(scope.get("flat_deviation", 2.0)),
    )


def write_detector(path: Path, net: Net, card: Mapping[str, Any]) -> None:
    """Write net and card as one file: whole under a temporary name, then replaced."""
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in net.state_dict().items()}
    unsigned = save(tensors, metadata={})
    start = 8 + int.from_bytes(unsigned[:8], "little")
    metadata = {
        "format": FORMAT,
        "card": json.dumps(card, ensure_ascii=False),
        "weights_sha256": hashlib.sha256(unsigned[start:]).hexdigest(),
    }
    temporary = path.with_suffix(".tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_bytes(save(tensors, metadata=metadata))
        os.replace(temporary, path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise error_from_os(error, path, doing="writing the detector") from error


def rewrite_card(path: Path, card: Mapping[str, Any]) -> None:
    """Replace the card of a detector file (after a measurement, say) and keep its weights."""
    write_detector(path, load_detector(path).net, card)
