"""Which way up a picture is: cameras store it as the sensor lay and note in its EXIF how to turn it."""

import numpy as np
import numpy.typing as npt
from PIL import ExifTags, Image

UPRIGHT = 1
_TURNED = range(2, 9)
_MIRRORED = (2, 4, 5, 7)
_QUARTER_TURNS = {3: 2, 4: 2, 5: 1, 6: 3, 7: 3, 8: 1}  # anticlockwise, after mirroring


def orientation(picture: Image.Image) -> int:
    """Return the EXIF orientation of a picture, 1 to 8; 1, upright, where it says none or nonsense.

    Examples
    --------
    >>> orientation(Image.new("L", (1, 1)))
    1
    """
    if "exif" not in picture.info:  # most pictures of the web
        return UPRIGHT
    exif = Image.Exif()  # not the picture's own, which falls back to XMP; browsers leave that alone
    try:
        exif.load(picture.info["exif"])
        stored = exif.get(ExifTags.Base.Orientation)
    except Exception:  # noqa: BLE001 - a broken note of the camera makes no broken picture
        return UPRIGHT
    return stored if isinstance(stored, int) and stored in _TURNED else UPRIGHT


def turned_upright(thumb: npt.NDArray[np.uint8], orientation: int) -> npt.NDArray[np.uint8]:
    """Return a square thumb as it is to be seen.

    Parameters
    ----------
    thumb
        Shape ``(side, side)``, as stored.
    orientation
        EXIF orientation, 1 to 8.

    Examples
    --------
    >>> turned_upright(np.array([[1, 2], [3, 4]], np.uint8), 6).tolist()
    [[3, 1], [4, 2]]
    """
    if orientation == UPRIGHT:
        return thumb
    if orientation in _MIRRORED:
        thumb = thumb[:, ::-1]
    return np.ascontiguousarray(np.rot90(thumb, _QUARTER_TURNS.get(orientation, 0)))
