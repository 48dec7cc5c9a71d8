"""The notebook of ``examples/`` runs from its first cell to its last on a day; it is kept without output."""

import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

NOTEBOOK = Path(__file__).parents[1] / "examples" / "inspect_outputs.ipynb"
# In a process of its own: the client of a kernel warns of things that are none of ours.
RUN = """
import sys, nbformat
from nbclient import NotebookClient

notebook = nbformat.read(sys.argv[1], as_version=4)
NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
nbformat.write(notebook, sys.argv[2])
"""


def test_it_is_a_notebook_without_output():
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell for cell in code if cell.outputs or cell.execution_count] == []
    assert NOTEBOOK.stat().st_size < 20_000


@pytest.mark.parametrize("is_named", [True, False], ids=["output named", "output above the notebook"])
def test_every_cell_runs_on_a_day(built_day, tmp_path, is_named):
    pytest.importorskip("ipykernel", reason="the notebook needs a kernel: pip install ipykernel")
    done = tmp_path / "done.ipynb"
    examples = tmp_path / "examples"
    examples.mkdir()
    environment = {name: value for name, value in os.environ.items() if name != "INTEREST_GRAPH_OUTPUT"}
    environment |= {"PYTHONWARNINGS": "ignore"}
    if is_named:
        environment["INTEREST_GRAPH_OUTPUT"] = str(built_day.output_root)
    else:
        (tmp_path / "output").symlink_to(built_day.output_root)
    command = [sys.executable, "-c", RUN, str(NOTEBOOK), str(done)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, env=environment, cwd=examples)
    assert ran.returncode == 0, ran.stderr[-3_000:]
    code = [cell for cell in nbformat.read(done, as_version=4).cells if cell.cell_type == "code"]
    told = [output for cell in code for output in cell.outputs]
    assert [output for output in told if output.output_type == "error"] == []
    assert sum("application/vnd.plotly.v1+json" in output.get("data", {}) for output in told) == 2
    printed = "".join(output.text for output in told if output.output_type == "stream")
    assert "boards have another category" in printed
