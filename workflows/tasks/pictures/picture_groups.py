"""The groups of a day's new pictures: they join the groups of earlier days or found new ones; no group ever changes."""

import pyarrow as pa

from features.images.cosine_signature import N_BANDS
from features.same_picture.band_search import BandSteps, BandThreads
from features.same_picture.grouping import PictureGroups as Grouped
from features.same_picture.grouping import group_by_equal_hash, group_pictures, pictures_to_group
from workflows.luigi_cfg import SettingsError
from workflows.picture_catalog import IMAGE_FILES, MERGE_CANDIDATES, PICTURE_GROUPS, PICTURE_MEMBERS, PICTURE_SIGNATURES
from workflows.progress import elapsed, say
from workflows.settings import IN_PROCESS
from workflows.tasks.derived import derivation_of
from workflows.tasks.pictures.picture_task import PictureTask, added_up
from workflows.tasks.publishing import Record, publish_table, run_step

_MEMBERS_A_PART = 131_072


class GroupPictures(PictureTask):
    """Gives every new picture of the day its group, and notes pairs of groups that may be one."""

    derivation = derivation_of("GroupPictures")

    def run(self) -> None:
        """Group and publish."""
        version = self.raw_version()
        signatures, files = self.open(PICTURE_SIGNATURES, version), self.open(IMAGE_FILES, version)
        earlier = self.added_before(PICTURE_GROUPS)
        with elapsed("grouping pictures"):
            members = added_up(PICTURE_MEMBERS, self.added_elsewhere(PICTURE_MEMBERS), ["digest"])
            pictures = pictures_to_group(signatures.to_table(), files.to_table(["digest"]), members)
            grouped = self._group(pictures, added_up(PICTURE_GROUPS, earlier))
        parameters = self.stamp() | {"max_distance": self.max_distance}
        record = Record([signatures, files, *earlier], grouped.counts, parameters)
        n_parts = max(1, -(-len(grouped.members) // _MEMBERS_A_PART))
        publish_table(self, PICTURE_GROUPS, version, 1, grouped.groups, record)
        publish_table(self, MERGE_CANDIDATES, version, 1, grouped.merge_candidates, record)
        publish_table(self, PICTURE_MEMBERS, version, n_parts, grouped.members, record)
        say(f"    {grouped}")

    def _group(self, pictures: pa.Table, groups: pa.Table) -> Grouped:
        if self.signature == "phash64":
            return group_by_equal_hash(pictures)
        threads = BandThreads(min(self.n_cores, N_BANDS))
        if self.runner == IN_PROCESS:
            return group_pictures(pictures, groups, radius=self.max_distance, search=threads)
        with self.scratch() as scratch:
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
