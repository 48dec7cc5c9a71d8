"""What the category correction learned, as it travels in the metadata of the table that was made with it."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass

import pyarrow as pa

from features.categories.inputs import BoardCategoriesError

FIT_KEY = b"fit"  # of the schema metadata


@dataclass(frozen=True, slots=True)
class CategoryFit:
    """The numbers behind one table of corrected categories.

    Parameters
    ----------
    pass_kept
        Number of the pass whose rows the table holds; 1 is voted by owners' labels, k by the posterior of pass k-1.
    why
        One sentence: why this pass was kept, with the numbers that decided.
    log_likelihood
        Mean over the labelled boards of log P(owner's label | evidence of the other boards); 0 without labels.
    temperature, eps, g, smoothing
        Of the evidence: its factor, the share of pictures that say nothing, the length exponent, and the votes
        that the prior casts on every picture.
    error_rate
        Expected share of wrong owners' labels: the mean of 1 - P(owner's label is right) over labelled boards.
    slip_rate, slip_labels
        Of the owners: the share that files without looking, and by category where such labels go.
    min_confidence
        The posterior a change needed.
    n_labelled, n_fitted
        Labelled boards; and those of them with evidence that the numbers were fitted to.
    """

    pass_kept: int
    why: str
    log_likelihood: float
    temperature: float
    eps: float
    g: float
    smoothing: float
    error_rate: float
    slip_rate: float
    slip_labels: Mapping[str, float]
    min_confidence: float
    n_labelled: int
    n_fitted: int


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
    >>> fit = CategoryFit(1, "pass 1", -0.2, 1.0, 0.1, 0.5, 2.0, 0.1, 0.2, {"art": 1.0}, 0.8, 3, 3)
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
        return CategoryFit(**json.loads(metadata[FIT_KEY]))
    except (TypeError, ValueError) as error:
        raise BoardCategoriesError(f"the fit in the schema metadata does not read: {error}") from error


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
