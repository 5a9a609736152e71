"""Records of a consistency and of the checks of a map, as the services give them."""

from core.domain import Verdict
from core.examine import Consistency, MapMethod, MapQuestion, MapSanity, MapScore, MaskedVerdict, TileReading
from tests.app.examine_fakes import DETECTOR

SD, REAL, LDM = "stable-diffusion-1", "real", "latent-diffusion"


def a_tile(number: int, top: str = SD, **changes) -> TileReading:
    second = REAL if top == SD else SD
    scores = ((top, 0.9 - number / 100), (second, 0.08))
    distances = ((top, 0.12), (second, 0.31), (LDM, 0.4), ("x", 0.9))
    made = {"box": (160 * (number % 4), 120 * (number // 4), 128, 128), "scores": scores, "margin": 0.8}
    return TileReading(**{**made, "distances": distances, **changes})


def masked(*left_out: int, verdict: Verdict = Verdict.ATTRIBUTED, name: str | None = SD, score: float = 0.9):
    return MaskedVerdict(left_out, verdict, name, score)


def a_consistency(**changes) -> Consistency:
    """Twelve of sixteen tiles agree, tile 3 decides alone, and without the three strongest the image is real."""
    run = (masked(0), masked(0, 1, score=0.8), masked(0, 1, 2, name=REAL, score=0.75))
    alone = [masked(number) for number in range(16)]
    alone[2] = masked(2, verdict=Verdict.INCONCLUSIVE, score=0.6)
    made = {
        "exhibit_sha256": "a" * 64,
        "detector": DETECTOR,
        "architecture": SD,
        "agreeing": 12,
        "tiles": tuple(a_tile(number, SD if number < 12 else REAL) for number in range(16)),
        "percentile": 0.344,
        "validated_on": 61,
        "masked": (masked(), *alone, *run),
    }
    return Consistency(**{**made, **changes})


def a_sanity(failed: tuple[str, ...] = (), **changes) -> MapSanity:
    made = {
        "question": MapQuestion(4, SD, MapMethod.GRAD_CAM, MapScore.LOGIT),
        "randomised": (("class head", 0.3), ("layer 7", 0.2), ("layer 1", -0.01)),
        "deletion": ((0.0, 0.9), (0.2, 0.3), (1.0, 0.0)),
        "insertion": ((0.0, 0.0), (0.7, 0.5), (1.0, 0.9)),
        "deletion_area": 0.108,
        "insertion_area": 0.299,
        "random_deletion_area": 0.193,
        "agreement": (("Grad-CAM++", 0.91), ("Layer-CAM", 0.77)),
        "informative": not failed,
        "failed": failed,
    }
    return MapSanity(**{**made, **changes})
