"""What is sent to nodes: the same bytes for the same content, and all that tasks import in a bare Python."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from joins.engine.shipped import archive, contents
from joins.engine.shipped.archive import Archive, made_archive, write_archive
from joins.engine.shipped.contents import ShippedFile, digest_of, needed_distributions, project_digest, shipped_files
from joins.engine.spark import session
from joins.engine.spark.session import SessionSettings
from joins.errors import EngineError

# What only the driver imports: tiers, Numba's kernel, Luigi and the terminal, and what guesses columns of CSV files.
OF_THE_DRIVER = ("charset_normalizer", "duckdb", "luigi", "numba", "plotly", "psycopg", "pyiceberg", "redis", "typer")
TASKS_IMPORT = ("joins", "features", "pagerank.slices", "storage_tiers.versioned", "storage_tiers.stores")
IMPORT_ALL = """
import importlib, pkgutil, sys

packages, here = sys.argv[1].split(","), sys.argv[2]
sys.path.insert(0, here)
for name in ("workflows.checks.inspecting_writer", "workflows.checks.numbers", "workflows.derivations", *packages):
    module = importlib.import_module(name)
    for found in pkgutil.walk_packages(getattr(module, "__path__", []), name + "."):
        try:
            importlib.import_module(found.name)
        except ImportError as error:
            print(found.name, error.name)
print({module.partition(".")[0] for module in sys.modules}, file=sys.stderr)
"""


@pytest.fixture
def files(tmp_path):
    """Three files; an archive has them under other names."""
    for name, text in {"b.py": "B = 1\n", "a.so": "compiled", "empty": ""}.items():
        (tmp_path / name).write_text(text)
    return {
        "a.so": ShippedFile(tmp_path / "a.so", "d1"),
        "p/__init__.py": ShippedFile(tmp_path / "empty", "d2"),
        "p/b.py": ShippedFile(tmp_path / "b.py", "d3"),
    }


def test_the_same_content_gives_the_same_bytes_whatever_its_times_and_modes(files, tmp_path):
    write_archive(files, tmp_path / "first.zip")
    os.utime(tmp_path / "b.py", (1e9, 1e9))
    (tmp_path / "a.so").chmod(0o700)
    write_archive(files, tmp_path / "second.zip")
    assert (tmp_path / "first.zip").read_bytes() == (tmp_path / "second.zip").read_bytes()
    with zipfile.ZipFile(tmp_path / "first.zip") as written:
        assert {name: written.read(name) for name in written.namelist() if "__pycache__" not in name} == {
            name: file.source.read_bytes() for name, file in files.items()
        }


def test_what_is_unpacked_is_imported_without_being_compiled(tmp_path):
    source = tmp_path / "source.py"
    source.write_text("def answer():\n    return 1 / 0\n")
    (tmp_path / "other.py").write_text("print 'of another Python'\n")
    files = {"p/m.py": ShippedFile(source, "d1"), "p/old.py": ShippedFile(tmp_path / "other.py", "d2")}
    write_archive(files, tmp_path / "made.zip")
    unpacked = tmp_path / "unpacked"
    with zipfile.ZipFile(tmp_path / "made.zip") as made:
        assert len(made.namelist()) == 3  # what does not compile here has no bytecode
        made.extractall(unpacked)
    (unpacked / "p/m.py").write_text("raise SystemExit('compiled anew')")
    done = subprocess.run(
        [sys.executable, "-c", "import p.m; p.m.answer()"], cwd=unpacked, capture_output=True, check=False
    )
    assert f'File "{unpacked}/p/m.py", line 2, in answer'.encode() in done.stderr
    assert b"ZeroDivisionError" in done.stderr


def test_an_archive_is_made_once_and_old_ones_go(files, tmp_path, monkeypatch):
    monkeypatch.setattr(archive, "shipped_files", lambda: files)
    folder, told = tmp_path / "kept", []
    first = made_archive(folder, told.append)
    assert made_archive(folder, told.append) == first
    assert told == [f"an archive of what tasks import is being made, once: {first.path}"]
    assert str(first) == f"0 MB, {first.path}"
    os.utime(first.path, (1, 1))
    for number in range(5):
        monkeypatch.setattr(
            archive, "shipped_files", lambda n=number: files | {"c": ShippedFile(tmp_path / "empty", f"d{n}")}
        )
        newest = made_archive(folder).path
    assert len(list(folder.glob("*.zip"))) == 4
    assert newest.exists()
    assert not first.path.exists()


def test_an_archive_that_was_not_finished_is_none_and_the_next_clears_up(files, tmp_path, monkeypatch):
    (tmp_path / "kept").mkdir()
    monkeypatch.setattr(archive, "shipped_files", lambda: files | {"z": ShippedFile(tmp_path / "gone", "d9")})
    with pytest.raises(FileNotFoundError):
        made_archive(tmp_path / "kept")
    assert list((tmp_path / "kept").glob("*.zip")) == []
    monkeypatch.setattr(archive, "shipped_files", lambda: files)
    made = made_archive(tmp_path / "kept").path
    assert {path.name for path in made.parent.iterdir()} == {made.name, "lock"}


def test_tasks_get_what_their_distributions_require_and_nothing_of_the_driver():
    names = set(needed_distributions())
    assert {"lazy-loader", "msgspec", "numpy", "packaging", "pillow", "pyarrow", "scipy"} <= names
    assert names & {"duckdb", "llvmlite", "luigi", "numba", "plotly", "pyspark", "typer"} == set()


def test_tests_caches_and_what_compilers_read_stay_here():
    files = shipped_files()
    assert list(files) == sorted(files)
    assert [name for name in files if "__pycache__" in name or name.endswith((".pyc", ".a", ".h"))] == []
    assert [name for name in files if name.startswith(("scipy/", "pyarrow/")) and "/tests/" in name] == []
    assert files["joins/__init__.pyi"].source == Path(contents.__file__).parents[2] / "__init__.pyi"
    assert digest_of(files) == digest_of(dict(files)) != digest_of(files | {"more.py": ShippedFile(Path(), "")})


def test_a_distribution_that_does_not_say_what_is_its_own_is_refused(monkeypatch):
    monkeypatch.setattr(contents, "_NEEDED", ("interest-graph",))
    monkeypatch.setattr(contents, "_required", lambda _: ())
    with pytest.raises(EngineError, match=r"interest-graph can't be sent .* set python_bin to a Python of the nodes"):
        shipped_files()


def test_a_distribution_that_is_missing_is_named(monkeypatch):
    monkeypatch.setattr(contents, "_NEEDED", ("no-such-thing",))
    with pytest.raises(EngineError, match=r"no-such-thing is not installed here, .*pip install no-such-thing"):
        needed_distributions()


@pytest.mark.slow
def test_a_bare_python_imports_all_that_tasks_import_from_what_is_sent(tmp_path):
    for name, file in shipped_files().items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.symlink_to(file.source)
    command = [sys._base_executable, "-I", "-S", "-c", IMPORT_ALL, ",".join(TASKS_IMPORT), str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    failed = dict(line.split() for line in done.stdout.splitlines())
    assert {name: what for name, what in failed.items() if what not in OF_THE_DRIVER} == {}
    digest = "from joins.engine.shipped.contents import project_digest; print(project_digest())"
    there = [command[0], "-I", "-S", "-c", f"import sys; sys.path.insert(0, {str(tmp_path)!r}); {digest}"]
    assert subprocess.run(there, capture_output=True, text=True, check=True).stdout.strip() == project_digest()


def test_spark_is_told_where_the_archive_lies_whatever_its_folder_is_called(tmp_path, monkeypatch):
    folder = tmp_path / "my work, 100%"
    monkeypatch.setattr(session, "made_archive", lambda _folder, _tell: Archive(folder / "0a1b.zip", 1, 9))
    settings = SessionSettings("yarn", conf={"spark.archives": "models.zip"}, archives=folder)
    told = session._shipped(settings)["spark.archives"]
    assert told == f"file://{tmp_path}/my%20work%2C%20100%25/0a1b.zip#interest-graph,models.zip"
