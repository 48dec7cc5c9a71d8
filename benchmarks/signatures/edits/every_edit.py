"""All edits, in the order of the table."""

from benchmarks.signatures.edits.border import BORDERS
from benchmarks.signatures.edits.crop import CROPS
from benchmarks.signatures.edits.re_encode import RE_ENCODES
from benchmarks.signatures.edits.repost import BEYOND_SCOPE, REPOSTS
from benchmarks.signatures.edits.resize import RESIZES
from benchmarks.signatures.edits.tone import TONES
from benchmarks.signatures.edits.writing import WRITINGS

EDITS = (*RE_ENCODES, *RESIZES, *TONES, *BORDERS, *CROPS, *WRITINGS, *REPOSTS, *BEYOND_SCOPE)
