"""Two small days whose names, descriptions and pictures are what strangers might hand in; pages show them."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pytest
from PIL import Image

from joins import GraphShape, generate_graph
from workflows import DailyDiscovery
from workflows.commands.days.run import run_day

FIRST, SECOND = dt.date(2026, 11, 20), dt.date(2026, 11, 21)
SCRIPT = "<script>document.title = 'taken over'</script><img src=x onerror=\"document.title='taken over'\">"
LONG = "endless" * 1_429  # 10,003 characters without a place to break
ARABIC = "وصفات الطعام العربي"
EMOJI = "🧁👩‍🍳 cakes ❤️"
HIDDEN = "red \u202e hidden"
NAMES = (SCRIPT, LONG, ARABIC, EMOJI, HIDDEN, "", "{{ 7 * 7 }}")


@dataclass(frozen=True, slots=True)
class StrangeDays:
    """Both days, and the ids of the boards that have the strange names, in their order."""

    input: Path
    output: Path
    boards: tuple[int, ...]
    pictures: dict[str, str]  # signature by the address that its pins name


@pytest.fixture(scope="session")
def strange_days(
    tmp_path_factory: pytest.TempPathFactory,
    snapshot_writer: Callable[..., None],
    day_of: Callable[..., DailyDiscovery],
) -> StrangeDays:
    """Build both days in two iterations."""
    root = tmp_path_factory.mktemp("strange")
    _write_pictures(root)
    for date, n_pins in ((FIRST, 300), (SECOND, 320)):
        graph = generate_graph(GraphShape(n_pins=n_pins), seed=1, as_of=date)
        pins, pictures = _with_pictures(graph.pins)
        boards = _renamed(graph.boards, "name", NAMES)
        users = _renamed(graph.users, "username", NAMES[:1])
        tables = {"pins": _renamed(pins, "description", NAMES), "boards": boards, "users": users}
        snapshot_writer(root / "input", tables, date)
        assert run_day(day_of(root / "input", root / "output", date=date)) == 0
    return StrangeDays(root / "input", root / "output", tuple(boards["board_id"][: len(NAMES)].to_pylist()), pictures)


def _renamed(table: pa.Table, column: str, names: tuple[str, ...]) -> pa.Table:
    values = [*names, *table[column].to_pylist()[len(names) :]]
    return table.set_column(
        table.schema.get_field_index(column), table.schema.field(column), pa.array(values[: len(table)])
    )


def _write_pictures(root: Path) -> None:
    (root / "input").mkdir()
    Image.new("RGB", (64, 48), "red").save(root / "input" / "red.png")
    Image.new("RGB", (64, 48), "blue").save(root / "outside.png")
    (root / "input" / "acts.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>")
    (root / "input" / "link.png").symlink_to(root / "outside.png")


def _with_pictures(pins: pa.Table) -> tuple[pa.Table, dict[str, str]]:
    """Let all pins of each of the first pictures name a file."""
    addresses = ("red.png", "../outside.png", "acts.svg", "link.png", "gone.png")
    signatures = list(dict.fromkeys(pins["image_signature"].drop_null().to_pylist()))[: len(addresses)]
    address = dict(zip(signatures, addresses, strict=True))
    images = pa.array([address.get(one) for one in pins["image_signature"].to_pylist()], pa.string())
    place = pins.schema.get_field_index("image")
    return pins.set_column(place, pins.schema.field("image"), images), {name: key for key, name in address.items()}
