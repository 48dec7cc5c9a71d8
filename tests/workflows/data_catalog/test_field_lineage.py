"""What the catalog says of where fields come from holds on a day: values are equal, and only what is named matters."""

from itertools import pairwise

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from joins.arrow.fields import fields_by_path, struct_of
from joins.errors import DiscoveryError
from joins.raw.schemas import RAW_TABLES
from storage_tiers import open_dataset
from workflows.catalog import DERIVATIONS, FEATURE_DATASETS, JOIN_DATASETS, RAW_DATASETS
from workflows.data_catalog.catalog_model import RAW
from workflows.data_catalog.computed_fields import COMPUTED
from workflows.data_catalog.field_lineage import declared_datasets, derivation_of, made_from, origins_of
from workflows.derivations import Shared, Shuffled
from workflows.picture_catalog import PICTURE_DATASETS

PATHS = {name: [path for path, _ in fields_by_path(spec.schema)] for name, spec in declared_datasets().items()}
PATHS |= {f"{RAW}{raw.name}": raw.schema.names for raw in RAW_TABLES}
OURS = [spec.name for spec in (*JOIN_DATASETS, *FEATURE_DATASETS, *RAW_DATASETS, *PICTURE_DATASETS)]
BUILT = [one for one in DERIVATIONS if one.build and one.task in ("BoardFeatures", "PinFeatures", "UserFeatures")]


@pytest.mark.parametrize("dataset", COMPUTED)
def test_a_computed_field_is_one_of_the_dataset_and_names_fields_that_are_read(dataset):
    read = {RAW + table for table in derivation_of(dataset).raw}
    read |= {reads.dataset.name for reads in derivation_of(dataset).reads()}
    for path in COMPUTED[dataset]:
        assert path in PATHS[dataset]
        for origin in origins_of(dataset)[path]:
            assert origin.dataset in read, f"{path}: {origin}"
            assert origin.path in PATHS[origin.dataset], f"{path}: {origin}"


@pytest.mark.parametrize("dataset", OURS)
def test_fields_say_where_they_come_from_or_hold_such_that_do(dataset):
    known = origins_of(dataset)
    silent = [
        path for path in PATHS[dataset] if path not in known and not any(one.startswith(f"{path}.") for one in known)
    ]
    assert len(silent) <= max(1, len(PATHS[dataset]) // 10)  # a new one may wait
    if dataset == "rejected_rows":
        assert silent == []


@pytest.mark.parametrize("dataset", declared_datasets())
def test_every_origin_is_a_field_of_what_the_dataset_is_made_from(dataset):
    for path, origins in origins_of(dataset).items():
        for origin in origins:
            assert origin.dataset in made_from(dataset), f"{path}: {origin}"
            assert origin.path in PATHS[origin.dataset], f"{path}: {origin}"


def test_only_what_is_read_is_named_of_datasets_too():
    assert made_from("facts") == ("input/pins", "image_signatures")
    assert made_from("users") == ("input/users",)
    assert made_from("pin_features") == ("board_features", "facts")  # not itself of an iteration before
    assert made_from("nothing of ours") == ()


def same_by_key(output, dataset, path, origin):
    """Compare a column with the one that it is said to be, key by key."""
    made, taken = open_dataset(output, dataset), open_dataset(output, origin.dataset)
    key = made.manifest.key
    if taken.manifest.key != key or not taken.manifest.key_is_unique or "." in path:
        return None
    left, right = (
        made.to_table(list(dict.fromkeys([key, path]))),
        taken.to_table(list(dict.fromkeys([key, origin.path]))),
    )
    return (
        right[origin.path]
        .take(pc.index_in(left[key], value_set=right[key]))
        .combine_chunks()
        .equals(left[path].combine_chunks())
    )


@pytest.mark.parametrize("dataset", ["board_features", *(spec.name for spec in JOIN_DATASETS)])
def test_a_field_that_is_taken_over_has_the_values_of_the_one_it_is_taken_from(finished, dataset):
    n_compared = 0
    for path, origins in origins_of(dataset).items():
        for origin in (one for one in origins if one.how == "taken over"):
            same = same_by_key(finished / "output", dataset, path, origin)
            assert same is not False, f"{path}: {origin}"
            n_compared += same is True
    assert n_compared > 10


@pytest.mark.parametrize("dataset", [spec.name for spec in JOIN_DATASETS])
def test_members_of_a_join_have_the_values_of_the_dataset_with_their_key(finished, dataset):
    output = finished / "output"
    for column in open_dataset(output, dataset).schema:
        struct = struct_of(column.type)
        if column.name in ("pins", "categories", "interests", "terms", "repin_chains") or struct is None:
            continue
        members = pc.list_flatten(open_dataset(output, dataset).to_table([column.name])[column.name]).combine_chunks()
        key = struct.field(0).name
        for field in struct:
            (origin,) = origins_of(dataset)[f"{column.name}.{field.name}"]
            of = open_dataset(output, origin.dataset).to_table(list(dict.fromkeys([key, origin.path])))
            rows = pc.index_in(members.field(key), value_set=of[key].combine_chunks())
            assert of[origin.path].combine_chunks().take(rows).equals(members.field(field.name)), origin


def test_pins_of_a_join_are_the_facts(finished):
    output = finished / "output"
    pins = pc.list_flatten(open_dataset(output, "board_joins").to_table(["pins"])["pins"]).combine_chunks()
    facts = open_dataset(output, "facts").to_table()
    rows = pc.index_in(pins.field("pin_id"), value_set=facts["pin_id"].combine_chunks())
    for field in pins.type:
        origins = origins_of("board_joins")[f"pins.{field.name}"]
        assert ("facts", field.name) in {(one.dataset, one.path) for one in origins}
        assert facts[field.name].combine_chunks().take(rows).equals(pins.field(field.name)), field.name


def built(derivation, tables):
    """Build the only partition of a small day from the tables that a derivation reads."""
    inputs = {}
    for name, reads in derivation.inputs.items():
        table = tables.get((name, reads.dataset.name))
        if table is None:  # of an iteration before
            continue
        if isinstance(reads, Shared):
            table = (reads.prepare or (lambda whole: whole))(table.sort_by(reads.dataset.key))
        elif isinstance(reads, Shuffled) and reads.of:
            table = reads.of(table)
        inputs[name] = table
    return derivation.build(**inputs)


def tables_read(derivation, output):
    return {
        (name, reads.dataset.name): open_dataset(output, reads.dataset.name, iteration=None).to_table(reads.columns)
        for name, reads in derivation.inputs.items()
        if not reads.of_previous
    }


def turned(column):
    """Give each row the value of the next that has another one."""
    values = column.to_pylist()
    assert any(one != other for one, other in pairwise(values)), "a change must change something"
    return pa.chunked_array([pa.array(values[1:] + values[:1], column.type)])


def changed_by(derivation, tables, of, column):
    """Return the columns that are others where a column of an input is."""
    before = built(derivation, tables)
    table = tables[of]
    place = table.schema.get_field_index(column)
    other = table.set_column(place, table.schema.field(place), turned(table[column]))
    after = built(derivation, tables | {of: other})
    return {name for name in before.column_names if not before[name].equals(after[name])}


@pytest.mark.parametrize("derivation", BUILT, ids=lambda one: one.task)
def test_a_change_in_a_field_changes_those_alone_that_name_it(finished, derivation):
    output, dataset = finished / "output", derivation.outputs[0].name
    tables = tables_read(derivation, output)
    n_changed = 0
    for name, reads in derivation.inputs.items():
        if reads.of_previous:
            continue
        for column in tables[name, reads.dataset.name].column_names:
            rows = {derivation.outputs[0].key, reads.dataset.key, getattr(reads, "by", "")}
            if column in rows or len(set(map(str, tables[name, reads.dataset.name][column].to_pylist()))) < 2:
                continue
            try:
                changed = changed_by(derivation, tables, (name, reads.dataset.name), column)
            except DiscoveryError:  # tables that don't belong together are refused
                continue
            named = {
                path
                for path, origins in origins_of(dataset).items()
                if any(one.dataset == reads.dataset.name and one.path.split(".")[0] == column for one in origins)
            }
            assert changed <= named, f"{reads.dataset.name}.{column}"
            n_changed += bool(changed)
    assert n_changed >= 3


def test_the_test_above_would_notice_a_field_that_is_not_named(finished):
    derivation = derivation_of("board_features")
    tables = tables_read(derivation, finished / "output")
    changed = changed_by(derivation, tables, ("pins", "facts"), "user_id")
    assert changed == {"n_users"}
