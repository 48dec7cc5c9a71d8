"""The files of docs/operations: they parse, name commands and options that are there, and agree with the manual."""

import configparser
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import typer.main
from luigi.scheduler import scheduler as luigis_settings

from workflows import luigi_cfg
from workflows.commands.app import make_app
from workflows.operations.interruption import EXIT_CODES

FOLDER = Path(__file__).parents[3] / "docs" / "operations"
UNITS = sorted((FOLDER / "systemd").glob("*.service")) + sorted((FOLDER / "systemd").glob("*.timer"))
ROOT = "/srv/interest-graph"
COMMANDS = typer.main.get_command(make_app()).commands


def unit(path):
    """Read a unit; keys that stand there several times would be an error."""
    parser = configparser.ConfigParser(interpolation=None, delimiters=("=",), comment_prefixes=("#", ";"))
    parser.optionxform = str
    parser.read_string(path.read_text())
    return parser


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_every_unit_parses_and_says_what_it_is(path):
    found = unit(path)
    assert found["Unit"]["Description"]
    assert {"Service", "Timer"} & set(found.sections())


def test_the_nights_unit_runs_a_command_that_is_there_and_takes_its_codes():
    service = unit(FOLDER / "systemd" / "interest-graph-daily.service")["Service"]
    program, command, *options = shlex.split(service["ExecStart"])
    assert program == f"{ROOT}/.venv/bin/interest-graph"
    known = {flag for parameter in COMMANDS[command].params for flag in parameter.opts}
    assert {option for option in options if option.startswith("-")} <= known
    assert set(map(int, service["SuccessExitStatus"].split())) <= {luigi_cfg.ALREADY_RUNNING, *EXIT_CODES.values()}
    told = unit(FOLDER / "systemd" / "interest-graph-daily.service")["Unit"]["OnFailure"]
    assert (FOLDER / "systemd" / told.replace("@%n.", "@.")).exists()
    assert service["ReadWritePaths"].startswith(service["WorkingDirectory"])


def test_the_timer_starts_the_nights_unit_in_utc():
    timer = unit(FOLDER / "systemd" / "interest-graph-daily.timer")
    assert timer["Timer"]["OnCalendar"].endswith(" UTC")
    assert timer["Timer"]["Persistent"] == "true"
    assert (FOLDER / "systemd" / "interest-graph-daily.service").exists()


def test_luigids_unit_has_options_and_settings_that_luigi_knows():
    service = unit(FOLDER / "systemd" / "luigid.service")["Service"]
    program, *options = shlex.split(service["ExecStart"])
    helped = subprocess.run(
        [Path(sys.executable).parent / Path(program).name, "--help"], capture_output=True, text=True, check=True
    ).stdout
    assert {option for option in options if option.startswith("--")} <= set(re.findall(r"--[a-z-]+", helped))
    settings = unit(FOLDER / "systemd" / "luigid.cfg")["scheduler"]
    known = {name for name, _ in luigis_settings.get_params()}
    assert set(settings) <= known
    assert settings["state_path"] == options[options.index("--state-path") + 1]
    rotated = re.search(r"^(/\S+) \{", (FOLDER / "systemd" / "luigid.logrotate").read_text(), re.MULTILINE).group(1)
    assert rotated == f"{options[options.index('--logdir') + 1]}/luigi-server.log"


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")
@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_systemd_takes_every_unit(path, tmp_path):
    """What only a machine with the project under /srv and its users has is taken away first."""
    shutil.copytree(path.parent, tmp_path, dirs_exist_ok=True)
    for copy in tmp_path.iterdir():
        here = copy.read_text().replace(f"{ROOT}/.venv/bin", str(Path(sys.executable).parent))
        copy.write_text(re.sub(r"^(User|Group)=.*\n", "", here, flags=re.MULTILINE))
    done = subprocess.run(
        [shutil.which("systemd-analyze"), "verify", "--man=no", tmp_path / path.name],
        capture_output=True,
        text=True,
        check=False,
    )
    assert [line for line in done.stderr.splitlines() if str(tmp_path) in line or path.stem in line] == []
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("page", ["README.md", "on_call.md"])
def test_every_command_on_a_page_is_there_with_its_options(page):
    text = (FOLDER / page).read_text()
    found = re.findall(r"interest-graph ([a-z][a-z-]*)((?: --[a-z-]+)*)", text)
    assert [name for name, _ in found if name not in COMMANDS] == []
    for name, options in found:
        known = {flag for parameter in COMMANDS[name].params for flag in (*parameter.opts, *parameter.secondary_opts)}
        assert set(options.split()) <= known, name


def test_the_manual_has_every_exit_code_of_a_signal():
    running = (FOLDER.parent / "running.md").read_text()
    assert [code for code in EXIT_CODES.values() if f"| {code} |" not in running] == []


def test_every_file_of_the_folder_is_in_the_manual():
    manual = (FOLDER / "README.md").read_text()
    assert [path.name for path in (FOLDER / "systemd").iterdir() if path.name not in manual] == []
