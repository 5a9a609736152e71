"""The detector: a trained net with its card, read from and written to one ``.safetensors`` file."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load_file, save
from torch import Tensor, from_numpy

from core.dna.calibrate import Calibration
from core.dna.card import (
    BESIDE_THE_NETWORK,
    FORMAT,
    Header,
    answers_digest_of,
    read_header,
    reference_of,
    verify_network,
    verify_shapes,
    verify_weights,
)
from core.dna.encoder import Net
from core.dna.open_set import OpenSet
from core.dna.preprocess import Preprocess
from core.dna.reference import FEATURES_TENSOR, LABELS_TENSOR, Reference
from core.dna.scope import Scope
from core.dna.spectrum import SpectrumVoice
from core.domain import DetectorReference
from core.errors import DetectorRefused
from core.whole_file import replace_file

_VOICE, _OPEN_SET = "spectrum.", "open_set."


@dataclass(frozen=True, slots=True)
class Detector:
    """A net ready to be used, with what its card says about using it.

    Attributes:
        net: encoder and class head, in evaluation mode, on the CPU.
        threshold: top score needed for *attributed*.
        accusing: top score that a class other than ``real`` needs as well; 0 where there is no such rule.
        scope: which images it may judge.
        spectrum: the second voice, or None.
        calibration: how logits become scores; None for the mean of the windows' softmax scores.
        likelihood: the card's part on likelihood ratios, or None (see `core/dna/likelihood.py`).
        open_set: the test for unknown architectures, or None.
        reference_images: where images of its classes lie, or None (an older file).
        agreement: the card's part on how many tiles agree in images it names rightly, or None.
        answers_digest: SHA-256 of all that decides an answer (see `answers_digest_of`); another file with the same one
            gives the same answers.
    """

    net: Net
    reference: DetectorReference
    classes: tuple[str, ...]
    preprocess: Preprocess
    threshold: float
    scope: Scope
    accusing: float = 0.0
    spectrum: SpectrumVoice | None = None
    calibration: Calibration | None = None
    likelihood: Mapping[str, Any] | None = None
    open_set: OpenSet | None = None
    reference_images: Reference | None = None
    agreement: Mapping[str, Any] | None = None
    answers_digest: str = ""


def load_detector(path: Path) -> Detector:
    """Load a detector after checking schema, weights digest, shapes and classes.

    Raises:
        DetectorRefused: one of the checks failed, or it is a pretext network; the sentence says which.
        NotFound, NoPermission: the file cannot be read.
    """
    header = read_header(path)
    verify_weights(path, header)
    verify_shapes(path, header)
    tensors = _tensors(path)
    card = header.card
    return Detector(
        _net(path, header, tensors),
        reference_of(path, header),
        header.classes,
        Preprocess.from_card(card["preprocess"]),
        float(card["threshold"]["value"]),
        Scope.from_card(card.get("scope") or {}),
        float(card["threshold"].get("accusing") or 0.0),
        _spectrum(tensors, len(header.classes)),
        Calibration.from_card(card["calibration"]) if card.get("calibration") else None,
        card.get("likelihood_ratio"),
        _open_set(card, tensors),
        _reference_images(tensors, len(header.classes)),
        card.get("agreement"),
        answers_digest_of(header),
    )


def load_parent(path: Path) -> tuple[Mapping[str, Tensor], Header]:
    """The weights of a network to start a training from, a detector's or a pretext network's, and its header.

    Returns:
        The state dict of a `Net` for the header's classes, and the header (its ``kind`` says what it is).

    Raises:
        DetectorRefused: the digest or the shapes are wrong.
        NotFound, NoPermission: the file cannot be read.
    """
    header = read_header(path)
    verify_weights(path, header)
    verify_network(path, header)
    return _network_part(_tensors(path)), header


def write_detector(
    path: Path,
    net: Net,
    card: Mapping[str, Any],
    *,
    spectrum: SpectrumVoice | None = None,
    open_set: OpenSet | None = None,
    reference_images: Reference | None = None,
) -> None:
    """Write net, card, second voice, test for unknown architectures and reference images, whole or not at all.

    The card's part ``open_set`` is the caller's; of `open_set` only the arrays are written here.
    """
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in net.state_dict().items()}
    if spectrum is not None:
        voice = spectrum.state_dict().items()
        tensors |= {_VOICE + name: tensor.detach().cpu().float().contiguous() for name, tensor in voice}
    if open_set is not None:
        tensors |= {_OPEN_SET + name: from_numpy(array.copy()).float() for name, array in open_set.arrays.items()}
    if reference_images is not None:
        tensors[FEATURES_TENSOR] = from_numpy(reference_images.features.copy()).half()
        tensors[LABELS_TENSOR] = from_numpy(reference_images.labels.copy()).long()
    _write(path, tensors, card)


def rewrite_card(path: Path, card: Mapping[str, Any]) -> None:
    """Replace the card of a detector file (after a measurement, say) and keep every tensor."""
    header = read_header(path)
    verify_weights(path, header)
    _write(path, _tensors(path), card)


def _write(path: Path, tensors: Mapping[str, Tensor], card: Mapping[str, Any]) -> None:
    unsigned = save(dict(tensors), metadata={})
    start = 8 + int.from_bytes(unsigned[:8], "little")
    metadata = {
        "format": FORMAT,
        "card": json.dumps(card, ensure_ascii=False),
        "weights_sha256": hashlib.sha256(unsigned[start:]).hexdigest(),
    }
    replace_file(path, save(dict(tensors), metadata=metadata), doing="writing the detector")


def _tensors(path: Path) -> dict[str, Tensor]:
    try:
        return dict(load_file(path))
    except SafetensorError as error:
        raise DetectorRefused(f"The weights of the detector {path} cannot be read: {error}.") from error


def _network_part(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {name: tensor for name, tensor in tensors.items() if not name.startswith(BESIDE_THE_NETWORK)}


def _net(path: Path, header: Header, tensors: Mapping[str, Tensor]) -> Net:
    net = Net(len(header.classes))
    try:
        net.load_state_dict(_network_part(tensors))
    except RuntimeError as error:
        raise DetectorRefused(f"The weights of the detector {path} cannot be read: {error}.") from error
    net.eval().requires_grad_(requires_grad=False)
    return net


def _spectrum(tensors: Mapping[str, Tensor], classes: int) -> SpectrumVoice | None:
    held = {name.removeprefix(_VOICE): tensor for name, tensor in tensors.items() if name.startswith(_VOICE)}
    if not held:
        return None
    voice = SpectrumVoice(classes)
    voice.load_state_dict(held)
    voice.eval().requires_grad_(requires_grad=False)
    return voice


def _open_set(card: Mapping[str, Any], tensors: Mapping[str, Tensor]) -> OpenSet | None:
    if "method" not in (card.get("open_set") or {}):  # the card may say instead why there is no such test
        return None
    arrays = {name: tensor.numpy() for name, tensor in tensors.items() if name.startswith(_OPEN_SET)}
    return OpenSet.from_card(card["open_set"], arrays)


def _reference_images(tensors: Mapping[str, Tensor], classes: int) -> Reference | None:
    if FEATURES_TENSOR not in tensors:
        return None
    features, labels = tensors[FEATURES_TENSOR].float(), tensors[LABELS_TENSOR].long()
    if not features.isfinite().all() or labels.min() < 0 or labels.max() >= classes:
        raise DetectorRefused("The reference images of the detector are damaged.")
    return Reference(features.numpy(), labels.numpy())
