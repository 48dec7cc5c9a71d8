"""Decoding in worker processes: a picture that hangs, eats memory or kills its worker is marked, and only that one."""

import io
import os
import pickle
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from features.images import worker_pools
from features.images.decoding import DecodedPicture, decode_thumb
from features.images.file_formats.scaled_jpeg import MissingDecoderError
from features.images.guarded_workers import PictureLimits, sign_pictures
from features.images.image_signature import image_signature
from features.images.signed_picture import SignedPicture
from features.images.worker_pools import _pools, forget_picture_workers
from joins.errors import FeatureError

LIMITS = PictureLimits(time_s=1.0, memory_mb=128)
KIND = (1, 128, "dct256")  # of a worker
HANGS, CRASHES, GREEDY = b"hangs", b"crashes", b"greedy"


def decode_with_traps(content: bytes) -> DecodedPicture:
    """Decode as usual, and fall for what decoders fall for."""
    if content == HANGS:
        time.sleep(60)
    if content == CRASHES:
        os.kill(os.getpid(), signal.SIGSEGV)
    if content == GREEDY:
        bytearray(2**30)
    return decode_thumb(content)


@pytest.fixture(scope="module", autouse=True)
def _workers_end_with_the_tests() -> None:
    yield
    forget_picture_workers()
    assert not _pools


def _picture(seed: int) -> bytes:
    coarse = np.random.default_rng(seed).integers(0, 256, (24, 32, 3)).astype(np.uint8)
    file = io.BytesIO()
    Image.fromarray(coarse).resize((160, 120), Image.Resampling.BICUBIC).save(file, "JPEG")
    return file.getvalue()


PICTURES = [_picture(seed) for seed in range(12)]


@cache  # workers import this file for its decoder
def _expected() -> list[str]:
    return [image_signature(content).signature for content in PICTURES]


def _signatures(signed: list[SignedPicture]) -> list[str | None]:
    """Return the signatures of whole views in hex; None where there is none."""
    return [
        picture.signatures[0].tobytes().hex() if picture.usable is not None and picture.usable[0] else None
        for picture in signed
    ]


def _statuses(signed: list[SignedPicture]) -> list[str]:
    return [str(picture.status) for picture in signed]


def _all(signed: list[SignedPicture], name: str) -> list[object]:
    return [getattr(picture, name) for picture in signed]


def test_every_picture_has_its_own_signature_in_order() -> None:
    assert len(set(_expected())) == len(PICTURES)
    assert None not in _expected()
    contents = [*PICTURES[:5], b"", *PICTURES[5:], b"<html>"]
    outcomes = sign_pictures(contents, n_workers=2, limits=LIMITS)
    assert _signatures(outcomes) == [*_expected()[:5], None, *_expected()[5:], None]
    assert _statuses(outcomes) == ["ok"] * 5 + ["empty"] + ["ok"] * 7 + ["not_an_image"]
    assert _all(outcomes, "width_px") == [160] * 5 + [None] + [160] * 7 + [None]
    assert outcomes[0].height_px == 120
    assert (outcomes[0].quality, outcomes[5].quality) == (image_signature(PICTURES[0]).quality, None)
    assert [number for number, picture in enumerate(outcomes) if picture.signatures is None] == [5, 13]
    assert [number for number, picture in enumerate(outcomes) if picture.usable is None] == [5, 13]
    assert _all(outcomes, "phash64") == [None] * 14


def test_a_picture_that_eats_memory_is_marked_and_the_others_are_signed() -> None:
    contents = [*PICTURES[:6], GREEDY, *PICTURES[6:]]
    outcomes = sign_pictures(contents, n_workers=1, limits=LIMITS, decoder=decode_with_traps)
    assert _statuses(outcomes) == ["ok"] * 6 + ["out_of_memory"] + ["ok"] * 6
    assert _signatures(outcomes) == [*_expected()[:6], None, *_expected()[6:]]
    assert _all(outcomes, "width_px") == [160] * 6 + [None] + [160] * 6


def test_pictures_that_hang_or_crash_or_eat_memory_are_marked_and_no_others() -> None:
    contents = [HANGS, *PICTURES[:6], CRASHES, GREEDY, *PICTURES[6:], CRASHES]
    outcomes = sign_pictures(contents, n_workers=2, limits=LIMITS, decoder=decode_with_traps)
    expected = ["timed_out"] + ["ok"] * 6 + ["crashed", "out_of_memory"] + ["ok"] * 6 + ["crashed"]
    assert _statuses(outcomes) == expected
    assert _signatures(outcomes) == [None, *_expected()[:6], None, None, *_expected()[6:], None]


def test_a_real_picture_that_needs_more_memory_than_allowed_is_marked() -> None:
    file = io.BytesIO()
    Image.effect_noise((40, 40), 90).resize((6_000, 6_000), Image.Resampling.NEAREST).save(
        file, "PNG", compress_level=1
    )
    contents = [PICTURES[0], file.getvalue(), PICTURES[1]]
    small = sign_pictures(contents, n_workers=1, limits=PictureLimits(memory_mb=24))
    assert _statuses(small) == ["ok", "out_of_memory", "ok"]
    assert _all(small, "width_px") == [160, 6_000, 160]
    large = sign_pictures(contents, n_workers=1, limits=LIMITS)
    assert _statuses(large) == ["ok", "ok", "ok"]
    assert _signatures(large)[::2] == _signatures(small)[::2] == _expected()[:2]


def test_a_file_larger_than_the_memory_is_not_sent() -> None:
    contents = [PICTURES[0], b"\xff\xd8\xff" + bytes(33 * 2**20), PICTURES[1]]
    outcomes = sign_pictures(contents, n_workers=1, limits=LIMITS)
    assert _statuses(outcomes) == ["ok", "out_of_memory", "ok"]
    assert _signatures(outcomes)[::2] == _expected()[:2]


def test_a_flat_picture_keeps_its_quality_and_size() -> None:
    file = io.BytesIO()
    Image.new("RGB", (80, 60), "teal").save(file, "PNG")
    outcomes = sign_pictures([file.getvalue()], n_workers=1, limits=LIMITS)
    assert (_statuses(outcomes), _all(outcomes, "quality"), _all(outcomes, "width_px")) == (["flat"], [0], [80])


def test_an_animation_is_flagged() -> None:
    frames = [Image.open(io.BytesIO(content)) for content in PICTURES[:2]]
    file = io.BytesIO()
    frames[0].save(file, "WEBP", save_all=True, append_images=frames[1:])
    outcomes = sign_pictures([file.getvalue(), PICTURES[0]], n_workers=1, limits=LIMITS)
    assert _all(outcomes, "is_animated") == [True, False]


def test_compatible_hashes_come_the_same_way() -> None:
    outcomes = sign_pictures([*PICTURES[:3], b""], n_workers=1, limits=LIMITS, algorithm="phash64")
    assert _all(outcomes[:3], "phash64") == [
        image_signature(content, algorithm="phash64").signature for content in PICTURES[:3]
    ]
    assert (outcomes[3].phash64, _statuses(outcomes)) == (None, ["ok", "ok", "ok", "empty"])
    assert _all(outcomes, "width_px") == [160, 160, 160, None]
    assert _all(outcomes, "usable") == [None] * 4


def test_the_limit_of_pixels_holds_in_workers() -> None:
    limits = PictureLimits(time_s=1.0, memory_mb=128, max_pixels=160 * 120 // 4 - 1)
    assert _statuses(sign_pictures(PICTURES[:1], n_workers=1, limits=limits)) == ["too_many_pixels"]


def test_no_pictures_have_no_outcomes() -> None:
    assert sign_pictures([], n_workers=1, limits=LIMITS) == []


def test_of_several_chunks_only_the_picture_that_crashes_is_marked() -> None:
    contents = [PICTURES[number % 12] for number in range(150)]
    contents[100] = CRASHES
    outcomes = sign_pictures(contents, n_workers=1, limits=LIMITS, decoder=decode_with_traps)
    assert _signatures(outcomes) == [None if number == 100 else _expected()[number % 12] for number in range(150)]


def test_threads_share_the_workers_and_get_their_own_pictures() -> None:
    def sign(seed: int) -> list[str | None]:
        turned = PICTURES[seed:] + PICTURES[:seed]
        contents = [turned[0], CRASHES, *turned[1:]] if seed == 1 else turned
        return _signatures(sign_pictures(contents, n_workers=2, limits=LIMITS, decoder=decode_with_traps))

    with ThreadPoolExecutor(3) as threads:
        results = list(threads.map(sign, range(4)))
    for seed, signatures in enumerate(results):
        turned = _expected()[seed:] + _expected()[:seed]
        assert signatures == ([turned[0], None, *turned[1:]] if seed == 1 else turned)


def test_workers_are_replaced_before_they_have_leaked_much(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker_pools, "_CHUNKS_A_WORKER", 1)
    limits = PictureLimits(time_s=2.0, memory_mb=128)
    outcomes = sign_pictures(PICTURES[:4] * 40, n_workers=1, limits=limits)  # three chunks
    assert _signatures(outcomes) == _expected()[:4] * 40


def test_workers_are_kept_and_let_go_of() -> None:
    sign_pictures(PICTURES[:1], n_workers=1, limits=LIMITS)
    pool = _pools[KIND]
    sign_pictures(PICTURES[:1], n_workers=1, limits=PictureLimits(time_s=1.0, memory_mb=128))
    assert _pools[KIND] is pool
    forget_picture_workers()
    assert not pool.active
    assert _signatures(sign_pictures(PICTURES[:1], n_workers=1, limits=LIMITS)) == _expected()[:1]
    assert _pools[KIND] is not pool


def test_letting_go_of_workers_waits_for_their_pictures() -> None:
    with ThreadPoolExecutor(1) as threads:
        signing = threads.submit(sign_pictures, PICTURES * 20, n_workers=1, limits=LIMITS)
        while KIND not in _pools:
            time.sleep(0.001)
        forget_picture_workers()
        assert _signatures(signing.result()) == _expected() * 20


def test_idle_workers_that_were_killed_are_replaced() -> None:
    sign_pictures(PICTURES[:1], n_workers=1, limits=LIMITS)
    for worker in list(_pools[KIND]._spawn.workers):
        os.kill(worker.pid, signal.SIGKILL)
    assert _signatures(sign_pictures(PICTURES, n_workers=1, limits=LIMITS)) == _expected()


def test_a_child_process_has_workers_of_its_own() -> None:
    sign_pictures(PICTURES[:1], n_workers=1, limits=LIMITS)
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(write, str(len(_pools)).encode())
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(read, 9) == b"0"
    assert len(_pools) > 0
    assert _signatures(sign_pictures(PICTURES[:1], n_workers=1, limits=LIMITS)) == _expected()[:1]


def test_the_signer_is_picklable() -> None:
    signer = pickle.loads(pickle.dumps(partial(sign_pictures, n_workers=1, limits=LIMITS)))  # noqa: S301 - our own bytes
    assert _signatures(signer(PICTURES[:2])) == _expected()[:2]


SCRIPT = """
import sys
from features.images.guarded_workers import PictureLimits, sign_pictures
if __name__ == "__main__":
    print(sign_pictures([b"", sys.argv[0].encode()], n_workers=2, limits=PictureLimits()))
"""


def test_a_script_ends_without_a_word_about_its_workers(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(SCRIPT, encoding="utf-8")
    ended = subprocess.run(
        [sys.executable, "-W", "error", script], capture_output=True, text=True, check=False, timeout=30
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "not_an_image" in ended.stdout


def test_a_script_whose_workers_do_not_come_up_is_told_why(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        SCRIPT.replace('if __name__ == "__main__":', "if True:")
        .replace('b""', "bytes(9**8)")
        .replace("n_workers=2", "n_workers=1"),
        "utf-8",
    )
    ended = subprocess.run(
        [sys.executable, "-W", "error", script], capture_output=True, text=True, check=False, timeout=60
    )
    assert ended.returncode == 1
    assert "FeatureError: picture workers: 2 of 2 chunks found no worker" in ended.stderr.splitlines()[-1]


def test_an_error_of_the_decoder_itself_is_raised() -> None:
    with pytest.raises(TypeError, match="NoneType"):
        sign_pictures([None, PICTURES[0]], n_workers=1, limits=LIMITS, decoder=len)


def test_a_decoder_that_is_not_installed_is_named_before_workers_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "simplejpeg", None)
    with pytest.raises(MissingDecoderError, match="simplejpeg, which is not installed"):
        sign_pictures(PICTURES, n_workers=1, limits=LIMITS, decoder="simplejpeg")


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        ({"time_s": 0}, "time_s is 0; it must be above 0"),
        ({"memory_mb": 15}, "memory_mb is 15; it must be 16 or more"),
        ({"max_pixels": 0}, "max_pixels is 0; it must be 1 or more"),
    ],
)
def test_limits_that_no_picture_keeps_are_refused(limits: dict[str, int], message: str) -> None:
    with pytest.raises(FeatureError, match=message):
        PictureLimits(**limits)


def test_no_workers_sign_nothing() -> None:
    with pytest.raises(FeatureError, match="n_workers is 0; it must be 1 or more"):
        sign_pictures(PICTURES, n_workers=0, limits=LIMITS)
