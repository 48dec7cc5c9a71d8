import pytest
from starlette.testclient import TestClient

from tests.explorer_days import StrangeDays
from workflows.explorer.explorer_app import make_app


def test_the_file_that_pins_name_is_shown(client: TestClient, strange_days: StrangeDays):
    signature = strange_days.pictures["red.png"]
    answer = client.get(f"/pictures/{signature}")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")
    assert answer.content == (strange_days.input / "red.png").read_bytes()
    assert f'src="/pictures/{signature}"' in client.get(f"/pins/{signature}").text


@pytest.mark.parametrize("address", ["../outside.png", "link.png", "acts.svg", "gone.png"])
def test_nothing_else_is_given_out(client: TestClient, strange_days: StrangeDays, address: str):
    answer = client.get(f"/pictures/{strange_days.pictures[address]}")
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/plain")


@pytest.mark.parametrize("key", ["red.png", "..%2fred.png", "%2fetc%2fpasswd", "nosuch"])
def test_who_asks_names_no_file(client: TestClient, key: str):
    assert client.get(f"/pictures/{key}").status_code == 404


def test_without_an_input_folder_there_are_no_pictures(strange_days: StrangeDays):
    without = TestClient(make_app(strange_days.output), base_url="http://127.0.0.1")
    signature = strange_days.pictures["red.png"]
    assert without.get(f"/pictures/{signature}").status_code == 404
    assert "<img" not in without.get(f"/pins/{signature}").text
