"""A case of many exhibits made without the intake: small real pictures, planted findings and heat maps."""

import hashlib
import io

import numpy as np
from PIL import Image

from core.domain import ImageFacts, Verdict
from core.store import blobs, exhibits, findings, heat_maps
from tests.core.services.reported_case import finding, heat_map

_BATCH = 500
_VERDICTS = (Verdict.ATTRIBUTED, Verdict.INCONCLUSIVE, Verdict.UNKNOWN)


def fill(database, summary, count, side=96):
    """Take `count` different pictures into an open case, each with a finding and a kept heat map."""
    for start in range(0, count, _BATCH):
        with database.writing() as transaction:
            made = []
            for number in range(start, min(count, start + _BATCH)):
                data = _picture(number, side)
                sha256 = hashlib.sha256(data).hexdigest()
                path = blobs.evidence_path(database.folder, sha256)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(data)
                exhibits.add(
                    transaction,
                    sha256=sha256,
                    md5=hashlib.md5(data).hexdigest(),
                    size_bytes=len(data),
                    name=f"IMG_{number:05d}.jpg",
                    path=f"/media/stick/DCIM/IMG_{number:05d}.jpg",
                    facts=ImageFacts("JPEG", "RGB 8 bit", side, side, jpeg_quality=75),
                )
                made.append(finding(sha256, summary, _VERDICTS[number % 3], seed=number))
            findings.add_all(transaction, made)
        for one in made:
            heat_maps.write(database.folder, heat_map(one.exhibit_sha256, summary))


def _picture(number, side):
    draw = np.random.default_rng(number)
    small = Image.fromarray(draw.integers(0, 256, (6, 6, 3), dtype=np.uint8))
    stream = io.BytesIO()
    small.resize((side, side), Image.Resampling.BICUBIC).save(stream, "JPEG", quality=75)
    return stream.getvalue()
