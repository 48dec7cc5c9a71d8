"""Pictures on a real HDFS: read, listed, told apart from those that are gone; what a failing HDFS is."""

import errno

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from storage_tiers.pictures.addresses import locate
from storage_tiers.pictures.digests import stamped_files
from storage_tiers.pictures.files import PictureStatus
from storage_tiers.pictures.outages import StoreFailedError, is_outage, read_or_stop
from storage_tiers.pictures.read_picture import read_picture
from storage_tiers.pictures.roots import picture_roots
from storage_tiers.pictures.sources import find_addresses
from storage_tiers.stores.address import in_store, root_of

pytest.importorskip("hdfs_native")

NAMES = ("1.jpg", "more/a b%20c.jpg", "more/2#3?.png")


@pytest.fixture
def album(hdfs_root):
    """The address of a folder with pictures, whose content is their name, and a pack of two."""
    place = in_store(root_of(hdfs_root))
    for name in NAMES:
        (place / name).write_bytes(name.encode())
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table({"path": ["one", "two"], "bytes": [b"1", b"22"]}), sink)
    (place / "pack.parquet").write_bytes(sink.getvalue().to_pybytes())
    return hdfs_root


@pytest.mark.slow  # a NameNode takes half a minute to start
def test_pictures_are_read_whatever_their_names_are(album):
    roots = picture_roots(album, "")
    for name in NAMES:
        found = read_picture(name, roots)
        assert (found.status, found.content) == (PictureStatus.READ, name.encode()), found.reason
    assert read_picture("pack.parquet#two", roots).content == b"22"
    assert read_picture("gone.jpg", roots).status is PictureStatus.MISSING
    assert read_picture("more", roots).status is not PictureStatus.READ


@pytest.mark.slow
def test_files_are_stamped_and_folders_listed(album):
    stamped = stamped_files(pa.chunked_array([[*NAMES, "gone.jpg"]]), picture_roots(album, ""))
    assert stamped["n_bytes"].to_pylist() == [*map(len, NAMES), None]
    assert stamped["modified_at"].null_count == 1
    listed = find_addresses(album, None)
    assert len(listed.addresses) == len(NAMES)
    assert all(read_picture(address).status is PictureStatus.READ for address in listed.addresses)


def test_a_name_node_that_is_away_ends_the_day(tmp_path, monkeypatch):
    monkeypatch.setenv("HADOOP_CONF_DIR", str(tmp_path))
    with pytest.raises(OSError, match="HDFS can't be used") as info:
        locate("hdfs://127.0.0.1:9/1.jpg", None).open()
    assert info.value.errno == errno.ENOTCONN
    assert is_outage(info.value)
    with pytest.raises(StoreFailedError, match=r"picture hdfs://127.0.0.1:9/1\.jpg"):
        list(read_or_stop(["hdfs://127.0.0.1:9/1.jpg"]))
