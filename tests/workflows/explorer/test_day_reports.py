from pathlib import Path

import pytest
from starlette.testclient import TestClient

from workflows.explorer.day_reports import file_of_reports


def test_the_report_of_a_run_is_one_click_away(client: TestClient):
    newest = client.get("/reports.json").json()["reports"]["rows"][0][0]
    assert newest["value"] == "2026-11-21/2"
    page = client.get(newest["href"])
    assert (page.status_code, page.headers["content-type"].split(";")[0]) == (200, "text/html")
    style = page.text.split('rel="stylesheet" href="')[1].split('"')[0]
    assert client.get(f"/reports/date=2026-11-21/{style}").headers["content-type"].startswith("text/css")
    assert client.get(newest["href"].replace(".html", ".json")).json()


@pytest.mark.parametrize(
    "name",
    [
        "../pins.json",
        "%2e%2e/x",
        "date=2026-11-21/../../luigi.cfg",
        "assets-000000000000/style.css",
        "/etc/passwd",
        "x",
    ],
)
def test_no_other_file_is_given_out(client: TestClient, name: str):
    assert client.get(f"/reports/{name}").status_code == 404


def test_a_link_out_of_the_folder_leads_nowhere(tmp_path: Path):
    (tmp_path / "secret").write_text("x")
    day = tmp_path / "_reports" / "date=2026-11-20"
    day.mkdir(parents=True)
    (day / "iteration=1.html").symlink_to(tmp_path / "secret")
    (day / "iteration=2.html").write_text("report")
    assert file_of_reports(tmp_path / "_reports", "date=2026-11-20/iteration=1.html") is None
    assert file_of_reports(tmp_path / "_reports", "date=2026-11-20/iteration=2.html") == day / "iteration=2.html"
