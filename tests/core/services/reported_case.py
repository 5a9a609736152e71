"""A case that a report can be issued of: planted findings and heat maps, so that no network is needed."""

from dataclasses import replace
from datetime import UTC, date, datetime

import numpy as np

from core.custody import CustodyForm, CustodyKind
from core.domain import (
    CaseDetails,
    ConsistencyGrid,
    DetectorReference,
    ExhibitFilter,
    Finding,
    LikelihoodRatio,
    Tile,
    Verdict,
)
from core.examine import HeatMap, HeatMapPatch
from core.report import as_json
from core.reporting import ReportDraft
from core.services.workspace import Workspace
from core.store import findings, heat_maps
from tests.conftest import CLASSES, save_pictures

RATIO = LikelihoodRatio(66.0, 24.0, 150.0, 201.0, "the other classes")
BOXES = tuple((40 * (tile % 4), 36 * (tile // 4), 40, 36) for tile in range(16))


def make(folder, pictures, count=3, *, blind=False, examiner="A. Moreau"):
    """A case with exhibits but no findings; answers its path."""
    with Workspace() as workspace:
        workspace.settings.set("examiner", examiner)
        details = CaseDetails("Portraits", "2026/17", examiner, "Laboratory of Digital Images", blind=blind)
        made = workspace.cases.create(folder, details).value
        workspace.intake.take([pictures if pictures is not None else save_pictures(folder.with_name("in"), count)])
        form = CustodyForm(
            CustodyKind.RECEIVED, datetime(2026, 11, 3, 9, 15, tzinfo=UTC), "Police", "Laboratory", "2026/17-A3", "4711"
        )
        workspace.custody.add(form)
    return made.path


def plant(workspace, reference, verdicts=None, *, maps=True):
    """A finding and a kept heat map on every exhibit of the open case; verdicts take turns."""
    verdicts = verdicts or (Verdict.ATTRIBUTED, Verdict.INCONCLUSIVE, Verdict.UNKNOWN)
    database = workspace.cases.database
    lines = workspace.exhibits.lines(workspace.exhibits.ids(ExhibitFilter()))
    made = [
        finding(line.sha256, reference, verdicts[place % len(verdicts)], line.id) for place, line in enumerate(lines)
    ]
    with database.writing() as transaction:
        findings.add_all(transaction, made)
    for line in lines if maps else ():
        heat_maps.write(database.folder, heat_map(line.sha256, reference))
    return tuple(line.id for line in lines)


def finding(sha256, reference, verdict, seed=1):
    tiles = tuple(Tile(CLASSES[1] if tile < 12 else CLASSES[0], 0.5 + tile / 40) for tile in range(16))
    return Finding(
        exhibit_sha256=sha256,
        detector=reference if isinstance(reference, DetectorReference) else reference.reference,
        verdict=verdict,
        reason="The top score 0.92 reaches the threshold 0.50.",
        architecture=CLASSES[1],
        scores=((CLASSES[1], 0.92), (CLASSES[0], 0.05), (CLASSES[2], 0.03)),
        threshold=0.5,
        grid=ConsistencyGrid(12, tiles, BOXES),
        device="cpu",
        ms=12.0,
        made_at=datetime.now(UTC),
        likelihood_ratio=RATIO if verdict is Verdict.ATTRIBUTED else None,
        feature=np.random.default_rng(seed).normal(size=512).astype(np.float16).tobytes(),
        conditions={"precision": "float32", "threads": 2, "versions": {"torch": "2.15.0"}},
    )


def heat_map(sha256, summary):
    patches = tuple(HeatMapPatch(box, np.full((4, 4), tile / 15, np.float32)) for tile, box in enumerate(BOXES))
    return HeatMap(sha256, summary.reference, 4, CLASSES[1], 2.5, patches, (160, 144))


def complete(draft: ReportDraft, **changes):
    """The draft with everything that blocks filled in."""
    laboratory = replace(draft.laboratory, address="1 Example Road", method="SOP-IMG-07")
    values = {
        "laboratory": laboratory,
        "customer": "District Court",
        "request": "Was it made by a generator?",
        "requested_on": date(2026, 11, 2),
        "place": "Exampletown",
        "condition": "Unbroken seal",
        "sampling": "none",
        "deviations": "none",
        "external_results": "none",
        "reviewer": "B. Okafor",
        "authoriser": "C. Haddad",
        "summary": "One image is attributed.",
    }
    return replace(draft, **{**values, **changes})


def draft(workspace, **changes):
    return complete(workspace.reports.draft(), **{"formats": ("json",), **changes})


def ids(workspace):
    return workspace.exhibits.ids(ExhibitFilter())


def record_of(report):
    path = next(report.folder / file.name for file in report.files if file.name.endswith(".json"))
    return as_json.read(path.read_bytes())


def blocking(workspace, wanted, **options):
    return {item.key: item.sentence for item in workspace.reports.checklist(wanted, **options) if item.blocks}


def reports_in(workspace):
    place = workspace.cases.database.folder / "reports"
    return sorted(path.name for path in place.iterdir()) if place.is_dir() else []
