"""The tables of ``docs/serving.md``: what each processor is told, and every setting of a service.

Both follow from the declarations: a processor's settings have their meaning in the docstring of their class, those of
a service beside their type.
"""

import inspect
from collections.abc import Iterator
from dataclasses import fields as dataclass_fields
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import msgspec

from serving.config import STORE_KINDS, Config, ServerConfig
from serving.plans.limits import LIMITS, Limits
from serving.processor import Processor
from serving.processors.registry import PROCESSORS

_HEAD = "| setting | default | meaning |\n|---|---|---|\n"
_PARAMETERS = "Parameters\n----------\n"


def processor_sections() -> str:
    """Return a section for each processor: what it gives, from how many steps it takes, what it is told."""
    return "\n".join(_processor(one) for one in PROCESSORS.values())


def setting_sections() -> str:
    """Return a table for each section of ``serving.toml``."""
    whole = _rows_of_struct(Config, leave_out=("stores", "limits", "server"))
    tables = [f"At the top:\n\n{_HEAD}{whole}"]
    for kind, section in STORE_KINDS.items():
        about = _first_sentence(section)
        tables.append(f'`[stores.NAME]` with `kind = "{kind}"`: {about}\n\n{_HEAD}{_rows_of_struct(section)}')
    tables.append(f"`[server]`:\n\n{_HEAD}{_rows_of_struct(ServerConfig)}")
    tables.append(f"`[limits]`:\n\n{_HEAD}{_rows_of_limits()}")
    return "\n".join(tables)


def described_parameters(documented: type) -> dict[str, str]:
    """Return what the docstring of a class says of each of its parameters, as one line.

    Examples
    --------
    >>> described_parameters(Limits)["steps"]
    'Steps of a plan.'
    """
    text = inspect.getdoc(documented) or ""
    _, _, section = text.partition(_PARAMETERS)
    found: dict[str, list[str]] = {}
    names: list[str] = []
    for line in section.splitlines():
        if line.startswith("-"):  # the next section begins
            break
        if line and not line.startswith(" "):
            names = line.split(", ")
        elif line:
            for name in names:
                found.setdefault(name, []).append(line.strip())
    return {name: " ".join(lines).replace("``", "`") for name, lines in found.items()}


def _processor(processor: type[Processor]) -> str:
    meanings = described_parameters(processor.settings_type)
    rows = "".join(
        f"| `{field.name}` | {_default(field)} | {meanings[field.encode_name]} |\n"
        for field in msgspec.structs.fields(processor.settings_type)
    )
    told = f"\n{_HEAD}{rows}" if rows else ""
    return f"#### `{processor.do}`\n\n{_paragraphs(processor)} It takes from {_inputs(processor)}.\n{told}"


def _paragraphs(documented: type) -> str:
    """Return what a docstring says before its first section, as one paragraph."""
    text = (inspect.getdoc(documented) or "").split("\n\nNotes\n")[0].split("\n\nParameters\n")[0]
    return " ".join(text.split()).replace("``", "`")


def _inputs(processor: type[Processor]) -> str:
    least, most = processor.least_inputs, processor.most_inputs
    if not most:
        return "no step"
    return "one step" if most == 1 else f"{'one step' if least == 1 else f'{least} steps'} or more"


def _default(field: msgspec.structs.FieldInfo) -> str:
    if field.default is msgspec.NODEFAULT:
        return "needed"
    return "none" if field.default in (None, "") else f"{msgspec.json.encode(field.default).decode()}"


def _rows_of_struct(struct: type[msgspec.Struct], leave_out: tuple[str, ...] = ()) -> str:
    hints = get_type_hints(struct, include_extras=True)
    fields = (field for field in msgspec.structs.fields(struct) if field.name not in leave_out)
    return "".join(f"| `{field.name}` | {_default(field)} | {_said_of(hints[field.name])} |\n" for field in fields)


def _rows_of_limits() -> str:
    meanings = described_parameters(Limits)
    return "".join(
        f"| `{field.name}` | {getattr(LIMITS, field.name):,} | {meanings[field.name]} |\n"
        for field in dataclass_fields(Limits)
    )


def _said_of(hint: Any) -> str:  # noqa: ANN401 - a type, perhaps with what is said of it
    return next(_descriptions(hint), "")


def _descriptions(hint: Any) -> Iterator[str]:  # noqa: ANN401 - as above
    """Yield what is said of a type, the outermost first."""
    if get_origin(hint) is Annotated:
        inner, *said = get_args(hint)
        yield from (one.description for one in reversed(said) if isinstance(one, msgspec.Meta) and one.description)
        yield from _descriptions(inner)


def _first_sentence(documented: type) -> str:
    return (inspect.getdoc(documented) or "").split("\n\n")[0]
