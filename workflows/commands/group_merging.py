"""``interest-graph merge-groups``: makes one group of groups that a picture was found to bridge."""

import datetime as dt
from pathlib import Path

import pyarrow.compute as pc

from features.same_picture.aliases import aliases_of
from workflows.luigi_cfg import SettingsError
from workflows.picture_catalog import GROUP_ALIASES, MERGE_CANDIDATES
from workflows.tasks.derived import derivation_of
from workflows.tasks.pictures.picture_task import PictureTask, added_up
from workflows.tasks.publishing import Record, publish_table


class MergeGroups(PictureTask):
    """The aliases that a date gives to groups. No run asks for it: it is run by the command alone."""

    derivation = derivation_of("MergeGroups")


def merged_groups(output: Path, date: dt.date, max_distance: int, *, dry_run: bool) -> str:
    """Publish aliases for the merge candidates up to a date and say what was merged.

    Parameters
    ----------
    output
        Output folder.
    date
        The last date whose candidates count. Runs of later dates go by the aliases; this one's stays as it is.
    max_distance
        Bits of 256 by which the picture that bridges two groups may differ from the leader it didn't join.
    dry_run
        Only say what would be done.

    Raises
    ------
    SettingsError
        If the date has aliases: versions are immutable.
    """
    task = MergeGroups(date=date, output_root=str(output))  # type: ignore[no-untyped-call]
    target = task.target(GROUP_ALIASES, task.raw_version())
    if target.exists() and not dry_run:  # type: ignore[no-untyped-call]
        raise SettingsError(f"group_aliases of date={date} are there, and versions are immutable; name a later date")
    candidates = task.added(MERGE_CANDIDATES, lambda day: day <= date)
    table = added_up(MERGE_CANDIDATES, candidates)
    near = table.filter(pc.less_equal(table["distance"], max_distance))
    known = task.added(GROUP_ALIASES, lambda day: day <= date)
    aliases = aliases_of(near, added_up(GROUP_ALIASES, known))
    said = (
        f"{len(aliases):,} groups get another's id: {len(near):,} of {len(table):,} merge candidates up to date={date}"
    )
    said += f" are within {max_distance} bits"
    if dry_run or not len(aliases):
        examples = (f"\n  {row['group_id']} becomes {row['alias_of']}" for row in aliases.slice(0, 10).to_pylist())
        return said + "".join(examples) + ("\nnothing was written" if not len(aliases) else "\nnot written: dry run")
    record = Record([*candidates, *known], {"aliases": len(aliases)}, task.stamp() | {"merged_within": max_distance})
    publish_table(task, GROUP_ALIASES, task.raw_version(), 1, aliases, record)
    return f"{said}\nruns of dates after {date} go by it"
