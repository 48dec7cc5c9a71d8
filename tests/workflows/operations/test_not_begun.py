"""A night that can't begin for its settings: people are told through whatever channel works."""

import json
import sys

import pytest

from workflows import luigi_cfg
from workflows.commands import app


@pytest.fixture
def begin(settings_file, tmp_path, monkeypatch, capsys):
    """Run ``daily`` in an empty folder with a luigi.cfg; returned are the exit code, what was said, and the notice."""

    def begin_it(text, *options):
        settings_file(text)
        monkeypatch.setattr(sys, "argv", ["interest-graph", "daily", "--date", "2026-11-20", "--no-wait", *options])
        with pytest.raises(SystemExit) as ended:
            app.main()
        told = tmp_path / "told.json"
        return ended.value.code, capsys.readouterr().err, json.loads(told.read_text()) if told.exists() else None

    return begin_it


@pytest.mark.parametrize(
    ("lines", "wrong"),
    [
        ("[discovery]\ndamping = 85%%\n", "damping is '85%'; it must be a number from 0 to 1"),
        ("[discovery]\niterations = x\n", "iterations is 'x'"),  # asked for already when options are read
        ("[discovery]\ndampning = 1\n", "has no setting dampning"),
        ("[discover]\n", "there is no section 'discover'"),
        ("[daily]\ndays_ago = -1\n", "days_ago is '-1'"),
    ],
)
def test_a_setting_that_breaks_at_night_is_told(begin, tmp_path, lines, wrong):
    code, said, notice = begin(f"{lines}[notices]\nnotice_command = tee told.json\n")
    assert code == luigi_cfg.USAGE
    assert said.count("error: ") == 1
    assert wrong in said
    assert notice["event"] == "failure"
    assert wrong in notice["subject"]
    assert wrong in notice["text"]
    assert (notice["run"]["outcome"], notice["run"]["exit_code"]) == ("failed", 2)
    assert wrong in notice["run"]["error"]
    assert [path.name for path in (tmp_path / "output").iterdir()] == ["_runs"]  # nothing was built


def test_a_channel_that_is_wrong_does_not_silence_the_others(begin):
    webhook = "webhook_url = https://example.org/\nwebhook_token_file = /nowhere\n"
    code, said, notice = begin(f"[notices]\nnotice_command = tee told.json\n{webhook}")
    assert code == luigi_cfg.USAGE
    assert "webhook_token_file is '/nowhere', which can't be read" in notice["subject"]
    assert "no notice goes this way" not in said  # the error says it
    code, said, notice = begin(f"[discovery]\ndamping = 2\n[notices]\nnotice_command = tee told.json\n{webhook}")
    assert "warning: no notice goes this way: luigi.cfg:6 [notices]: webhook_token_file is '/nowhere'" in said
    assert "damping is '2'" in notice["subject"]


def test_a_file_that_cannot_be_read_leaves_one_error_and_no_notice(begin):
    code, said, notice = begin("[notices\nnotice_command = tee told.json\n")
    assert (code, notice) == (luigi_cfg.USAGE, None)
    assert said.count("error: ") == 1
    assert "Traceback" not in said


def test_whoever_tries_the_notices_or_mistypes_an_option_is_no_night(begin):
    assert begin("[discovery]\ndamping = 2\n[notices]\nnotice_command = tee told.json\n", "--test-notices")[2] is None
    assert begin("[notices]\nnotice_command = tee told.json\n", "--cores", "x")[2] is None


@pytest.mark.parametrize("lines", ["[discovery]\ndamping = 2\n", "[daily]\ndays_ago = -1\n"])
def test_the_date_of_a_night_that_could_not_begin_recovers_once(begin, small_input, tmp_path, lines):
    small_input()
    channel = "[notices]\nnotice_command = tee told.json\n"
    code, _, notice = begin(lines + channel)
    assert (code, notice["event"], notice["run"]["date"]) == (luigi_cfg.USAGE, "failure", "2026-11-20")
    code, _, notice = begin(channel)
    assert (code, notice["event"], notice["run"]["outcome"]) == (0, "recovered", "done")
    (tmp_path / "told.json").unlink()
    assert begin(channel)[::2] == (0, None)


def test_a_night_that_could_not_begin_is_of_the_date_and_folders_that_it_was_to_use(begin, tmp_path):
    wrong = "[discovery]\ndamping = 2\n[notices]\nnotice_command = tee told.json\n"
    begin(wrong, "--output", "elsewhere")
    (path,) = tmp_path.glob("elsewhere/_runs/date=2026-11-20/*.json")
    assert json.loads(path.read_text()) == json.loads((tmp_path / "told.json").read_text())["run"]
    begin(f"{wrong}[daily]\nlog_folder = logs\n")
    assert len(list(tmp_path.glob("logs/date=2026-11-20/*.json"))) == 1
    (tmp_path / "output").touch()
    assert "output/_runs/date=2026-11-20: Not a directory" in begin(wrong)[1]
