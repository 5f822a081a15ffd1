"""The arithmetic of numpy, callable from compiled code with the very same bits.

highway-env computes with numpy scalars. On a processor with AVX-512 numpy takes tan, arcsin, arctan and pow from
its own vector library, and OpenBLAS fuses the multiply and add of a dot product on any processor with FMA; the C
library that Numba would call rounds some of them differently, and one last bit is enough to make traffic diverge.
So the kernels call the inner loops of numpy's own ufuncs, found through numpy's public C struct, and contract a dot
product exactly where this machine's numpy does.
"""

import ctypes
import hashlib
from functools import cache
from typing import Any, Final

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic

from mereq_teleop.envs.highway.layout import Reals, Wholes

__all__ = ["ARCSIN", "ARCTAN", "COSINE", "EXP", "SINE", "TAN", "apply", "dot", "fingerprint", "numerics", "power"]

SINE: Final = 0
COSINE: Final = 1
TAN: Final = 2
ARCSIN: Final = 3
ARCTAN: Final = 4
EXP: Final = 5
POWER: Final = 6
DOT: Final = 7

_UFUNCS: Final = (np.sin, np.cos, np.tan, np.arcsin, np.arctan, np.exp, np.power)

PLAIN: Final = 0
FUSED_LAST: Final = 1
FUSED_FIRST: Final = 2


class _UFunc(ctypes.Structure):
    """The head of numpy's PyUFuncObject (numpy/ufuncobject.h)."""

    _fields_ = (
        ("head", ctypes.c_char * object.__basicsize__),
        ("nin", ctypes.c_int),
        ("nout", ctypes.c_int),
        ("nargs", ctypes.c_int),
        ("identity", ctypes.c_int),
        ("functions", ctypes.POINTER(ctypes.c_void_p)),
        ("data", ctypes.POINTER(ctypes.c_void_p)),
        ("ntypes", ctypes.c_int),
    )


def _loop(ufunc: np.ufunc) -> tuple[int, int]:
    """Addresses of the float64 inner loop of `ufunc` and of its data."""
    head = _UFunc.from_address(id(ufunc))
    if (head.nin, head.nout, head.ntypes) != (ufunc.nin, ufunc.nout, ufunc.ntypes):
        raise RuntimeError(f"numpy {np.__version__} lays its ufuncs out in a way this simulator does not know")
    index = ufunc.types.index("d" * ufunc.nin + "->d")
    return head.functions[index] or 0, head.data[index] or 0


def _type_fma(context: Any, a: Any, b: Any, c: Any) -> Any:
    """a * b + c, rounded once."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.fma(*args)

    return types.float64(types.float64, types.float64, types.float64), codegen


def _type_call(context: Any, loop: Any, data: Any, first: Any, second: Any, target: Any, count: Any) -> Any:
    """Call the ufunc loop at address `loop`; `second` is 0 for a function of one argument."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        intp = context.get_value_type(types.intp)
        void = cgutils.voidptr_t
        loop, data, first, second, target, count = args
        unary = builder.icmp_signed("==", second, intp(0))
        pointers = cgutils.alloca_once(builder, void, size=3)  # type: ignore[no-untyped-call]
        strides = cgutils.alloca_once(builder, intp, size=3)  # type: ignore[no-untyped-call]
        counts = cgutils.alloca_once(builder, intp)  # type: ignore[no-untyped-call]
        middle = builder.select(unary, target, second)
        for index, address in enumerate((first, middle, target)):
            builder.store(builder.inttoptr(address, void), builder.gep(pointers, [intp(index)]))
            builder.store(intp(8), builder.gep(strides, [intp(index)]))
        builder.store(count, counts)
        arguments = [void.as_pointer(), intp.as_pointer(), intp.as_pointer(), void]
        function = builder.inttoptr(loop, ir.FunctionType(ir.VoidType(), arguments).as_pointer())
        builder.call(function, [pointers, counts, strides, builder.inttoptr(data, void)])
        return context.get_dummy_value()

    return types.void(*[types.intp] * 6), codegen


# Numba's own annotation of an intrinsic counts the typing context among the arguments of a call.
_fma: Any = intrinsic(_type_fma)
_call_loop: Any = intrinsic(_type_call)


@njit(nogil=True, error_model="numpy")
def apply(table: Wholes, which: int, source: Reals, target: Reals) -> None:
    """target = ufunc `which` of source, both (n,) float64 and contiguous; they may be the same array."""
    _call_loop(table[which, 0], table[which, 1], source.ctypes.data, 0, target.ctypes.data, source.size)


@njit(nogil=True, error_model="numpy")
def power(table: Wholes, base: Reals, exponent: Reals, target: Reals) -> None:
    """target = np.power(base, exponent), all (n,) float64 and contiguous."""
    _call_loop(table[POWER, 0], table[POWER, 1], base.ctypes.data, exponent.ctypes.data, target.ctypes.data, base.size)


@njit(nogil=True, error_model="numpy")
def dot(mode: int, ax: float, ay: float, bx: float, by: float) -> float:
    """np.dot of two plane vectors, rounded as this machine's BLAS rounds it."""
    total: float = ax * bx + ay * by
    if mode == FUSED_LAST:
        total = _fma(ay, by, ax * bx)
    elif mode == FUSED_FIRST:
        total = _fma(ax, bx, ay * by)
    return total


@njit(cache=True, error_model="numpy")
def _dots(mode: int, a: Reals, b: Reals) -> Reals:
    """Dot products of the rows of a and b, (n, 2) each."""
    out = np.empty(a.shape[0])
    for i in range(a.shape[0]):
        out[i] = dot(mode, a[i, 0], a[i, 1], b[i, 0], b[i, 1])
    return out


def _probes() -> tuple[Reals, Reals]:
    """Two (512, 2) arrays of plane vectors, the same on every machine."""
    grid = np.arange(2048, dtype=np.int64) * 2654435761 % 4294967296 / 4294967296 - 0.5
    return grid[:1024].reshape(-1, 2) * 100, grid[1024:].reshape(-1, 2)


@cache
def _dot_mode() -> int:
    """How this machine's numpy rounds the dot product of two plane vectors."""
    a, b = _probes()
    came = np.array([np.dot(p, q) for p, q in zip(a, b, strict=True)])
    for mode in (FUSED_LAST, FUSED_FIRST, PLAIN):
        if np.array_equal(came, _dots(mode, a, b)):
            return mode
    raise RuntimeError("numpy rounds the dot product of two plane vectors in a way this simulator does not know")


def numerics() -> Wholes:
    """What the kernels need to compute as numpy does: (8, 2) addresses of loops and their data, then the dot mode.

    Valid in this process only.

    Raises:
        RuntimeError: this numpy is built in a way the simulator does not know.
    """
    rows = [_loop(ufunc) for ufunc in _UFUNCS]
    return np.array([*rows, (_dot_mode(), 0)], dtype=np.int64)


def fingerprint() -> str:
    """16 hex digits that are equal where two machines compute the same traffic from the same seed."""
    a, b = _probes()
    values = [ufunc(np.abs(a[:, 0]) / 64, *[b[:, 1] + 4] * (ufunc.nin - 1)) for ufunc in _UFUNCS]
    values.append(np.array([np.dot(p, q) for p, q in zip(a, b, strict=True)]))
    return hashlib.sha256(np.concatenate(values).tobytes()).hexdigest()[:16]
