"""The one door of the application: everything a user can do, in named parts."""

from __future__ import annotations

from core import paths
from core.services.activation import Activation
from core.services.analysis import Analysis
from core.services.annotations import Annotations
from core.services.cases import Cases
from core.services.conclusions import Conclusions
from core.services.cross_validation import CrossValidation
from core.services.custody import Custody
from core.services.detectors import Detectors
from core.services.embedding import Embedding
from core.services.exhibits import Exhibits
from core.services.explaining import Explaining
from core.services.explanations import Explanations
from core.services.files import Files
from core.services.groups import Groups
from core.services.intake import Intake
from core.services.integrity import Integrity
from core.services.portable import Portable
from core.services.processes import Processes
from core.services.reference_weights import ReferenceWeights
from core.services.report_engine import Engine
from core.services.report_readings import Readings
from core.services.report_verification import ReportVerification
from core.services.reports import Reports
from core.services.rerun import Reruns
from core.services.retraining import Retraining
from core.services.robustness import RobustnessChecks
from core.services.samples import Samples
from core.services.signing import Signing
from core.services.time_stamps import TimeStamps
from core.services.training import Training
from core.services.training_checks import TrainingChecks
from core.services.training_consent import TrainingConsent
from core.services.training_images import TrainingImages
from core.services.training_result import TrainingResults
from core.services.training_runs import TrainingRuns
from core.services.verification import CaseVerification
from core.services.views import Views
from core.settings import Settings


class Workspace:
    """Holds the services, the open case and the child processes.

    Args:
        settings: None reads the analyst's settings file.
    """

    def __init__(self, settings: Settings | None = None) -> None:
        self.settings = settings or Settings(paths.settings_file())
        self._processes = Processes(self.settings)
        self.cases = Cases(self.settings)
        self.detectors = Detectors(self.settings, self._processes)
        self.exhibits = Exhibits(self.cases, self._processes)
        self.files = Files(self.settings, self.exhibits, self._processes)
        self.intake = Intake(self.cases, self._processes)
        self.portable = Portable(self.cases)
        self.views, self.annotations, self.groups = Views(self.cases), Annotations(self.cases), Groups(self.cases)
        self.analysis = Analysis(self.settings, self.cases, self.detectors, self._processes)
        self.robustness = RobustnessChecks(self.settings, self.cases, self.analysis, self.detectors, self._processes)
        self.custody, self.integrity = Custody(self.cases), Integrity(self.cases)
        self.rerun = Reruns(self.cases, self.detectors, self._processes)
        self.conclusions = Conclusions(self.cases, self.detectors)
        self.signing, self.time_stamps = Signing(), TimeStamps(self.cases)
        self.report_verification = ReportVerification(self.cases, self._processes)
        self.verification = CaseVerification()
        self.embedding = Embedding(self.cases, self.detectors)
        self.reports = Reports(self.settings, self.cases, self._report_engine())
        self.explaining = Explaining(self.cases, self.analysis, self._processes)
        self.explanations = Explanations(self.cases, self.exhibits, self.analysis, self.detectors, self._processes)
        self.samples = Samples(self.cases, self.intake, self.analysis, self.explanations, self.custody, self.reports)
        self.training = Training()
        self.cross_validation = CrossValidation(self.training)
        self.reference_weights = ReferenceWeights()
        self._retrain()

    def _retrain(self) -> None:
        self.retraining = Retraining(self.cases, self.detectors, self.settings)
        self.training_consent = TrainingConsent(self.cases, self.embedding)
        self.training_images = TrainingImages(self._processes, self.settings)
        self.training_checks = TrainingChecks(self._processes, self.settings, self.detectors, self.training_images)
        self.training_runs = TrainingRuns(self.retraining, self.settings)
        self.training_results = TrainingResults(self._processes, self.detectors, self.retraining)
        self.activation = Activation(self.settings, self.detectors, self.retraining, self._processes, self.cases)

    def _report_engine(self) -> Engine:
        readings = Readings(self.settings, self.cases, self.analysis, self._processes)
        known = (self.cases, self.detectors, self.conclusions, self.integrity, self.embedding)
        return Engine(*known, readings, self._processes)

    def close(self) -> None:
        """End child processes and close the case."""
        self.reports.close()
        self.embedding.close()
        self.retraining.close_all()
        self._processes.close()
        self.cases.close()

    def __enter__(self) -> Workspace:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
