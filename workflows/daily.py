"""DailyDiscovery: everything of one date, from the raw snapshot to the tiers."""

import luigi

from storage_tiers.versioned.versions import Version
from workflows.commands.run import where_to_look
from workflows.luigi_cfg import ship_luigi_settings
from workflows.progress import say
from workflows.settings import ITERATIONS
from workflows.tasks.accepted_input import AcceptedInput
from workflows.tasks.base import DiscoveryTask
from workflows.tasks.board_categories import BoardCategories
from workflows.tasks.board_ranks import BoardRanks
from workflows.tasks.derived import TASKS, DatasetTask, IteratedDataset
from workflows.tasks.pictures.images import ImageFiles, ImageSignatures
from workflows.tasks.pictures.picture_groups import GroupPictures
from workflows.tasks.pictures.picture_signatures import PictureSignatures
from workflows.tasks.tiers import LOADS, datasets_of

# Whoever loads this module, luigi itself included, gets settings that make failures visible.
ship_luigi_settings()

# Tasks with a run of their own, and those that the table of derivations says all about.
_OWN_TASKS = (
    *(ImageFiles, PictureSignatures, GroupPictures, ImageSignatures),
    *(AcceptedInput, BoardRanks, BoardCategories),
)
MADE: tuple[type[DatasetTask], ...] = (*_OWN_TASKS, *TASKS.values())


class DailyDiscovery(DiscoveryTask, luigi.WrapperTask):
    """Builds all datasets of a date, the joins of its last iteration, and loads the tiers."""

    iterations = ITERATIONS.parameter()

    def requires(self) -> list[DiscoveryTask]:
        """Need every dataset of the last iteration, and the tiers; these need all that comes before."""
        last = self.iterations
        made = [
            self.sibling(task, **({"iteration": last} if issubclass(task, IteratedDataset) else {})) for task in MADE
        ]
        return [*made, *(self.sibling(load, iteration=last) for tier, load in LOADS.items() if datasets_of(tier))]

    def run(self) -> None:
        """Say where everything is."""
        say("\n".join(where_to_look(self.root, Version(self.date, self.iterations))))
