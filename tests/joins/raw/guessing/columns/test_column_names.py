"""What names of columns say, in the ways in which people write them."""

import pytest

from joins.raw.guessing.columns import vocabulary
from joins.raw.guessing.columns.column_names import read_name

READ = {
    ("pin", "id"): ["pin_id", "pinId", "PinID", "PIN ID", "pin", "pid", "save", "bookmark-id", "Post.ID", "采集编号"],
    ("board", "id"): [
        "board_id",
        "boardId",
        "BoardID",
        "boardid",
        "board.id",
        "list",
        "album",
        "collection_key",
        "Pinnwand",
        "画板",
    ],
    ("user", "id"): [
        "user_id",
        "userid",
        "uid",
        "owner",
        "created_by",
        "createdById",
        "saved_by",
        "pinner.id",
        "Benutzer",
        "utilisateur",
    ],
    ("parent", "id"): [
        "parent_pin_id",
        "via",
        "origin_pin",
        "repin_of",
        "saved_from",
        "source_pin",
        "reblogged_from_id",
        "original",
    ],
    (None, "id"): ["id", "_id", "uuid", "key", "$key"],
    (None, "signature"): ["image_signature", "md5", "imgHash", "sha-256", "pHash", "file_md5"],
    (None, "image"): [
        "image",
        "image_url",
        "photoUrl",
        "images.orig.url",
        "file.key",
        "picture",
        "thumbnail",
        "im_name",
    ],
    (None, "time"): [
        "created_at",
        "createdAt",
        "timestamp",
        "when",
        "date_added",
        "Datum",
        "fecha_creacion",
        "创建时间",
    ],
    ("pin", "time"): ["pinned_at", "saved_on"],
    (None, "category"): ["category", "category_name", "cate_id", "genre", "topic", "Catégorie", "Kategorie"],
    ("board", "name"): ["board_name", "board.title", "list_title", "albumName"],
    ("user", "username"): ["user.username", "pinner_login"],
    (None, "link"): ["link", "url", "source", "source_url", "website"],
    (None, "description"): ["description", "note", "raw_text", "caption", "Beschreibung"],
    (None, "other"): [
        "is_repin",
        "repins",
        "pin_count",
        "n_boards",
        "Unnamed: 0",
        "updated_at",
        "__index_level_0__",
        "",
        "x7",
        "!",
    ],
}


@pytest.mark.parametrize(("meaning", "name"), [(meaning, name) for meaning, names in READ.items() for name in names])
def test_a_name_is_read(meaning: tuple[str | None, str], name: str) -> None:
    reading = read_name(name)
    assert (reading.subject, reading.attribute) == meaning


def test_a_name_of_known_words_alone_is_clearer() -> None:
    assert read_name("images.orig.url").clarity < read_name("image_url").clarity == 1.0
    assert read_name("via_user_id").clarity < read_name("user_id").clarity


def test_no_word_has_two_meanings() -> None:
    words = [word for words in vocabulary._WORDS.values() for word in words.split()]
    assert len(words) == len(set(words))
