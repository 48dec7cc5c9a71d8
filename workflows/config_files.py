"""The files that Luigi reads its settings from, read here once more: which line of which file says what.

Luigi reads a list of files, one over the other, and forgets which of them a value came from. It passes over files that
it may not read, and ends its own import with a trace at the first line that it can't parse. Here each file is parsed
alone, by the rules of Luigi's parser, so that an error can name the file and the line.
"""

import configparser
import io
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from joins.errors import DiscoveryError

_PATHS = ("/etc/luigi/client.cfg", "/etc/luigi/luigi.cfg", "client.cfg", "luigi.cfg")  # Luigi's own list
LUIGI_VARIABLES = _PATH_VARIABLE, _PARSER_VARIABLE = "LUIGI_CONFIG_PATH", "LUIGI_CONFIG_PARSER"
_PARSERS = ("cfg", "conf", "ini")  # Luigi's names for the one parser of luigi.cfg
_INI = "every line is a [section], NAME = VALUE, or a comment that begins with #"


class SettingsError(DiscoveryError, ValueError):
    """A setting, parameter or option that doesn't exist, or a value it can't have."""


@dataclass(frozen=True, slots=True)
class ConfigFile:
    """One file of settings: where each section and each setting stands, or why it can't be read."""

    path: str  # as Luigi was given it
    sections: Mapping[str, int] = field(default_factory=dict)  # the line that each begins in
    lines: Mapping[tuple[str, str], int] = field(default_factory=dict)  # the line of each setting
    values: Mapping[tuple[str, str], str] = field(default_factory=dict)  # its text, as it stands there
    fault: SettingsError | None = None


@dataclass(frozen=True, slots=True)
class ConfigFiles:
    """All files that are there, and what is wrong with the list of them.

    They stand in Luigi's order: what a later one says goes before.
    """

    in_order: Sequence[ConfigFile]
    list_fault: SettingsError | None = None

    @property
    def faults(self) -> list[SettingsError]:
        """What can't be read."""
        return [each for each in (self.list_fault, *(one.fault for one in self.in_order)) if each]

    def last_with(self, section: str, *names: str) -> tuple[ConfigFile, str, str] | None:
        """Return the file that decides on a setting, and the section and name that it stands under there.

        A setting may be written in several ways, hence ``names``; None where no file has any of them.
        """
        for where in (section, configparser.DEFAULTSECT):  # what holds for all sections gives way to the section
            for one in reversed(self.in_order):
                for name in names:
                    if (where, name) in one.lines:
                        return one, where, name
        return None


def read_config_files() -> ConfigFiles:
    """Read the files that Luigi reads now: those of its list that are there, and the one that the environment names."""
    paths = [path for path in _PATHS if os.path.lexists(path)]
    named = os.environ.get(_PATH_VARIABLE, "")
    fault = _fault_of_list(named)
    if named and not fault:
        paths.append(named)
    return ConfigFiles([read_config_file(path) for path in paths], fault)


def _fault_of_list(named: str) -> SettingsError | None:
    parser = os.environ.get(_PARSER_VARIABLE, _PARSERS[0])
    if parser not in _PARSERS:
        problem = f"it is {parser!r}, and settings are read from files like luigi.cfg alone"
        return SettingsError(problem, where=f"${_PARSER_VARIABLE}", remedy="unset it, and bring your settings there")
    if named and not os.path.lexists(named):
        problem = f"{named}: there is no such file"
        return SettingsError(problem, where=f"${_PATH_VARIABLE}", remedy="name one that is there, or unset it")
    if named.endswith(".toml"):
        problem = f"{named}: Luigi would read it as TOML"
        return SettingsError(problem, where=f"${_PATH_VARIABLE}", remedy="write it like luigi.cfg, and call it .cfg")
    return None


def read_config_file(path: str) -> ConfigFile:
    """Read one file; what is wrong with it becomes its fault."""
    if os.path.exists(path) and not os.path.isdir(path) and not _comes_to_an_end(path):  # noqa: PTH110, PTH112 - any text
        problem, remedy = "it is no regular file, so that reading it might never end", "put a file there, or remove it"
        return ConfigFile(path, fault=SettingsError(problem, where=path, remedy=remedy))
    try:
        text = Path(path).read_bytes().decode()
    except UnicodeDecodeError as error:
        n_line = error.object[: error.start].count(b"\n") + 1
        problem = f"byte 0x{error.object[error.start]:02x} is no UTF-8"
        return ConfigFile(path, fault=_fault(path, n_line, problem, "save the file as UTF-8"))
    except OSError as error:
        remedy = "mend its name or its permissions, or remove it"
        return ConfigFile(path, fault=SettingsError(f"it can't be read: {error.strerror}", where=path, remedy=remedy))
    except ValueError:  # a name that no file can have
        return ConfigFile(path, fault=SettingsError("it can't be read: that is no name of a file", where=repr(path)))
    return _parsed(path, text)


def _comes_to_an_end(path: str) -> bool:
    """Return whether reading a path comes to an end: a pipe waits, and most devices go on for ever."""
    return os.path.isfile(path) or os.path.realpath(path) == os.devnull  # noqa: PTH113 - as above


def _parsed(path: str, text: str) -> ConfigFile:
    """Parse the text of a file as Luigi does, noting the line of each name.

    Python's parser tells no lines, but it puts each name into its mappings while it reads the name's line.
    """
    counted = _CountedLines(text)
    made: list[_NotedNames] = []  # every mapping that Python's parser makes: of all sections, of each, of [DEFAULT]
    parser = configparser.RawConfigParser(dict_type=lambda: _NotedNames(counted, made))  # type: ignore[call-overload]
    parser.optionxform = str  # names are told apart by case
    try:
        parser.read_file(counted, path)
    except configparser.Error as error:
        return ConfigFile(path, fault=_fault_of_parsing(path, error, _sections(parser, made)))
    except (AttributeError, TypeError, ValueError) as error:  # Python's parser stumbles over some lines
        return ConfigFile(path, fault=_fault(path, counted.n_line, f"it can't be parsed ({error})", _INI))
    noted = _sections(parser, made)
    lines = {name: one.lines[name] for one in made for name, each in one.items() if isinstance(each, _NotedNames)}
    places = {(section, name): each.lines[name] for section, each in noted.items() for name in each}
    texts = {(section, name): str(text) for section, each in noted.items() for name, text in each.items()}
    return ConfigFile(path, lines, places, texts)


def _sections(parser: configparser.RawConfigParser, made: Sequence["_NotedNames"]) -> dict[str, "_NotedNames"]:
    sections = {name: each for one in made for name, each in one.items() if isinstance(each, _NotedNames)}
    return {**sections, configparser.DEFAULTSECT: cast("_NotedNames", parser.defaults())}


class _CountedLines:
    """The lines of a text, counted while they are read."""

    def __init__(self, text: str) -> None:
        self._text, self.n_line = text, 0

    def __iter__(self) -> Iterator[str]:
        for n_line, line in enumerate(io.StringIO(self._text, newline=None), 1):
            self.n_line = n_line
            yield line


class _NotedNames(dict[str, object]):
    """A mapping of Python's parser, of sections or of settings, which notes the line that each name was put in at."""

    def __init__(self, counted: _CountedLines, made: list["_NotedNames"]) -> None:
        super().__init__()
        self._counted, self.lines = counted, dict[str, int]()
        made.append(self)

    def __setitem__(self, name: str, value: object) -> None:
        self.lines.setdefault(name, self._counted.n_line)
        super().__setitem__(name, value)


def _fault_of_parsing(path: str, error: configparser.Error, sections: Mapping[str, _NotedNames]) -> SettingsError:
    """Say in one line what Python's parser says in several."""
    match error:
        case configparser.DuplicateSectionError(section=section, lineno=n_line):
            return _fault(path, n_line, f"[{section}] begins a second time", "make one section of both")
        case configparser.DuplicateOptionError(section=section, option=name, lineno=n_line):
            problem = f"[{section}] sets {name} a second time, after line {sections[section].lines[name]}"
            return _fault(path, n_line, problem, "remove one of them")
        case configparser.MissingSectionHeaderError(lineno=n_line, line=line):
            problem = f"{line.strip()[:80]!r} stands before any [section]"
            remedy = (
                "save the file without a byte order mark" if line.startswith("\ufeff") else "begin with [discovery]"
            )
            return _fault(path, n_line, problem, remedy)
        case configparser.ParsingError(errors=[(n_line, line), *_]):
            return _fault(path, n_line, f"{line[:80]} is no line of such a file", _INI)
    return SettingsError(" ".join(str(error).split()), where=path, remedy=_INI)


def _fault(path: str, n_line: int | None, problem: str, remedy: str) -> SettingsError:
    return SettingsError(problem, where=f"{path}:{n_line}", remedy=remedy)
