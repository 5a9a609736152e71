"""Frozen records of looking closely at one exhibit, or at where it lies among others."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from core.domain import DetectorReference, RgbImage, Verdict

FEATURE_LENGTH = 512  # numbers of a feature


class MapMethod(StrEnum):
    """How a heat map is computed from activations and gradients."""

    GRAD_CAM = "Grad-CAM"
    GRAD_CAM_PLUS_PLUS = "Grad-CAM++"
    LAYER_CAM = "Layer-CAM"


class MapScore(StrEnum):
    """What of a class is differentiated."""

    LOGIT = "logit"
    PROBABILITY = "probability"


@dataclass(frozen=True, slots=True)
class MapQuestion:
    """What a heat map is to show; `target` None takes the class with the top score."""

    layer: int = 4
    target: str | None = None
    method: MapMethod = MapMethod.GRAD_CAM
    score: MapScore = MapScore.LOGIT


@dataclass(frozen=True, slots=True)
class HeatMapPatch:
    """One analysed region: (left, top, width, height) in stored pixels, and its values (h, w) in [0, 1]."""

    box: tuple[int, int, int, int]
    values: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class HeatMap:
    """Grad-CAM at one encoder layer for one class, on the regions of the image that the detector looked at.

    Attributes:
        layer: encoder block, 1–8 (4 is the paper's).
        target: class whose logit was differentiated.
        peak: largest raw value before scaling to [0, 1]; 0.0 means the map is empty.
        patches: the analysed regions; overlapping ones are to be averaged.
        size: (width, height) of the stored image.
        method, score: how it was computed, and what was differentiated.
    """

    exhibit_sha256: str
    detector: DetectorReference
    layer: int
    target: str
    peak: float
    patches: tuple[HeatMapPatch, ...]
    size: tuple[int, int]
    method: MapMethod = MapMethod.GRAD_CAM
    score: MapScore = MapScore.LOGIT

    @property
    def informative(self) -> bool:
        """Whether any pixel spoke for the target at this layer."""
        return self.peak > 0.0


@dataclass(frozen=True, slots=True)
class TileReading:
    """What the detector reads off one tile of the consistency grid.

    Attributes:
        box: (left, top, width, height) in stored pixels.
        scores: (class, score) pairs, highest first.
        margin: top score less the second.
        distances: (class, cosine distance of the tile's feature to the class's nearest reference image), nearest first;
            empty when the detector carries no reference images.
    """

    box: tuple[int, int, int, int]
    scores: tuple[tuple[str, float], ...]
    margin: float
    distances: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class MaskedVerdict:
    """What the verdict becomes when tiles (numbered row by row from 0) are left out."""

    left_out: tuple[int, ...]
    verdict: Verdict
    architecture: str | None
    score: float


@dataclass(frozen=True, slots=True)
class Consistency:
    """The consistency grid done properly.

    Attributes:
        architecture: what the whole image is called.
        agreeing: tiles out of 16 that name it.
        tiles: row by row.
        percentile: share (0-1) of correctly attributed validation images of this class with at most this agreement, or
            None when the detector's card does not say.
        validated_on: how many such images there were.
        masked: nothing left out, each tile left out alone, then the tiles with the highest scores for the class left
            out one after the other until the verdict changes or eight are gone.
    """

    exhibit_sha256: str
    detector: DetectorReference
    architecture: str
    agreeing: int
    tiles: tuple[TileReading, ...]
    percentile: float | None
    validated_on: int
    masked: tuple[MaskedVerdict, ...]


LEAST_FALL = 0.05  # score of the whole image over that of the emptied one, below which curves say nothing


@dataclass(frozen=True, slots=True)
class MapSanity:
    """Whether a heat map means anything.

    Attributes:
        randomised: (deepest block whose weights were randomised, rank correlation with the true map), cascading from
            the head down; a map that hardly changes does not depend on what was learned.
        deletion, insertion: (share of the image, score of the target) along the curve, strongest places first.
        deletion_area, insertion_area: area under them; `random_deletion_area` with places in random order.
        agreement: (method, rank correlation with this map) for the other methods.
        informative: all checks passed; `failed` says in sentences which did not.
    """

    question: MapQuestion
    randomised: tuple[tuple[str, float], ...]
    deletion: tuple[tuple[float, float], ...]
    insertion: tuple[tuple[float, float], ...]
    deletion_area: float
    insertion_area: float
    random_deletion_area: float
    agreement: tuple[tuple[str, float], ...]
    informative: bool
    failed: tuple[str, ...]

    @property
    def curves_speak(self) -> bool:
        """Whether the curves say anything: emptying the whole image lowers the score."""
        return bool(self.deletion) and self.deletion[0][1] - self.deletion[-1][1] >= LEAST_FALL


@dataclass(frozen=True, slots=True)
class RobustnessStep:
    """What the detector says of the image after one processing.

    Attributes:
        curve: which curve it belongs to ("JPEG", "Resize", "Crop", "Blur", "Noise", "Screenshot", "Light").
        level: where on the curve, in its own unit; smaller steps away from the original come first.
        text: the step in words ("JPEG quality 75").
        score: score of the architecture that the untouched image was given.
        top, top_score: the class on top after the processing.
    """

    curve: str
    level: float
    text: str
    verdict: Verdict
    score: float
    top: str | None
    top_score: float


@dataclass(frozen=True, slots=True)
class Robustness:
    """How far an answer survives processing; `preset` names the table of steps ("standard", "yu2019", "dnadet2021")."""

    exhibit_sha256: str
    detector: DetectorReference
    finding_id: int | None
    preset: str
    architecture: str
    verdict: Verdict
    score: float
    steps: tuple[RobustnessStep, ...]
    made_at: datetime
    device: str
    seed: int


@dataclass(frozen=True, slots=True)
class FileStatement:
    """One thing an image file says of itself; hostile text, kept as it is.

    Attributes:
        group: "EXIF", "IPTC", "XMP", "ICC", "JPEG", "PNG", "Generator", "Thumbnail".
        name: what it is, in the standard's words.
        text: its value.
    """

    group: str
    name: str
    text: str


class ProvenanceState(StrEnum):
    """The four things that can be said of Content Credentials (C2PA)."""

    TRUSTED = "valid and trusted"
    UNTRUSTED = "valid, untrusted signer"
    INVALID = "invalid"
    NONE = "none present"


@dataclass(frozen=True, slots=True)
class Provenance:
    """Content Credentials of a file.

    Attributes:
        state: one of four.
        signer, claim_generator, signed_at: what the manifest says, hostile text.
        source_type: DigitalSourceType of the manifest's actions, or "".
        statements: assertions and actions as lines of the group "C2PA".
        problems: validation codes with their explanation.
    """

    state: ProvenanceState
    signer: str = ""
    claim_generator: str = ""
    signed_at: str = ""
    source_type: str = ""
    statements: tuple[FileStatement, ...] = ()
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FileStatements:
    """Everything a file says of itself, each a line of its own, never merged with the detector's finding.

    Attributes:
        statements: all lines, in order of groups.
        generator: lines that name a generating program and its parameters (also among `statements`).
        source_type: DigitalSourceType of the XMP, or "".
        thumbnails: pictures embedded in the file.
        provenance: Content Credentials; None when they could not be checked at all, a remark says why.
        remarks: sentences about what could not be read.
    """

    statements: tuple[FileStatement, ...]
    generator: tuple[FileStatement, ...]
    source_type: str
    thumbnails: tuple[RgbImage, ...]
    provenance: Provenance | None
    remarks: tuple[str, ...]


class LayerKind(StrEnum):
    """What can lie over, or stand for, an exhibit on the canvas."""

    ORIGINAL = "Image"
    HEAT_MAP = "Heat map"
    GRID = "Consistency grid"
    RESIDUAL = "Noise residual"
    SPECTRUM = "Spectrum of the residual"
    DIFFERENCE = "Difference"


@dataclass(frozen=True, slots=True)
class SpectrumPicture:
    """Log-spectrum of the noise residual of an image, its middle the zero frequency.

    Attributes:
        values: (n, n) float32 in decibels over the median.
        peaks: (x, y, decibels over its neighbourhood) of the strongest peaks, in cycles per pixel (-0.5 to 0.5),
            strongest first; each stands for the peak at (-x, -y) as well, which is not listed.
    """

    values: NDArray[np.float32]
    peaks: tuple[tuple[float, float, float], ...]


OPINIONS = ("real", "generated", "undecided")  # what an examiner may think of an exhibit


@dataclass(frozen=True, slots=True)
class ExaminerView:
    """What an examiner thinks of an exhibit, written down before the detector's answer was shown (blind) or after.

    Attributes:
        opinion: one of `OPINIONS`.
        blind: whether scores and maps were hidden from this examiner until it was written.
    """

    exhibit_id: int
    examiner: str
    opinion: str
    text: str
    blind: bool
    made_at: datetime


class AnnotationKind(StrEnum):
    """What an examiner draws on an exhibit."""

    RECTANGLE = "rectangle"
    ARROW = "arrow"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Annotation:
    """An annotation on an exhibit; (x, y) points are fractions (0-1) of the stored image's width and height.

    A rectangle has two opposite corners, an arrow start and tip, a text its left top corner. `in_report`: whether it is
    to be printed.
    """

    exhibit_id: int
    kind: AnnotationKind
    points: tuple[tuple[float, float], ...]
    text: str
    examiner: str
    made_at: datetime
    in_report: bool = True
    id: int | None = None


@dataclass(frozen=True, slots=True)
class ExhibitGroup:
    """A named group of exhibits, made by the examiner or proposed by a clustering and accepted."""

    id: int
    name: str
    note: str
    exhibit_ids: tuple[int, ...]
    made_by: str
    made_at: datetime


@dataclass(frozen=True, slots=True)
class EmbeddingMap:
    """Where exhibits lie among others, in two dimensions.

    Attributes:
        method: "PCA", "t-SNE" or "t-SNE, the paper's preset".
        exhibit_ids: one for each point.
        points: (n, 2) float32.
        reference: (m, 2) float32 of the detector's reference images, may be empty.
        reference_labels: their classes (m,).
        clusters: proposed groups among the exhibits of unknown architecture: tuples of exhibit ids.
        left_out: exhibits without a (sound) feature of this detector.
        final: False while it is still being refined.
        verdicts: what the detector says of each exhibit.
        hidden: how many exhibits are not shown because this examiner has no view on them yet (blind case).
        remarks: sentences about what is missing.
        share: how much of the refinement is done, 0-1.
    """

    detector: DetectorReference
    method: str
    exhibit_ids: tuple[int, ...]
    points: NDArray[np.float32]
    reference: NDArray[np.float32]
    reference_labels: tuple[str, ...]
    clusters: tuple[tuple[int, ...], ...]
    left_out: tuple[int, ...]
    final: bool
    verdicts: tuple[Verdict, ...] = ()
    hidden: int = 0
    remarks: tuple[str, ...] = ()
    share: float = 1.0


@dataclass(frozen=True, slots=True)
class Neighbour:
    """An exhibit or a class of reference images near another exhibit; cosine distance, 0 is the same direction."""

    distance: float
    exhibit_id: int | None = None
    architecture: str | None = None
