"""Loading a version: measured, reckoned, trimmed if need be, sent in threads, looked into, and only then recorded."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from functools import reduce

from joins.engine.ordered_map import ordered_map
from storage_tiers.budget import BYTES_OF_A_TRIMMED_KEY, Budget
from storage_tiers.errors import DatasetError
from storage_tiers.guards.row_digest import RowsDigest, digest_of_rows
from storage_tiers.random_access.loading import collector_paused
from storage_tiers.random_access.values import ValueLayout
from storage_tiers.redis_server.key_names import MARK
from storage_tiers.redis_server.loading.budgeted_rows import ChosenRows, choose_rows
from storage_tiers.redis_server.loading.load_lease import LoadLease
from storage_tiers.redis_server.loading.part_rows import PartRows, PartSender, SentPart
from storage_tiers.redis_server.loading.redis_memory import check_room, measured_overhead
from storage_tiers.redis_server.raw_commands import packed_rows, raw_pipeline
from storage_tiers.redis_server.redis_connection import RedisServer
from storage_tiers.redis_server.trimmed_fields import bits_for, trimmed_fields
from storage_tiers.redis_server.version_record import VersionRecord
from storage_tiers.trimming.most_important import importance_column
from storage_tiers.versioned.datasets import Dataset

_PROBED_PARTS, _PROBED_ROWS = (
    8,
    256,
)  # over 512 rows together: smaller hashes are packed, and tell nothing of large ones
_BLOCK_FIELDS = 256


@dataclass(frozen=True, slots=True)
class VersionLoad:
    """The load of one version under a lease; readers see its rows when the record is written that it returns."""

    server: RedisServer
    lease: LoadLease
    dataset: Dataset
    layout: ValueLayout
    tier_name: str
    n_threads: int
    older: str  # words for what could be dropped to make room

    def __call__(self, budget: Budget, on_rows: Callable[[int], None]) -> VersionRecord:
        """Load the rows, or those that fit into the budget, and look some of them up.

        Raises DatasetError if they don't fit, the server has no room for them, or they can't be read back.
        """
        rows = PartRows(self.dataset.reader(self._columns()), self.layout)
        with collector_paused(), ThreadPoolExecutor(self.n_threads) as pool:
            row_bytes, overhead = self._probe(rows)
            chosen = None
            if budget.n_bytes is not None:
                chosen = choose_rows(self.dataset, rows, self.tier_name, budget, overhead, pool, self.n_threads)
            most = budget.n_bytes if chosen else None
            self._check_room(chosen.trimmed.n_rows if chosen else self.dataset.n_rows, row_bytes + overhead, most)
            sent = self._send(rows, chosen, pool, on_rows)
        hashes = self._send_trimmed(chosen)
        self._look_up(sent)
        digest = reduce(RowsDigest.plus, (part.digest for part in sent), RowsDigest())
        self._read_back(digest)
        return self._record(digest, overhead, chosen, hashes)

    def _columns(self) -> list[str]:
        """Return the columns that are read: those of keys and values, and the one that says what is important."""
        names = [self.layout.key, *(field.name for field in self.layout.stored), importance_column(self.dataset)]
        return list(dict.fromkeys(filter(None, names)))

    def _probe(self, rows: PartRows) -> tuple[float, int]:
        """Return the mean bytes of a row's key and value, and what the server adds to a row."""
        step = max(1, self.dataset.n_parts // _PROBED_PARTS)
        keys, values = list[bytes](), list[bytes]()
        for number in range(0, self.dataset.n_parts, step):
            part_keys, part_values = rows.some_rows(number, _PROBED_ROWS)
            keys += part_keys
            values += part_values
        encoded = sum(map(len, keys)) + sum(map(len, values))
        return encoded / max(1, len(keys)), measured_overhead(self.server, self.lease, keys, values)

    def _check_room(self, n_rows: int, row_bytes: float, most_bytes: int | None) -> None:
        what = f"{self.dataset.name} {self.dataset.version}"
        n_bytes = round(n_rows * row_bytes) if most_bytes is None else most_bytes
        check_room(self.server, self.lease, what, n_rows, n_bytes, self.older)

    def _send(
        self, rows: PartRows, chosen: ChosenRows | None, pool: Executor, on_rows: Callable[[int], None]
    ) -> list[SentPart]:
        """Write the rows, and the mark that says what they were loaded from; the first error ends it."""
        name = self.server.keys.rows(self.lease.number)
        self.server.ask(("HSET", name, MARK, self.dataset.manifest.digest))
        sender = PartSender(self.server, name.encode(), rows, chosen.kept if chosen else None)
        sent = list[SentPart]()
        for part in ordered_map(sender, range(self.dataset.n_parts), pool, self.n_threads):
            on_rows(part.digest.n_rows)
            sent.append(part)
        return sent

    def _send_trimmed(self, chosen: ChosenRows | None) -> Mapping[bytes, bytes]:
        """Write the hashes of the keys that were left out."""
        fields = trimmed_fields(chosen.hashes) if chosen else {}
        name = self.server.keys.trimmed(self.lease.number).encode()
        with raw_pipeline(self.server) as pipeline:
            for block in _blocks(list(fields.items())):
                pipeline.send(packed_rows(name, *zip(*block, strict=True)))
        return fields

    def _look_up(self, sent: Sequence[SentPart]) -> None:
        """Read a sample of the rows back."""
        name = self.server.keys.rows(self.lease.number)
        for block in _blocks([pair for part in sent for pair in part.sample]):
            (found,) = self.server.ask(("HMGET", name, *(key for key, _ in block)))
            wrong = [key for (key, value), there in zip(block, found, strict=True) if there != value]
            if wrong:
                raise DatasetError(
                    f"{self.dataset.name} {self.dataset.version} was not loaded: {len(wrong)} of {len(block)} sampled "
                    f"rows can't be read back (first key: {wrong[0]!r})",
                    where=str(self.server.address),
                    remedy="are the keys unique?",
                )

    def _read_back(self, sent: RowsDigest) -> None:
        """Read every row back and compare the digest: what was damaged on the way is never recorded."""
        there = self.server.digest_of(self.server.keys.rows(self.lease.number))
        if (there.n_rows, there.hex()) != (sent.n_rows, sent.hex()):
            what = "aren't those that were sent" if there.n_rows == sent.n_rows else "are there"
            problem = f"{there.n_rows:,} of {sent.n_rows:,} rows {what}"
            raise DatasetError(
                f"{self.dataset.name} {self.dataset.version} was not loaded: {problem}",
                where=str(self.server.address),
                remedy="are the keys unique? If so, the server lost or changed rows: load it again",
            )

    def _record(
        self, digest: RowsDigest, overhead: int, chosen: ChosenRows | None, hashes: Mapping[bytes, bytes]
    ) -> VersionRecord:
        n_left_out = len(chosen.hashes) if chosen else 0
        return VersionRecord(
            dataset=self.dataset.name,
            version=self.dataset.version,
            variant=self.dataset.place.variant,
            source_digest=self.dataset.manifest.digest,
            load_number=self.lease.number,
            n_rows=digest.n_rows,
            n_bytes=digest.n_bytes + overhead * digest.n_rows + BYTES_OF_A_TRIMMED_KEY * n_left_out,
            key_is_integer=self.dataset.manifest.key_is_integer,
            schema_id=self.layout.schema_id,
            layout=self.layout,
            digest=digest.hex(),
            loaded_at=dt.datetime.now(dt.UTC),
            trimmed=chosen.trimmed if chosen else None,
            trimmed_bits=bits_for(n_left_out),
            trimmed_digest=digest_of_rows(hashes.items()).hex(),
        )


def _blocks(pairs: Sequence[tuple[bytes, bytes]]) -> list[Sequence[tuple[bytes, bytes]]]:
    return [pairs[start : start + _BLOCK_FIELDS] for start in range(0, len(pairs), _BLOCK_FIELDS)]
