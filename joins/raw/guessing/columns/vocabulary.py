"""The words that people name their columns and files with, and what each means to this project.

English in the ways of several sites, and the usual words of German, French, Spanish, Portuguese, Italian and Chinese.
Words stand without accents, in small letters, in the singular.
"""

from typing import Literal

Subject = Literal["pin", "board", "user", "parent"]  # whom a column is about
Attribute = Literal["signature", "image", "time", "name", "category", "description", "link", "username", "country"]
Aside = Literal["flag", "count", "index", "later"]  # of a kind that no raw field holds
Concept = Subject | Attribute | Aside | Literal["id"]

_WORDS: dict[Concept, str] = {
    "pin": """
        pin pinned save saved bookmark bookmarked post posted entry clip clipping like liked favorite
        favourite item epingle merkzettel 采集 收藏 图钉
    """,
    "board": """
        board blog channel photoset collection list album gallery playlist folder moodboard wishlist
        scrapbook set pinboard shelf recipe pinnwand sammlung ordner mappe tableau dossier tablero tabla coleccion
        quadro pasta bacheca raccolta 画板 专辑 收藏夹
    """,
    "user": """
        user owner member account pinner author creator customer profile uploader person people by saver
        curator poster follower nutzer benutzer besitzer inhaber mitglied kunde kunden utilisateur membre proprietaire
        usuario propietario dueno miembro utente usuaria 用户 会员 作者
    """,
    "parent": """
        parent via origin original repin repinned reblog reblogged reshared forked resaved ancestor from
        vorlage quelle 来源 转采
    """,
    "id": "id key no nr num number nummer numero guid uuid pk code identifier oid identifiant 编号",
    "signature": """
        signature sig md5 sha sha1 sha256 hash phash dhash ahash whash pdq fingerprint digest checksum
        empreinte prufsumme 签名 哈希
    """,
    "image": """
        image img im cover photo picture pic thumbnail thumb file filename path media foto bild imagen imagem
        immagine fichier datei 图片 照片 文件
    """,
    "time": """
        created create creation timestamp ts date time datetime when at on added inserted joined registered
        signup since datum zeit zeitpunkt erstellt angelegt fecha creado creada data criado creato cree
        heure date_time 时间 日期 创建
    """,
    "name": "name title label titel titre titulo nombre nome nom titolo bezeichnung 标题 名称 名字",
    "category": """
        category topic genre theme interest section subject cuisine tag kategorie cate thema categorie
        categoria rubrik rubrique sujet tema 分类 类别
    """,
    "description": """
        description desc note comment caption text body about summary memo bio content beschreibung
        kommentar notiz commentaire descripcion nota descricao descrizione texte texto 描述 备注
    """,
    "link": "link url href uri website webpage page permalink domain site source lien enlace 链接 网址",
    "username": """
        username login nick nickname handle screenname displayname fullname benutzername pseudo
        alias urlname 昵称 用户名
    """,
    "country": "country nation countrycode region land pays pais paese 国家",
    "flag": "is has can was should private secret",
    "count": "count total n counter size width height score rank length anzahl",
    "index": "index unnamed rowid rownum row",
    "later": "updated modified edited last changed latest removed deleted expired expires ended visited",
}

CONCEPT_OF_WORD: dict[str, Concept] = {word: concept for concept, words in _WORDS.items() for word in words.split()}
SHORT_FORMS: dict[str, tuple[Concept, ...]] = {
    "uid": ("user", "id"),
    "pid": ("pin", "id"),
    "bid": ("board", "id"),
    "userid": ("user", "id"),
    "pk": ("id",),
    "ctime": ("time",),
    "cat": ("category",),
}
