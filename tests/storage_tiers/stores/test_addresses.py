"""Text becomes a folder or a place in a store, in one place; what is neither is refused, and shows no secret."""

import os
import pickle
from pathlib import Path, PurePosixPath

import pytest

from storage_tiers.stores.address import AddressError, in_store, is_store, on_disk, root_of
from storage_tiers.stores.local_home import local_home, use_work_folder
from storage_tiers.stores.store_path import StorePath

OUTPUT = StorePath("s3", "pins", "output")


@pytest.mark.parametrize("text", ["s3://pins/output", "s3://pins/output/", "S3://pins/output"])
def test_an_address_is_a_place_in_a_store(text):
    assert root_of(text) == OUTPUT
    assert str(root_of(text)) == "s3://pins/output"


@pytest.mark.parametrize("text", ["output", "/data/output", "./s3", "date=2026-11-20", "a:b/c", "~/output", ""])
def test_what_has_no_scheme_is_a_folder(text):
    assert root_of(text) == Path(text)
    assert not is_store(text)


def test_a_bucket_alone_is_a_place_too():
    assert (str(root_of("s3://pins")), str(root_of("s3://pins/") / "facts")) == ("s3://pins", "s3://pins/facts")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("s3:///output", "its bucket is ''"),
        ("s3://", "its bucket is ''"),
        ("s3://pi ns/output", "its bucket is 'pi ns'"),
        ("s3://pins//output", "an empty name"),
        ("s3://pins/a/../b", "an empty name, . or .."),
        ("s3://pins/out?versionId=3", r"has '\?' in it"),
        ("s3://pins/out*", r"has '\*' in it"),
        ("s3://pins/out\nput", "in it"),
        ("ftp://pins/output", "nothing here reaches ftp://; allowed: a folder, or s3://bucket/prefix"),
        ("file:///data/output", "nothing here reaches file://"),
    ],
)
def test_what_is_no_address_is_refused_in_one_line(text, said):
    with pytest.raises(AddressError, match=said) as told:
        root_of(text)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize("text", ["s3://AKIA1:hush@pins/output", "s3://hush@pins/output", "s3://pins/o?token=hush"])
def test_a_secret_in_an_address_is_refused_and_not_shown(text):
    with pytest.raises(AddressError) as told:
        root_of(text)
    assert "hush" not in str(told.value)


def test_an_address_that_was_taken_for_a_folder_is_told():
    with pytest.raises(AddressError, match="was taken for the name of a folder: 's3:/pins/output'"):
        root_of(Path("s3://pins/output"))


def test_a_place_in_a_store_is_no_local_path(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for use in (open, Path, os.fspath, os.path.exists, os.listdir, os.makedirs):
        with pytest.raises(TypeError):
            use(OUTPUT)
    with pytest.raises(TypeError):
        on_disk(OUTPUT)
    with pytest.raises(TypeError):
        in_store(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_places_are_built_taken_apart_and_compared_as_paths_are():
    part = OUTPUT / "facts" / PurePosixPath("full/date=2026-11-20") / "part-00000.parquet"
    assert str(part) == "s3://pins/output/facts/full/date=2026-11-20/part-00000.parquet"
    assert (part.name, part.suffix, part.parent.name) == ("part-00000.parquet", ".parquet", "date=2026-11-20")
    assert str(part.with_suffix(".json")).endswith("/part-00000.json")
    assert part.relative_to(OUTPUT).parts[:2] == ("facts", "full")
    assert [str(above) for above in OUTPUT.parents] == ["s3://pins"]
    assert pickle.loads(pickle.dumps(part)) == part  # noqa: S301 - made here
    assert sorted([OUTPUT / "b", OUTPUT / "a"]) == [OUTPUT / "a", OUTPUT / "b"]
    with pytest.raises(ValueError, match="is not below"):
        part.relative_to(StorePath("s3", "other"))


def test_each_address_has_a_local_folder_of_its_own(tmp_path):
    use_work_folder(tmp_path)
    try:
        homes = {local_home(root_of(text)) for text in ("s3://pins/a-b", "s3://pins/a/b", "s3://pins/a", "gs://pins/a")}
        assert len(homes) == 4
        assert {home.parent for home in homes} == {tmp_path}
        assert all(set(home.name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-") for home in homes)
    finally:
        use_work_folder(None)
    assert local_home(Path("output")) == Path("output")
