"""What is wrong with the settings in force, in any section: looked at as a whole before anything is built.

Luigi passes over a section or a name that nobody asks for, so a slip of the keyboard would leave the default in force
and say nothing.
"""

import os
import shlex
import shutil
from collections.abc import Iterable, Iterator
from configparser import DEFAULTSECT
from contextlib import suppress
from difflib import get_close_matches
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

from luigi.task_register import Register

from joins.raw.mapped.stable_ids import SOURCE_IDS_FOLDER
from storage_tiers.stores.address import root_of
from storage_tiers.stores.opened_stores import SCHEMES
from storage_tiers.stores.store_path import StorePath
from workflows import luigi_cfg
from workflows.before_imports import import_tasks
from workflows.catalog import DERIVATIONS
from workflows.checks.own.configured import SECTION as OWN_CHECK
from workflows.checks.own.configured import problems_of_checks
from workflows.config_files import SettingsError
from workflows.luigi_cfg import (
    LUIGI_SETTINGS,
    names_for_all,
    names_in,
    read_setting,
    sections_there,
    where_of,
    where_set,
)
from workflows.parameters import Allowed, between, checked, one_of
from workflows.settings.of_days import INPUT, OUTPUT
from workflows.settings.of_engines import IN_PROCESS, MRJOB_CONF, ON_SPARK, PYTHON_BIN, RUNNER, SPARK_MASTER
from workflows.settings.of_pictures import JPEG_DECODER
from workflows.settings.table import SETTINGS, settings_of

_OURS = "workflows"
_NEAR = 0.75  # of a name, as difflib measures: one letter in four may differ
_TRUTH_WORDS = ("true", "false", "True", "False", "TRUE", "FALSE")  # that Luigi reads
_ANY_CODE = between(0, 255)  # 255 is the largest exit code that a shell sees
_CODE_OF_A_FAILURE = between(1, 255)  # 0 would let a failed run look finished
_OF_INPUT = {"pins", "boards", "users", SOURCE_IDS_FOLDER, "_staging"}
_OF_OUTPUT = {spec.name for derivation in DERIVATIONS for spec in derivation.outputs}
_HERE = ("local", "inline")  # runners whose workers run on this machine
_FOUND_GOOD: dict[str, object] = {}  # the files and texts that had no problem


def check_settings() -> None:
    """Refuse settings that can't be in force: the first problem of `problems_of_settings` is raised."""
    for problem in problems_of_settings():
        raise problem


def check_settings_once() -> None:
    """Refuse settings as `check_settings` does, unless they were found good in this process and none changed since.

    Each task asks, hundreds a day; files and programs that settings name are looked at the first time.
    """
    now = (luigi_cfg.files, luigi_cfg.texts_in_force())
    if now != _FOUND_GOOD.get("settings"):
        check_settings()
        _FOUND_GOOD["settings"] = now


@lru_cache(maxsize=64)
def check_folders(input_root: str, output_root: str) -> None:
    """Refuse an input and an output that lie in each other's way.

    Raises SettingsError if they are one folder, the output lies among the raw tables, or the input where versions do,
    whose removal would take it along.
    """
    given, made = map(_parts_of, (input_root, output_root))
    first_below = made[len(given)] if made[: len(given)] == given != made else ""
    first_above = given[len(made)] if given[: len(made)] == made != given else ""
    if given == made:
        problem = f"input and output are one folder, {output_root}"
    elif first_below in _OF_INPUT:
        problem = f"output is {output_root!r}, which lies in the raw input's folder {first_below}"
    elif first_above.startswith("_") or first_above in _OF_OUTPUT:
        problem = f"input is {input_root!r}, which lies in the output's folder {first_above}"
    else:
        return
    raise SettingsError(problem, remedy="give each a folder of its own")


def _parts_of(root: str) -> tuple[str, ...]:
    """Return the names on the way to a folder, links followed, or to a place in a store."""
    place = root_of(root)
    if isinstance(place, StorePath):
        return (f"{place.scheme}://{place.bucket}", *place.parts)
    return Path(os.path.realpath(place)).parts


def problems_of_settings() -> Iterator[SettingsError]:
    """Yield what is wrong: files that can't be read, unknown sections and names, values, and what isn't there.

    Each names the file and line that it comes from.
    """
    faults = luigi_cfg.files.faults
    yield from faults
    if not faults:
        yield from _unknown_sections()
        yield from _unknown_names()
        yield from _names_for_one_task()
        yield from _names_not_read()
        yield from _wrong_values()
        yield from _wrong_values_of_luigi()
        yield from problems_of_checks()
        for look in (_missing_conf, _missing_program, _missing_decoder, _missing_client):
            with suppress(SettingsError):  # a value that is wrong itself is told above
                yield from [*look()]


def _unknown_sections() -> Iterator[SettingsError]:
    """Find sections whose names are nearly ours, unless they set nothing like ours: those are Luigi's or a stranger's.

    An empty section tells nobody whose it is. It does nothing either, so that whoever needs it not can remove it.
    """
    ours = {setting.section: [each.name for each in settings_of(setting.section)] for setting in SETTINGS}
    for section in sections_there():
        plain, names = section.strip().casefold(), names_in(section)
        near = _nearest(plain, ours)
        if section in ours or near is None or _is_task(section) or section.startswith(OWN_CHECK):
            continue
        if near == plain or not names or any(_nearest(name, ours[near]) for name in names):
            remedy = f"did you mean [{near}]?" + ("" if names else " else remove it, as nothing stands in it")
            yield SettingsError(f"there is no section {section!r}", where=where_of(section), remedy=remedy)


def _nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the name that was probably meant, None where none is near."""
    return next(iter(get_close_matches(name, list(known), 1, _NEAR)), None)


def _unknown_names() -> Iterator[SettingsError]:
    """Find names that our sections don't have."""
    for section in dict.fromkeys(setting.section for setting in SETTINGS):
        known = [setting.name for setting in settings_of(section)]
        for name in names_in(section):
            if name not in known:
                yield SettingsError(
                    f"[{section}] has no setting {name}; allowed: {', '.join(known)}",
                    where=where_set(section, name),
                    remedy=_meant(name, known),
                )


def _names_for_one_task() -> Iterator[SettingsError]:
    """Find settings in a section of one of our tasks: they would hold for that task alone."""
    everywhere = {setting.name: setting.section for setting in SETTINGS} | {
        f"{name}_root": "discovery" for name in ("input", "output")
    }
    for task in filter(_is_task, sections_there()):
        if Register.get_task_cls(task).__module__.partition(".")[0] == _OURS:  # type: ignore[no-untyped-call]
            for name in (name for name in names_in(task) if name in everywhere):
                remedy = f"set {name.removesuffix('_root')} in [{everywhere[name]}], which holds for every command"
                yield SettingsError(f"{name} would change this task alone", where=where_of(task, name), remedy=remedy)


def _names_not_read() -> Iterator[SettingsError]:
    """Find our settings in ``[DEFAULT]`` whose own section no file has: Luigi would pass over them."""
    sections = sections_there()
    for name in names_for_all():
        for home in (each.section for each in SETTINGS if each.name == name.replace("-", "_")):
            if home not in sections:
                problem = f"{name} stands under [{DEFAULTSECT}], and would not be read: there is no section [{home}]"
                yield SettingsError(problem, where=where_of(DEFAULTSECT, name), remedy=f"write it under [{home}]")


def _is_task(section: str) -> bool:
    import_tasks()
    return section in Register.task_names()  # type: ignore[no-untyped-call]


def _meant(name: str, known: list[str]) -> str:
    """Return what to do about a name that a section doesn't have."""
    home = next((setting.section for setting in SETTINGS if setting.name == name), None)
    near = _nearest(name.replace("-", "_").casefold(), known)
    if near:
        return f"did you mean {near}?"
    return f"it belongs to [{home}]" if home else "mend the name or remove the line"


def _wrong_values() -> Iterator[SettingsError]:
    """Find values that our settings can't have."""
    for setting in SETTINGS:
        try:
            setting.value()
        except SettingsError as error:
            yield error


def _wrong_values_of_luigi() -> Iterator[SettingsError]:
    """Find values of Luigi's own settings that its parser would end with a trace at, or that hide a failed run."""
    for section, name, default, _why in LUIGI_SETTINGS:
        text = read_setting(section, name)
        try:
            checked(
                name,
                _allowed_of_luigi(section, name, default),
                default if text is None else text,
                where_of(section, name),
            )
        except SettingsError as error:
            yield error


def _allowed_of_luigi(section: str, name: str, default: str) -> Allowed[str] | Allowed[int]:
    if default in _TRUTH_WORDS:
        return one_of(*_TRUTH_WORDS)
    if section == "retcode":
        return _ANY_CODE if name == "already_running" else _CODE_OF_A_FAILURE
    return between(0)


def _missing_conf() -> Iterator[SettingsError]:
    """Find a file of mrjob that isn't there."""
    conf = MRJOB_CONF.value()
    if conf and not os.path.isfile(conf):  # noqa: PTH113 - a Path raises at a name that no file can have
        problem = f"mrjob_conf is {conf!r}, and there is no such file"
        yield SettingsError(problem, where=MRJOB_CONF.where, remedy="mend its path")


def _missing_program() -> Iterator[SettingsError]:
    """Find a Python of workers on this machine that isn't there; of those elsewhere nothing is known here."""
    python, runner = PYTHON_BIN.value(), RUNNER.value()
    is_here = runner in _HERE or (runner == ON_SPARK and SPARK_MASTER.value().startswith("local"))
    if python and is_here and runner != IN_PROCESS and not shutil.which(_program(python)):
        problem = f"python_bin is {python!r}, and there is no such program"
        yield SettingsError(problem, where=PYTHON_BIN.where, remedy="mend it")


def _missing_decoder() -> Iterator[SettingsError]:
    """Find a decoder of pictures that isn't installed."""
    if JPEG_DECODER.value() == "simplejpeg" and find_spec("simplejpeg") is None:
        yield SettingsError(
            "jpeg_decoder is simplejpeg, which isn't installed",
            where=JPEG_DECODER.where,
            remedy="pip install 'interest-graph[simplejpeg]', or set pillow",
        )


def _missing_client() -> Iterator[SettingsError]:
    for setting in (INPUT, OUTPUT):
        place = root_of(setting.value())
        scheme = SCHEMES[place.scheme] if isinstance(place, StorePath) else None
        if scheme and find_spec(scheme.package) is None:
            yield SettingsError(
                f"{setting.name} is {setting.value()!r}, and {scheme.package} is not installed, by which it is reached",
                where=where_of(setting.section, setting.name),
                remedy=f"pip install 'interest-graph[{scheme.extra}]'",
            )


def _program(command: str) -> str:
    """Return the program of a command line, which mrjob splits as a shell does."""
    try:
        return next(iter(shlex.split(command)), "")
    except ValueError:  # a quote that nobody closes
        return command
