"""The tables of ``docs/`` and ``luigi.cfg``, made from the declarations: ``make docs`` writes them, a test holds them.

A page is prose written by hand; what is between a pair of markers in it, ``<!-- NAME: written by make docs -->`` and
``<!-- end of NAME -->``, is made here. A further table is one more entry of ``TABLES``.
"""

import textwrap
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pyarrow as pa

from joins.arrow.fields import fields_by_path, is_unset_in_light, meaning_of
from joins.errors import DiscoveryError
from storage_tiers.versioned.staging import DatasetSpec
from workflows.catalog import DERIVATIONS, JOIN_DATASETS
from workflows.checks.declared import DECLARED, MADE_BY_TASKS
from workflows.data_catalog.written_types import SHARED_STRUCTS, shared_struct, type_in_words
from workflows.luigi_cfg import LUIGI_SETTINGS
from workflows.parameters import written
from workflows.picture_catalog import PICTURE_DATASETS
from workflows.reports.serving_tables import processor_sections, setting_sections
from workflows.settings import SETTINGS, settings_of

ROOT = Path(__file__).parents[2]

_WIDTH = 119  # of comments in luigi.cfg
_ABOUT_SECTIONS = {
    "discovery": "",
    "engine": ", for [clusters](#on-a-cluster)",
    "pictures": ", for pins that bring an `image` and no `image_signature` (see [signatures.md](signatures.md))",
    "daily": ", for [the job of every night](operations/README.md)",
    "notices": ", for what that job tells people (see [notices](operations/README.md#notices))",
    "checks": ": what [checks before publication](operations/checks.md) allow",
    "tiers": ": which datasets are loaded into which [tier](#where-things-are)",
    "queries": ": what a query of [the explorer's box](looking.md#queries-in-a-browser-kept-and-shared) may take",
    "retention": ": what [`clean`](operations/retention.md) keeps",
    "monitoring": ", for [other programs](operations/monitoring.md)",
}


@dataclass(frozen=True, slots=True)
class Table:
    """What is made between two markers of a page."""

    page: str
    name: str
    make: Callable[[], str]

    def put_into(self, text: str) -> str:
        """Return the page's text with this table as it is now.

        Raises DiscoveryError if the page has no such pair of markers.
        """
        first, last = f"<!-- {self.name}: written by make docs -->\n", f"<!-- end of {self.name} -->\n"
        before, found, rest = text.partition(first)
        _, ends, after = rest.partition(last)
        if not (found and ends):
            raise DiscoveryError(f"it lacks the lines {first.strip()} and {last.strip()}", where=f"docs/{self.page}")
        return f"{before}{first}\n{self.make().strip()}\n\n{last}{after}"


def dataset_sections(specs: Iterable[DatasetSpec]) -> str:
    """Return a section for each dataset: its key, what it holds, and its fields, unless a join tells of all of them."""
    return "".join(_section(spec) for spec in specs)


def struct_sections() -> str:
    """Return a table for each struct that several datasets hold."""
    return "".join(f"**{name}**\n\n{_table(pa.schema(list(struct)))}\n" for name, struct in SHARED_STRUCTS.items())


def _made(when: str) -> list[DatasetSpec]:
    """Return the datasets made at such a time, those of pictures aside."""
    made = (spec for derivation in DERIVATIONS if derivation.when == when for spec in derivation.outputs)
    return [spec for spec in made if spec not in PICTURE_DATASETS]


def shipped_luigi_cfg() -> str:
    """Return the text of ``luigi.cfg``: every setting with its default, and Luigi's own that matter."""
    lines = [
        "# Settings of Luigi and of the daily discovery. Read from the working folder, or from $LUIGI_CONFIG_PATH."
    ]
    lines.append("# Written by make docs from workflows/settings: change values as you like.")
    ours = [(each.section, each.name, written(each.default), _sentence(each.help)) for each in SETTINGS]
    section = ""
    for of_section, name, value, comment in [*ours, *LUIGI_SETTINGS]:
        if of_section != section:
            section = of_section
            lines += ["", f"[{section}]"]
        lines += [f"# {line}" for line in textwrap.wrap(comment, _WIDTH)]
        lines.append(f"{name} = {value}".rstrip())
    return "\n".join(lines) + "\n"


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


def settings_table() -> str:
    """Return the settings as Markdown: a table a section."""
    tables = []
    for section in dict.fromkeys(setting.section for setting in SETTINGS):
        rows = [
            f"| `{each.name}` | {written(each.default)} | {each.unit} | {each.limits} | {each.meaning} |"
            for each in settings_of(section)
        ]
        head = "| setting | default | unit | allowed | meaning |\n|---|---|---|---|---|"
        tables.append(f"Section `[{section}]`{_ABOUT_SECTIONS[section]}:\n\n{head}\n" + "\n".join(rows))
    return "\n\n".join(tables)


def checks_table() -> str:
    """Return the declared checks as Markdown: a row for each check that datasets have with the same words."""
    rows: dict[tuple[str, str, str], list[str]] = {}
    for dataset, declared in DECLARED.items():
        for check in declared.checks:
            rows.setdefault((check.name, check.level, check.meaning), []).append(f"`{dataset}`")
    for made in MADE_BY_TASKS:
        rows[made.name, made.level, made.meaning] = [f"`{dataset}`" for dataset in made.datasets]
    head = "| check | level | datasets | what must hold |\n|---|---|---|---|\n"
    lines = (f"| `{key[0]}` | {key[1]} | {', '.join(rows[key])} | {key[2]} |" for key in sorted(rows))
    return head + "\n".join(lines)


TABLES = (
    Table("datasets.md", "joins", partial(dataset_sections, JOIN_DATASETS)),
    Table("datasets.md", "structs", struct_sections),
    Table("datasets.md", "features", partial(dataset_sections, _made("every iteration"))),
    Table("datasets.md", "accepted input", partial(dataset_sections, _made("once"))),
    Table("datasets.md", "pictures", partial(dataset_sections, PICTURE_DATASETS)),
    Table("running.md", "settings", settings_table),
    Table("operations/checks.md", "declared checks", checks_table),
    Table("serving.md", "processors", processor_sections),
    Table("serving.md", "settings of a service", setting_sections),
)


def current_pages(root: Path = ROOT) -> dict[Path, str]:
    """Return the text that ``luigi.cfg`` and each page with tables must have now."""
    pages = {root / "luigi.cfg": shipped_luigi_cfg()}
    for table in TABLES:
        path = root / "docs" / table.page
        pages[path] = table.put_into(pages.get(path) or path.read_text())
    return pages


def write_pages() -> None:
    """Bring all pages up to date."""
    for path, text in current_pages().items():
        path.write_text(text)


def _section(spec: DatasetSpec) -> str:
    several = "" if spec.key_is_unique else " (several rows each)"
    within = [join for join in JOIN_DATASETS if spec not in JOIN_DATASETS and set(spec.schema) <= set(join.schema)]
    if within:
        fields = f"Fields, as in `{within[0].name}`: " + ", ".join(f"`{name}`" for name in spec.schema.names) + ".\n"
    else:
        fields = _table(spec.schema)
    return f"### `{spec.name}`, key `{spec.key}`{several}\n{spec.meaning}\n\n{fields}\n"


def _table(schema: pa.Schema) -> str:
    rows = "".join(_rows(schema))
    return f"| field | type | unit | source | meaning |\n|---|---|---|---|---|\n{rows}"


def _rows(schema: pa.Schema) -> Iterator[str]:
    """Yield a row a field, nested ones by their path; those of a shared struct stand in its own table."""
    within_shared = "\n"  # no field's name begins like this
    for path, field in fields_by_path(schema):
        if path.startswith(within_shared):
            continue
        shared = shared_struct(field.type)
        if shared:
            within_shared = f"{path}."
        said = meaning_of(field)
        if said is None:
            raise DiscoveryError("nothing is said of what it means", where=path, remedy="declare it with `described`")
        name = f"`{path}`" + (" ◦" if is_unset_in_light(field) else "")
        type_ = type_in_words(field.type, shared) + ("?" if field.nullable else "")
        yield f"| {name} | {type_} | {said.unit} | {said.source} | {said.meaning} |\n"


if __name__ == "__main__":
    write_pages()
