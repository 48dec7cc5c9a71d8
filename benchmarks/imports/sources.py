"""The sources of the import's benchmark: generated pins, boards and users as CSV, JSON Lines and Parquet, renamed."""

import shutil
from functools import partial
from pathlib import Path

from benchmarks.harness.kept import kept_folder, run_interest_graph

KINDS = ("csv", "jsonl", "parquet")
TABLES = ("pins", "boards", "users")
DATE = "2026-11-20"
MAPPING_NAME = "mapping.toml"
COLUMNS = {  # what a raw field is called in the source
    "pins": {
        "pin_id": "save",
        "board_id": "list",
        "user_id": "member",
        "image_signature": "picture",
        "image": "file",
        "parent_pin_id": "saved_from",
        "created_at": "saved_at",
        "description": "note",
        "link": "page",
    },
    "boards": {
        "board_id": "list",
        "user_id": "member",
        "name": "title",
        "category": "topic",
        "description": "note",
        "created_at": "made_at",
    },
    "users": {"user_id": "member", "username": "nick", "country": "land", "created_at": "joined_at"},
}


def sources_of(n_pins: int, kind: str) -> Path:
    """Return the folder of the three tables in one kind of file, beside them the mapping; made once."""
    made = partial(_make, n_pins, kind)
    return kept_folder(f"{n_pins}-pins", f"source-{kind}", [Path(__file__)], f"writing {n_pins:,} pins as {kind}", made)


def _make(n_pins: int, kind: str, folder: Path) -> None:
    raw = folder.with_name(f"{folder.name}-raw")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    run_interest_graph("generate", "--date", DATE, "--pins", str(n_pins), "--input", str(raw))
    for table in TABLES:
        _write(raw / table / f"date={DATE}", kind, folder / f"{table}.{kind}", COLUMNS[table])
    (folder / MAPPING_NAME).write_text("\n".join(_mapping(table, kind) for table in TABLES))
    shutil.rmtree(raw)


def _write(raw: Path, kind: str, path: Path, names: dict[str, str]) -> None:
    import duckdb  # noqa: PLC0415 - only where sources are made

    columns = ", ".join(
        f"strftime({name} AT TIME ZONE 'UTC', '%Y-%m-%d %H:%M:%S') AS {source}"
        if name == "created_at" and kind != "parquet"
        else f"{name} AS {source}"
        for name, source in names.items()
    )
    forms = {"csv": "FORMAT csv, HEADER", "jsonl": "FORMAT json", "parquet": "FORMAT parquet"}
    query = f"SELECT {columns} FROM read_parquet('{raw}/*.parquet')"  # noqa: S608 - names of our own
    duckdb.sql(f"COPY ({query}) TO '{path}' ({forms[kind]})")


def _mapping(table: str, kind: str) -> str:
    columns = "\n".join(f'{raw} = "{source}"' for raw, source in COLUMNS[table].items())
    return f'[{table}]\nsource = "{table}.{kind}"\n[{table}.columns]\n{columns}\n'
