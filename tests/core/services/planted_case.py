"""A case whose exhibits were never decoded, with findings of the installed detector and planted features."""

import numpy as np

from core.domain import CaseDetails, Verdict
from core.store import findings
from tests.core.store.generated import add_exhibit, finding_of


def around(draw, base, count, spread=0.3):
    """Features (count, 512) around one direction near `base`."""
    return base + draw.normal(size=512) + draw.normal(size=(count, 512)) * spread


def plant(workspace, folder, reference, features, verdicts, *, blind=False):
    """Make and open a case with one exhibit for each feature; a feature may be None or any bytes."""
    workspace.cases.create(folder, CaseDetails("Planted", blind=blind))
    with workspace.cases.database.writing() as transaction:
        for number, _ in enumerate(features):
            add_exhibit(transaction, number)
        made = [
            finding_of(number, detector=reference, feature=_bytes(feature), verdict=verdict, architecture="nearest")
            for number, (feature, verdict) in enumerate(zip(features, verdicts, strict=True))
            if verdict is not None
        ]
        findings.add_all(transaction, made)
    return tuple(range(1, len(features) + 1))


def _bytes(feature):
    if feature is None or isinstance(feature, bytes):
        return feature
    return np.asarray(feature, np.float16).tobytes()


def story(seed=1):
    """Eight unknown exhibits that belong together, twelve that do not, ten attributed ones; and reference images."""
    draw = np.random.default_rng(seed)
    base = draw.normal(size=512)
    known = base + draw.normal(size=512)
    features = [
        *around(draw, base, 8),
        *(base + draw.normal(size=(12, 512))),
        *(known + draw.normal(size=(10, 512)) / 2),
    ]
    verdicts = [Verdict.UNKNOWN] * 20 + [Verdict.ATTRIBUTED] * 10
    reference = np.vstack([known + draw.normal(size=(40, 512)) / 2, *(around(draw, base, 40, 0.5) for _ in range(2))])
    return features, verdicts, reference, np.repeat([1, 0, 2], 40)
