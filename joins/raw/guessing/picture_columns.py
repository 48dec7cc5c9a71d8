"""Which column says what picture a pin shows: a signature, a file or address, or a number that pictures share."""

from collections.abc import Iterator
from dataclasses import replace

import pyarrow.compute as pc

from joins.raw.guessing.columns.column_names import NameReading
from joins.raw.guessing.columns.column_profiles import ColumnProfile, share_matching
from joins.raw.guessing.guesses import FieldGuess
from joins.raw.guessing.ids.id_columns import LEAST_UNIQUE, Candidate
from joins.raw.guessing.source_samples import SourceSample

_HEX = r"^[0-9A-Fa-f]+$"
_SHORTEST_HASH = 8  # hexadecimal digits; shorter ones are numbers of pictures
_FULL_SIZE = ("orig", "full", "large", "max")  # of several sizes of a picture, the one that is most likely in every row
_FIRST_PIN = ("origin", "root", "first")  # of a parent that all pins of a picture name
_FEWEST_THINGS = 10  # fewer are kinds rather than things
_MANY = 200  # rows, of which some should share a picture
_ADDRESSES = ("picture URL", "picture path")


def guess_signature(sample: SourceSample, taken: set[str]) -> FieldGuess:
    """Guess what fills ``image_signature``; columns that are ids of pins, boards and users are ``taken``.

    Examples
    --------
    >>> import pyarrow as pa
    >>> photos = pa.table({"pin": [1, 2], "photo": ["https://x.org/1.jpg", "https://x.org/2.jpg"]})
    >>> guess = guess_signature(SourceSample("pins.csv", photos), {"pin"})
    >>> guess.column, guess.conversion
    ('photo', 'digest')
    """
    found = sorted(_candidates(sample, taken), key=lambda candidate: -candidate.score)
    if not found:
        return FieldGuess(
            "image_signature", "no column looks like a picture: none is hexadecimal, a URL or path of one, or named so"
        )
    best, profile = found[0], sample.profiles[found[0].column]
    shown = [one.column for one in found[1:] if _is_picture(sample, one.column) or not _is_picture(sample, best.column)]
    guess = FieldGuess("image_signature", best.why, best.column, others=tuple(shown[:2]))
    if best.column.rpartition(".")[0].endswith(".0"):  # media.0.url
        guess = replace(guess, why=f"{guess.why}; the first of a list, which may have others")
    if not _is_signature(profile):
        guess = replace(guess, conversion="digest", why=f"{guess.why}; equal values are the same picture")
    if profile.is_unique and profile.n_valid >= _MANY:
        guess = replace(
            guess, doubt=f"no two rows of the sample share a picture by {best.column!r}, so no pins would be joined"
        )
    return guess


def guess_image(sample: SourceSample, signature: FieldGuess) -> FieldGuess:
    """Say that ``image`` is left empty, and which column could fill it."""
    found = [name for name, one in sample.profiles.items() if one.look in _ADDRESSES]
    paths = [name for name in found if not share_matching(sample.profiles[name].values, "(?i)^https?:")]
    if not paths:
        web = (
            "the day opens paths and URIs of stores, and no web addresses"
            if found
            else "no column holds paths of pictures"
        )
        return FieldGuess("image", web)
    instead = (
        "beside image_signature" if _is_signature(sample.profiles[signature.column]) else "instead of image_signature"
    )
    why = f"{instead}, if the files can be opened: then pictures that look the same are one, see docs/signatures.md"
    return FieldGuess("image", why, others=tuple(paths[:2]))


def _candidates(sample: SourceSample, taken: set[str]) -> Iterator[Candidate]:
    for name, reading in sample.readings.items():
        profile = sample.profiles[name]
        if reading.subject in ("board", "user") or profile.kind in ("truth value", "decimal"):
            continue
        is_id = name in taken or (reading.attribute == "id" and reading.subject != "pin")
        score, why = (0.0, "") if is_id else _judged(profile, reading.attribute)
        if score:
            score += 0.1 * any(word in name.lower() for word in _FULL_SIZE) + 0.01 * (profile.kind == "text")
            score += 0.01 * (profile.look == "picture URL")
            score *= profile.n_valid / max(1, profile.n_rows)
        elif name not in taken:
            score, why = _stand_in(profile, reading)
        if score:
            yield Candidate(name, score * reading.clarity, why)


def _is_picture(sample: SourceSample, column: str) -> bool:
    """Say whether a column looks like pictures, rather than like something else that pins share."""
    return _judged(sample.profiles[column], sample.readings[column].attribute)[0] > 0


def _judged(profile: ColumnProfile, attribute: str) -> tuple[float, str]:
    """Return how likely a column is the picture of a pin, and why."""
    digits = f"{profile.width} " if profile.width else ""
    if profile.look == "hex":
        named = f", named {profile.name!r}" if attribute in ("signature", "image") else ""
        return (1.0 if attribute == "signature" else 0.9 if named else 0.6), f"{digits}hexadecimal digits{named}"
    if attribute == "signature":
        return 0.8, f"named {profile.name!r}"
    is_one = profile.n_distinct == 1 and profile.n_valid >= _FEWEST_THINGS  # such as the folder of all files
    if attribute == "image" and profile.kind in ("integer", "text", "time") and not is_one:
        return 0.7, f"{f'{profile.look}s, ' if profile.look else ''}named {profile.name!r}"
    return (0.55, f"{profile.look}s") if profile.look in _ADDRESSES else (0.0, "")


def _stand_in(profile: ColumnProfile, reading: NameReading) -> tuple[float, str]:
    """Return how well what is no picture tells which pins belong together: a shared item, or the first pin of all."""
    is_repeated = _FEWEST_THINGS <= profile.n_distinct < LEAST_UNIQUE * profile.n_valid
    if reading.subject == "pin" and reading.attribute == "id" and is_repeated:
        counts = f"{profile.n_distinct:,} values in {profile.n_valid:,} rows"
        return 0.4, f"{counts}, named {profile.name!r}: what boards share"
    if _is_shared_thing(profile, reading):
        return 0.2, f"the only numbers or names that boards share are those of {profile.name!r}"
    names_first = reading.subject == "parent" and any(word in profile.name.lower() for word in _FIRST_PIN)
    if names_first and reading.attribute == "id" and not profile.n_missing:
        return 0.3, f"the first pin of a picture, by the name {profile.name!r}, stands for it"
    return 0.0, ""


def _is_shared_thing(profile: ColumnProfile, reading: NameReading) -> bool:
    """Say whether a column numbers or names things that aren't pictures, such as books or tracks, and repeats them."""
    names_things = reading.subject is None and reading.attribute in ("id", "link") and reading.named
    is_plain = profile.kind in ("integer", "text") and profile.look in ("", "UUID")
    return names_things and is_plain and _FEWEST_THINGS <= profile.n_distinct <= LEAST_UNIQUE * profile.n_valid


def _is_signature(profile: ColumnProfile) -> bool:
    """Say whether values are hexadecimal as they stand; numbers are no signatures, though their digits would pass."""
    is_hex = pc.all(pc.match_substring_regex(profile.values, _HEX)).as_py()
    is_short = pc.min(pc.utf8_length(profile.values)).as_py() < _SHORTEST_HASH if profile.n_distinct else True
    return profile.kind == "text" and bool(is_hex) and not is_short
