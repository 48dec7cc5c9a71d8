"""What people read of the settings, written from their declarations: ``luigi.cfg``, and the tables of the manual.

`workflows.reports.documentation` writes both.
"""

import textwrap

from workflows.luigi_cfg import LUIGI_SETTINGS
from workflows.parameters import written
from workflows.settings import SETTINGS, settings_of

_WIDTH = 119
_SECTIONS = {
    "discovery": "",
    "engine": ", for [clusters](#on-a-cluster)",
    "pictures": ", for pins that bring an `image` and no `image_signature` (see [signatures.md](signatures.md))",
    "tiers": ": which datasets are loaded into which [tier](#where-things-are)",
}


def shipped_luigi_cfg() -> str:
    """Return the text of ``luigi.cfg``: every setting with its default, and Luigi's own that matter."""
    lines = [
        "# Settings of Luigi and of the daily discovery. Read from the working folder, or from $LUIGI_CONFIG_PATH."
    ]
    lines.append("# Written by make docs from workflows/settings.py: change values as you like.")
    ours = [(each.section, each.name, written(each.default), f"{_sentence(each.help)}.") for each in SETTINGS]
    section = ""
    for of_section, name, value, comment in [*ours, *LUIGI_SETTINGS]:
        if of_section != section:
            section = of_section
            lines += ["", f"[{section}]"]
        lines += [f"# {line}" for line in textwrap.wrap(comment, _WIDTH)]
        lines.append(f"{name} = {value}".rstrip())
    return "\n".join(lines) + "\n"


def settings_table() -> str:
    """Return the settings as Markdown: a table a section."""
    tables = []
    for section in dict.fromkeys(setting.section for setting in SETTINGS):
        rows = [
            f"| `{each.name}` | {written(each.default)} | {each.unit} | {each.limits} | {each.meaning} |"
            for each in settings_of(section)
        ]
        head = "| setting | default | unit | allowed | meaning |\n|---|---|---|---|---|"
        tables.append(f"Section `[{section}]`{_SECTIONS.get(section, '')}:\n\n{head}\n" + "\n".join(rows))
    return "\n\n".join(tables)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
