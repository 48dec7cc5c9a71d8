"""What the category correction learned, as it travels in the metadata of the table that was made with it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np
import pyarrow as pa

from features.categories.evidence.evidence_weights import EvidenceWeights
from features.categories.fitting.calibration import DECIMALS, Calibration
from features.categories.fitting.errors_and_overlap import CategoryOverlap
from features.categories.fitting.held_out import HeldOutChanges
from features.categories.fitting.label_noise import LabelNoise
from features.categories.labelled_boards import BoardCategoriesError
from features.categories.pass_trial import PassTrial
from joins.arrow.groups import Floats

FIT_KEY = b"fit"  # of the schema metadata


@dataclass(frozen=True, slots=True)
class MergeSuggestion:
    """Two categories that may be one under two names; ``apart`` and ``together`` are those of `ConfusablePair`."""

    categories: tuple[str, str]
    apart: float
    together: float

    def __str__(self) -> str:
        """Return it as people read it.

        Examples
        --------
        >>> print(MergeSuggestion(("Fashion", "fashion"), 0.0312, 0.752))
        Fashion and fashion (pictures tell them apart by 0.03, both from the rest by 0.75)
        """
        first, second = self.categories
        apart, together = (f"{kappa:.2f}" for kappa in (self.apart, self.together))
        return f"{first} and {second} (pictures tell them apart by {apart}, both from the rest by {together})"


@dataclass(frozen=True, slots=True)
class CategoryNumbers:
    """The fitted numbers of a pass, by name of category.

    Parameters
    ----------
    weights, g, bias
        Of the evidence, as in `EvidenceWeights`.
    right, elsewhere, confusions
        Of the owners' labels, as in `LabelNoise`; zeros are left out. `confusions` is by category, then label, and
        empty where no confusion was believed.
    overlaps
        Of `CategoryOverlap`, by what the evidence takes a board for, then by what it is; the diagonal and zeros are
        left out.
    held_out
        What changes came to on boards that label noise and overlaps were not fitted to, as in `HeldOutChanges`.
    merge_suggestions
        Categories that may be one under two names, the least told apart first; nothing follows from it by itself.
    n_fitted
        Labelled boards with evidence that the numbers were fitted to.
    """

    weights: Sequence[Sequence[float]]
    g: float
    bias: Mapping[str, float]
    right: Mapping[str, float]
    elsewhere: Mapping[str, float]
    confusions: Mapping[str, Mapping[str, float]]
    overlaps: Mapping[str, Mapping[str, float]]
    held_out: HeldOutChanges
    merge_suggestions: Sequence[MergeSuggestion]
    n_fitted: int


@dataclass(frozen=True, slots=True)
class CategoryFit:
    """What stands behind one table of corrected categories.

    Parameters
    ----------
    pass_kept
        Number of the pass whose rows the table holds. In pass 1 owners' labels vote, in pass 2 posteriors.
    why
        One sentence: why this pass was kept, with the numbers that decided.
    log_likelihood
        Mean over the labelled boards of log P(owner's label | evidence of the other boards); 0 without labels.
    error_rate
        Expected share of wrong owners' labels: the mean of 1 - P(owner's label is right) over labelled boards.
    min_confidence
        The posterior a change needed.
    n_labelled
        Labelled boards.
    numbers
        The fitted numbers that decided.
    trial
        How a second pass did on labels that it had not seen; None where none was tried.
    """

    pass_kept: int
    why: str
    log_likelihood: float
    error_rate: float
    min_confidence: float
    n_labelled: int
    numbers: CategoryNumbers
    trial: PassTrial | None = None


def category_fit(table: pa.Table) -> CategoryFit:
    """Read what the category correction learned from the table it returned.

    Parameters
    ----------
    table
        A table of `features.correct_categories`, also after a journey through Parquet.

    Returns
    -------
    CategoryFit
        The fit of the pass that was kept, and why it was.

    Raises
    ------
    BoardCategoriesError
        The table's schema metadata holds no fit, or one that does not read as one.

    Examples
    --------
    >>> numbers = CategoryNumbers(
    ...     [[1.0]], 0.5, {"art": 0.0}, {"art": 1.0}, {"art": 1.0}, {}, {}, HeldOutChanges(3, 0, 0.0), [], 3
    ... )
    >>> fit = CategoryFit(1, "pass 1", -0.2, 0.1, 0.6, 3, numbers)
    >>> table = pa.table({"board_id": [7]}).replace_schema_metadata(fit_metadata(fit))
    >>> category_fit(table) == fit
    True
    """
    metadata = table.schema.metadata or {}
    if FIT_KEY not in metadata:
        raise BoardCategoriesError(
            f"no fit in the schema metadata of a table with columns {', '.join(table.column_names)}",
            remedy="pass a table that correct_categories returned, with its metadata",
        )
    try:
        read = json.loads(metadata[FIT_KEY])
        numbers, trial = read.pop("numbers"), read.pop("trial")
        suggestions = [
            MergeSuggestion(**{**suggestion, "categories": tuple(suggestion["categories"])})
            for suggestion in numbers.pop("merge_suggestions")
        ]
        held_out = HeldOutChanges(**numbers.pop("held_out"))
        return CategoryFit(
            **read,
            numbers=CategoryNumbers(**numbers, held_out=held_out, merge_suggestions=suggestions),
            trial=PassTrial(**trial) if trial else None,
        )
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise BoardCategoriesError(
            f"the fit does not read: {error!r}",
            where="schema metadata",
            remedy="pass a table that correct_categories returned, as it is",
        ) from error


def fit_metadata(fit: CategoryFit) -> dict[bytes, bytes]:
    """Return the fit as schema metadata, which `category_fit` reads: JSON with sorted keys."""
    return {FIT_KEY: json.dumps(asdict(fit), sort_keys=True).encode()}


def numbers_of(calibration: Calibration, names: tuple[str, ...]) -> CategoryNumbers:
    """Name the numbers of a calibration; `calibration_of` makes it again, number by number.

    A category's place in `names` is its code. There are none where nobody has a label: then nothing was fitted.

    Examples
    --------
    >>> from features.categories.fitting.calibration import fit_calibration
    >>> numbers = numbers_of(fit_calibration([], np.array([0.75, 0.25]), min_confidence=0.55), ("art", "food"))
    >>> numbers.right, numbers.confusions, numbers.overlaps
    ({'art': 0.975, 'food': 0.925}, {}, {})
    >>> calibration_of(numbers).noise.confusion_matrix().round(3).tolist()
    [[0.975, 0.025], [0.075, 0.925]]
    """
    evidence, noise = calibration.evidence, calibration.noise
    overlaps = calibration.overlap.shares - np.diag(calibration.overlap.shares.diagonal())

    def by_name(values: Floats) -> dict[str, float]:
        return {name: float(value) for name, value in zip(names, values, strict=False) if value}

    def by_names(values: Floats) -> dict[str, dict[str, float]]:
        return {name: by_name(row) for name, row in zip(names, values, strict=False) if row.any()}

    return CategoryNumbers(
        weights=evidence.weights.tolist(),
        g=evidence.g,
        bias=dict(zip(names, evidence.bias.tolist(), strict=False)),
        right=by_name(noise.right),
        elsewhere=by_name(noise.elsewhere),
        confusions=by_names(noise.confusions),
        overlaps=by_names(overlaps),
        held_out=calibration.held_out,
        merge_suggestions=[
            MergeSuggestion(
                (names[pair.first], names[pair.second]), round(pair.apart, DECIMALS), round(pair.together, DECIMALS)
            )
            for pair in calibration.confusable
        ],
        n_fitted=calibration.n_fitted,
    )


def calibration_of(numbers: CategoryNumbers) -> Calibration:
    """Return the calibration whose numbers are recorded, its categories in order of their names.

    Merge suggestions have no part in any posterior, and are left out.
    """
    names = sorted(numbers.bias)

    def in_order(values: Mapping[str, float]) -> Floats:
        return np.array([values.get(name, 0.0) for name in names])

    def by_both(values: Mapping[str, Mapping[str, float]]) -> Floats:
        return np.array([in_order(values.get(name, {})) for name in names])

    overlaps = by_both(numbers.overlaps)
    return Calibration(
        evidence=EvidenceWeights(np.array(numbers.weights), numbers.g, in_order(numbers.bias)),
        overlap=CategoryOverlap(overlaps + np.diag(1 - overlaps.sum(axis=1)) if names else np.ones((1, 1))),
        noise=LabelNoise(in_order(numbers.right), in_order(numbers.elsewhere), by_both(numbers.confusions)),
        held_out=numbers.held_out,
        confusable=(),
        n_fitted=numbers.n_fitted,
    )
