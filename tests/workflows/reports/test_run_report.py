"""The report of a whole day: what it says, that it is escaped, bounded and the same again, and what it lacks."""

import datetime as dt
import json
import re
from html.parser import HTMLParser

import plotly.graph_objects as go
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from storage_tiers import Version, VersionNotFoundError
from workflows.commands.days.run import run_day
from workflows.reports.gathering.day_versions import asked_report
from workflows.reports.report_files import write_report
from workflows.reports.report_places import page_path, reports_folder, written_reports
from workflows.reports.run_report import SECTIONS, run_report
from workflows.reports.showing.report_page import TITLES, report_page

FRIDAY = dt.date(2026, 11, 20)
LAST = Version(FRIDAY, 2)
HOSTILE = {
    "script": "<script>alert('pins')</script>",
    "attribute": '" onmouseover="alert(1)',
    "long": "w" * 10_000,
    "right to left": "\u202eكلب ✨ \u2066dog",
    "template": "{{ 7 * 7 }}{% raw %}",
    "end of data": "</script><!--",
}


class Page(HTMLParser):
    """The elements of a page, its texts, and the figures in it."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags, self.attributes, self.texts = list[str](), list[tuple[str, str | None]](), list[str]()
        self.figures, self.ids = list[dict], list[str]()
        self._in_spec = False
        self.figures = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        self._in_spec = tag == "script" and ("class", "spec") in attrs
        self.ids += [value for name, value in attrs if name == "id"]

    def handle_data(self, data):
        if self._in_spec:
            self.figures.append(json.loads(data))
        else:
            self.texts.append(data)

    def handle_endtag(self, _tag):
        self._in_spec = False


def shown(root, version=LAST) -> tuple[dict, Page, str]:
    report = json.loads(json.dumps(run_report(root, version)))
    html = report_page(report, "../assets", "iteration=2.json", "../index.html")
    return report, Page(html), html


@pytest.fixture(scope="module")
def told(built_day):
    """The report of a day of 6,000 pins, its page, and its HTML."""
    return shown(built_day.output_root)


def test_every_section_is_there_and_says_something(told):
    report, page, _ = told
    assert set(TITLES) <= set(page.ids)
    assert [name for name in SECTIONS if "missing" in report[name]] == ["pictures"]
    assert "every pin brought the signature" in report["pictures"]["missing"]


def test_its_counts_are_those_of_the_day(told, built_day):
    report, _, _ = told
    graph = built_day.graph
    tables = report["rejected"]["tables"]
    assert tables["pins"]["read"] == graph.pins.num_rows
    assert sum(one["rows"] for one in report["rejected"]["reasons"]) == sum(one["rejected"] for one in tables.values())
    assert all(len(one["examples"]) in (1, 2, 3) for one in report["rejected"]["reasons"])
    assert report["sizes"]["users"]["n"] >= graph.users.num_rows
    assert sum(n for _, n in report["chains"]["pins_by_depth"]) == tables["pins"]["accepted"]
    categories = report["categories"]
    assert sum(map(sum, categories["confusion"]["boards"])) == categories["n_boards"] == report["sizes"]["boards"]["n"]
    assert sum(one["boards"] for one in categories["reliability"]) <= categories["n_labelled"]
    assert report["checks"]["n_failed"] == 0


def test_ranks_are_told_with_residuals_bound_and_tolerance(told):
    settled = told[0]["ranks"]["settled"]
    assert [one["iteration"] for one in settled] == [1, 2]
    for one in settled:
        assert one["is_proved"]
        assert one["error_bound"] <= one["tolerance"]
        assert len(one["residuals"]) == one["n_sweeps"]


def test_datasets_and_tiers_are_those_of_the_version(told):
    report, _, _ = told
    by_name = {(one["dataset"], one["variant"]): one for one in report["made"]["datasets"]}
    assert by_name["facts", "full"]["iteration"] == 0
    assert by_name["pin_joins", "light"]["iteration"] == 2
    assert all(re.fullmatch("[0-9a-f]{64}", one["digest"]) for one in by_name.values())
    assert {one["state"] for one in report["tiers"]["states"]} == {"serves"}


def test_plotly_takes_every_figure_and_every_axis_has_a_title(told):
    _, page, _ = told
    assert len(page.figures) >= 9
    for figure in page.figures:
        go.Figure(figure)  # raises ValueError for what isn't Plotly's
        titles = [figure["layout"][axis]["title"]["text"] for axis in ("xaxis", "yaxis")]
        assert all(titles), titles


def test_a_page_holds_no_script_and_no_style_of_its_own_and_names_no_other_host(told):
    _, page, html = told
    assert not {"style", "iframe", "object"} & set(page.tags)
    assert not [value for name, value in page.attributes if name == "style" or name.startswith("on")]
    addresses = [value for name, value in page.attributes if name in ("src", "href")]
    assert all(not re.match(r"(https?:)?//", address) for address in addresses)
    assert len(html) < 300_000


def test_the_same_day_makes_the_same_bytes(folder):
    root = folder / "output"
    written = write_report(root, LAST)
    before = written.page.read_bytes(), written.twin.read_bytes()
    again = write_report(root, LAST)
    assert (again.page.read_bytes(), again.twin.read_bytes()) == before
    assert json.loads(written.twin.read_bytes())["iteration"] == 2


def test_a_run_writes_a_page_for_each_iteration_and_a_list(finished):
    root = finished / "output"
    assert list(written_reports(root)) == [Version(FRIDAY, 1), LAST]
    listed = Page((reports_folder(root) / "index.html").read_text(encoding="utf-8"))
    links = [value for name, value in listed.attributes if name == "href" and value.endswith(".html")]
    assert links == ["date=2026-11-20/iteration=2.html", "date=2026-11-20/iteration=1.html"]
    assert all((reports_folder(root) / link).is_file() for link in links)
    page = Page(page_path(root, LAST).read_text(encoding="utf-8"))
    scripts = [value for name, value in page.attributes if name == "src"]
    assert scripts
    assert all((page_path(root, LAST).parent / script).resolve().is_file() for script in scripts)


def test_hostile_titles_are_escaped_and_bounded(tmp_path, small_tables, snapshot_writer, day_of):
    texts = list(HOSTILE.values())
    tables = dict(small_tables)
    n_boards = tables["boards"].num_rows
    names = [texts[row % len(texts)] for row in range(n_boards)]
    place = tables["boards"].schema.get_field_index("name")
    tables["boards"] = tables["boards"].set_column(place, "name", pa.array(names))
    category = tables["boards"].schema.get_field_index("category")
    tables["boards"] = tables["boards"].set_column(category, "category", pa.array(names))
    bad = (
        tables["pins"]
        .slice(0, 3)
        .set_column(
            tables["pins"].schema.get_field_index("image_signature"), "image_signature", pa.nulls(3, pa.string())
        )
    )
    bad = bad.set_column(bad.schema.get_field_index("description"), "description", pa.array(texts[:3]))
    tables["pins"] = pa.concat_tables([tables["pins"].slice(3), bad.cast(tables["pins"].schema)])
    snapshot_writer(tmp_path / "input", tables)
    assert run_day(day_of(tmp_path / "input", tmp_path / "output", max_rejected_share=0.5)) == 0
    report, page, html = shown(tmp_path / "output")
    assert report["board_names"]
    assert page.tags.count("script") == 2 + len(page.figures)
    assert not [name for name, _ in page.attributes if name.startswith("on")]
    assert "w" * 300 not in html
    assert "\u202e" not in html
    assert "49" not in [text.strip() for text in page.texts if "7 * 7" in text]
    assert any("<script>alert('pins')</script>" in text for text in page.texts)
    assert len(html) < 400_000


def test_what_changed_is_told_against_the_date_before(folder, snapshot_writer, small_tables, day_of):
    saturday = dt.date(2026, 11, 21)
    tables = small_tables | {"pins": small_tables["pins"].slice(0, 60)}
    snapshot_writer(folder / "input", tables, saturday)
    assert run_day(day_of(folder / "input", folder / "output", date=saturday)) == 0
    report, page, _ = shown(folder / "output", Version(saturday, 2))
    changes = report["changes"]
    assert changes["before"] == {"date": "2026-11-20", "iteration": 2}
    rows = {(one["dataset"], one["variant"]): one for one in changes["datasets"]}
    assert rows["users", "full"]["is_same"]
    facts = rows["facts", "full"]
    assert facts["rows"] < facts["rows_before"]
    assert changes["compared"]["boards"]["moved_by_places"]
    assert changes["compared"]["pictures"]["keys_gone"] > 0
    assert "Boards whose place moved most" in page.texts


def test_a_version_of_an_earlier_release_says_what_it_lacks(folder):
    root = folder / "output"
    for path in root.glob("board_*/_manifests/full/date=*/*.json"):
        content = json.loads(path.read_bytes())
        content["parameters"].pop("residuals", None)
        content["counts"] = {name: n for name, n in content["counts"].items() if not name.startswith("forecasts")}
        content.pop("manifest_digest")
        inner = root / path.parts[-5] / "full" / path.parts[-2] / path.stem / "_manifest.json"
        inner.write_text(json.dumps(content))
        path.unlink()
    report, page, _ = shown(root)
    assert [one["residuals"] for one in report["ranks"]["settled"]] == [[], []]
    assert report["categories"]["reliability"] == []
    told = " ".join(page.texts)
    assert "How far ranks moved in each sweep isn't recorded" in told
    assert "How often the evidence foretold owners' labels isn't recorded" in told


def test_what_is_lost_leaves_its_section_empty_and_the_others_whole(folder):
    root = folder / "output"
    for part in (root / "pin_features/full/date=2026-11-20/iteration=2").glob("*.parquet"):
        part.unlink()
    report, page, _ = shown(root)
    assert "lost or damaged" in report["chains"]["missing"]
    assert "missing" not in report["categories"]
    assert "missing" not in report["ranks"]
    assert any("interest-graph run --repair" in text for text in page.texts)


def test_a_day_that_was_begun_has_a_report_too(tmp_path, small_tables, snapshot_writer, day_of):
    snapshot_writer(tmp_path / "input", small_tables)
    day = day_of(tmp_path / "input", tmp_path / "output", tolerance=1e-15)
    assert run_day(day) != 0
    version = asked_report(day.root, None, None)
    report, page, _ = shown(day.root, version)
    assert "have no ranks yet" in report["ranks"]["missing"]
    assert report["tasks"]["n_failures"] >= 1
    assert "BoardRanks" in page.texts


def test_a_day_of_one_pin_makes_a_whole_page(tmp_path, small_tables, snapshot_writer, day_of):
    snapshot_writer(tmp_path / "input", {name: table.slice(0, 1) for name, table in small_tables.items()})
    day = day_of(tmp_path / "input", tmp_path / "output")
    assert run_day(day) == 0
    report, page, _ = shown(day.root, asked_report(day.root, None, None))
    assert set(TITLES) <= set(page.ids)
    assert report["rejected"]["reasons"] == []


def test_a_report_of_nothing_is_refused_with_what_there_is(folder):
    with pytest.raises(VersionNotFoundError, match="iterations of this date: 0, 1, 2"):
        asked_report(folder / "output", "2026-11-20", 7)
    with pytest.raises(VersionNotFoundError, match="nothing is published of date=2031-01-01"):
        asked_report(folder / "output", "2031-01-01", None)
    assert asked_report(folder / "output", None, None) == LAST


def test_manifest_of_parquet_is_not_touched_by_a_report(folder):
    root = folder / "output"
    before = {path: path.read_bytes() for path in root.rglob("*") if path.is_file() and "_reports" not in path.parts}
    write_report(root, LAST)
    after = {path: path.read_bytes() for path in root.rglob("*") if path.is_file() and "_reports" not in path.parts}
    assert before == {path: content for path, content in after.items() if path in before}
    assert pq.read_table(root / "boards/full/date=2026-11-20/iteration=0").num_rows
