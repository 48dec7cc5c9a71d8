"""The whole day, from raw snapshot to tiers: what it builds, and that it builds the same again."""

import datetime as dt

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from PIL import Image

from joins import GraphShape, generate_graph
from storage_tiers import open_dataset, open_sql, published_versions
from storage_tiers.debugging import lookup
from storage_tiers.light import project_light, unset_fields
from storage_tiers.random_access import RandomAccess
from workflows.catalog import FEATURE_DATASETS, JOIN_DATASETS, RAW_DATASETS
from workflows.commands.days.run import run_day

pytestmark = pytest.mark.filterwarnings("ignore::luigi.parameter.UnconsumedParameterWarning")


def read(day, name, variant="full"):
    dataset = open_dataset(day.output_root, name, variant)
    return dataset.to_table().sort_by(dataset.manifest.key)


def test_every_dataset_of_the_catalogue_is_published(built_day):
    root, date = built_day.output_root, built_day.date
    for spec in RAW_DATASETS:
        assert [v.iteration for v in published_versions(root, spec.name)] == [0], spec.name
    for spec in FEATURE_DATASETS:
        assert [v.iteration for v in published_versions(root, spec.name)] == [1, 2], spec.name
    for spec in JOIN_DATASETS:
        for variant in ("full", "light"):
            (version,) = published_versions(root, spec.name, variant)
            assert (version.date, version.iteration) == (date, 2)


def test_accepted_and_rejected_rows_are_what_was_read(built_day):
    counts = open_dataset(built_day.output_root, "rejected_rows").manifest.counts
    for table, rows in (("pins", built_day.graph.pins), ("boards", built_day.graph.boards)):
        assert counts[f"{table}_read"] == rows.num_rows
        assert counts[f"{table}_accepted"] + counts[f"{table}_rejected"] == rows.num_rows
    assert read(built_day, "rejected_rows").num_rows == sum(
        counts[f"{table}_rejected"] for table in ("pins", "boards", "users")
    )


def test_planted_defects_are_found_and_counted(built_day):
    planted = built_day.graph.defect_counts
    root = built_day.output_root
    counts = open_dataset(root, "rejected_rows").manifest.counts
    assert counts["pins_rejected_board_id_is_null"] == planted["null_board"]
    assert counts["pins_rejected_image_signature_not_hex"] == planted["non_hex_signature"]
    assert counts["pins_rejected_no_picture"] == planted["no_signature"]
    assert counts["pins_rejected_duplicate_identical"] == planted["exact_duplicate"]
    assert counts["pins_rejected_duplicate_conflicting"] == 2 * planted["conflicting_duplicate"]
    assert counts["pins_unknown_board_id"] == planted["dangling_board"]
    assert counts["pins_unknown_user_id"] == planted["dangling_user"]
    parents = open_dataset(root, "repin_edges").manifest.counts
    assert parents["parents_self"] == planted["self_parent"]
    assert parents["parents_missing"] >= planted["dangling_parent"]


def test_every_accepted_pin_is_in_exactly_one_join_of_each_kind(built_day):
    facts = sorted(read(built_day, "facts")["pin_id"].to_pylist())
    for spec in JOIN_DATASETS:
        pins = read(built_day, spec.name)["pins"].combine_chunks().flatten().field("pin_id")
        assert sorted(pins.to_pylist()) == facts, spec.name


def test_counts_and_importance_are_conserved_across_the_joins(built_day):
    joins = {spec.name: read(built_day, spec.name) for spec in JOIN_DATASETS}
    n_facts = open_dataset(built_day.output_root, "facts").n_rows
    for table in joins.values():
        assert pc.sum(table["n_pins"]).as_py() == n_facts
        assert table["n_pins"].to_pylist() == pc.list_value_length(table["pins"]).to_pylist()
    boards = joins["board_joins"]
    assert pc.sum(boards["page_rank"]).as_py() == pytest.approx(1)
    pinned = boards.filter(pc.greater(boards["n_pins"], 0))
    assert pc.sum(joins["pin_joins"]["importance"]).as_py() == pytest.approx(pc.sum(pinned["page_rank"]).as_py())
    assert pc.sum(joins["user_joins"]["importance"]).as_py() == pytest.approx(1)
    assert pc.sum(boards["n_repins_given"]).as_py() == pc.sum(boards["n_repins_received"]).as_py()


def test_light_is_a_projection_of_full(built_day):
    for spec in JOIN_DATASETS:
        full, light = read(built_day, spec.name), read(built_day, spec.name, "light")
        assert light.equals(project_light(full))
        assert unset_fields(light.schema), spec.name
        assert all(light.schema.field(name).nullable for name in unset_fields(light.schema))


def test_all_tiers_answer_alike(built_day):
    root = built_day.output_root
    for spec in JOIN_DATASETS:
        full, light = open_dataset(root, spec.name), read(built_day, spec.name, "light")
        with RandomAccess(root, spec.name) as store, open_sql(root) as sql:
            assert len(store) == full.n_rows
            assert sql.table(spec.name).count("*").fetchall() == [(full.n_rows,)]
            for row in light.slice(0, 20).to_pylist():
                key = row[spec.key]
                assert store.get(key) == row
                assert project_light(lookup(full, key)).to_pylist() == [row]


def test_the_digests_of_all_parts_hold(built_day):
    for spec in (*RAW_DATASETS, *FEATURE_DATASETS, *JOIN_DATASETS):
        open_dataset(built_day.output_root, spec.name).verify()


def test_a_second_run_does_nothing_and_says_so(built_day, day_of, capfd):
    manifests = sorted(built_day.output_root.rglob("*.json"))
    before = [path.stat().st_mtime_ns for path in manifests]
    assert run_day(day_of(built_day.input_root, built_day.output_root)) == 0
    assert "nothing to do" in capfd.readouterr().err
    assert [path.stat().st_mtime_ns for path in manifests] == before


def test_the_same_input_in_another_order_and_more_cores_gives_the_same_bytes(
    built_day, day_of, snapshot_writer, tmp_path
):
    graph, order = built_day.graph, np.random.default_rng(7)
    tables = {"pins": graph.pins, "boards": graph.boards, "users": graph.users}
    shuffled = {name: rows.take(pa.array(order.permutation(rows.num_rows))) for name, rows in tables.items()}
    snapshot_writer(tmp_path / "input", shuffled)
    assert run_day(day_of(tmp_path / "input", tmp_path / "output", cores=2)) == 0
    for spec in (*RAW_DATASETS, *FEATURE_DATASETS, *JOIN_DATASETS):
        here, there = (open_dataset(root, spec.name).manifest for root in (tmp_path / "output", built_day.output_root))
        assert here.digest == there.digest, spec.name


def test_the_number_of_partitions_changes_nothing_but_the_parts(built_day, day_of, tmp_path):
    output = tmp_path / "output"
    assert run_day(day_of(built_day.input_root, output, cores=2, rows_per_part=1_500)) == 0
    assert open_dataset(output, "pin_joins").n_parts > 1
    for spec in JOIN_DATASETS:
        parted = open_dataset(output, spec.name).to_table().sort_by(spec.key)
        whole = read(built_day, spec.name)
        for name in whole.schema.names:
            assert parted[name].combine_chunks().equals(whole[name].combine_chunks()), (spec.name, name)


def test_planted_categories_and_importance_are_recovered(built_day):
    truth = built_day.graph.true_boards
    found = read(built_day, "board_features")
    row = pc.index_in(truth["board_id"], value_set=found["board_id"])
    labelled = found["owner_category"].take(row).is_valid()

    def share_right(column):
        right = pc.equal(found[column].take(row), truth["true_category"])
        return pc.mean(right.filter(labelled).fill_null(False)).as_py()

    assert share_right("category") > share_right("owner_category")
    order = found["rank_order"].take(row).to_numpy()
    planted = truth["true_importance_order"].to_numpy()
    assert np.corrcoef(order, planted)[0, 1] > 0.6


def test_pins_that_bring_only_a_picture_are_grouped_by_it(day_of, snapshot_writer, tmp_path):
    pictures = tmp_path / "input" / "pictures"
    pictures.mkdir(parents=True)
    for number, name in enumerate(("cat", "dog")):
        noise = np.random.default_rng(number).integers(0, 255, (8, 8, 3), dtype=np.uint8)
        Image.fromarray(noise).resize((256, 256)).save(pictures / f"{name}.png")
    Image.open(pictures / "cat.png").save(pictures / "cat.bmp")
    (pictures / "page.jpg").write_text("<html>not found</html>")
    images = ["pictures/cat.png", "pictures/cat.bmp", "pictures/dog.png", "pictures/page.jpg", "pictures/no.jpg"]
    pins = pa.table(
        {
            "pin_id": range(5),
            "board_id": [1] * 5,
            "user_id": [1] * 5,
            "image_signature": pa.nulls(5, pa.string()),
            "image": images,
            "parent_pin_id": pa.nulls(5, pa.int64()),
            "created_at": pa.nulls(5, pa.timestamp("ms", tz="UTC")),
            "description": pa.nulls(5, pa.string()),
            "link": pa.nulls(5, pa.string()),
        }
    )
    text, time = pa.nulls(1, pa.string()), pa.nulls(1, pa.timestamp("ms", tz="UTC"))
    ids = {"board_id": [1], "user_id": [1]}
    boards = pa.table(ids | {"name": text, "category": text, "description": text, "created_at": time})
    users = pa.table({"user_id": [1], "username": text, "country": text, "created_at": time})
    snapshot_writer(tmp_path / "input", {"pins": pins, "boards": boards, "users": users})
    output = tmp_path / "output"
    assert run_day(day_of(tmp_path / "input", output, max_rejected_share=0.5)) == 0
    groups = open_dataset(output, "pin_joins").to_table(["pins"])["pins"].to_pylist()
    assert sorted(sorted(pin["pin_id"] for pin in group) for group in groups) == [[0, 1], [2]]
    rejected = open_dataset(output, "rejected_rows").to_table().to_pylist()
    assert {row["key"]: row["reason"] for row in rejected} == {3: "image_not_an_image", 4: "image_missing"}


def test_manifests_name_what_a_version_was_made_from(built_day):
    root = built_day.output_root
    manifest = open_dataset(root, "board_joins").manifest
    inputs = {(given.dataset, given.iteration): given.digest for given in manifest.inputs}
    assert inputs["facts", 0] == open_dataset(root, "facts").manifest.digest
    assert inputs["board_features", 2] == open_dataset(root, "board_features").manifest.digest
    assert manifest.parameters["damping"] == 0.85
    assert manifest.date == dt.date(2026, 11, 20)


def test_manifests_hold_the_checks_that_were_made(built_day):
    root = built_day.output_root
    checks = open_dataset(root, "rejected_rows").manifest.checks
    assert [check.name for check in checks] == ["keys", "row_counts", *["accepted_and_rejected"] * 3, "rows_complete"]
    for spec in JOIN_DATASETS:
        for variant in ("full", "light"):
            checks = open_dataset(root, spec.name, variant).manifest.checks
            assert {"keys", "light", "pin_ids", "rows_complete"} <= {check.name for check in checks}
            assert all(check.passed for check in checks)


@pytest.mark.parametrize("name", ["pin_features", "user_features"])
def test_importance_has_its_order_and_percentile_among_all(built_day, name):
    features = read(built_day, name)
    importance = features["importance"].to_numpy()
    more = (importance > importance[:, None]).sum(axis=1)
    assert features["rank_order"].to_pylist() == (more + 1).tolist()
    assert features["percentile"].to_pylist() == pytest.approx((1 - more / len(importance)).tolist(), abs=1e-12)


def test_the_manifest_of_the_first_ranks_tells_what_the_graph_looks_like(built_day):
    edges = read(built_day, "repin_edges")
    counts = open_dataset(built_day.output_root, "board_ranks", iteration=1).manifest.counts
    assert counts["n_repins"] == pc.sum(edges["n_repins"]).as_py()
    assert counts["n_boards"] == open_dataset(built_day.output_root, "board_ranks").n_rows
    assert 0 < counts["largest_component"] <= counts["n_boards"]
    assert "n_repins" not in open_dataset(built_day.output_root, "board_ranks", iteration=2).manifest.counts


def test_a_snapshot_without_nullable_columns_builds_the_bytes_of_one_in_which_they_are_null(
    tmp_path, snapshot_writer, day_of, capsys
):
    graph = generate_graph(GraphShape(n_pins=400), seed=5, as_of=dt.date(2026, 11, 20))
    nulled = ["image", "description", "link"]
    pins = graph.pins.drop_columns(nulled)
    for name in nulled:
        pins = pins.append_column(name, pa.nulls(pins.num_rows, pa.string()))
    tables = {"boards": graph.boards, "users": graph.users}
    outputs = {}
    for kind in ("whole", "narrow"):
        snapshot_writer(tmp_path / kind, tables | {"pins": pins if kind == "whole" else pins.drop_columns(nulled)})
        outputs[kind] = tmp_path / f"{kind}-output"
        assert run_day(day_of(tmp_path / kind, outputs[kind])) == 0
    said = capsys.readouterr()
    assert "pins: column link is missing for 400 of 400 rows; it reads as null" in said.out + said.err
    for spec in (*RAW_DATASETS, *FEATURE_DATASETS, *JOIN_DATASETS):
        whole, narrow = (open_dataset(outputs[kind], spec.name).manifest for kind in ("whole", "narrow"))
        assert whole.digest == narrow.digest, spec.name
    counts = open_dataset(outputs["narrow"], "rejected_rows").manifest.counts
    assert {name: n for name, n in counts.items() if "without_column" in name} == {
        f"pins_without_column_{name}": 400 for name in nulled
    }
