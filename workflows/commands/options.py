"""The options that several commands share, each checked like the parameter or setting it stands for."""

import datetime as dt
from typing import Annotated

import typer

from workflows import settings
from workflows.parameters import DAY, between, option

DateOption = Annotated[dt.date, option("date", DAY, "date of the snapshot, YYYY-MM-DD")]
VersionDate = Annotated[dt.date | None, option("date", DAY, "date of the version; the newest by default")]
VerifiedDate = Annotated[dt.date | None, option("date", DAY, "date to look at; all by default")]
FirstDate = Annotated[dt.date, option("start", DAY, "first date, YYYY-MM-DD")]
LastDate = Annotated[dt.date, option("stop", DAY, "last date, YYYY-MM-DD; it is included")]
LookedAtFrom = Annotated[dt.date | None, option("start", DAY, "first date to look at; that of the first version")]
LookedAtTo = Annotated[dt.date | None, option("stop", DAY, "last date to look at, included; that of the last version")]
VersionIteration = Annotated[
    int | None, option("iteration", between(1), "iteration of the version; the newest by default")
]
RecordsDate = Annotated[dt.date | None, option("date", DAY, "date of the tasks; the one worked on last by default")]
RecordsIteration = Annotated[
    int | None, option("iteration", between(0), "iteration of the tasks, 0 for what is made once; all by default")
]
InputOption = Annotated[str, settings.INPUT.option("--input")]
OutputOption = Annotated[str, settings.OUTPUT.option("--output")]
IterationsOption = Annotated[int, settings.ITERATIONS.option()]
CoresOption = Annotated[int, settings.CORES.option()]
VerboseOption = Annotated[bool, typer.Option("--verbose", help="show Luigi's own log as well")]
