"""The signature of every image that pins without one name: the id of its picture's group."""

from features.same_picture.image_signatures import image_signatures
from workflows.picture_catalog import GROUP_ALIASES, IMAGE_FILES, IMAGE_SIGNATURES, PICTURE_MEMBERS, PICTURE_SIGNATURES
from workflows.tasks.derived import derivation_of
from workflows.tasks.pictures.picture_task import PictureTask, added_up
from workflows.tasks.publishing import Record, publish_table

_PICTURE_COLUMNS = ("digest", "status", "width_px", "height_px")


class ImageSignatures(PictureTask):
    """Looks up the group of every image's picture; relative paths start at the input folder."""

    derivation = derivation_of("ImageSignatures")

    def run(self) -> None:
        """Look up and publish."""
        files = self.open(IMAGE_FILES, self.raw_version())
        pictures = [*self.added_elsewhere(PICTURE_SIGNATURES), self.open(PICTURE_SIGNATURES, self.raw_version())]
        members = [*self.added_elsewhere(PICTURE_MEMBERS), self.open(PICTURE_MEMBERS, self.raw_version())]
        aliases = self.added_before(GROUP_ALIASES)
        table = image_signatures(
            files.to_table(["image", "status", "digest"]),
            added_up(PICTURE_SIGNATURES, pictures, _PICTURE_COLUMNS),
            added_up(PICTURE_MEMBERS, members, ["digest", "group_id"]),
            added_up(GROUP_ALIASES, aliases),
        )
        counts = {entry["values"]: entry["counts"] for entry in table["status"].value_counts().to_pylist()}
        record = Record([files, *pictures, *members, *aliases], dict(sorted(counts.items())), self.stamp())
        publish_table(self, IMAGE_SIGNATURES, self.raw_version(), 1, table, record)
