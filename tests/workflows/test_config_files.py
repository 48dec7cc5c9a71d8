"""The files of settings, read by themselves: which line says what, and what is wrong with a file."""

import inspect
import os
import re
from pathlib import Path

import pytest
from luigi.configuration import LuigiConfigParser

from workflows import config_files
from workflows.config_files import SettingsError, read_config_file, read_config_files


@pytest.fixture
def written(tmp_path):
    def write(content, name="luigi.cfg"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(path)

    return write


def test_luigis_own_list_of_files_is_read():
    source = inspect.getsource(LuigiConfigParser)  # the list itself is another after a test that reads files
    assert re.findall(r'"(.*)",', source.partition("_config_paths")[2].partition("]")[0]) == [*config_files._PATHS]


def test_each_setting_has_the_line_that_it_begins_in(written):
    read = read_config_file(
        written("# first\n[discovery]\r\ndamping = 0.5\ninput: in\n  side\n\n[a.b ]\nx=1\n[DEFAULT]\ny = %(z)s\n")
    )
    assert read.fault is None
    assert read.sections == {"discovery": 2, "a.b ": 7}
    assert read.lines == {
        ("discovery", "damping"): 3, ("discovery", "input"): 4, ("a.b ", "x"): 8, ("DEFAULT", "y"): 10
    }  # fmt: skip
    assert read.values["discovery", "input"] == "in\nside"


@pytest.mark.parametrize(
    ("content", "line", "problem"),
    [
        ("damping = 1\n", 1, "'damping = 1' stands before any [section]; begin with [discovery]"),
        ("[]\nx=1\n", 1, "'[]' stands before any [section]"),
        ("\n[discovery\n", 2, "'[discovery' stands before any [section]"),
        ("\ufeff[discovery]\n", 1, "save the file without a byte order mark"),
        ("[a]\nx = 1\n\nx = 2\n", 4, "[a] sets x a second time, after line 2; remove one of them"),
        ("[DEFAULT]\nx = 1\nx = 2\n", 3, "[DEFAULT] sets x a second time, after line 2"),
        ("[b]\nx = 1\n[a]\n[b]\n", 4, "[b] begins a second time; make one section of both"),
        ("[a]\nnonsense\n", 2, "is no line of such a file; every line is a [section], NAME = VALUE, or a comment"),
        ("[a]\n= 1\n", 2, "is no line of such a file"),
        (b"[a]\nx = 1\ny = caf\xe9\n", 3, "byte 0xe9 is no UTF-8; save the file as UTF-8"),
        ("[a]\nx = 1\n".encode("utf-16"), 1, "byte 0xff is no UTF-8"),
    ],
)
def test_what_cannot_be_parsed_is_named_with_file_and_line(written, content, line, problem):
    path = written(content)
    fault = str(read_config_file(path).fault)
    assert fault.startswith(f"{path}:{line}: ")
    assert problem in fault
    assert "\n" not in fault


@pytest.mark.parametrize(("name", "why"), [("folder", "Is a directory"), ("gone", "No such file"), ("a" * 300, "long")])
def test_a_file_that_cannot_be_read_is_a_fault_and_not_passed_over(tmp_path, name, why):
    (tmp_path / "folder").mkdir()
    read = read_config_file(str(tmp_path / name))
    assert why in str(read.fault)
    assert read.fault.remedy


def test_a_name_that_no_file_can_have_is_a_fault():
    assert "no name of a file" in str(read_config_file("a\0b").fault)


@pytest.mark.parametrize(
    ("variable", "value", "message"),
    [
        ("LUIGI_CONFIG_PATH", "nope.cfg", "$LUIGI_CONFIG_PATH: nope.cfg: there is no such file; name one that is"),
        ("LUIGI_CONFIG_PATH", "there.toml", "$LUIGI_CONFIG_PATH: there.toml: Luigi would read it as TOML"),
        ("LUIGI_CONFIG_PATH", ".", ".: it can't be read: Is a directory"),
        ("LUIGI_CONFIG_PARSER", "toml", "$LUIGI_CONFIG_PARSER: it is 'toml', and settings are read from files like"),
        ("LUIGI_CONFIG_PARSER", "yaml", "$LUIGI_CONFIG_PARSER: it is 'yaml'"),
    ],
)
def test_what_the_environment_names_and_is_not_there_is_a_fault(tmp_path, monkeypatch, variable, value, message):
    monkeypatch.chdir(tmp_path)
    Path("there.toml").touch()
    monkeypatch.setenv(variable, value)
    (fault,) = read_config_files().faults
    assert isinstance(fault, SettingsError)
    assert str(fault).startswith(message)


@pytest.mark.parametrize(("variable", "value"), [("LUIGI_CONFIG_PATH", ""), ("LUIGI_CONFIG_PARSER", "ini")])
def test_a_variable_that_is_empty_or_names_the_same_parser_changes_nothing(tmp_path, monkeypatch, variable, value):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(variable, value)
    assert read_config_files().faults == []


def test_a_link_that_leads_nowhere_is_a_fault(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("luigi.cfg").symlink_to("gone")
    assert str(read_config_files().faults[0]).startswith("luigi.cfg: it can't be read: No such file or directory")


def test_a_pipe_is_a_fault_and_is_not_waited_for(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    os.mkfifo("luigi.cfg")
    (fault,) = read_config_files().faults
    assert str(fault).startswith("luigi.cfg: it is no regular file, so that reading it might never end; put a file")


def test_the_last_file_decides_and_a_section_goes_before_what_holds_for_all(tmp_path, monkeypatch, written):
    monkeypatch.chdir(tmp_path)
    written("[discovery]\ncores = 1\ndamping = 0.5\n")
    monkeypatch.setenv("LUIGI_CONFIG_PATH", written("[DEFAULT]\ndamping = 0.6\n[discovery]\n\ncores = 2\n", "mine.cfg"))
    files = read_config_files()
    last, section, name = files.last_with("discovery", "cores")
    assert (Path(last.path).name, section, last.lines[section, name]) == ("mine.cfg", "discovery", 5)
    assert files.last_with("discovery", "damping")[0].path == "luigi.cfg"
    assert files.last_with("pictures", "damping")[1] == "DEFAULT"
    assert files.last_with("discovery", "memory_mb") is None
