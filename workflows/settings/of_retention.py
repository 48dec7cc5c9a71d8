"""Section ``[retention]``: how many dates of a dataset `clean` keeps, and how many iterations of each date."""

import re
from dataclasses import dataclass

from storage_tiers.registry import ALL_TIERS
from workflows.catalog import DERIVATIONS
from workflows.parameters import Allowed, NotAllowedError
from workflows.settings.setting import Setting

_SECTION = "retention"
_NAMES = {spec.name for derivation in DERIVATIONS for spec in derivation.outputs}
_TIERS = {tier.name for tier in ALL_TIERS}
_WORD = re.compile(r"((?P<of>[a-z_]+)(/(?P<dataset>[a-z_]+))?:)?(?P<n>\d{1,5})")


@dataclass(frozen=True, slots=True)
class KeptNumber:
    """One word of a setting: how many of everything, of a dataset, in a tier, or of a dataset in a tier; 0: all."""

    number: int
    dataset: str = ""
    tier: str = ""

    def __str__(self) -> str:
        of = "/".join(filter(None, (self.tier, self.dataset)))
        return f"{of}:{self.number}" if of else str(self.number)


@dataclass(frozen=True, slots=True)
class Kept:
    """How many are kept, in words of which the one counts that says it most exactly.

    Examples
    --------
    >>> kept = read_kept("30 facts:7 random_access:3 random_access/pin_joins:5")
    >>> [kept.number_of(name) for name in ("pin_joins", "facts")]
    [30, 7]
    >>> [kept.number_of(name, "random_access") for name in ("pin_joins", "facts")]
    [5, 3]
    """

    words: tuple[KeptNumber, ...]

    def number_of(self, dataset: str, tier: str = "") -> int:
        """Return how many are kept of a dataset, published or in a tier; 0: all."""
        said = {(word.tier, word.dataset): word.number for word in self.words}
        places = [(tier, dataset), (tier, ""), ("", dataset), ("", "")]
        return next((said[place] for place in places if place in said), 0)

    @property
    def is_all(self) -> bool:
        """Whether everything is kept."""
        return not any(word.number for word in self.words)

    def __str__(self) -> str:
        return " ".join(map(str, self.words))


def read_kept(text: str) -> Kept:
    """Read the words of a setting; a ValueError says that they aren't such."""
    words = tuple(map(_read_word, text.split()))
    if not words or len({(word.tier, word.dataset) for word in words}) < len(words):
        raise ValueError(text)
    return Kept(words)


def _read_word(text: str) -> KeptNumber:
    found = _WORD.fullmatch(text)
    if not found:
        raise NotAllowedError(f"{text!r} is no such word")
    of, dataset, number = found["of"] or "", found["dataset"] or "", int(found["n"])
    if of in _TIERS and (not dataset or dataset in _NAMES):
        return KeptNumber(number, dataset, of)
    if dataset or (of and of not in _NAMES):
        raise NotAllowedError(f"{text!r} names no dataset or tier that there is")
    return KeptNumber(number, of)


KEPT = Allowed(
    read_kept,
    "a whole number, 0 for all, and then words like facts:7, random_access:3 or random_access/pin_joins:5, each once; "
    f"tiers: {', '.join(sorted(_TIERS))}; datasets: {', '.join(sorted(_NAMES))}",
)
_IN_SHORT = "a number, 0: all; also DATASET:N, TIER:N and TIER/DATASET:N, with a space between them"

KEEP_DATES = Setting(
    "keep_dates",
    Kept((KeptNumber(0),)),
    KEPT,
    "how many dates `interest-graph clean` keeps of each dataset, published and in each tier",
    section=_SECTION,
    allowed_in_short=_IN_SHORT,
    significant=False,
)
KEEP_ITERATIONS = Setting(
    "keep_iterations",
    Kept((KeptNumber(0),)),
    KEPT,
    "how many iterations `interest-graph clean` keeps of each date, the newest",
    section=_SECTION,
    allowed_in_short=_IN_SHORT,
    significant=False,
)
