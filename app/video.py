"""A film as an MP4 file (H.264), through PyAV."""

import os
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

import numpy as np

from mereq_teleop.app.errors import AppError
from mereq_teleop.app.place import drafted

__all__ = ["write_mp4"]


def write_mp4(shots: Iterable[bytes], size: tuple[int, int], fps: float, path: Path) -> int:
    """Write pictures one by one as they come; returns how many. What fails leaves no file behind.

    Args:
        shots: red, green, blue of each pixel, row by row.
        size: width and height (px), both even.
        fps: pictures a second.
        path: where the file goes.

    Raises:
        AppError: PyAV is not installed, or the file cannot be written.
    """
    try:
        import av
        from av.error import FFmpegError
    except ImportError:
        raise AppError("an MP4 needs PyAV: pip install 'mereq-teleop[export]', or take --to gif") from None
    made = 0
    try:
        with (
            drafted(path) as draft,
            av.open(str(draft), "w", format="mp4", options={"movflags": "+faststart"}) as container,
        ):
            stream = container.add_stream("libx264", rate=Fraction(fps).limit_denominator(1000))
            stream.width, stream.height = size
            stream.pix_fmt = "yuv420p"
            stream.options = {"crf": "20", "preset": "veryfast"}
            for shot in shots:
                pixels = np.frombuffer(shot, np.uint8).reshape(size[1], size[0], 3)
                container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
                made += 1
            container.mux(stream.encode(None))
    except (OSError, FFmpegError) as error:
        why = os.strerror(error.errno) if error.errno else error
        raise AppError(f"{path} cannot be written: {why}") from None
    return made
