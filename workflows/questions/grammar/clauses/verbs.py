"""The words in front of what something has: with, own, received, on, without; and which repins a verb means."""

WITH = (
    *(
        "with",
        "have",
        "has",
        "having",
        "had",
        "holding",
        "hold",
        "holds",
        "containing",
        "contain",
        "contains",
        "that have",
    ),
    *(
        "own",
        "owns",
        "owning",
        "who own",
        "pinned",
        "pin",
        "whose",
        "received",
        "got",
        "gave",
        "receive",
        "get",
        "give",
        "made",
        "showing",
        "where",
    ),
    *(
        "have received",
        "has received",
        "have made",
        "have got",
        "have pinned",
        "include",
        "including",
        "saved",
        "have saved",
    ),
)
ON = (
    "on",
    "shown on",
    "found on",
    "appear on",
    "appearing on",
    "saved on",
    "pinned on",
    "used by",
    "in",
    "saved by",
    "pinned by",
)
WITHOUT = (
    *(
        "without",
        "with no",
        "have no",
        "has no",
        "having no",
        "lacking",
        "lack",
        "lacks",
        "with zero",
        "have zero",
        "has zero",
    ),
    *(
        "not have",
        "not having",
        "with none",
        "own no",
        "not own",
        "that have no",
        "had no",
        "missing",
        "with 0",
        "have 0",
    ),
    *(
        "have never had",
        "never had",
        "not with",
        "not had",
        "received no",
        "not received",
        "gave no",
        "got no",
        "never received",
        "not give",
        "not receive",
        "not get",
        "never gave",
        "not contain",
        "contain no",
    ),
    *("with missing", "with unknown", "have unknown"),
)
REPIN_VERBS = {
    **dict.fromkeys(("received", "got", "receive", "get", "receives"), "n_repins_received"),
    **dict.fromkeys(("gave", "given", "give", "gives"), "n_repins_given"),
}


# Behind whose things are, in "how many pins do users from Germany have".
DID = (
    "have",
    "has",
    "own",
    "owns",
    "made",
    "make",
    "contain",
    "contains",
    "hold",
    "pinned",
    "pin",
    "save",
    "saved",
    "hold",
    "post",
    "posted",
)
PIN_VERBS = ("pinned", "pin", "save", "saved", "post", "posted")  # of those: what is done to boards by pinning on them


def repin_verb(said: str) -> str:
    """Return the word of a phrase that says which repins are meant; an empty text if none does.

    Examples
    --------
    >>> repin_verb("have received"), repin_verb("with")
    ('received', '')
    """
    return next((word for word in said.split() if word in REPIN_VERBS), "")
