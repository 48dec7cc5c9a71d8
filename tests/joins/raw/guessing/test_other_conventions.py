"""Names that other sites and databases give their columns, and what must be guessed from them.

The vocabulary was written before these; a convention is described by its columns, each with what its values are.
"""

from collections.abc import Callable
from dataclasses import dataclass

import pyarrow as pa
import pytest

from joins.raw.guessing.guess_mapping import guess_mapping
from joins.raw.guessing.guesses import FieldGuess, TableGuess
from joins.raw.guessing.source_samples import SourceSample

N_PINS, N_BOARDS, N_USERS, N_PICTURES = 120, 24, 10, 15


def picture(n: int) -> str:
    return f"{(n % N_PICTURES + 1) * 0x9E3779B97F4A7C15 % 2**64:016x}"


def board(n: int) -> int:
    return n * 7 % N_BOARDS


# What values are, as a function of the position of a pin, of a board (b...) or of a user (u...).
VALUES: dict[str, Callable[[int], object]] = {
    "pin": lambda n: 5000 + n,
    "board": lambda n: 300 + board(n),
    "user": lambda n: 70 + board(n) % N_USERS,
    "hex": picture,
    "photo": lambda n: f"https://i.site.org/{n % N_PICTURES}.jpg",
    "path": lambda n: f"img/{n % N_PICTURES}.jpg",
    "thing": lambda n: 10 + n % N_PICTURES,
    "track": lambda n: f"site:track:{picture(n)[:10]}",
    "parent": lambda n: 5000 + n % N_PICTURES if n >= N_PICTURES else None,
    "seconds": lambda n: 1_617_600_000 + 100_000 * n,
    "date": lambda n: f"2021-04-{n % 28 + 1:02}",
    "time": lambda n: f"2021-04-{n % 28 + 1:02} 10:00:00",
    "instant": lambda n: f"2021-04-{n % 28 + 1:02}T10:00:00Z",
    "twitter": lambda n: f"Mon Apr {n % 28 + 1:02} 10:00:00 +0000 2021",
    "prose": lambda n: f"lovely, number {n}",
    "count": lambda n: n % 9,
    "one": lambda n: "image/jpeg",  # noqa: ARG005 - the same in every row
    "hash": lambda n: f"{picture(n)}-{n % N_PICTURES}",
    "member": lambda n: f"u{board(n) % N_USERS}",
    "land": lambda n: ("IS", "NO")[board(n) % N_USERS % 2],
    "domain": lambda n: f"site{n % 3}.com",
    "page": lambda n: f"https://blog.org/{n}",
    "topic": lambda n: ("art", "food", "travel")[board(n) % 3],
    "n": lambda n: n,
    "board name": lambda n: f"Board of {board(n)}",
    "board path": lambda n: f"/u{board(n) % N_USERS}/b{board(n)}/",
    "account": lambda n: f"{70 + board(n) % N_USERS}@N01",
    "object": lambda n: f"{n:08x}{(n + 1) * 2654435761 % 2**64:016x}",
    "board object": lambda n: f"{board(n):08x}{(board(n) + 1) * 2654435761 % 2**64:016x}",
    "b": lambda n: 300 + n,
    "b user": lambda n: 70 + n % N_USERS,
    "b name": lambda n: f"Board of {n}",
    "b topic": lambda n: ("art", "food", "travel")[n % 3],
    "b path": lambda n: f"/u{n % N_USERS}/b{n}/",
    "b account": lambda n: f"u{n % N_USERS}",
    "b object": lambda n: f"{n:08x}{(n + 1) * 2654435761 % 2**64:016x}",
    "u": lambda n: 70 + n,
    "u name": lambda n: f"person{n}",
    "u land": lambda n: ("IS", "NO")[n % 2],
    "u avatar": lambda n: f"https://i.site.org/avatars/{n}.jpg",
}
N_ROWS = {"b": N_BOARDS, "u": N_USERS}


def sample(source: str, columns: str) -> SourceSample:
    """Return a sample whose columns are named as ``name: what its values are, ...``, all texts, as in CSV."""
    whats = dict(column.strip().split(": ") for column in columns.split(","))
    n_rows = N_ROWS.get(next(iter(whats.values())).split()[0], N_PINS)
    values = {name: [VALUES[what](n) for n in range(n_rows)] for name, what in whats.items()}
    texts = {name: [None if one is None else str(one) for one in column] for name, column in values.items()}
    return SourceSample(source, pa.table(texts))


@dataclass(frozen=True)
class Convention:
    sources: dict[str, str]
    pins: str  # what must fill which field: field=column, ... ; "row" is the row's number, "-" nothing
    boards: str = ""
    users: str = ""


CONVENTIONS = {
    "hearted entries": Convention(
        {"entries.csv": "entry_id: pin, collection_id: board, hearted_by: user, media_id: thing, hearted_at: instant"},
        """pin_id=entry_id, board_id=collection_id, user_id=hearted_by, image_signature=media_id digest,
            created_at=hearted_at""",
    ),
    "reblogs": Convention(
        {
            "posts.jsonl": """post_id: pin, blog: account, reblogged_from_id: parent, timestamp: seconds,
                note_count: count, photo_url: photo, caption: prose"""
        },
        """pin_id=post_id, board_id=blog id, user_id=blog id, parent_pin_id=reblogged_from_id,
            image_signature=photo_url digest, created_at=timestamp, description=caption""",
    ),
    "sets of photos": Convention(
        {
            "photos.csv": """photo_id: pin, photoset_id: board, owner_nsid: account, date_upload: seconds, url_o: photo,
                title: prose"""
        },
        """pin_id=photo_id, board_id=photoset_id, user_id=owner_nsid id, created_at=date_upload,
            image_signature=url_o digest""",
    ),
    "a database with foreign keys": Convention(
        {
            "tbl_pin.csv": "pin_id: pin, fk_board: board, fk_user: user, img_md5: hex, created_dt: time",
            "tbl_board.csv": "board_id: b, fk_user: b user, board_title: b name, category_name: b topic",
            "tbl_user.csv": "user_id: u, user_name: u name",
        },
        "pin_id=pin_id, board_id=fk_board, user_id=fk_user, image_signature=img_md5, created_at=created_dt",
        "board_id=board_id, user_id=fk_user, name=board_title, category=category_name, description=-",
        "user_id=user_id, username=user_name",
    ),
    "tables that are no pins beside them": Convention(
        {
            "pins.csv": """id: pin, board_id: board, user_id: user, image_url: photo, parent_id: parent,
                created_at: time, updated_at: time""",
            "boards.csv": "id: b, user_id: b user, name: b name, category: b topic",
            "users.csv": "id: u, username: u name, avatar_url: u avatar, country: u land",
            "comments.csv": "id: n, pin_id: pin, user_id: user, text: prose, created_at: time",
            "likes.csv": "pin_id: pin, user_id: user, created_at: time",
            "board_follows.csv": "board_id: board, follower_id: user, created_at: time",
            "follows.csv": "follower_id: user, followee_id: user",
        },
        """pin_id=id, board_id=board_id, user_id=user_id, image_signature=image_url digest,
            parent_pin_id=parent_id, created_at=created_at""",
        "board_id=id, user_id=user_id, name=name, category=category",
        "user_id=id, username=username, country=country",
    ),
    "boards known by their paths": Convention(
        {
            "pins.json": "pin_id: pin, board_id: board path, im_name: path, im_url: photo",
            "boards.json": "board_id: b path, user_id: b account, cate_id: b topic",
        },
        "pin_id=pin_id, board_id=board_id id, image_signature=im_url digest",
        "board_id=board_id id, user_id=user_id id, category=cate_id",
    ),
    "shelves of books": Convention(
        {"interactions.csv": "user_id: user, shelf_id: board, book_id: thing, rating: count, date_added: twitter"},
        "pin_id=row, board_id=shelf_id, user_id=user_id, image_signature=book_id digest, created_at=date_added",
    ),
    "playlists of tracks": Convention(
        {"playlist_tracks.csv": "playlist_id: board, pos: count, track_uri: track"},
        "pin_id=row, board_id=playlist_id, user_id=playlist_id, image_signature=track_uri digest, link=-",
    ),
    "boards known by their names alone": Convention(
        {"pins.csv": "id: pin, board_name: board name, user: user, image: photo"},
        "pin_id=id, board_id=-, user_id=user, image_signature=image digest",
    ),
    "Spanish": Convention(
        {
            "pines.csv": """id: pin, tablero_id: board, usuario_id: user, imagen_url: photo, fecha_creacion: date,
                descripcion: prose""",
            "tableros.csv": "id: b, nombre: b name, categoria: b topic, usuario_id: b user",
            "usuarios.csv": "id: u, nombre: u name, pais: u land",
        },
        """pin_id=id, board_id=tablero_id, user_id=usuario_id, image_signature=imagen_url digest,
            created_at=fecha_creacion, description=descripcion""",
        "board_id=id, name=nombre, category=categoria, user_id=usuario_id",
        "user_id=id, username=nombre, country=pais",
    ),
    "nested names of blocks": Convention(
        {
            "blocks.json": """id: pin, channel_id: board, user.id: user, image.original.url: photo,
                image.thumb.url: photo, connected_at: instant""",
            "channels.json": "id: b, title: b name, user_id: b user",
        },
        """pin_id=id, board_id=channel_id, user_id=user.id, image_signature=image.original.url digest,
            created_at=connected_at""",
        "board_id=id, name=title, user_id=user_id",
    ),
    "Huaban with its boards and users inside": Convention(
        {
            "pins.json": """pin_id: pin, user_id: user, board_id: board, file_id: thing, file.farm: one, file.key: hash,
                file.type: one, file.width: count, via: parent, via_user_id: user, original: parent, source: domain,
                link: page, raw_text: prose, created_at: seconds, like_count: count, user.user_id: user,
                user.username: account, user.avatar.key: hash, board.board_id: board, board.user_id: user,
                board.title: board name, board.category_id: topic, board.seq: count, board.pin_count: count"""
        },
        """pin_id=pin_id, board_id=board_id, user_id=user_id, image_signature=file.key digest, parent_pin_id=via,
            created_at=created_at, description=raw_text, link=link""",
        "board_id=board_id, user_id=board.user_id, name=board.title, category=board.category_id",
        "user_id=user_id, username=user.username",
    ),
    "pages of version 5 of the API": Convention(
        {
            "page1.json": """id: pin, created_at: instant, link: page, title: prose, board_id: board,
                board_owner.username: member, parent_pin_id: parent, media.media_type: one,
                media.images.150x150.url: photo, media.images.originals.url: photo, is_owner: count""",
            "boards.json": """id: b, created_at: date, name: b name, follower_count: count,
                media.image_cover_url: photo, owner.username: b account""",
        },
        """pin_id=id, board_id=board_id, user_id=board_owner.username id, parent_pin_id=parent_pin_id,
            image_signature=media.images.originals.url digest, created_at=created_at, link=link""",
        "board_id=id, user_id=owner.username id, name=name, created_at=created_at",
        "user_id=owner.username id, username=owner.username",
    ),
    "bookmarks in folders": Convention(
        {
            "raindrops.csv": """id: pin, title: prose, url: page, folder: board,
                tags: topic, created: instant, cover: photo, favorite: count"""
        },
        "pin_id=id, board_id=folder, created_at=created, link=url, image_signature=cover digest",
    ),
    "collected photos": Convention(
        {
            "collections.tsv": """photo_id: thing, collection_id: board,
                collection_title: board name, photo_collected_at: time"""
        },
        "pin_id=row, board_id=collection_id, image_signature=photo_id digest, created_at=photo_collected_at",
        "board_id=collection_id, name=collection_title",
    ),
    "Portuguese": Convention(
        {
            "pins.csv": "id_pin: pin, id_quadro: board, id_usuario: user, url_imagem: photo, data_criacao: date",
            "quadros.csv": "id_quadro: b, id_usuario: b user, nome: b name, categoria: b topic",
        },
        """pin_id=id_pin, board_id=id_quadro,
            user_id=id_usuario, image_signature=url_imagem digest, created_at=data_criacao""",
        "board_id=id_quadro, user_id=id_usuario, name=nome, category=categoria",
    ),
    "French": Convention(
        {
            "epingles.csv": """identifiant: pin, tableau: board, membre: user,
                image: photo, date_creation: date, titre: prose""",
            "tableaux.csv": "identifiant: b, membre: b user, nom: b name, rubrique: b topic",
            "membres.csv": "identifiant: u, pseudo: u name, pays: u land",
        },
        """pin_id=identifiant, board_id=tableau, user_id=membre, image_signature=image digest,
            created_at=date_creation, description=titre""",
        "board_id=identifiant, user_id=membre, name=nom, category=rubrique",
        "user_id=identifiant, username=pseudo, country=pays",
    ),
    "German": Convention(
        {
            "pins.csv": """PinNr: pin, SammlungNr: board, KundenNr: user,
                BildURL: photo, Erstelldatum: date, Kommentar: prose""",
            "sammlungen.csv": "SammlungNr: b, Besitzer: b user, Bezeichnung: b name, Thema: b topic",
        },
        """pin_id=PinNr, board_id=SammlungNr, user_id=KundenNr, image_signature=BildURL digest,
            created_at=Erstelldatum, description=Kommentar""",
        "board_id=SammlungNr, user_id=Besitzer, name=Bezeichnung, category=Thema",
    ),
    "wishlists of a shop": Convention(
        {
            "wishlist_items.csv": """wishlist_item_id: pin, wishlist_id: board, customer_id: user, product_id: thing,
                product_image: photo, added_at: time, country: land"""
        },
        """pin_id=wishlist_item_id, board_id=wishlist_id, user_id=customer_id, image_signature=product_image digest,
            created_at=added_at""",
        "board_id=wishlist_id, user_id=customer_id",
        "user_id=customer_id, country=country",
    ),
    "events of saving": Convention(
        {
            "events.jsonl": """event_id: object, event.user.id: user, event.board.id: board, event.pin.id: pin,
                event.pin.signature: hex, event.ts: seconds, event.pin.parent.id: parent"""
        },
        """pin_id=event.pin.id, board_id=event.board.id, user_id=event.user.id,
            image_signature=event.pin.signature, created_at=event.ts, parent_pin_id=event.pin.parent.id""",
    ),
    "pairs of pins and boards": Convention(
        {"pin_board.csv": "pin_id: thing, board_id: board", "boards.csv": "board_id: b, user_id: b user"},
        "pin_id=row, board_id=board_id, image_signature=pin_id digest",
        "board_id=board_id, user_id=user_id",
    ),
    "capital letters": Convention(
        {
            "export_1.csv": "ID: b, OWNER_ID: b user, NAME: b name",
            "export_2.csv": "ID: pin, BOARD_ID: board, USER_ID: user, PHASH: hex",
        },
        "pin_id=ID, board_id=BOARD_ID, user_id=USER_ID, image_signature=PHASH",
        "board_id=ID, name=NAME, user_id=OWNER_ID",
    ),
    "object ids": Convention(
        {
            "pins.jsonl": "_id: object, boardRef: board object, imgHash: hex, createdAt: instant",
            "boards.jsonl": "_id: b object, ownerRef: b account, title: b name",
        },
        "pin_id=_id id, board_id=boardRef id, image_signature=imgHash, created_at=createdAt",
        "board_id=_id id, user_id=ownerRef id, name=title",
    ),
    "a foreign key that only its values tell": Convention(
        {
            "saves.csv": "id: pin, grp: board, picture: photo, member: user",
            "collections.csv": "id: b, title: b name, owner: b user",
        },
        "pin_id=id, board_id=grp, user_id=member, image_signature=picture digest",
        "board_id=id, name=title, user_id=owner",
    ),
    "paths of pictures": Convention(
        {"p.csv": "pin: pin, board: board, user: user, file_path: path"},
        "pin_id=pin, board_id=board, user_id=user, image_signature=file_path digest, image=-",
    ),
}


def told(guess: FieldGuess) -> str:
    if guess.row_number:
        return "row"
    return f"{guess.column} {guess.conversion}".removesuffix(" cast") if guess.column else "-"


def wrong(table: TableGuess, expected: str) -> dict[str, tuple[str, str]]:
    """Return the fields that were guessed otherwise than expected, as (expected, guessed)."""
    fields = dict(one.strip().split("=") for one in expected.split(",")) if expected else {}
    return {name: (what, told(table[name])) for name, what in fields.items() if told(table[name]) != what}


@pytest.mark.parametrize("name", CONVENTIONS)
def test_the_columns_of_another_convention_are_found(name: str) -> None:
    convention = CONVENTIONS[name]
    guess = guess_mapping([sample(source, columns) for source, columns in convention.sources.items()])
    expected = (convention.pins, convention.boards, convention.users)
    assert [wrong(table, fields) for table, fields in zip(guess, expected, strict=True)] == [{}, {}, {}]


@pytest.mark.parametrize("name", CONVENTIONS)
def test_the_order_of_sources_changes_nothing_that_names_and_values_decide(name: str) -> None:
    sources = CONVENTIONS[name].sources.items()
    guess = guess_mapping([sample(*one) for one in sources])
    other = guess_mapping([sample(*one) for one in reversed(sources)])
    assert [[told(field) for field in table.fields] for table in guess] == [
        [told(field) for field in table.fields] for table in other
    ]
