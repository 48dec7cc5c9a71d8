"""Encodings of made-up texts: byte order marks, UTF-16 without one, and bytes whose encoding only the words tell."""

import pytest

from workflows.imports.inspecting.text_encodings import decoded_head, guess_encoding

TEXTS = {
    "cp1252": "Möbel für schöne Küchen, café à la crème",
    "cp1251": "Красивые идеи для дома и сада",
    "koi8_r": "Красивые идеи для дома и сада",
    "gb18030": "漂亮的图片 家居 收藏 设计灵感",
    "cp932": "きれいな写真 インテリア デザイン",
    "euc_jp": "きれいな写真 インテリア デザイン",
    "big5": "漂亮的圖片 家居 收藏",
    "cp949": "예쁜 사진 인테리어",
    "cp1253": "Όμορφες εικόνες για το σπίτι",  # noqa: RUF001
    "cp1254": "Güzel fotoğraflar için ışık",  # noqa: RUF001
    "cp1250": "Zdjęcia łazienki, żółte ściany",
}


def export(text: str, n_rows: int = 30) -> str:
    return "id;list;title\n" + "".join(f"{n};{n % 3};{text}\n" for n in range(n_rows))


@pytest.mark.parametrize("encoding", TEXTS)
def test_words_tell_the_encoding(encoding: str) -> None:
    text = export(TEXTS[encoding])
    guess = guess_encoding(text.encode(encoding), is_whole=True)
    assert decoded_head(text.encode(encoding), guess.encoding) == text, guess
    assert not guess.is_sure


@pytest.mark.parametrize(("encoding", "name"), [("utf-8-sig", "utf-8"), ("utf-16", "utf-16"), ("utf-32", "utf-32")])
def test_a_mark_tells_the_encoding(encoding: str, name: str) -> None:
    text = export("漂亮")
    guess = guess_encoding(text.encode(encoding))
    assert (guess.encoding, guess.is_sure) == (name, True)
    assert decoded_head(text.encode(encoding), guess.encoding) == text


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("text", ["plain", "漂亮的图片"])
def test_zeros_tell_utf_16_without_a_mark(encoding: str, text: str) -> None:
    assert guess_encoding(export(text).encode(encoding)).encoding == encoding


def test_utf_8_that_is_cut_within_a_character_is_utf_8() -> None:
    content = export("é").encode()
    cut = content[: content.index(b"\xc3") + 1]
    assert guess_encoding(cut).encoding == "utf-8"
    assert guess_encoding(cut, is_whole=True).encoding != "utf-8"


def test_what_differs_in_no_byte_is_the_usual_encoding_of_the_west() -> None:
    assert guess_encoding(export("“quoted” – dash’s").encode("cp1252")).encoding == "cp1252"
    assert guess_encoding(export("¿Qué? 5 m³ für £7").encode("cp1252")).encoding == "cp1252"
    assert guess_encoding(b"caf\xe9", is_whole=True).encoding == "cp1252"


WESTERN = ["Möbel für die Küche", "crème brûlée à la française", "déjà vu", "naïve œuvre", "Piña España", "São João"]
EASTERN = ["Příliš žluťoučký kůň", "árvíztűrő tükörfúrógép", "Kraków śliwki", "Święta Bożego Narodzenia", "Ćwiczenia"]


@pytest.mark.parametrize(
    ("encoding", "text"), [("cp1252", one) for one in WESTERN] + [("cp1250", one) for one in EASTERN]
)
def test_letters_tell_west_from_east(encoding: str, text: str) -> None:
    content = export(text).encode(encoding)
    assert content.decode(guess_encoding(content).encoding) == export(text)


def test_a_word_shows_what_another_encoding_would_read() -> None:
    why = guess_encoding(export("crème brûlée").encode("cp1252")).why
    assert "cp1250 would fit, too, and read 'crčme' for 'crème'" in why
    assert "cp1250" not in guess_encoding(export("Möbel für").encode("cp1252")).why  # which reads it the same
