"""``interest-graph rebuild``: a date anew from the present input and settings, beside what is published of it.

The date is built under another base (`workflows.origins.bases`), above all that is there, and serves when it is
complete. A rebuild that was interrupted goes on under its own base.
"""

from importlib.metadata import version as installed_version

from workflows.catalog import FACTS
from workflows.commands.days.made_from import origin_of
from workflows.commands.days.replace import refuse_needed, refuse_pinned, remove_older
from workflows.commands.days.run import build_day, is_held_by_another
from workflows.daily import DailyDiscovery
from workflows.luigi_cfg import ALREADY_RUNNING
from workflows.origins.bases import bases_of, newest_iteration
from workflows.progress import say
from workflows.tasks.faults import refuse_obstacles


def rebuild_day(day: DailyDiscovery, *, replace: bool = False, verbose: bool = False) -> int:
    """Build a date anew and return the exit code; `replace` removes its older versions when the new one is complete.

    Raises NeededVersionError or PinnedVersionError, before anything is built, if other versions were made from those to
    be replaced, or a person has pinned one.
    """
    if is_held_by_another(day):  # or it would be said what is built, and then that nothing is
        return ALREADY_RUNNING
    refuse_obstacles(day.root, day.date)
    day = day.sibling(DailyDiscovery, base=_base_to_build(day, replace=replace), iterations=day.iterations)
    if replace:
        refuse_needed(day)
        refuse_pinned(day)
    if day.base and not day.complete():
        say(f"date={day.date} is rebuilt as iterations {day.base + 1} to {day.version.iteration}")
    code = build_day(day, verbose=verbose)
    if replace and not code:
        remove_older(day)
    return code


def _base_to_build(day: DailyDiscovery, *, replace: bool) -> int:
    """Return the base to build under: that of an interrupted rebuild, or one above all that is published.

    A rebuild goes on that was begun with the present input and settings. With `replace`, one that is complete is not
    made once more: what is left to do is to remove the others.
    """
    newest = newest_iteration(day.root, day.date)
    if newest is None:
        return 0
    for base in bases_of(day.root, day.date)[-1:]:
        begun = day.sibling(DailyDiscovery, base=base.iteration, iterations=day.iterations)
        if origin_of(begun).differences:
            break
        is_complete = begun.complete()
        is_rebuilt = base.iteration > 0 and begun.version.iteration in base.finished
        if not base.finished or (is_rebuilt and (not is_complete or (replace and _is_of_this_code(begun)))):
            return base.iteration
    return newest + 1


def _is_of_this_code(day: DailyDiscovery) -> bool:
    facts = day.open(FACTS, day.raw_version()).manifest
    return facts.code_version.endswith(f" {installed_version('interest-graph')}")
