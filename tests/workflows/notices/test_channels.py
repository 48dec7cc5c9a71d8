"""Each channel against a server or command that takes the notice, refuses it, or never answers."""

import email
import email.policy
import json
import os
import re
import shlex
import sys
import time

import pytest

from workflows.commands.outputs.settings_in_force import settings_in_force
from workflows.luigi_cfg import SettingsError
from workflows.notices.channel import read_secret, send_to_all
from workflows.notices.configured_notices import Notices, try_notices
from workflows.notices.mail import Mail
from workflows.notices.notice import Notice
from workflows.notices.notice_command import NoticeCommand
from workflows.notices.webhook import Webhook

RUN = {"date": "2026-11-20", "outcome": "failed", "exit_code": 30, "log": "output/_runs/a.log"}
NASTY = "daily date=2026-11-20: failed: pins\r\nBcc: all@example.org\x1b[2J ✿"
SECRET = "hunter2"  # noqa: S105 - of nobody
NOTICE = Notice("failure", NASTY, ("first\x1b[31m", "second"), RUN, "here")


def mail_to(server, **changed):
    given = {"to": ("night@example.org", "day@example.org"), "sender": "ig@example.org", "host": "127.0.0.1"}
    return Mail(**(given | {"port": server.server_address[1]} | changed))


def hook_at(server, token=""):
    return Webhook(f"http://127.0.0.1:{server.server_address[1]}/services/T0/secret", token)


def python(script, *arguments):
    return NoticeCommand((sys.executable, "-c", script, *map(str, arguments)))


def problem_of(channel, timeout_s=5.0):
    (sent,) = send_to_all([channel], NOTICE, timeout_s)
    return sent.problem


def test_an_e_mail_arrives_with_text_and_json_and_no_header_of_the_datas_making(mail_server):
    assert problem_of(mail_to(mail_server)) == ""
    (content,) = mail_server.mails
    mail = email.message_from_bytes(content, policy=email.policy.default)
    assert mail["Subject"] == r"interest-graph daily date=2026-11-20: failed: pins\r\nBcc: all@example.org\x1b[2J ✿"
    assert (mail["To"], mail["Bcc"], mail["From"]) == ("night@example.org, day@example.org", None, "ig@example.org")
    text, attached = mail.iter_parts()
    assert r"first\x1b[31m" in text.get_content()
    assert json.loads(attached.get_content())["run"] == RUN
    assert sum(command.upper().startswith(b"RCPT") for command in mail_server.commands) == 2


def test_addresses_that_are_refused_are_named_and_the_others_get_it(mail_server):
    mail_server.refuses = b"day@"
    assert problem_of(mail_to(mail_server)) == "refused for day@example.org, sent to the others"
    assert len(mail_server.mails) == 1


def test_a_mail_server_that_says_nothing_is_not_waited_for(mail_server):
    mail_server.hangs = True
    began = time.monotonic()
    assert problem_of(mail_to(mail_server), 0.3).endswith(("timed out", "no answer within 0.3 s"))
    assert time.monotonic() - began < 10


def test_a_password_is_never_sent_plain_and_addresses_are_addresses(mail_server):
    with pytest.raises(SettingsError, match="the password could be read on its way; set smtp_security to starttls"):
        mail_to(mail_server, user="ig", password=SECRET)
    for wrong in ("", "nobody", "a@b\nBcc: c@d", "a b@c"):
        with pytest.raises(SettingsError, match=r"is no address of e-mail; mend mail_to or mail_from"):
            mail_to(mail_server, to=(wrong,))
    assert SECRET not in repr(mail_to(mail_server, user="ig", password=SECRET, security="tls"))


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ({"mail_to": "a@b.org", "smtp_user": "ig"}, "smtp_user needs smtp_password_file; set it, or leave smtp_user"),
        ({"mail_to": "a@b.org", "smtp_host": ""}, "smtp_host is empty, and mail_to asks for e-mail; name the server"),
        ({"mail_to": "nobody"}, "'nobody' is no address of e-mail"),
        ({"notice_command": "'sh -c"}, "No closing quotation; mend the quotes"),
        ({"webhook_url_file": "gone"}, "webhook_url_file is 'gone', which can't be read: No such file"),
        ({"webhook_url": "https://h.org/x", "webhook_token_file": "pipe"}, "can't be read: it is no regular file"),
    ],
)
def test_what_no_channel_can_use_is_told_by_config_with_its_line(settings_file, lines, said):
    os.mkfifo("pipe")
    text = "".join(f"{name} = {value}\n" for name, value in lines.items())
    settings_file(f"[notices]\n{text}")
    (problem,) = settings_in_force().problems
    assert re.match(r"luigi\.cfg:[23] \[notices\]: ", problem)
    assert said in problem


def test_a_webhook_gets_json_and_the_token(hook_server):
    assert problem_of(hook_at(hook_server, "abc")) == ""
    ((path, headers, body),) = hook_server.posts
    assert (path, headers["Authorization"]) == ("/services/T0/secret", "Bearer abc")
    assert headers["Content-Type"] == "application/json"
    told = json.loads(body)
    assert (told["event"], told["run"], "\n" in told["subject"]) == ("failure", RUN, False)
    assert "second" in told["text"]


def test_a_webhook_in_trouble_is_asked_again_and_one_that_refuses_is_not(hook_server):
    hook_server.answers[:] = [503, 200]
    assert problem_of(hook_at(hook_server)) == ""
    assert len(hook_server.posts) == 2
    hook_server.answers[:] = [404]
    assert problem_of(hook_at(hook_server)) == "it answered 404 Not Found"
    assert len(hook_server.posts) == 3


def test_a_webhook_that_never_answers_is_not_waited_for(hook_server):
    hook_server.answers[:] = ["hang"]
    assert problem_of(hook_at(hook_server), 0.3) in ("it didn't answer: timed out", "no answer within 0.3 s")


def test_a_token_is_not_told_to_whom_a_webhook_sends_on_to(hook_server):
    hook_server.answers[:] = [302]
    assert "sends on to elsewhere.example.org" in problem_of(hook_at(hook_server, "abc"))


def test_a_webhook_that_is_not_there_is_one_line_without_its_secret(hook_server):
    channel = Webhook(f"http://127.0.0.1:{hook_server.server_address[1]}/secret", "abc")
    hook_server.shutdown()
    hook_server.socket.close()
    assert problem_of(channel, 0.5).startswith(("it can't be reached: ", "no answer"))
    assert channel.name == "webhook at 127.0.0.1"
    assert not {"secret", "abc"} & set(repr(channel).split("'"))


def test_a_command_gets_json_and_variables(tmp_path):
    script = "import os, sys; open(sys.argv[1], 'w').write(os.environ['INTEREST_GRAPH_EXIT_CODE'] + sys.stdin.read())"
    assert problem_of(python(script, tmp_path / "said")) == ""
    said = (tmp_path / "said").read_text()
    assert said.startswith('30{"event":"failure"')
    assert json.loads(said[2:])["subject"] == NOTICE.title


def test_a_command_that_fails_is_quoted_and_one_that_reads_nothing_is_fine():
    assert problem_of(python("import sys; sys.exit('no \\x1b[2J route')")) == r"it ended with code 1: no \x1b[2J route"
    assert problem_of(python("pass")) == ""


def test_a_command_that_hangs_is_ended_with_what_it_started(tmp_path):
    script = "import subprocess, sys; subprocess.run(['sh', '-c', 'sleep 1; touch ' + sys.argv[1]])"
    assert "was ended" in problem_of(python(script, tmp_path / "late"), 0.5)
    time.sleep(1.0)
    assert not (tmp_path / "late").exists()


def test_one_channel_that_fails_leaves_the_others_alone(mail_server, hook_server, capsys):
    hook_server.answers[:] = [403]
    notices = Notices(
        (hook_at(hook_server), python("import sys; sys.exit(3)"), mail_to(mail_server)), ("failure",), 5.0
    )
    said = []
    assert [bool(sent.problem) for sent in notices.send(NOTICE, said.append)] == [True, True, False]
    assert said == [
        "warning: no notice of failure by webhook at 127.0.0.1: it answered 403 Forbidden",
        f"warning: no notice of failure by command {sys.executable}: it ended with code 3",
    ]
    assert len(mail_server.mails) == 1
    assert try_notices(notices) == 1
    assert f"127.0.0.1:{mail_server.server_address[1]}: sent\n" in capsys.readouterr().err


def test_what_is_not_asked_for_is_not_told(hook_server):
    assert Notices((hook_at(hook_server),), ("late",), 5.0).send(NOTICE, print) == []
    assert hook_server.posts == []


def test_settings_make_the_channels(set_notices, mail_server, hook_server, tmp_path):
    assert Notices.configured().channels == ()
    (tmp_path / "token").write_text("abc\nnot this\n")
    port = hook_server.server_address[1]
    (tmp_path / "url").write_text(f"http://127.0.0.1:{port}/secret\n")
    set_notices(on="late success", mail_to="a@example.org, b@example.org", smtp_port=mail_server.server_address[1])
    set_notices(webhook_url_file=tmp_path / "url", webhook_token_file=tmp_path / "token")
    set_notices(notice_command=shlex.join([sys.executable, "-c", "pass  # a b"]))
    notices = Notices.configured()
    assert notices.on == ("late", "success")
    assert notices.channels == (
        Mail(("a@example.org", "b@example.org"), "a@example.org", "localhost", mail_server.server_address[1]),
        Webhook(f"http://127.0.0.1:{port}/secret", "abc"),
        NoticeCommand((sys.executable, "-c", "pass  # a b")),
    )


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        (
            {"webhook_url": "file:///etc/passwd"},
            "webhook_url is a secret that isn't shown; it must be an address that begins",
        ),
        ({"webhook_url": "https://user:pass@example.org"}, "holds no user, or empty"),
        ({"webhook_url": "https://example.org/a b"}, "it must be an address"),
        ({"webhook_url_file": "/dev/null"}, "can't be read: it is no regular file"),
        ({"webhook_url": "https://example.org", "webhook_token_file": "/nowhere"}, "can't be read: No such file"),
        ({"notice_command": "mail 'who"}, "No closing quotation"),
        ({"notice_command": "no-such-program-here --now"}, "there is no program 'no-such-program-here'"),
        ({"mail_to": "a@example.org", "smtp_user": "ig"}, "smtp_user needs smtp_password_file"),
        ({"on": "failures"}, "it must be words of failure, warning, late, recovered, success"),
    ],
)
def test_a_channel_that_cannot_work_is_refused_before_the_night(set_notices, settings, why):
    set_notices(**settings)
    with pytest.raises(SettingsError, match=r"luigi\.cfg") as refused:
        Notices.configured()
    assert why in str(refused.value)


def test_channels_that_can_be_used_are_used_whatever_is_wrong_with_the_others(set_notices, hook_server):
    url = f"http://127.0.0.1:{hook_server.server_address[1]}/"
    set_notices(webhook_url=url, notice_command="no-such-program-here", mail_to="a@example.org", smtp_port="x")
    set_notices(on="failures")
    notices, problems = Notices.usable()
    assert notices.channels == (Webhook(url),)
    assert "failure" in notices.on
    assert [name in str(problem) for name, problem in zip(("smtp_port", "notice_command", "on"), problems, strict=True)]


def test_no_part_of_a_secret_is_in_the_error_about_it(tmp_path):
    (tmp_path / "binary").write_bytes(b"s3cret\x1b[2J\n")
    with pytest.raises(SettingsError, match="whose first line is no text") as refused:
        read_secret("webhook_token_file", str(tmp_path / "binary"))
    assert "s3cret" not in str(refused.value)
