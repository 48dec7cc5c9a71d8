"""What modules say is kept beside their bytecode, for sources of the same content alone."""

import json
import sys

import pytest

from workflows.staleness import module_syntax
from workflows.staleness.module_syntax import keep_syntax, syntax_of


@pytest.fixture(autouse=True)
def fresh(tmp_path, monkeypatch):
    """Begin as the first process after an installation does; what is kept lies below the test's folder."""
    monkeypatch.setattr(sys, "pycache_prefix", str(tmp_path / "bytecode"))
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    monkeypatch.setattr(module_syntax, "_found_anew", {})
    module_syntax._kept.cache_clear()
    yield
    module_syntax._kept.cache_clear()


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "doubling.py"
    path.write_text("import math\nfrom joins import errors\n\ndef f(x): return 2 * x\n")
    return path


def in_another_process(monkeypatch, source):
    """Return what is told of a source where parsing is told as well."""
    module_syntax._kept.cache_clear()
    parsed, real = [], module_syntax.ast.parse
    with monkeypatch.context() as patched:
        patched.setattr(module_syntax.ast, "parse", lambda content: parsed.append(content) or real(content))
        return syntax_of("doubling", source), len(parsed)


def test_a_source_is_parsed_once_for_all_processes(monkeypatch, source):
    told = syntax_of("doubling", source)
    assert told.imports == ("joins", "joins.errors", "math")
    keep_syntax()
    assert in_another_process(monkeypatch, source) == (told, 0)


def test_a_source_that_changed_is_parsed_again(monkeypatch, source):
    before = syntax_of("doubling", source)
    keep_syntax()
    source.write_text(source.read_text().replace("2", "3"))  # as long as before, whatever its times say
    after, n_parsed = in_another_process(monkeypatch, source)
    assert n_parsed == 1
    assert after.tree != before.tree


@pytest.mark.parametrize("content", ["", "{", "[]", '{"doubling": 1}', "\udcff"])
def test_what_is_kept_and_torn_is_as_if_it_were_not_there(monkeypatch, source, content):
    told = syntax_of("doubling", source)
    keep_syntax()
    module_syntax._file().write_bytes(content.encode("utf-8", "surrogateescape"))
    assert in_another_process(monkeypatch, source) == (told, 1)
    keep_syntax()
    assert json.loads(module_syntax._file().read_text())["doubling"]["tree"] == told.tree


def test_nothing_is_kept_where_python_writes_no_bytecode(monkeypatch, source):
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    syntax_of("doubling", source)
    keep_syntax()
    assert not module_syntax._file().exists()


def test_where_nothing_may_be_written_it_is_parsed_each_time(monkeypatch, tmp_path, source):
    (tmp_path / "bytecode").write_text("a file lies where the folder would be made")
    told = syntax_of("doubling", source)
    keep_syntax()
    assert in_another_process(monkeypatch, source) == (told, 1)
