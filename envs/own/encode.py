"""What a policy is shown of a user's task: the observation as it is, flattened.

Its scaling is stored with each policy: mean and spread of what is seen under random actions.
"""

import numpy as np
from numba import njit

__all__ = ["encode"]


@njit(cache=True, nogil=True)
def encode(obs: np.ndarray, out: np.ndarray) -> None:
    """Copy observations (n, ...) float32 into `out` (n, inputs) float32."""
    out[:] = obs.reshape(out.shape)
