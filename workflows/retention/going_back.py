"""Going back: an older complete version of the joins serves again, in all tiers.

Everything is looked at before anything is switched: the version must be whole in every tier. A tier switches all its
datasets at once; where one tier can't, those that had switched are switched back. What is newer stays where it is, so
that the same command goes forward again.
"""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from storage_tiers.errors import DatasetError, VersionNotFoundError
from storage_tiers.stores.address import Root
from storage_tiers.tier import Tier
from storage_tiers.versioned.versions import Version, check_root
from workflows.catalog import JOIN_DATASETS
from workflows.daily import command_name, options_of
from workflows.origins.bases import ONCE, base_below
from workflows.progress import progress_of, words_of_system
from workflows.shortages import shortage_in_words
from workflows.tiers_in_use import opened_tier, tiers_in_use

JOINS = tuple(spec.name for spec in JOIN_DATASETS)

_SHOWN = 5  # versions that an error lists


@dataclass(frozen=True, slots=True)
class Switch:
    """What one tier is to serve instead of what it serves; a dataset that it can't go back with stays as it is."""

    tier: Tier
    before: Mapping[str, Version | None]
    chosen: Mapping[str, Version]
    staying: Sequence[str] = ()

    @property
    def changed(self) -> dict[str, Version]:
        """The datasets of which another version is going to serve."""
        return {name: version for name, version in self.chosen.items() if self.before[name] != version}

    def __str__(self) -> str:
        moves: dict[str, list[str]] = {}
        for name, version in self.changed.items():
            moves.setdefault(f"{_shown(self.before[name])} -> {_shown(version)}", []).append(name)
        said = [f"{', '.join(names)}: {move}" for move, names in moves.items()]
        said += [f"{name} stays at {_shown(self.before[name])}, which has no such version" for name in self.staying]
        return f"{self.tier.title:<14} {'; '.join(said) or f'{_shown(self.chosen[JOINS[0]])} serves already'}"


def planned_switches(
    output: Root, date: dt.date, iteration: int | None = None, tiers: Sequence[str] = ()
) -> tuple[Version, list[Switch]]:
    """Choose a complete version, the newest of a date or the given one, and check it in every tier, or in those named.

    Raises VersionNotFoundError if it isn't complete in all of them; the message lists what is. Raises
    DamagedVersionError if it can't be read in one of them.
    """
    check_root(output)
    opened = list({tier.name: tier for tier in (opened_tier(name, output) for name in tiers)}.values())
    opened = opened or [tier for tier in tiers_in_use(output) if set(JOINS) & {*tier.datasets()}]
    complete = _complete_versions(opened)
    matching = _matching(complete, date, iteration)
    if not matching:
        asked = f"date={date}" + ("" if iteration is None else f" iteration={iteration}")
        there = ", ".join(map(str, complete[: -_SHOWN - 1 : -1]))
        lacking = [tier for tier in opened if not _matching(_complete_versions([tier]), date, iteration)]
        where = " and ".join(tier.title for tier in lacking or opened) or "any tier"
        raise VersionNotFoundError(
            f"{asked} is not loaded whole, with {', '.join(JOINS)}, in {where} under {output}",
            remedy=f"load it: {command_name()} run --date {date}{options_of(output=str(output))}; whole in all tiers: "
            + (f"{len(complete):,} (newest: {there})" if complete else "none"),
        )
    version = matching[-1]
    switches = [_planned(tier, version) for tier in opened]
    _check_every_byte(switches)
    return version, switches


def _matching(versions: Sequence[Version], date: dt.date, iteration: int | None) -> list[Version]:
    return [one for one in versions if one.date == date and iteration in (None, one.iteration)]


def _check_every_byte(switches: Sequence[Switch]) -> None:
    """Read what is to serve; nothing of what serves already, so that a damaged version doesn't hold a way back up."""
    wanted = [(switch.tier, name, version) for switch in switches for name, version in switch.changed.items()]
    total = sum(tier.validate(name, version).n_bytes for tier, name, version in wanted)
    n_read = 0
    with progress_of(None, "looking at every byte", max(1, total), "bytes") as progress:

        def tell(n_bytes: int) -> None:
            nonlocal n_read
            n_read = min(total, n_read + n_bytes)
            progress(n_read)

        for tier, name, version in wanted:
            tier.check_before_switch(name, version, tell)


def switch_all(switches: Sequence[Switch]) -> None:
    """Switch one tier after the other; where one can't, switch back those that had and raise its error."""
    done: list[Switch] = []
    for switch in switches:
        try:
            switch.tier.make_current(switch.changed)  # of none as well: that finishes a switch that was killed
        except (DatasetError, OSError) as error:
            for other in done:
                before = {name: version for name in other.changed if (version := other.before[name])}
                other.tier.make_current(before)
            said = shortage_in_words(error) or (words_of_system(error) if isinstance(error, OSError) else error)
            problem = f"it can't be made current, and all tiers serve what they did: {said}"
            raise DatasetError(problem, where=switch.tier.title) from error
        done.append(switch)


def lines_of(output: Root, version: Version, switches: Sequence[Switch]) -> list[str]:
    """Return what to tell of a switch: what serves before and after, how long, and the command that undoes it."""
    lines = [f"  {switch}" for switch in switches]
    before = {
        was for switch in switches for name in JOINS if (was := switch.before.get(name)) and name in switch.changed
    }
    if not before:
        return [f"{version} serves already, nothing was changed", *lines]
    undone = max(before)
    return [
        f"{version} serves, where {' and '.join(map(str, sorted(before)))} did:",
        *lines,
        "this lasts until something newer is loaded, as the next run of a later date or a further iteration does",
        f"to go {'forward' if undone > version else 'back'}: {_command(output, undone)}",
    ]


def way_forward(output: Root, tiers: Sequence[Tier]) -> list[str]:
    """Say that an older version serves than the newest that is whole in every tier, and how to go forward again.

    Nothing is said of tiers that can't be looked at: what is wrong with them is told elsewhere.
    """
    try:
        return list(_way_forward(output, tiers))
    except DatasetError:
        return []


def _way_forward(output: Root, tiers: Sequence[Tier]) -> Iterator[str]:
    loaded = [tier for tier in tiers if set(JOINS) & {*tier.datasets()}]
    newest = next(reversed(_complete_versions(loaded)), None)
    serving = {version for tier in loaded for name in JOINS if (version := _serving(tier, name))}
    older = sorted(version for version in serving if newest and version < newest)
    if not newest or not older:
        return
    verb = "serves" if len(older) == 1 else "serve"
    said = f"{' and '.join(map(str, older))} {verb}, and {newest} is newer and loaded, too"
    yield f"{said}; to go forward: {_command(output, newest)}"


def _command(output: Root, version: Version) -> str:
    options = options_of(output=str(output))
    return f"{command_name()} rollback --date {version.date} --iteration {version.iteration}{options}"


def _complete_versions(tiers: Sequence[Tier]) -> list[Version]:
    """Return the versions of which every tier holds all joins, oldest first."""
    held = [{*tier.versions(name)} for tier in tiers for name in JOINS]
    return sorted(set.intersection(*held)) if held else []


def _planned(tier: Tier, version: Version) -> Switch:
    chosen, staying = {}, []
    names = [*JOINS, *(name for name in tier.datasets() if name not in JOINS)]
    for name in names:
        wanted = Version(version.date, base_below(tier.root, version)) if name in ONCE else version
        if tier.holds(name, wanted):
            chosen[name] = wanted
        else:
            staying.append(name)
    return Switch(tier, {name: _serving(tier, name) for name in names}, chosen, staying)


def _serving(tier: Tier, name: str) -> Version | None:
    try:
        return tier.current(name)
    except DatasetError:  # a pointer that names nothing is mended by the switch
        return None


def _shown(version: Version | None) -> str:
    return f"{version.date} {version.iteration}" if version else "nothing"
