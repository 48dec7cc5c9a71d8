"""The door of ``luigi.cfg``: any text or bytes, in one file or two, read as a process that starts there reads it.

Whatever it says, the settings in force can be shown, and what is wrong is one line that names a file. Where nothing is
wrong, every setting has a value that is allowed, and is Luigi's, too.
"""

import os
from pathlib import Path
from typing import NamedTuple

from luigi.configuration import get_config

from tests.fuzzing.door import BrokenPropertyError, Door
from tests.fuzzing.inputs.choices import Choices, built_by
from workflows import luigi_cfg
from workflows.commands.outputs.settings_in_force import SettingsInForce, settings_in_force
from workflows.luigi_cfg import LUIGI_SETTINGS
from workflows.parameters import checked
from workflows.settings import SETTINGS

_ENTROPY_BYTES = 192
_NAMES = (
    *(setting.name for setting in SETTINGS),
    *(setting.name for setting in LUIGI_SETTINGS),
    *("", "Damping", "memory-mb", "x", "a b", "é", "[", "input_root", "date", "%", "=", "#x", ";", "__name__"),
)
_SECTIONS = (
    *dict.fromkeys(setting.section for setting in SETTINGS),
    *dict.fromkeys(setting.section for setting in LUIGI_SETTINGS),
    *("DEFAULT", "discover", "discovery ", "DailyDiscovery", "BoardRanks", "x", "", "]", "é", "Tiers", "a]b", "[x"),
)
_VALUES = (
    *("1", "0", "-1", "0.5", ".9", "nan", "inf", "1e400", "٣", "1_0", "9" * 5000, "true", "yes", "TRUE", "0x1"),
    *("", " ", "a", "~", "~/x", "~root", "'a'", '"', "0.5 ; c", "0.5 # c", "a\n  b", "%", "%%", "%(x)s", "%(input)s"),
    *("${HOME}", "${NO_SUCH}", "${}", "$HOME", "%(", "pin_joins facts", "facts facts", "local", "simplejpeg", "spark"),
    *("\0", "\x1b[31m", "\u2028", "é", "a" * 10_000, "/dev/null", "mine", "\r", "python -u", "'"),
)
_ODD_LINES = (
    "nonsense",
    " indented",
    "\t= 1",
    "[",
    "]",
    "[]",
    "[a",
    "#",
    ";",
    "\ufeff",
    "\0",
    ": 1",
    "= 1",
    "\x0c",
    "\x85",
)
_ODD_BYTES = (b"\xff", b"\xef\xbb\xbf", b"\0", b"\r", b"\xc3")


class Texts(NamedTuple):
    """What ``luigi.cfg`` holds, and what the file that the environment names does; None: there is no such file."""

    first: bytes | None
    second: bytes | None


def _text(choices: Choices) -> bytes | None:
    if choices.chance(0.1):
        return None
    lines = []
    for _ in range(choices.below(5)):
        if choices.chance(0.9):
            lines.append(f"[{choices.pick(_SECTIONS)}]")
        for _ in range(choices.below(4)):
            sign = choices.pick((" = ", "=", ": ", " ", ""))
            lines.append(f"{choices.pick(_NAMES)}{sign}{choices.pick(_VALUES)}")
        lines += [choices.pick(_ODD_LINES)] * choices.chance(0.15)
    content = choices.pick(("\n", "\n", "\r\n", "\n\n")).join(lines).encode(errors="surrogatepass")
    if choices.chance(0.1):
        at = choices.below(len(content) + 1)
        content = content[:at] + choices.pick(_ODD_BYTES) + content[at:]
    return content


def _texts(choices: Choices) -> Texts:
    return Texts(_text(choices), _text(choices) if choices.chance(0.3) else None)


def _lay(given: Texts, folder: Path) -> None:
    for name, content in zip(("luigi.cfg", "mine"), given, strict=True):
        if content is not None:
            (folder / name).write_bytes(content)


def _enter(given: Texts, folder: Path) -> None:
    _lay(given, folder)
    before = Path.cwd()
    os.chdir(folder)
    try:
        if given.second is not None:
            os.environ["LUIGI_CONFIG_PATH"] = "mine"
        luigi_cfg.read_again()
        _check(settings_in_force())
    finally:
        os.environ.pop("LUIGI_CONFIG_PATH", None)
        os.chdir(before)
        luigi_cfg.read_again()


def _check(shown: SettingsInForce) -> None:
    shown.as_json()
    for problem in shown.problems:
        if len(problem.splitlines()) != 1 or not any(name in problem for name in ("luigi.cfg", "mine")):
            raise BrokenPropertyError(f"a problem is not one line that names a file: {problem!r}")
    if shown.problems:
        return
    for setting in SETTINGS:
        value = setting.value()
        if checked(setting.name, setting.allowed, value) != value:
            raise BrokenPropertyError(f"{setting.name} is {value!r}, which is not read back")
        text = get_config().get(setting.section, setting.name, None)  # type: ignore[no-untyped-call]
        if text is not None and checked(setting.name, setting.allowed, text) != value:
            raise BrokenPropertyError(f"{setting.name} is {value!r}, and Luigi has {text!r}")


CONFIG_TEXTS = Door("luigi.cfg", built_by(_texts, _ENTROPY_BYTES), _enter, 60, _lay, a_second=200)
