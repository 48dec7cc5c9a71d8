"""`make audit` succeeds only where every locked package was looked up."""

import os
import subprocess
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[1]


@pytest.mark.parametrize(
    ("said", "code", "expected", "exit_code"),
    [
        ("No known vulnerabilities found", 0, "requirements.lock: no known vulnerabilities", 0),
        ("Found 2 known vulnerabilities in 1 package", 1, "vulnerable, see above", 2),
        ("ERROR: x: Dependency not found on PyPI and could not be audited: x (1.0)", 1, "NOT AUDITED", 2),
        ("x  Dependency not found on PyPI and could not be audited: x (1.0)", 0, "NOT AUDITED", 2),
        ("ConnectionError: Max retries exceeded", 1, "NOT AUDITED", 2),
        ("", 0, "NOT AUDITED", 2),
        ("No known vulnerabilities found", 1, "NOT AUDITED", 2),
    ],
)
def test_an_audit_that_asked_nobody_is_no_success(
    tmp_path: Path, said: str, code: int, expected: str, exit_code: int
) -> None:
    audit = tmp_path / "pip-audit"
    audit.write_text(f"#!/bin/sh\necho '{said}'\nexit {code}\n")
    audit.chmod(0o755)
    command = ["make", "--no-print-directory", "audit", f"AUDIT={audit}"]
    done = subprocess.run(command, cwd=REPOSITORY, env=os.environ, capture_output=True, text=True, check=False)
    assert expected in done.stdout
    assert done.returncode == exit_code
