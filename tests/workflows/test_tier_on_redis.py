"""A day is loaded into a Redis server that luigi.cfg names, found again by the commands, and told where it is down."""

import shutil
from pathlib import Path

import pytest

from storage_tiers import open_dataset
from storage_tiers.redis_server import RedisReader
from tests.servers.redis_server import running_redis

PASSWORD = "hush-hush"  # noqa: S105 - of the server of this test


@pytest.mark.slow
def test_a_day_is_loaded_into_redis_and_its_password_shown_nowhere(built_day, run_command, tmp_path, monkeypatch):
    pytest.importorskip("redis")
    shutil.copytree(built_day.output_root, tmp_path / "output")
    (tmp_path / "password").write_text(PASSWORD)
    given = ["--date", built_day.date, "--input", built_day.input_root]
    with running_redis(tmp_path / "server", "--requirepass", PASSWORD) as server:
        address = f"{server.address}?namespace=nightly"
        (tmp_path / "luigi.cfg").write_text(
            f"[tiers]\nredis = pin_joins/light:100kB board_joins user_joins\nredis_address = {address}\n"
            f"redis_password_file = {tmp_path / 'password'}\n"
        )
        ran = run_command("interest-graph", "run", *given, cwd=tmp_path)
        assert ran.returncode == 0, ran.stderr
        assert "random access on Redis board_joins: " in ran.stdout + ran.stderr
        assert "; trimmed to 100.0 kB: " in ran.stdout + ran.stderr
        status = run_command("interest-graph", "status", cwd=tmp_path)
        assert [line.split()[1] for line in status.stdout.splitlines() if line.startswith("redis ")] == [
            "board_joins",
            "pin_joins",
            "user_joins",
        ]
        boards = open_dataset(tmp_path / "output", "board_joins", "light").to_table().to_pylist()
        monkeypatch.setenv("REDIS_PASSWORD", PASSWORD)
        with RedisReader(address, "board_joins") as reader:
            assert reader.get_many([board["board_id"] for board in boards]) == boards
        shown = run_command(
            "interest-graph", "show", "board_join", boards[0]["board_id"], "--tier", "redis", cwd=tmp_path
        )
        assert "redis)" in shown.stdout.splitlines()[0]
        server.kill()
        down = run_command("interest-graph", "show", "board_join", "1", "--tier", "redis", cwd=tmp_path)
        assert f"{server.address}?namespace=nightly: it can't be reached" in down.stderr
        assert len(down.stderr.splitlines()) == 1
    said = [one.stdout + one.stderr for one in (ran, status, shown, down)]
    said += [
        path.read_text(errors="replace")
        for path in Path(tmp_path / "output").rglob("*")
        if path.suffix in {".json", ".log"}
    ]
    assert PASSWORD not in "".join(said)
