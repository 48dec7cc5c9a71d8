"""Pins: versions that a person wants to stay, whatever a clean, a setting or a rebuild says.

A pin is a small file, ``<output>/_pins/date=D.iteration=N.of=DATASET.json``; without an iteration it is of all
iterations of the date, those that are still to come among them, and without a dataset of all datasets. Its name says
what stays, so that a pin whose content was damaged holds all the same; inside stand a note and when it was made.
Pins of an output in a store lie there, too, and hold for all machines.
"""

import datetime as dt
import os
import re
import shlex
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from urllib.parse import quote, unquote

import msgspec

from joins.shown_text import shown
from storage_tiers.bounded_files import UNREADABLE, read_bounded, words_of_unreadable
from storage_tiers.errors import DamagedVersionError, DatasetError, VersionNotFoundError
from storage_tiers.obstacles import PINS_FOLDER
from storage_tiers.stores.address import Root
from storage_tiers.stores.local_home import local_home
from storage_tiers.stores.store_path import StorePath
from storage_tiers.versioned.dated_folders import date_named
from storage_tiers.versioned.on_disk.lock_files import locked
from storage_tiers.versioned.parts import replace_text
from storage_tiers.versioned.versions import VARIANTS, Version, check_root, described_names, listed_versions
from workflows.tiers_in_use import tiers_in_use

MOST_OF_A_NOTE = 1_000  # characters

_LOCK_NAME = ".lock"
_NAMED = re.compile(r"(?P<date>date=[\d-]{10})(\.iteration=(?P<iteration>\d{1,18}))?(\.of=(?P<dataset>.+))?\.json")
_SHOWN = 5  # versions that an error lists


class _Content(msgspec.Struct):
    note: str
    pinned_at: dt.datetime


@dataclass(frozen=True, slots=True, order=True)
class Pin:
    """What is to stay: a date, or one iteration of it, of one dataset or of all."""

    date: dt.date
    iteration: int | None = None
    dataset: str | None = None

    def covers(self, dataset: str, version: Version) -> bool:
        """Return whether a version of a dataset is to stay by it."""
        is_version = version.date == self.date and self.iteration in (None, version.iteration)
        return is_version and self.dataset in (None, dataset)

    @property
    def file_name(self) -> str:
        """The name of its file."""
        iteration = "" if self.iteration is None else f".iteration={self.iteration}"
        of = f".of={quote(self.dataset, safe='')}" if self.dataset else ""
        return f"date={self.date}{iteration}{of}.json"

    def __str__(self) -> str:
        iteration = "" if self.iteration is None else f" iteration={self.iteration}"
        return f"date={self.date}{iteration}{f' of {shown(self.dataset)}' if self.dataset else ''}"


@dataclass(frozen=True, slots=True)
class HeldPin:
    """A pin that is there; ``problem`` says why its note can't be read."""

    pin: Pin
    note: str = ""
    pinned_at: dt.datetime | None = None
    problem: str = ""

    def __str__(self) -> str:
        return f"{self.pin}{f' ({shown(self.note)})' if self.note else ''}"


def held_pins(output: Root) -> list[HeldPin]:
    """Return the pins under an output folder, oldest date first.

    Raises DatasetError if the folder can't be looked into, or holds a file that may be a pin and doesn't say of what:
    whoever removes versions must know all pins.
    """
    folder = output / PINS_FOLDER
    try:
        names = folder.names().objects if isinstance(folder, StorePath) else os.listdir(folder)  # noqa: PTH208
    except FileNotFoundError:
        return []
    except OSError as error:
        problem, where = f"it can't be looked into ({error.strerror})", str(folder)
        raise DatasetError(problem, where=where, remedy="let it be read") from None
    return sorted((_held(folder / name) for name in sorted(names) if name[0] != "."), key=_order)


def pins_and_problems(output: Root) -> tuple[list[HeldPin], list[str]]:
    """Return the pins for who only looks, and what is wrong with pins; none where the folder can't be understood."""
    try:
        pins = held_pins(output)
    except DatasetError as error:
        return [], [str(error)]
    return pins, [held.problem for held in pins if held.problem]


def pin_covering(pins: list[HeldPin], dataset: str, version: Version) -> HeldPin | None:
    """Return the first pin by which a version stays; None where there is none."""
    return next((held for held in pins if held.pin.covers(dataset, version)), None)


def command_of_unpin(pin: Pin) -> str:
    """Return the command that takes a pin away."""
    iteration = "" if pin.iteration is None else f" --iteration {pin.iteration}"
    dataset = f" --dataset {shlex.quote(pin.dataset)}" if pin.dataset else ""
    return f"interest-graph unpin {pin.date}{iteration}{dataset}"


@contextmanager
def pins_locked(output: Root) -> Iterator[None]:
    """Hold for the block what nobody on this machine pins, unpins or cleans without."""
    with locked(local_home(output) / PINS_FOLDER / _LOCK_NAME):
        yield


def put_pin(output: Root, pin: Pin, note: str = "") -> HeldPin:
    """Pin versions that are there; pinned already, they get another note.

    Raises VersionNotFoundError if there is no such version; the message lists those of the dataset.
    """
    check_root(output)
    with pins_locked(output):
        versions = _versions_there(output, pin.dataset)
        if not any(pin.covers(dataset, version) for dataset, version in versions):
            there = sorted({version for _, version in versions})
            newest = ", ".join(map(str, there[: -_SHOWN - 1 : -1]))
            raise VersionNotFoundError(
                f"there is no version {pin} under {output}",
                remedy=f"{len(there):,} versions are there (newest: {newest})" if there else "there is none to pin",
            )
        held = HeldPin(pin, note, dt.datetime.now(dt.UTC).replace(microsecond=0))
        content = msgspec.json.encode({"note": note, "pinned_at": held.pinned_at})
        replace_text(output / PINS_FOLDER / pin.file_name, msgspec.json.format(content, indent=1).decode() + "\n")
    return held


def remove_pin(output: Root, pin: Pin) -> None:
    """Take a pin away; the versions stay until a clean removes them.

    Raises VersionNotFoundError if there is no such pin; the message lists those that there are.
    """
    check_root(output)
    with pins_locked(output):
        try:
            (output / PINS_FOLDER / pin.file_name).unlink()
        except FileNotFoundError:
            there = ", ".join(str(held.pin) for held in held_pins(output)) or "none"
            raise VersionNotFoundError(f"{pin} is not pinned", remedy=f"pins there: {there}") from None


def _held(path: Root) -> HeldPin:
    pin = _pin_named(path.name)
    if pin is None:
        raise DamagedVersionError(
            "it is no pin by its name, and may have been one",
            where=str(path),
            remedy="rename it like date=2026-11-20.json, date=2026-11-20.iteration=2.json or "
            "date=2026-11-20.of=facts.json, or move it away",
        )
    try:
        content = msgspec.json.decode(read_bounded(path), type=_Content)
    except UNREADABLE as error:
        return HeldPin(pin, problem=f"{path}: the pin holds, but its note can't be read ({words_of_unreadable(error)})")
    return HeldPin(pin, content.note, content.pinned_at)


def _pin_named(name: str) -> Pin | None:
    """Return the pin that a file is named after; None for a name that no pin has."""
    found = _NAMED.fullmatch(name)
    date = date_named(found["date"]) if found else None
    if not found or date is None:
        return None
    iteration = int(found["iteration"]) if found["iteration"] else None
    pin = Pin(date, iteration, unquote(found["dataset"]) if found["dataset"] else None)
    return pin if pin.file_name == name else None


def _versions_there(output: Root, dataset: str | None) -> list[tuple[str, Version]]:
    """Return the published versions and those that tiers hold, of one dataset or of all."""
    found = {
        (name, version)
        for name in described_names(output)
        for variant in VARIANTS
        for version in listed_versions(output, name, variant).there
    }
    for tier in tiers_in_use(output):
        with suppress(DatasetError):  # a server that is down holds up nobody who pins what is published
            found |= {(name, version) for name in tier.datasets() for version in tier.versions(name)}
    return sorted(one for one in found if dataset in (None, one[0]))


def _order(held: HeldPin) -> tuple[dt.date, int, str]:
    pin = held.pin
    return pin.date, -1 if pin.iteration is None else pin.iteration, pin.dataset or ""
