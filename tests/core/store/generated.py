"""Records and whole cases made up for the tests of the store."""

import hashlib
import random
from datetime import UTC, datetime

from core.domain import (
    ConsistencyGrid,
    DetectorReference,
    Finding,
    ImageFacts,
    Tile,
    Verdict,
)
from core.store import exhibits, findings

DETECTOR = DetectorReference("field", "1.0", "d" * 64)
ARCHITECTURES = ("real", "ProGAN", "StyleGAN", "SD 1", "SD 2", "SDXL", "Midjourney", "DALL-E 2", "FLUX")
METADATA = tuple((f"Exif.Photo.Tag{number}", f"value {number} of the camera") for number in range(12))
BATCH = 500


def sha256_of(number):
    return hashlib.sha256(b"%d" % number).hexdigest()


def facts_of(width=1024, height=768, container="JPEG"):
    return ImageFacts(container, "RGB 8 bit", width, height, jpeg_quality=90, metadata=METADATA)


def add_exhibit(transaction, number, *, name=None, path=None, facts=None):
    return exhibits.add(
        transaction,
        sha256=sha256_of(number),
        md5=hashlib.md5(b"%d" % number).hexdigest(),
        size_bytes=500_000 + number,
        name=name or f"IMG_{number}.jpg",
        path=path or f"/media/usb stick/DCIM/{number // 100}/IMG_{number}.jpg",
        facts=facts or facts_of(),
    )


def finding_of(number, *, architecture="StyleGAN", score=0.9, verdict=Verdict.ATTRIBUTED, agreeing=12, **changes):
    rest = (1 - score) / (len(ARCHITECTURES) - 1)
    others = [name for name in ARCHITECTURES if name != architecture]
    tiles = tuple(Tile(architecture if tile < agreeing else "real", 0.1 * tile / 3) for tile in range(16))
    boxes = tuple((128 * (tile % 4), 128 * (tile // 4), 128, 128) for tile in range(16))
    out_of_scope = verdict is Verdict.OUT_OF_SCOPE
    values = {
        "exhibit_sha256": sha256_of(number),
        "detector": DETECTOR,
        "verdict": verdict,
        "reason": f"The top score {score:.2f} was compared with the threshold 0.70.",
        "architecture": None if out_of_scope else architecture,
        "scores": () if out_of_scope else ((architecture, score), *((name, rest) for name in others)),
        "threshold": 0.7,
        "grid": None if out_of_scope else ConsistencyGrid(agreeing, tiles, boxes),
        "device": "cpu",
        "ms": 41.5,
        "made_at": datetime.now(UTC),
        "feature": bytes(1024),
        "conditions": {"torch": "2.15.0", "precision": "bf16", "threads": 2, "preprocessing": {"kind": "native"}},
    }
    return Finding(**{**values, **changes})


def fill(database, count, seed=1):
    """Exhibits, findings on nine of ten, tags and reviews, as a day of work leaves them."""
    draw = random.Random(seed)
    for start in range(0, count, BATCH):
        numbers = range(start, min(count, start + BATCH))
        with database.writing() as transaction:
            for number in numbers:
                name = f"IMG_{draw.randrange(10**6)}.jpg"
                add_exhibit(transaction, number, name=name, facts=facts_of(draw.randrange(64, 4000)))
            findings.add_all(transaction, [_drawn(draw, number) for number in numbers if number % 10])
    everything = range(1, count + 1)
    with database.writing() as transaction:
        for tag in range(10):
            exhibits.tag(transaction, draw.sample(everything, count // 50), tag, True)
        exhibits.set_reviewed(transaction, draw.sample(everything, count // 3), True)
        for exhibit_id in draw.sample(everything, count // 100):
            exhibits.set_note(transaction, exhibit_id, f"Looks like the one from case {exhibit_id}.")


def _drawn(draw, number):
    return finding_of(
        number,
        architecture=draw.choice(ARCHITECTURES),
        score=draw.random(),
        verdict=draw.choice(tuple(Verdict)),
        agreeing=draw.randrange(17),
    )
