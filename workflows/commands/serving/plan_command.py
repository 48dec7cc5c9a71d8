"""The command that works on execution plans without a server: ``interest-graph plan check``, ``show`` and ``run``."""

from collections.abc import Sequence
from typing import Annotated

import typer

from joins.errors import DiscoveryError
from joins.shown_text import shown_as_json
from workflows.commands.options import OutputOption
from workflows.config_files import SettingsError
from workflows.output_console import print_text
from workflows.parameters import argument, between, one_of, option
from workflows.progress import say, say_error

_WRONG = 1
Action = Annotated[
    str,
    argument("action", one_of("check", "show", "run"), "check: whether plans can run; show: draw one; run: run one"),
]
Plans = Annotated[
    list[str] | None,
    typer.Argument(
        help="files NAME.toml, or folders of them; for show and run one file, or the name of a plan that is served",
        metavar="PLAN",
    ),
]
ConfigFile = Annotated[
    str | None,
    typer.Option(help="settings of a service, whose stores are read; ./serving.toml if it is there", metavar="FILE"),
]
GivenParameters = Annotated[
    list[str] | None,
    typer.Option(help="run: what a parameter is; one that is a list is given once a value", metavar="NAME=VALUE"),
]
DeadlineMs = Annotated[
    int | None, option("deadline_ms", between(1), "run: ms that the answer may take; as the plan says by default")
]


def plan(
    action: Action,
    output_root: OutputOption,
    plans: Plans = None,
    config: ConfigFile = None,
    parameter: GivenParameters = None,
    deadline_ms: DeadlineMs = None,
    trace: Annotated[bool, typer.Option("--trace", help="run: tell what each step took as well")] = False,
) -> None:
    """Check execution plans against what can be served, draw one, or run one and print its answer as JSON."""
    # All that serves takes a fifth of a second to import, which no other command needs.
    from serving.config import DEFAULT_PLANS  # noqa: PLC0415 - as above
    from serving.config_file import read_config  # noqa: PLC0415 - as above
    from workflows.commands.serving.asked_plans import answer_of, checked_plans, drawn  # noqa: PLC0415 - as above

    settings = read_config(config, output_root)
    if action == "check":
        _print_checked(checked_plans(plans or [settings.plans or DEFAULT_PLANS], settings))
        return
    if plans is None or len(plans) != 1:
        raise SettingsError(f"plan {action} takes one plan, not {len(plans or [])}", remedy="name one file or plan")
    if action == "show":
        print_text(drawn(plans[0], settings))
        return
    answer = answer_of(plans[0], parameter or [], settings, deadline_ms, trace=trace)
    print_text(shown_as_json(answer))
    if answer.partial:
        say("note: the answer isn't whole; `missing` in it says why")
        raise typer.Exit(_WRONG)


def _print_checked(found: Sequence[str | DiscoveryError]) -> None:
    """Say of each plan whether it can run; the exit code tells whether all can."""
    for said in found:
        if isinstance(said, DiscoveryError):
            say_error(said)
        else:
            print_text(said)
    if any(isinstance(said, DiscoveryError) for said in found):
        raise typer.Exit(_WRONG)
