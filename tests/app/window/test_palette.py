"""Who is in control is told apart by colour with any of the three kinds of colour blindness."""

from itertools import combinations

import numpy as np
import pytest
from numpy.typing import NDArray

from mereq_teleop.app.window.highway_view import TRAFFIC
from mereq_teleop.app.window.palette import AUTHORITY, INK, RGB

# Machado, Oliveira and Fernandes (2009), severity 1, on linear RGB.
SIGHT = {
    "full": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}
XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])


def linear(colour: RGB) -> NDArray[np.float64]:
    """Linear light of an sRGB colour, each part 0..1."""
    part = np.array(colour) / 255
    return np.where(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055) ** 2.4)


def lab(colour: RGB, sight: NDArray[np.float64]) -> NDArray[np.float64]:
    """CIE L*a*b* of the colour as somebody with this sight sees it."""
    xyz = XYZ @ np.clip(sight @ linear(colour), 0, 1) / np.array([0.9505, 1.0, 1.089])
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("kind", SIGHT)
def test_no_two_authorities_look_alike(kind: str) -> None:
    for one, other in combinations(AUTHORITY.values(), 2):
        assert np.linalg.norm(lab(one, SIGHT[kind]) - lab(other, SIGHT[kind])) > 25


@pytest.mark.parametrize("kind", SIGHT)
def test_the_ego_car_does_not_look_like_the_others(kind: str) -> None:
    for authority in AUTHORITY.values():
        assert np.linalg.norm(lab(authority, SIGHT[kind]) - lab(TRAFFIC, SIGHT[kind])) > 15


def test_the_words_on_the_band_have_contrast() -> None:
    def luminance(colour: RGB) -> float:
        return float(XYZ[1] @ linear(colour))

    for colour in AUTHORITY.values():
        assert (luminance(colour) + 0.05) / (luminance(INK) + 0.05) > 4.5
