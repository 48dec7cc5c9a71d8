"""``interest-graph config``: every setting that is in force, where it comes from, and what is wrong with it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.text import Text

from joins.shown_text import shown, shown_as_json
from joins.uri_secrets import without_secrets
from workflows import luigi_cfg
from workflows.luigi_cfg import LUIGI_SETTINGS, SettingsError, read_setting, where_set
from workflows.notices.configured_notices import problems_of_notices
from workflows.output_console import Column, print_table
from workflows.parameters import written
from workflows.settings import SETTINGS, problems_of_settings

_HIDDEN = "***"
_DEFAULT = "default"
_UNKNOWN = "?"
_WRONG = "(not allowed)"


@dataclass(frozen=True, slots=True)
class SettingInForce:
    """A setting as a run would take it now."""

    section: str
    setting: str
    value: str  # ``***`` where it is a secret, ``?`` where it can't be read
    source: str  # ``default``, or the file and line, and the variables of the environment in it
    problem: str = ""  # why it can't be in force


@dataclass(frozen=True, slots=True)
class SettingsInForce:
    """All settings, the files they were read from, the later before the earlier, and what is wrong."""

    files: Sequence[str]
    settings: Sequence[SettingInForce]
    problems: Sequence[str]

    def as_json(self) -> str:
        """Return all of it as JSON."""
        return shown_as_json(self)


def settings_in_force() -> SettingsInForce:
    """Look at every setting of ours, and at those of Luigi's that a nightly run goes by."""
    return SettingsInForce(
        [str(Path(one.path).absolute()) for one in luigi_cfg.files.in_order],
        [*_ours(), *_of_luigi()],
        list(dict.fromkeys(map(str, [*problems_of_settings(), *problems_of_notices()]))),
    )


def print_settings(found: SettingsInForce, console: Console) -> None:
    """Print the files, the settings as a table, and what is wrong."""
    files = shown(", ".join(found.files)) or "no file: all are defaults"
    console.print(Text(f"settings from {files}", style="bold"), soft_wrap=True)
    columns = [Column(name) for name in ("section", "setting", "value", "from")]
    marks = {True: f" {_WRONG}", False: ""}
    rows = [[one.section, one.setting, one.value + marks[bool(one.problem)], one.source] for one in found.settings]
    print_table(columns, rows, console, "--json has all")
    for problem in found.problems:
        console.print(Text(f"problem: {problem}", style="bold red"), soft_wrap=True)


def _ours() -> Iterator[SettingInForce]:
    for setting in SETTINGS:
        source = where_set(setting.section, setting.name) or _DEFAULT
        try:
            value, problem = setting.value(), ""
        except SettingsError as error:
            value, problem = _as_written(setting.section, setting.name), str(error)
        shown = _HIDDEN if setting.secret and value != setting.default else without_secrets(written(value))
        yield SettingInForce(setting.section, setting.name, shown, source, problem)


def _of_luigi() -> Iterator[SettingInForce]:
    for section, name, default, _why in LUIGI_SETTINGS:
        source, value = where_set(section, name), _as_written(section, name)
        is_default = source in ("", luigi_cfg.BY_PROGRAM)
        yield SettingInForce(section, name, default if is_default else value, _DEFAULT if is_default else source)


def _as_written(section: str, name: str) -> str:
    """Return the text of a setting whatever it is; ``?`` where it refers to what isn't there."""
    try:
        return read_setting(section, name) or ""
    except SettingsError:
        return _UNKNOWN
