"""What the category correction learned, as it travels in the metadata of the table that was made with it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np
import pyarrow as pa

from features.categories.calibration import DECIMALS, Calibration
from features.categories.confusable import LookAlike
from features.categories.inputs import BoardCategoriesError
from features.categories.label_noise import OwnerHabits
from features.categories.likelihood import EvidenceWeights
from joins.arrow.groups import Floats

FIT_KEY = b"fit"  # of the schema metadata


@dataclass(frozen=True, slots=True)
class MergeSuggestion:
    """Two categories that may be one under two names: pictures tell them from all others, but not from each other.

    Parameters
    ----------
    categories
        Their names.
    apart
        How well the evidence agrees with the owners' choice between the two: Cohen's kappa; 0 is chance, 1 always.
    together
        How far the evidence says either of the two, about the boards of the one of which it says so less: 0 is as often
        as about any board, 1 always.
    """

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
    weights
        Of the evidence: for each reading of a picture, a weight at each knot of `features.categories.picture_weights`.
    g
        Length exponent: the score of n pictures is divided by n to this power.
    bias
        By category: what is added to its score.
    right
        By category: the share of its boards that owners file there.
    elsewhere
        By label: how the others spread over the labels, where nothing else is known.
    confusions
        By category, then label: shares of the category's boards that owners file there, where they are known apart.
        Empty where no confusion was believed.
    confusion_gain
        What confusions gained in log-likelihood a board, on labels that they were not fitted to.
    merge_suggestions
        Categories that may be one under two names, the most alike first; nothing follows from it by itself.
    n_fitted
        Labelled boards with evidence that the numbers were fitted to.
    """

    weights: Sequence[Sequence[float]]
    g: float
    bias: Mapping[str, float]
    right: Mapping[str, float]
    elsewhere: Mapping[str, float]
    confusions: Mapping[str, Mapping[str, float]]
    confusion_gain: float
    merge_suggestions: Sequence[MergeSuggestion]
    n_fitted: int


@dataclass(frozen=True, slots=True)
class CategoryFit:
    """What stands behind one table of corrected categories.

    Parameters
    ----------
    pass_kept
        Number of the pass whose rows the table holds; 1 is voted by owners' labels, k by the posterior of pass k-1.
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
    """

    pass_kept: int
    why: str
    log_likelihood: float
    error_rate: float
    min_confidence: float
    n_labelled: int
    numbers: CategoryNumbers


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
    >>> numbers = CategoryNumbers([[1.0]], 0.5, {"art": 0.0}, {"art": 1.0}, {"art": 1.0}, {}, 0.0, [], 3)
    >>> fit = CategoryFit(1, "pass 1", -0.2, 0.1, 0.6, 3, numbers)
    >>> table = pa.table({"board_id": [7]}).replace_schema_metadata(fit_metadata(fit))
    >>> category_fit(table) == fit
    True
    """
    metadata = table.schema.metadata or {}
    if FIT_KEY not in metadata:
        raise BoardCategoriesError(
            f"no fit in the schema metadata of a table with columns {', '.join(table.column_names)}; "
            "pass a table that correct_categories returned, with its metadata"
        )
    try:
        read = json.loads(metadata[FIT_KEY])
        numbers = read.pop("numbers")
        suggestions = [
            MergeSuggestion(**{**suggestion, "categories": tuple(suggestion["categories"])})
            for suggestion in numbers.pop("merge_suggestions")
        ]
        return CategoryFit(**read, numbers=CategoryNumbers(**numbers, merge_suggestions=suggestions))
    except (KeyError, TypeError, ValueError) as error:
        raise BoardCategoriesError(f"the fit in the schema metadata does not read: {error!r}") from error


def fit_metadata(fit: CategoryFit) -> dict[bytes, bytes]:
    """Return the fit as schema metadata: JSON with sorted keys.

    Parameters
    ----------
    fit
        What was learned.

    Returns
    -------
    dict
        One entry, `FIT_KEY`.
    """
    return {FIT_KEY: json.dumps(asdict(fit), sort_keys=True).encode()}


def numbers_of(calibration: Calibration, names: tuple[str, ...]) -> CategoryNumbers:
    """Name the numbers of a calibration.

    Parameters
    ----------
    calibration
        What was fitted.
    names
        The categories; a position is a code. None where nobody has a label: then nothing was fitted.

    Returns
    -------
    CategoryNumbers
        From which `calibration_of` makes the calibration again, number by number.

    Examples
    --------
    >>> from features.categories.calibration import fit_calibration
    >>> numbers = numbers_of(fit_calibration([], np.array([0.75, 0.25])), ("art", "food"))
    >>> numbers.right, numbers.confusions
    ({'art': 0.975, 'food': 0.925}, {})
    >>> calibration_of(numbers).habits.filed().round(3).tolist()
    [[0.975, 0.025], [0.075, 0.925]]
    """
    evidence, habits = calibration.evidence, calibration.habits

    def by_name(values: Floats) -> dict[str, float]:
        return {name: float(value) for name, value in zip(names, values, strict=False) if value}

    return CategoryNumbers(
        weights=evidence.weights.tolist(),
        g=evidence.g,
        bias=dict(zip(names, evidence.bias.tolist(), strict=False)),
        right=by_name(habits.right),
        elsewhere=by_name(habits.elsewhere),
        confusions={
            name: by_name(shares) for name, shares in zip(names, habits.confusions, strict=False) if shares.any()
        },
        confusion_gain=calibration.confusion_gain,
        merge_suggestions=[
            MergeSuggestion(
                (names[pair.first], names[pair.second]), round(pair.apart, DECIMALS), round(pair.together, DECIMALS)
            )
            for pair in calibration.alike
        ],
        n_fitted=calibration.n_fitted,
    )


def calibration_of(numbers: CategoryNumbers) -> Calibration:
    """Return the calibration whose numbers are recorded.

    Parameters
    ----------
    numbers
        As `numbers_of` named them.

    Returns
    -------
    Calibration
        Its categories in order of their names.
    """
    names = sorted(numbers.bias)

    def in_order(values: Mapping[str, float]) -> Floats:
        return np.array([values.get(name, 0.0) for name in names])

    return Calibration(
        EvidenceWeights(np.array(numbers.weights), numbers.g, in_order(numbers.bias)),
        OwnerHabits(
            in_order(numbers.right),
            in_order(numbers.elsewhere),
            np.array([in_order(numbers.confusions.get(name, {})) for name in names]),
        ),
        numbers.confusion_gain,
        tuple(
            LookAlike(names.index(pair.categories[0]), names.index(pair.categories[1]), pair.apart, pair.together)
            for pair in numbers.merge_suggestions
        ),
        numbers.n_fitted,
    )
