"""The tables of a run report that tell of boards: ranks, chains, categories, and what changed."""

from workflows.pages.cells import Cell, Column, Rows, category_cell
from workflows.reports.showing.report_cells import Names, Section, moved, number, percent, proved, size, small
from workflows.settings.of_engines import ON_DRIVER, ON_ENGINE

_RANKED_BY = {ON_DRIVER: "this machine", ON_ENGINE: "steps of the runner"}


def settled_table(ranks: Section) -> Rows:
    """Return how the ranks of each iteration settled."""
    columns = [
        *(number("iteration"), number("sweeps"), number("proved error", "L1", "the exact ranks lie within it")),
        *(number("allowed error", "L1"), Column("proved"), Column("worked out by")),
    ]
    rows = [
        (
            *(one["iteration"], one["n_sweeps"], small(one["error_bound"]), small(one["tolerance"])),
            *(proved(one["is_proved"]), _RANKED_BY.get(one["ranks_on"], one["ranks_on"])),
        )
        for one in ranks["settled"]
    ]
    return Rows("How the ranks of each iteration settled", columns, rows)


def top_table(ranks: Section, names: Names) -> Rows:
    """Return the boards of highest rank."""
    columns = [
        *(number("place"), Column("board"), Column("name"), Column("category"), number("PageRank", "sums to 1")),
        *(number("pins"), number("saved from it", "pins")),
    ]
    rows = [
        (
            *(place, str(one["board_id"]), names.get(str(one["board_id"])), category_cell(one["category"])),
            *(small(one["page_rank"]), one["n_pins"], one["n_repins_received"]),
        )
        for place, one in enumerate(ranks.get("top", []), 1)
    ]
    return Rows("Boards of highest rank", columns, rows)


def chain_table(chains: Section) -> Rows:
    """Return the largest repin chains."""
    columns = [Column("picture"), Column("began with pin"), number("pins"), number("depth", "repins")]
    rows = [
        (one["image_signature"], str(one["root_pin_id"]), one["n_pins"], one["depth"])
        for one in chains.get("largest", [])
    ]
    return Rows("Largest repin chains", columns, rows)


def move_table(categories: Section) -> Rows:
    """Return the most frequent corrections."""
    columns = [Column("filed under"), Column("decided for"), number("boards")]
    rows = [(category_cell(one["owner"]), category_cell(one["category"]), one["boards"]) for one in categories["moves"]]
    return Rows("Most frequent corrections", columns, rows, categories["n_kinds_of_moves"])


def example_table(categories: Section, names: Names) -> Rows:
    """Return the most telling corrected boards."""
    columns = [
        *(Column("board"), Column("name"), Column("filed under"), Column("decided for")),
        number("probability", "%", "that the decided category is right"),
        number("lead", "%", "over the second most probable category"),
        number("evidence", "pictures", "of the board that boards with a category have as well"),
    ]
    rows = [
        (
            *(str(one["board_id"]), names.get(str(one["board_id"]))),
            *(category_cell(one["owner_category"]), category_cell(one["category"])),
            *(percent(one["confidence"]), percent(one["margin"]), one["n_images"]),
        )
        for one in categories["examples"]
    ]
    return Rows("The surest corrections", columns, rows)


def changed_dataset_table(changes: Section) -> Rows:
    """Return how rows and sizes of datasets changed."""
    columns = [Column("dataset"), Column("variant"), number("rows before"), number("rows"), number("change")]
    rows = []
    for one in changes["datasets"]:
        then = one["rows_before"]
        said = Cell("same", words="same to the byte", kind="quiet") if one["is_same"] else "differs"
        by = Cell(one["rows"] - then, words=f"{one['rows'] - then:+,}") if then is not None else Cell(None, words="new")
        rows.append(
            (one["dataset"], one["variant"], then, one["rows"], by, size(one["bytes_before"]), size(one["bytes"]), said)
        )
    return Rows("Datasets, before and now", [*columns, number("size before"), number("size"), Column("bytes")], rows)


def key_table(changes: Section) -> Rows:
    """Return which keys went and came, and how many rows changed."""
    columns = [Column("what"), number("before"), number("now"), number("gone"), number("new"), number("changed")]
    rows = [
        (kind, one["rows_before"], one["rows"], one["keys_gone"], one["keys_new"], one["rows_changed"])
        for kind, one in changes["compared"].items()
    ]
    return Rows("Keys gone, new and changed", columns, rows)


def field_table(changes: Section) -> Rows:
    """Return which fields of boards, pictures and users changed, and by how much."""
    columns = [
        *(Column("what"), Column("field"), number("changed", "rows"), number("mean change"), number("largest change")),
    ]
    rows = [
        (kind, field["name"], field["rows"], small(field["mean_change"]), small(field["largest_change"]))
        for kind, one in changes["compared"].items()
        for field in one["fields"]
    ]
    return Rows("Fields that changed", columns, rows)


def place_table(boards: Section, names: Names) -> Rows:
    """Return the boards whose place among all moved most."""
    columns = [Column("board"), Column("name"), number("place before"), number("place now"), number("moved", "places")]
    rows = [
        (
            *(str(one["key"]), names.get(str(one["key"])), one["before"], one["after"]),
            moved(one["before"] - one["after"]),
        )
        for one in boards["moved_by_places"]
    ]
    return Rows("Boards whose place moved most", columns, rows)


def recategorized_table(boards: Section, names: Names) -> Rows:
    """Return the most important boards that have another category than before."""
    columns = [Column("board"), Column("name"), Column("category before"), Column("category now")]
    rows = [
        (
            *(str(one["key"]), names.get(str(one["key"])), category_cell(one["before"]), category_cell(one["after"])),
            small(one["importance"]),
        )
        for one in boards["moved_by_category"]
    ]
    return Rows(
        "Boards of another category", [*columns, number("PageRank", "sums to 1")], rows, boards["n_recategorized"]
    )
