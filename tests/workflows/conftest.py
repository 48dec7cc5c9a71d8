"""A small finished day that a test may change, and settings that hold for one test."""

import datetime as dt
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa
import pytest
from luigi.configuration import get_config

from joins import GraphShape, generate_graph
from workflows import DailyDiscovery, luigi_cfg
from workflows.commands.days.run import run_day


@pytest.fixture(scope="session")
def small_tables() -> dict[str, pa.Table]:
    """Make the raw tables of 300 pins."""
    graph = generate_graph(GraphShape(n_pins=300), seed=1, as_of=dt.date(2026, 11, 20))
    return {"pins": graph.pins, "boards": graph.boards, "users": graph.users}


@pytest.fixture(scope="session")
def finished(
    tmp_path_factory: pytest.TempPathFactory,
    small_tables: dict[str, pa.Table],
    snapshot_writer: Callable[..., None],
    day_of: Callable[..., DailyDiscovery],
) -> Path:
    """Build a day of 300 pins in two iterations; its folder holds ``input`` and ``output``."""
    root = tmp_path_factory.mktemp("finished")
    snapshot_writer(root / "input", small_tables)
    assert run_day(day_of(root / "input", root / "output")) == 0
    return root


@pytest.fixture
def folder(finished: Path, tmp_path: Path) -> Path:
    """Copy the finished day, to be changed."""
    shutil.copytree(finished, tmp_path, dirs_exist_ok=True)
    return tmp_path


@pytest.fixture
def configure() -> Iterator[Callable[..., None]]:
    """Write lines into a section of the configuration, as a file would; after the test it is as it was."""
    config = get_config()
    before: dict[str, dict[str, str]] = {}

    def write(section: str, **lines: object) -> None:
        before.setdefault(section, dict(config.items(section, raw=True)) if config.has_section(section) else {})
        indented = [f"{name} = {str(value).replace(chr(10), chr(10) + '  ')}" for name, value in lines.items()]
        config.read_string("\n".join([f"[{section}]", *indented]))

    yield write
    for section, lines in before.items():
        config.remove_section(section)
        if lines:
            config.read_dict({section: lines})


@pytest.fixture
def settings_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Write luigi.cfg in an empty working folder and read it, as a process that starts there does."""

    def write(text: str) -> None:
        Path("luigi.cfg").write_text(text, encoding="utf-8")
        luigi_cfg.read_again()

    with monkeypatch.context() as patched:
        patched.chdir(tmp_path)
        yield write
    luigi_cfg.read_again()
