"""The passes of the correction: the first, and a second where a trial proves it better; what they leave behind.

Written once, for pins in memory (`features.categories.correct`) and for engines (`features.categories.category_pass`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from features.categories.casting.all_voters import AskAbout, Voters
from features.categories.crossfit.gathering import EvidenceGatherer
from features.categories.crossfit.second_pass import boards_to_fit, second_pass
from features.categories.decisions import DecisionSums
from features.categories.fitting.calibration import Calibration, fit_calibration
from features.categories.fitting.category_fit import CategoryFit, calibration_of, numbers_of
from joins.engine.step import PartitionInput

MOST_PASSES = 2
MEAN_DECIMALS = 6


@dataclass(frozen=True, slots=True)
class PassResult:
    """What a pass decided.

    Parameters
    ----------
    rows
        Reads the rows of a partition, `BOARD_CATEGORIES` sorted by ``board_id``.
    fit
        What stands behind them.
    counts
        How many categories were ``changed`` and ``filled``, and how well labels were foretold
        (`features.categories.label_forecasts`).
    """

    rows: PartitionInput
    fit: CategoryFit
    counts: Mapping[str, int]


def first_pass(gatherer: EvidenceGatherer, voters: Voters, min_confidence: float) -> PassResult:
    """Make the first pass, in which owners' labels vote."""
    (samples,) = gatherer.samples([voters.changed(AskAbout(boards_to_fit(voters)))])
    calibration = fit_calibration(samples, voters.prior, min_confidence=min_confidence)
    ((rows, sums),) = gatherer.decide([voters], calibration, min_confidence)
    why = "pass 1 kept: there is no pass before it"
    return _result(rows, _fit(1, why, voters, calibration, sums, min_confidence), sums)


def next_pass(gatherer: EvidenceGatherer, voters: Voters, before: PassResult, min_confidence: float) -> PassResult:
    """Make the pass after another, if there is one to make, or return that other with the reason.

    ``voters`` vote for owners' labels, as in the first pass. A second pass is tried first; one that was tried and
    not kept is not tried again, as nothing has changed since. There is no third: it would vote with posteriors from
    which no fold of labels was hidden.
    """
    fit = before.fit
    if fit.pass_kept >= MOST_PASSES:
        why = f"pass {fit.pass_kept} kept: no pass after it is made, as boards would hear their own labels in it"
        return replace(before, fit=replace(fit, why=why))
    if not voters.names:
        return replace(
            before, fit=replace(fit, why="pass 1 kept: no board has a category that others could be tried by")
        )
    if fit.trial:
        return before
    found = second_pass(gatherer, voters, calibration_of(fit.numbers), min_confidence)
    if found.made is None:
        return replace(before, fit=replace(fit, why=str(found.trial), trial=found.trial))
    made = _fit(2, str(found.trial), voters, found.made.calibration, found.made.sums, min_confidence)
    numbers = replace(made.numbers, merge_suggestions=fit.numbers.merge_suggestions)
    return _result(found.made.rows, replace(made, trial=found.trial, numbers=numbers), found.made.sums)


def _fit(
    number: int, why: str, voters: Voters, calibration: Calibration, sums: DecisionSums, min_confidence: float
) -> CategoryFit:
    n_labelled = int(voters.n_labelled.sum())
    return CategoryFit(
        pass_kept=number,
        why=why,
        log_likelihood=round(sums.log_likelihood / max(n_labelled, 1), MEAN_DECIMALS),
        error_rate=round(sums.expected_errors / max(n_labelled, 1), MEAN_DECIMALS),
        min_confidence=float(min_confidence),
        n_labelled=n_labelled,
        numbers=numbers_of(calibration, voters.names),
    )


def _result(rows: PartitionInput, fit: CategoryFit, sums: DecisionSums) -> PassResult:
    return PassResult(rows, fit, sums.counts())
