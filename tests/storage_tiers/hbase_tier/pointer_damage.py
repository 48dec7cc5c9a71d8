"""Writing into the row of pointers past the tier, as another program or a fault would."""

from hbasedriver.protobuf_py.Client_pb2 import MutateRequest, MutateResponse

from storage_tiers.hbase_tier.hbase_tier import HBaseTier
from storage_tiers.hbase_tier.wire.region_scan import whole_region
from storage_tiers.hbase_tier.wire.table_rows import put_mutation
from storage_tiers.versioned.versions import Version

ROW, POINTERS, RECORDS = b"all", b"p", b"v"


def write_pointer(tier: HBaseTier, name: str, written: bytes) -> None:
    """Write what a pointer says."""
    _write(tier, POINTERS, name.encode(), written)


def write_record(tier: HBaseTier, name: str, version: Version, written: bytes) -> None:
    """Write what the record of a version says."""
    _write(tier, RECORDS, f"{name}/{version.path}".encode(), written)


def _write(tier: HBaseTier, family: bytes, qualifier: bytes, written: bytes) -> None:
    mutation = put_mutation(ROW, family, {qualifier: written})
    mutation.timestamp = tier.store.pointers.look().stamp + 1
    rows = tier.store.pointers.rows
    answer = rows.ask(
        ROW, "Mutate", lambda region: MutateRequest(region=whole_region(region.name), mutation=mutation), MutateResponse
    )
    assert answer.processed
