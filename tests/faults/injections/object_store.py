"""An object store that fails: it answers 500, asks to slow down, cuts what it sends, or hangs, as a day is built."""

import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from tests.faults.aftermath import Watch, note_message
from tests.faults.collection import FIRST, picture_name, raw_path
from tests.faults.contents import contents_of, differences
from tests.faults.every_scenario import BY_NAME
from tests.faults.injections.injection import Injection
from tests.faults.injections.object_server import ObjectServer
from tests.faults.outcome import Outcome
from tests.faults.workshop import Workshop

_BUCKET = "s3://shop/"
# The HTTP status, how it comes, and of which pictures; whether the store's client overcomes it by asking again.
_CASES = (
    (500, "at once", "", False),
    (503, "at once", "3.jpg", False),
    (0, "cut", "2.jpg", False),
    (0, "hangs", "", False),
    (500, "first", "", True),
)


def _fail(workshop: Workshop, number: int, outcome: Outcome) -> None:
    status, how, of, is_overcome = _CASES[number]
    scenario = BY_NAME["first day"]
    workshop.start_from(scenario)
    server = ObjectServer(_move_pictures(workshop.here))
    before = workshop.home / "before"
    shutil.copytree(workshop.here, before, symlinks=True)
    with server.serving():
        done = workshop.run(scenario.command, environment=server.environment)
        reference = contents_of(workshop.here)
        outcome.unequal += [f"undisturbed it ended with exit code {done.code}: {done.error}"] if done.code else []
        workshop.restore(before)
        shutil.rmtree(before)
        watch = Watch(workshop, scenario)
        server.behave(status, how, of)
        with watch.polling():
            ended = workshop.run(scenario.command, environment=server.environment)
        if is_overcome:
            outcome.message = f"exit code {ended.code}"
        else:
            note_message(outcome, ended, "its store fails for the moment", "run again")
        watch.old_must_read(outcome)
        server.behave()
        again = workshop.run(scenario.command, environment=server.environment)
        outcome.unequal += [f"the rerun ended with exit code {again.code}: {again.error}"] if again.code else []
    watch.reader.look()
    outcome.half_seen, outcome.n_looks = watch.reader.what_was_seen(), watch.reader.n_looks
    outcome.unequal += differences(reference, contents_of(workshop.here))


def _move_pictures(here: Path) -> dict[str, bytes]:
    """Let the first day's pins name their pictures in the store, and return what the store is to hold."""
    path = raw_path(here, "pins", FIRST)
    pins = pq.read_table(path)
    names = [image and _BUCKET + Path(image).name for image in pins["image"].to_pylist()]
    place = pins.schema.get_field_index("image")
    pq.write_table(pins.set_column(place, pins.schema.field(place), pa.array(names, pa.string())), path)
    with (here / "luigi.cfg").open("a", encoding="utf-8") as configuration:
        configuration.write(f"[pictures]\npicture_roots = {_BUCKET}\n")
    return {f"/shop/{Path(picture_name(n)).name}": (here / "input" / picture_name(n)).read_bytes() for n in range(18)}


FAILING_STORE = Injection(
    "object store fails",
    tuple(f"{status or 'no status'} {how} {of or 'for all'}" for status, how, of, _ in _CASES),
    _fail,
)
