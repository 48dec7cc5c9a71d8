"""A day is loaded into the PostgreSQL that luigi.cfg names, found again by the commands, and told where it is down."""

import shutil

import pytest

from storage_tiers import open_dataset, open_tier
from storage_tiers.tier import TierOptions
from tests.servers.postgresql import missing_program, started_postgresql


@pytest.mark.slow
def test_a_day_is_loaded_into_postgresql_shown_rolled_back_and_told_where_it_is_down(built_day, run_command, tmp_path):
    pytest.importorskip("psycopg")
    if missing_program():
        pytest.skip(f"not installed: {missing_program()}")
    shutil.copytree(built_day.output_root, tmp_path / "output")
    given = ["--date", built_day.date, "--input", built_day.input_root]
    boards = open_dataset(tmp_path / "output", "board_joins", "light").to_table().to_pylist()
    best = max(boards, key=lambda board: board["page_rank"])
    with started_postgresql() as server:
        address = server.address("nightly")
        (tmp_path / "luigi.cfg").write_text(
            "[tiers]\npostgresql = pin_joins:200kB board_joins user_joins/full board_ranks\n"
            f"postgresql_address = {address}\n"
        )
        ran = run_command("interest-graph", "run", *given, cwd=tmp_path)
        assert ran.returncode == 0, ran.stderr
        assert f"PostgreSQL         board_joins: {len(boards):,} keys" in ran.stdout + ran.stderr
        assert "; trimmed to 200.0 kB: " in ran.stdout + ran.stderr
        status = run_command("interest-graph", "status", cwd=tmp_path)
        named = [line.split()[1] for line in status.stdout.splitlines() if line.startswith("postgresql ")]
        assert named == ["board_joins", "board_ranks", "pin_joins", "user_joins"]
        tier = open_tier("pg", tmp_path / "output", TierOptions(address=address))
        with tier.reader("board_joins") as reader:
            assert reader.get_many([board["board_id"] for board in boards]) == boards
        first = tier.sql("SELECT board_id FROM board_joins ORDER BY page_rank DESC, board_id LIMIT 1")
        assert first["board_id"].to_pylist() == [best["board_id"]]
        shown = run_command("interest-graph", "show", "board_join", best["board_id"], "--tier", "pg", cwd=tmp_path)
        assert f"board_join {best['board_id']}" in shown.stdout.splitlines()[0]
        again = run_command("interest-graph", "run", *given, cwd=tmp_path)
        assert "PostgreSQL" not in again.stdout + again.stderr  # it is complete, and nothing is loaded twice
        server.stop()
        down = run_command("interest-graph", "show", "board_join", "1", "--tier", "pg", cwd=tmp_path)
        assert down.returncode
        assert down.stderr.startswith("error: postgresql://127.0.0.1:")
        assert len(down.stderr.splitlines()) == 1
