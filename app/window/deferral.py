"""Importing a library without the libraries that it imports and this process does not use.

The standard library's LazyLoader does not serve here: before Python 3.12 the very `import` of a lazy module loads it.
"""

import sys
from importlib.util import find_spec, module_from_spec
from types import ModuleType
from typing import Any

__all__ = ["defer"]


def defer(*names: str) -> None:
    """From now on an import of these modules (parents before children) waits until one of their attributes is used.

    Whoever uses them then gets the whole module. Those that are loaded already, or do not exist, are left alone.
    """
    for name in names:
        spec = None if name in sys.modules else find_spec(name)
        if spec is None:
            continue
        module = module_from_spec(spec)
        module.__class__ = _Deferred
        sys.modules[name] = module
        parent, _, child = name.rpartition(".")
        if parent:
            setattr(sys.modules[parent], child, module)


class _Deferred(ModuleType):
    """A module that runs its code when it is first asked for something that only the code can give."""

    def __getattr__(self, attribute: str) -> Any:
        spec = self.__spec__
        assert spec is not None
        assert spec.loader is not None
        self.__class__ = ModuleType  # type: ignore[assignment]
        spec.loader.exec_module(self)
        return getattr(self, attribute)
