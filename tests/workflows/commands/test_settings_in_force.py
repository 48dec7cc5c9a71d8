"""What the files say, as a whole: every slip is one line that names its place, and `config` shows what is in force."""

import json
import sys
from pathlib import Path

import pytest
from luigi.configuration import get_config

from workflows import DailyDiscovery, settings
from workflows.commands import app
from workflows.commands.outputs.settings_in_force import settings_in_force
from workflows.luigi_cfg import LUIGI_SETTINGS, USAGE, SettingsError
from workflows.parameters import TEXT, between
from workflows.settings import SETTINGS, Setting, check_folders, check_settings, problems_of_settings


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[discover]\ndamping = 0.5\n", "luigi.cfg:1 [discover]: there is no section 'discover'; did you mean [discov"),
        ("\n[discovery ]\n", "luigi.cfg:2 [discovery ]: there is no section 'discovery '; did you mean [discovery]?"),
        (
            "[discover]\n[notices]\nmail_to = a@example.org\n",
            "luigi.cfg:1 [discover]: there is no section 'discover'; did you mean [discovery]? else remove it, as no",
        ),
        ("[attic]\n[chcks]\n# row_count_factor = 3\n", "luigi.cfg:2 [chcks]: there is no section"),
        ("[Tiers]\n", "luigi.cfg:1 [Tiers]: there is no section 'Tiers'; did you mean [tiers]?"),
        ("[engines]\nrunner = local\n", "luigi.cfg:1 [engines]: there is no section 'engines'; did you mean [engine]?"),
        ("[discovery]\ndampning = 1\n", "luigi.cfg:2: [discovery] has no setting dampning; allowed: input, output"),
        ("[DEFAULT]\ndampning = 1\n[discovery]\ndampning = 1\n", "luigi.cfg:4: [discovery] has no setting dampning"),
        ("[discovery]\nDamping = 1\n", "; did you mean damping?"),
        ("[discovery]\nmemory-mb = 1\n", "; did you mean memory_mb?"),
        ("[pictures]\ndamping = 1\n", "; it belongs to [discovery]"),
        (
            "[discovery]\ndamping = 0.85 ; often\n",
            "luigi.cfg:2 [discovery]: damping is '0.85 ; often'; it must be a nu",
        ),
        ("[discovery]\ndamping = 0.85 # often\n", "; a comment needs a line of its own"),
        (
            "[discovery]\ninput = data # mine\n",
            "luigi.cfg:2 [discovery]: input is 'data # mine'; a comment needs a lin",
        ),
        ("[discovery]\ninput = 'data'\n", "; write it without quotes"),
        ("[discovery]\ndamping = '0.5'\n", "; it must be a number from 0 to 1; write it without quotes"),
        ("[discovery]\ninput = data\n  output = made\n", "; lines that begin with a blank belong to the one before; "),
        (
            "[discovery]\noutput = ~/made\n",
            "luigi.cfg:2 [discovery]: output is '~/made'; ~ stands for your home in a s",
        ),
        ("[discovery]\noutput =\n", "output is ''; it must be a path that isn't empty"),
        ("[discovery]\noutput = a\0b\n", "it must be a path that isn't empty"),
        ("[discovery]\niterations = 101\n", "it must be a whole number from 1 to 100"),
        ("[discovery]\noutput = 100%\n", "; write % as %%"),
        ("[discovery]\noutput = ${NO_SUCH_NAME}\n", "; set that variable, or write the value itself"),
        ("[DEFAULT]\ndamping = 0.7\n", "luigi.cfg:2 [DEFAULT]: damping stands under [DEFAULT], and would not be read"),
        ("[check x]\ndataset = factz\nsql = SELECT 1\n", "luigi.cfg:2 [check x]: dataset is 'factz'"),
        ("[check x]\ndataset = facts\nsql = SELECT no\n", "luigi.cfg:3 [check x]: sql can't be run: "),
        ("[DEFAULT]\ndamping = 7\n[discovery]\ncores = 2\n", "luigi.cfg:2 [discovery]: damping is '7'"),
        (
            "[DailyDiscovery]\ndamping = 0.5\n",
            "luigi.cfg:2 [DailyDiscovery]: damping would change this task alone; set",
        ),
        ("[BoardRanks]\ninput_root = x\n", "; set input in [discovery], which holds for every command"),
        (
            "[tiers]\nsql_batch = pin_join\n",
            "luigi.cfg:2 [tiers]: sql_batch is 'pin_join': there is no dataset 'pin_join', did you mean",
        ),
        (
            "[engine]\nmrjob_conf = gone.conf\n",
            "luigi.cfg:2 [engine]: mrjob_conf is 'gone.conf', and there is no such ",
        ),
        (
            "[engine]\nrunner = local\npython_bin = no-such-python -u\n",
            "luigi.cfg:3 [engine]: python_bin is 'no-such-py",
        ),
        ("[retcode]\ntask_failed = 0\n", "luigi.cfg:2 [retcode]: task_failed is '0'; it must be a whole number from 1"),
        ("[retcode]\nmissing_data = 256\n", "it must be a whole number from 1 to 255"),
        ("[worker]\nkeep_alive = yes\n", "luigi.cfg:2 [worker]: keep_alive is 'yes'; it must be one of true, false"),
        ("[scheduler]\nretry_count = often\n", "it must be a whole number from 0"),
        ("[discovery]\ndamping\n", "luigi.cfg:2: 'damping"),
    ],
)
def test_a_slip_is_one_line_that_names_where_it_stands(settings_file, text, said):
    settings_file(text)
    with pytest.raises(SettingsError) as told:
        check_settings()
    assert said in str(told.value)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[notes]\nwhere = in the attic\n",  # near [notices], which others add, and a stranger's
        "[email]\nreceiver = a@example.org\n[core]\nscheduler_host = here\n[resources]\nmemory = 2\n",
        "[attic]\n[resources]\n[DailyDiscovery]\n[notices]\n",  # empty, and nobody would take them for ours
        "[MyDiscovery]\npath = x\n[discoverer]\nurl = y\n",
        "[RangeDaily]\ndays_back = 10\n[DailyDiscovery]\ndate = 2026-11-20\n",
        "[DEFAULT]\nhome = /srv\n[discovery]\ninput = %(home)s/input\n",
        "[discovery]\ninput = My Data #1\noutput = a;b\n",
        "[discovery]\ndamping: .9\ncores=2\n",
        "[engine]\nrunner = hadoop\npython_bin = /on/the/workers/python\n",
        "[engine]\npython_bin = no-such-python\n",  # nobody asks for it in this process
        "[retcode]\nalready_running = 0\n[worker]\nkeep_alive = True\n",
    ],
)
def test_what_is_right_or_a_strangers_is_let_be(settings_file, text):
    settings_file(text)
    assert [*problems_of_settings()] == []


def test_every_problem_is_found_and_not_the_first_alone(settings_file):
    settings_file("[discovery]\ndamping = 2\ncores = x\n[tier]\nsql_batch = facts\n[retcode]\nnot_run = 0\n")
    assert [str(each).split(" ")[0] for each in problems_of_settings()] == [
        "luigi.cfg:4", "luigi.cfg:2", "luigi.cfg:3", "luigi.cfg:7"
    ]  # fmt: skip


def test_a_secret_is_never_shown(settings_file, monkeypatch):
    settings_file("[tiers]\nhook = https://example.org/a-token\n")
    for allowed in (TEXT, between(1)):
        hook = Setting("hook", "", allowed, "address", section="tiers", secret=True)
        monkeypatch.setattr("workflows.commands.outputs.settings_in_force.SETTINGS", (hook,))
        shown = settings_in_force()
        assert "a-token" not in shown.as_json().replace(str(shown.problems), "")
        assert shown.settings[0].value == "***"
    with pytest.raises(SettingsError, match="hook is a secret that isn't shown; it must be a whole number from 1"):
        hook.value()


def test_a_password_in_an_address_that_is_refused_is_not_shown_either(settings_file):
    settings_file("[discovery]\ninput = s3://key:hunter2@bucket/input\n")
    shown = settings_in_force()
    assert len(shown.problems) == 1
    assert "hunter2" not in shown.as_json()


def test_config_shows_each_value_and_where_it_comes_from(settings_file, monkeypatch):
    monkeypatch.setenv("WHERE", "/srv")
    settings_file("[discovery]\ndamping = 0.5\ninput = ${WHERE}/input\n[worker]\nkeep_alive = true\n")
    get_config().set("discovery", "cores", "3")
    shown = settings_in_force()
    found = {(one.section, one.setting): (one.value, one.source) for one in shown.settings}
    assert len(found) == len(SETTINGS) + len(LUIGI_SETTINGS)
    assert found["discovery", "damping"] == ("0.5", "luigi.cfg:2")
    assert found["discovery", "input"] == ("/srv/input", "luigi.cfg:3, with $WHERE")
    assert found["discovery", "cores"] == ("3", "set by the program")
    assert found["discovery", "output"] == ("output", "default")
    assert found["worker", "keep_alive"] == ("true", "luigi.cfg:5")
    assert found["retcode", "task_failed"] == ("30", "default")
    assert shown.files == [str(Path("luigi.cfg").absolute())]
    assert shown.problems == []


@pytest.mark.parametrize("text", ["[discovery]\ndamping = 2\n", "nonsense"])
def test_config_works_whatever_the_file_says_and_tells_what_is_wrong(settings_file, monkeypatch, capsys, text):
    settings_file(text)
    for more in ((), ("--json",)):
        monkeypatch.setattr(sys, "argv", ["interest-graph", "config", *more])
        with pytest.raises(SystemExit) as end:
            app.main()
        assert end.value.code == USAGE
        printed = capsys.readouterr().out
        problems = json.loads(printed)["problems"] if more else [printed]
        assert "luigi.cfg:" in problems[0]
    assert "not allowed" in printed or more


@pytest.mark.parametrize("command", sorted({*app.COMMANDS} - app.LOOKING))
def test_each_command_that_builds_checks_all_settings_first(settings_file, command):
    settings_file("[tiers]\ndebugging = nothing\n")
    called = []
    with pytest.raises(SettingsError, match=r"luigi.cfg:2 \[tiers\]: debugging is 'nothing'"):
        app._checking_settings(command, lambda: called.append("it ran"))()
    assert called == []


@pytest.mark.parametrize("command", sorted(app.LOOKING))
def test_each_command_that_looks_works_beside_a_setting_that_it_does_not_use(settings_file, command):
    settings_file("[discovery]\ndamping = 2\n")
    called = []
    app._checking_settings(command, lambda: called.append("it ran"))()
    assert called == ["it ran"]
    assert settings.OUTPUT.value() == "output"


@pytest.mark.parametrize(
    ("input_root", "output_root", "problem"),
    [
        ("one", "one", "input and output are one folder"),
        ("one", "other/../one/", "input and output are one folder"),
        ("one", "link", "input and output are one folder"),
        ("one", "one/pins/made", "lies in the raw input's folder pins"),
        ("one", "one/boards", "lies in the raw input's folder boards"),
        ("one/facts/x", "one", "lies in the output's folder facts"),
        ("one/_staging", "one", "lies in the output's folder _staging"),
    ],
)
def test_an_input_and_an_output_in_each_others_way_are_refused(tmp_path, monkeypatch, input_root, output_root, problem):
    monkeypatch.chdir(tmp_path)
    Path("one").mkdir()
    Path("link").symlink_to("one")
    check_folders.cache_clear()
    with pytest.raises(SettingsError, match=problem):
        DailyDiscovery(date="2026-11-20", input_root=input_root, output_root=output_root)


@pytest.mark.parametrize(
    ("input_root", "output_root"), [("in", "out"), ("in", "in/out"), ("out/in", "out"), (".", "o")]
)
def test_folders_beside_or_inside_each_other_do_where_nothing_meets(input_root, output_root):
    check_folders(input_root, output_root)
