"""Raw input that changes while a run reads it: lost, cut, replaced or longer, at several moments of the run."""

import shutil
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from storage_tiers import open_dataset
from storage_tiers.versioned.manifest import manifest_there
from tests.faults.aftermath import Watch, lines_of_verify, note_message
from tests.faults.collection import SECOND, picture_name, raw_path
from tests.faults.contents import contents_of, differences
from tests.faults.every_scenario import BY_NAME
from tests.faults.hooks import Hooks
from tests.faults.injections.injection import Injection
from tests.faults.outcome import Outcome
from tests.faults.workshop import Workshop
from workflows.luigi_cfg import OTHER_INPUT
from workflows.tasks.faults import places_of

_N_TABLES = 3
_CHANGES = ("lost", "cut", "replaced", "longer")


@dataclass(frozen=True, slots=True)
class _Moment:
    """A step of the run by which the input changes."""

    said: str
    event: str
    of_path: str


_PINS = f"pins/date={SECOND}/part-00000.parquet"
_MOMENTS = (
    _Moment("as it is first opened", "open", _PINS),
    _Moment("as image_files are published", "os.rename", "/image_files-full"),
    _Moment("as picture_members are published", "os.rename", "/picture_members-full"),
    _Moment("as rejected_rows are published", "os.rename", "/rejected_rows-full"),
    _Moment("as facts are published", "os.rename", "/facts-full"),
    _Moment("as repin_edges are published", "os.rename", "/repin_edges-full"),
    _Moment("as pin_joins are published", "os.rename", "/pin_joins-full"),
)
_CASES = tuple((table, change, moment) for table in ("pins", "boards") for change in _CHANGES for moment in _MOMENTS)


def _change(workshop: Workshop, number: int, outcome: Outcome) -> None:
    table, change, moment = _CASES[number]
    scenario = BY_NAME["second day"]
    workshop.start_from(scenario)
    path = raw_path(workshop.here, table, SECOND)
    kept = workshop.home / "kept.parquet"
    shutil.copy2(path, kept)
    becomes = _changed(path, change, workshop.home / "changed.parquet")
    watch = Watch(workshop, scenario)
    hooks = Hooks(at_event=moment.event, of_path=moment.of_path, changed=str(path), becomes=str(becomes or ""))
    with watch.polling():
        ended = workshop.run(scenario.command, hooks)
    outcome.injected = not path.exists() or path.read_bytes() != kept.read_bytes()
    watch.old_must_read(outcome)
    shutil.copy2(kept, path)
    if ended.code:
        note_message(outcome, ended) if "error: " in ended.said else _note_other_input(outcome, ended.said)
    elif differences(watch.reference, contents_of(workshop.here)):  # it changed before it was read at all
        _must_be_of_one_input(watch, outcome)
        return
    watch.rerun_must_mend(outcome)


def _must_be_of_one_input(watch: Watch, outcome: Outcome) -> None:
    """See that all of a finished day names the same raw files, and that a run says that others are there now."""
    manifests = [manifest_there(place) for place in places_of(watch.workshop.output, SECOND)]
    files = {str(one) for manifest in manifests if manifest for one in manifest.raw_files}
    outcome.unequal += [f"the day was made from several inputs: {sorted(files)}"] if len(files) > _N_TABLES else []
    told = watch.workshop.run(watch.scenario.command)
    _note_other_input(outcome, told.said)
    outcome.wrong_message = outcome.wrong_message or ("" if told.code == OTHER_INPUT else f"exit code {told.code}")
    watch.reader.look()
    outcome.half_seen, outcome.n_looks = watch.reader.what_was_seen(), watch.reader.n_looks


def _note_other_input(outcome: Outcome, said: str) -> None:
    """Note the lines of a day that turned out to be made from other input than is there now."""
    lines = [line for line in said.splitlines() if "other input" in line or "rebuild" in line]
    outcome.message = lines[0] if lines else said.strip().splitlines()[-1]
    outcome.wrong_message = "" if lines else f"it names no way on: {outcome.message}"


def _changed(path: Path, change: str, to: Path) -> Path | None:
    if change == "lost":
        return None
    table = pq.read_table(path)
    if change == "cut":
        content = path.read_bytes()
        to.write_bytes(content[: len(content) // 2])
    elif change == "replaced":
        pq.write_table(table.slice(0, table.num_rows - 7), to)
    else:
        pq.write_table(pa.concat_tables([table, table.slice(0, 3)]), to)
    return to


def _change_picture(workshop: Workshop, number: int, outcome: Outcome) -> None:
    """Lose or replace a picture between the day's two reads of it: its pin is set aside, and the day goes on."""
    change, moment = _PICTURE_CASES[number]
    scenario = BY_NAME["second day"]
    workshop.start_from(scenario)
    path = workshop.here / "input" / picture_name(15)
    kept = workshop.home / "kept.jpg"
    shutil.copy2(path, kept)
    becomes = "" if change == "lost" else str(workshop.here / "input" / picture_name(16))
    watch = Watch(workshop, scenario)
    hooks = Hooks(at_event=moment.event, of_path=moment.of_path, changed=str(path), becomes=becomes)
    with watch.polling():
        ended = workshop.run(scenario.command, hooks)
    outcome.injected = not path.exists() or path.read_bytes() != kept.read_bytes()
    shutil.copy2(kept, path)
    watch.old_must_read(outcome)
    signatures = open_dataset(workshop.output, "image_signatures", date=SECOND).to_table().to_pylist()
    statuses = {row["image"]: row["status"] for row in signatures}
    outcome.message = f"{picture_name(15)}: {statuses[picture_name(15)]}"
    others = {status for image, status in statuses.items() if image != picture_name(15)}
    if ended.code or others != {"ok"} or statuses[picture_name(15)] not in ("ok", "changed_while_reading"):
        outcome.unequal.append(f"exit code {ended.code}, statuses {statuses}")
    outcome.unequal += list(lines_of_verify(workshop.output))


_PICTURE_CASES = tuple((change, moment) for change in ("lost", "replaced") for moment in _MOMENTS[1:3])

CHANGED_INPUT = Injection(
    "input changes under a run",
    tuple(f"{table} are {change} {moment.said}" for table, change, moment in _CASES),
    _change,
)
CHANGED_PICTURE = Injection(
    "picture changes under a run",
    tuple(f"a picture is {change} {moment.said}" for change, moment in _PICTURE_CASES),
    _change_picture,
)
