"""The groups of a day's new pictures: they join the groups of earlier days or found new ones; no group ever changes."""

from collections.abc import Sequence

import pyarrow as pa

from features.images.cosine_signature import N_BANDS
from features.images.signing import DigestedFiles
from features.same_picture.band_search import BandSteps, BandThreads
from features.same_picture.grouping import PictureGroups as Grouped
from features.same_picture.grouping import group_by_equal_hash, group_pictures, pairs_together, pictures_to_group
from joins.arrow.hashing import partition_of
from joins.arrow.text_lookup import each_once
from joins.engine.kept_tables import KeptByName, Named
from joins.engine.step import PartitionStep, Shuffled, Then
from storage_tiers.versioned.datasets import Dataset
from storage_tiers.versioned.staging import DatasetSpec
from workflows.luigi_cfg import SettingsError
from workflows.picture_catalog import IMAGE_FILES, MERGE_CANDIDATES, PICTURE_GROUPS, PICTURE_MEMBERS, PICTURE_SIGNATURES
from workflows.progress import elapsed, say
from workflows.settings import IN_PROCESS
from workflows.tasks.derived import derivation_of
from workflows.tasks.pictures.added_parts import AddedParts, added_up
from workflows.tasks.pictures.picture_task import PictureTask
from workflows.tasks.publishing import Record, publish_table, run_step

_MEMBERS_A_PART = 131_072
_PICTURES = "pictures"


class GroupPictures(PictureTask):
    """Gives every new picture of the day its group, and notes pairs of groups that may be one."""

    derivation = derivation_of("GroupPictures")

    def run(self) -> None:
        """Group and publish."""
        version = self.raw_version()
        signatures, files = self.open(PICTURE_SIGNATURES, version), self.open(IMAGE_FILES, version)
        earlier = [*self.added_before(PICTURE_GROUPS), *self.added_by_older_base(PICTURE_GROUPS)]
        older = self.added_by_older_base(PICTURE_MEMBERS)
        with elapsed("grouping pictures"):
            pictures = self._to_group(signatures, files, older)
            # A date that is rebuilt may have founded a group that an earlier date has founded meanwhile, too.
            groups = each_once(added_up(PICTURE_GROUPS, earlier if len(pictures) else []), "group_id")
            grouped = self._group(pictures, groups)
        parameters = self.stamp() | {"max_distance": self.max_distance}
        record = Record([signatures, files, *earlier, *older], grouped.counts, parameters)
        self._publish(PICTURE_GROUPS, grouped.groups, record, ["group_id"])
        self._publish(MERGE_CANDIDATES, grouped.merge_candidates, record, ["group_id", "other_group_id"])
        self._publish(PICTURE_MEMBERS, grouped.members, record, ["digest"], _MEMBERS_A_PART)
        say(f"    {grouped}")

    def _to_group(self, signatures: Dataset, files: Dataset, older: list[Dataset]) -> pa.Table:
        """Return the new pictures of the day; of a day without any, neither files nor other days' groups are read."""
        none = PICTURE_SIGNATURES.schema.empty_table()
        nothing = pictures_to_group(none, none, none)
        if not signatures.n_rows:
            return nothing
        members = AddedParts.of(PICTURE_MEMBERS, [*self.added_elsewhere(PICTURE_MEMBERS), *older], ["digest"])
        by_content = {
            "signatures": AddedParts.of(PICTURE_SIGNATURES, [signatures]).by("digest"),
            "files": Shuffled(DigestedFiles(files.reader(["digest"])), files.n_parts, "digest"),
            "members": members.by("digest"),
        }
        n_rows = max(files.n_rows, signatures.n_rows, members.n_rows)
        with self.shared_scratch() as scratch:
            kept, build = KeptByName(scratch / "to-group"), Then(pictures_to_group, Named(_PICTURES))
            step = PartitionStep(self.n_parts(n_rows), {}, build, kept, by_content, partition_of)
            found = run_step(self, "looking for pictures to group", step, n_rows)
            pictures = kept.shards(_PICTURES, found, nothing.schema)
            return pa.concat_tables(map(pictures, range(len(pictures))))

    def _publish(
        self, spec: DatasetSpec, new: pa.Table, record: Record, by: Sequence[str], rows_a_part: int | None = None
    ) -> None:
        """Publish what is new, and what an older base of the date has, sorted."""
        older = added_up(spec, self.added_by_older_base(spec))
        rows = pa.concat_tables([older, new.replace_schema_metadata(older.schema.metadata)])
        rows = pairs_together(rows) if spec == MERGE_CANDIDATES else rows
        n_parts = max(1, -(-len(rows) // rows_a_part)) if rows_a_part else 1
        rows = rows.sort_by([(name, "ascending") for name in by])
        publish_table(self, spec, self.raw_version(), n_parts, rows, record)

    def _group(self, pictures: pa.Table, groups: pa.Table) -> Grouped:
        if self.signature == "phash64":
            return group_by_equal_hash(pictures)
        threads = BandThreads(min(self.n_cores, N_BANDS))
        if self.runner == IN_PROCESS:
            return group_pictures(pictures, groups, radius=self.max_distance, search=threads)
        with self.shared_scratch() as scratch:
            steps = BandSteps(lambda what, step: run_step(self, what, step, len(pictures)), scratch, threads)
            return group_pictures(pictures, groups, radius=self.max_distance, search=steps)


class MergeGroups(PictureTask):
    """The aliases that a date gives to groups, which no run asks for: the command ``merge-groups`` publishes them."""

    derivation = derivation_of("MergeGroups")

    def run(self) -> None:
        """Refuse: how near is near is for a person to say."""
        raise SettingsError(
            f"group_aliases of date={self.date} are made on request alone", remedy="run 'interest-graph merge-groups'"
        )
