"""How the page of an explanation writes numbers: as they are, never as 0 or 1 where they are only near.

Odds have no largest value: 2,000 pictures that agree give odds of 10^900 to 1, which float64 can't hold; so they are
written from their logarithm.
"""

import math

LEAST_SHOWN = 0.001  # a smaller probability is shown to its first digit
LEAST_COMPLEMENT = 1e-6  # what is nearer to 1 is called above 0.999999
LEAST_FLOAT = 1e-300  # what is smaller may have come out as 0
LEAST_SIGNED = 0.005  # a smaller sum of logarithms is shown to its first digit
TENTHS_BELOW, POWERS_FROM = 10.0, 1e6  # odds below are shown to the tenth, odds from there on as a power of ten


def probability_text(value: float, complement: float | None = None) -> str:
    """Write a probability: 0 and 1 are those that are exactly that.

    ``complement`` is what is missing to 1, where that is known better than by subtraction.

    Examples
    --------
    >>> [probability_text(value) for value in (0.25, 0.00004, 0.99996, 1 - 1e-9, 1.0, 0.0)]
    ['0.250', '4e-05', '0.99996', 'above 0.999999', '1', '0']
    >>> probability_text(1.0, 1e-40), probability_text(1.0, 0.0)
    ('above 0.999999', '1')
    """
    rest = 1 - value if complement is None else complement
    if rest <= 0 or value <= 0:
        return f"{value:.0f}"
    if value < LEAST_SHOWN:
        return f"{value:.1g}"
    if rest >= LEAST_SHOWN:
        return f"{value:.3f}"
    return f"{1 - rest:.{_decimals(rest)}f}" if rest >= LEAST_COMPLEMENT else "above 0.999999"


def positive_text(value: float, complement: float | None = None) -> str:
    """Write a probability that is above 0, whatever float64 has left of it.

    Examples
    --------
    >>> positive_text(0.0), positive_text(0.5)
    ('below 1e-300', '0.500')
    """
    return probability_text(value, complement) if value >= LEAST_FLOAT else f"below {LEAST_FLOAT:g}"


def share_text(value: float) -> str:
    """Write a share of votes to the hundredth, or as far as it differs from 0 and 1.

    Examples
    --------
    >>> [share_text(value) for value in (0.5, 0.0, 0.004, 0.99992, 1.0)]
    ['0.50', '0.00', '0.004', '0.99992', '1.00']
    """
    rest = 1 - value
    is_near = 0 < min(value, rest) < LEAST_SIGNED
    return probability_text(value) if is_near and min(value, rest) < LEAST_SHOWN else f"{value:.{2 + is_near}f}"


def signed_text(value: float) -> str:
    """Write a part of log odds with its sign, to the hundredth, or to its first digit.

    Examples
    --------
    >>> [signed_text(value) for value in (2.263, -0.0, 0.004, -1234.5)]
    ['+2.26', '+0.00', '+0.004', '-1,234.50']
    """
    return f"{value:+.1g}" if 0 < abs(value) < LEAST_SIGNED else f"{value + 0.0:+,.2f}"  # + 0.0: no -0.00


def odds_text(log_odds: float) -> str:
    """Write odds by their natural logarithm, however large they are.

    Examples
    --------
    >>> [odds_text(log_odds) for log_odds in (0.98, 4.6, -7.0, 30.0, -2262.8)]
    ['2.7 to 1', '99 to 1', '1 to 1,097', '1.1 x 10^13 to 1', '1 to 5.3 x 10^982']
    """
    size = _size(abs(log_odds))
    return f"{size} to 1" if log_odds >= 0 else f"1 to {size}"


def _size(log_odds: float) -> str:
    if log_odds < math.log(POWERS_FROM):
        odds = math.exp(log_odds)
        return f"{odds:,.0f}" if odds >= TENTHS_BELOW else f"{odds:.1f}"
    power, rest = divmod(log_odds / math.log(10), 1)
    mantissa = f"{10**rest:.1f}"
    return f"{mantissa} x 10^{power:,.0f}" if mantissa != "10.0" else f"1.0 x 10^{power + 1:,.0f}"


def _decimals(rest: float) -> int:
    """Return how many decimals show the first digit of a small number."""
    return math.ceil(-math.log10(rest))
