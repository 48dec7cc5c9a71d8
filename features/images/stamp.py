"""What a signature was made by: another algorithm makes other signatures, another library may change a few bits."""

from importlib.metadata import version

import numpy as np
from PIL import __version__ as pillow_version
from PIL import features as pillow_features

from features.images.cosine_signature import ALGORITHM


def signature_stamp(signature: str = "dct256", jpeg_decoder: str = "pillow") -> dict[str, str]:
    """Return the algorithm and the libraries of signatures.

    Parameters
    ----------
    signature
        ``dct256`` or ``phash64``.
    jpeg_decoder
        ``pillow`` or ``simplejpeg``.

    Returns
    -------
    dict
        ``algorithm``: signatures of different ones can't be compared. ``libraries``: signatures of different ones can
        be compared, and differ in a few bits at most: resampling in Pillow changed in its versions 3.4 and 13.

    Examples
    --------
    >>> signature_stamp()["algorithm"], signature_stamp("phash64")["libraries"].split()[0]
    ('dct256/1', 'pillow')
    """
    libraries = [
        f"pillow {pillow_version}",
        f"libjpeg {pillow_features.version('libjpeg_turbo') or pillow_features.version('jpg')}",
        f"numpy {np.__version__}",
    ]
    if jpeg_decoder == "simplejpeg":
        libraries.append(f"simplejpeg {version('simplejpeg')}")
    if signature == "phash64":
        libraries.append(f"imagehash {version('imagehash')}")
        return {"algorithm": "phash64", "libraries": ", ".join(libraries)}
    return {"algorithm": ALGORITHM, "libraries": ", ".join(libraries)}
