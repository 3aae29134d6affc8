"""Numbers that can be trusted: splits without leaks, metrics with intervals, agreement between coders.

The names below load their modules when first used.
"""

from typing import TYPE_CHECKING

from nato_nlp._late import late

if TYPE_CHECKING:
    from nato_nlp.evaluation.agreement import krippendorff_alpha, krippendorff_alpha_sets
    from nato_nlp.evaluation.conventions import Restricted, binary_stance, four_way
    from nato_nlp.evaluation.intervals import (
        ClassEstimates,
        Estimate,
        bootstrap,
        difference,
        estimate,
        estimate_per_class,
    )
    from nato_nlp.evaluation.leaks import Leak, find_leaks, near_duplicate_clusters
    from nato_nlp.evaluation.metrics import ClassScores, macro_f1, matthews, micro_f1, per_class
    from nato_nlp.evaluation.multilabel import (
        hamming_loss,
        mean_jaccard,
        multilabel_macro_f1,
        multilabel_micro_f1,
        per_label,
        subset_accuracy,
    )
    from nato_nlp.evaluation.probabilities import (
        Reliability,
        RiskCoverage,
        area_under_risk_coverage,
        brier_score,
        coverage,
        expected_calibration_error,
        log_loss,
        reliability,
        risk_coverage,
        selective_risk,
    )
    from nato_nlp.evaluation.probe import Pair, PassRates, load_probe, run_probe
    from nato_nlp.evaluation.splits import Split, date_split, group_holdout, grouped_kfold, join_groups
    from nato_nlp.evaluation.swap import swap_actors

_HOMES = {
    "ClassEstimates": "intervals",
    "ClassScores": "metrics",
    "Estimate": "intervals",
    "Leak": "leaks",
    "Pair": "probe",
    "PassRates": "probe",
    "Reliability": "probabilities",
    "Restricted": "conventions",
    "RiskCoverage": "probabilities",
    "Split": "splits",
    "area_under_risk_coverage": "probabilities",
    "binary_stance": "conventions",
    "bootstrap": "intervals",
    "brier_score": "probabilities",
    "coverage": "probabilities",
    "date_split": "splits",
    "difference": "intervals",
    "estimate": "intervals",
    "estimate_per_class": "intervals",
    "expected_calibration_error": "probabilities",
    "find_leaks": "leaks",
    "four_way": "conventions",
    "group_holdout": "splits",
    "grouped_kfold": "splits",
    "hamming_loss": "multilabel",
    "join_groups": "splits",
    "krippendorff_alpha": "agreement",
    "krippendorff_alpha_sets": "agreement",
    "load_probe": "probe",
    "log_loss": "probabilities",
    "macro_f1": "metrics",
    "matthews": "metrics",
    "mean_jaccard": "multilabel",
    "micro_f1": "metrics",
    "multilabel_macro_f1": "multilabel",
    "multilabel_micro_f1": "multilabel",
    "near_duplicate_clusters": "leaks",
    "per_class": "metrics",
    "per_label": "multilabel",
    "reliability": "probabilities",
    "risk_coverage": "probabilities",
    "run_probe": "probe",
    "selective_risk": "probabilities",
    "subset_accuracy": "multilabel",
    "swap_actors": "swap",
}

__all__ = [
    "ClassEstimates",
    "ClassScores",
    "Estimate",
    "Leak",
    "Pair",
    "PassRates",
    "Reliability",
    "Restricted",
    "RiskCoverage",
    "Split",
    "area_under_risk_coverage",
    "binary_stance",
    "bootstrap",
    "brier_score",
    "coverage",
    "date_split",
    "difference",
    "estimate",
    "estimate_per_class",
    "expected_calibration_error",
    "find_leaks",
    "four_way",
    "group_holdout",
    "grouped_kfold",
    "hamming_loss",
    "join_groups",
    "krippendorff_alpha",
    "krippendorff_alpha_sets",
    "load_probe",
    "log_loss",
    "macro_f1",
    "matthews",
    "mean_jaccard",
    "micro_f1",
    "multilabel_macro_f1",
    "multilabel_micro_f1",
    "near_duplicate_clusters",
    "per_class",
    "per_label",
    "reliability",
    "risk_coverage",
    "run_probe",
    "selective_risk",
    "subset_accuracy",
    "swap_actors",
]

__getattr__, __dir__ = late(__name__, _HOMES, __all__)
