"""The command that answers a question in words: ``interest-graph ask "boards about food with the most pins"``."""

import datetime as dt
from collections.abc import Mapping
from typing import Annotated

import msgspec
import typer

from joins.shown_text import lines_for_people, shown_json
from storage_tiers.reading.answer_formats import with_distinct_names
from storage_tiers.sql_batch import SqlBatchTier
from storage_tiers.stores.address import Root, root_of
from storage_tiers.versioned.versions import Version
from workflows.commands.options import OutputOption, VersionDate, VersionIteration
from workflows.commands.outputs.answers import print_answer
from workflows.commands.outputs.sql import QUERY_TIER, opened_answer, versions_asked_for
from workflows.output_console import output_console, print_text
from workflows.parameters import between, option
from workflows.progress import say
from workflows.questions.answer_or_refusal import Answer, Refusal
from workflows.questions.ask_question import ask as answer_to
from workflows.questions.ask_question import vocabulary_in

_REFUSED = 1
_TABLE_ROWS = 40


def ask(
    question: Annotated[str, typer.Argument(help='a question in English, in quotes: "boards with the most pins"')],
    output_root: OutputOption,
    date: VersionDate = None,
    iteration: VersionIteration = None,
    rows: Annotated[int, option("rows", between(0), "rows that the table has at most")] = _TABLE_ROWS,
    sql_only: Annotated[bool, typer.Option("--sql-only", help="print the SQL alone, and run nothing")] = False,
    json: Annotated[bool, typer.Option("--json", help="what was understood and the SQL as JSON; nothing runs")] = False,
) -> None:
    """Answer a question in words: what was understood, the SQL that it means, the result; or say why it can't."""
    output = root_of(output_root)
    found = answer_to(vocabulary_in(output, _versions(output, date, iteration)), question)
    if json:
        print_text(shown_json(msgspec.json.encode(found.as_json()).decode()))
    elif isinstance(found, Refusal):
        say(str(found))
    elif sql_only:
        print_text(found.sql)
    else:
        _print_result(output, found, date, iteration, rows)
    raise typer.Exit(0 if isinstance(found, Answer) else _REFUSED)


def explained(found: Answer) -> str:
    """Return what was understood and the SQL, for people."""
    lines = [f"  {one}" for one in found.understood]
    if found.not_needed:
        lines.append(f"  not needed: {', '.join(found.not_needed)}")
    lines += [f"  note: {remark}" for remark in found.remarks]
    return lines_for_people("\n".join(["understood", *lines, "", found.sql, ""]))


def _versions(output: Root, date: dt.date | None, iteration: int | None) -> Mapping[str, Version | None] | None:
    """Return which versions answer; None stands for those that serve."""
    if date is None and iteration is None:
        return None
    return versions_asked_for(SqlBatchTier(output), date, iteration)


def _print_result(output: Root, found: Answer, date: dt.date | None, iteration: int | None, rows: int) -> None:
    print_text(explained(found))
    with opened_answer(output, found.sql, QUERY_TIER, date, iteration) as opened, output_console() as console:
        print_answer(with_distinct_names(opened), rows, console)
