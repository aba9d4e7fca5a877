"""`share`: a handle for a primitive that may be an argument of a task in any pool.

Pickled for a process that starts, it takes the primitive along; pickled for a task, a key, under
which the worker has the primitive; and if some worker may lack it, where a server for it listens.
"""

from __future__ import annotations

import os
import time
from multiprocessing import context, process
from typing import Any

from ..errors import NotShareable, SharerGone
from ._known import ATTRIBUTE, Passenger, key_of, known, made_for_fork, remember
from ._server import Remote, address

# What is read or set on a primitive, in place of being called.
VALUES = frozenset(
    ("broken", "closed", "n_waiting", "name", "parties", "raw", "readable", "value", "writable")
)
# Where what processes share comes from; `ctypes` has values without a lock.
HOMES = ("multiprocessing.", "ctypes", "mpdiag.channels")
# Calls that are timed for the price of the server.
PINGS = 5


class Shared:
    """A primitive, wherever it is: call it as you would call the primitive itself.

    ``how`` says how this process reaches it, and ``cost`` what that costs.
    """

    def __init__(self, key: str, kind: str, own: object, server: tuple[int, str] | None) -> None:
        self.__dict__.update(_key=key, _kind=kind, _own=own, _server=server, _born=os.getpid())
        self.__dict__["_remote"] = None

    @property
    def how(self) -> str:
        """``own`` where it was shared, ``inherited``, ``proxy``, or ``unreachable``."""
        own = self._here()
        if type(own).__module__ == "multiprocessing.managers":
            return "proxy"
        if own is not None:
            mine = self._key.partition(".")[0] == str(os.getpid())
            return "own" if mine else "inherited"
        return "proxy" if self._server else "unreachable"

    @property
    def cost(self) -> str:
        """What a call costs, in words; a proxy is timed now.

        Raises:
            SharerGone: the process that has it does not answer.
        """
        if self._here() is not None:
            if self.how == "proxy":
                return "each call asks the process of its Manager and waits for the answer"
            return "nothing: the primitive itself, without a server"
        times = []
        for _ in range(PINGS):
            begun = time.perf_counter()
            self._away().call("read", "__class__", (), {})
            times.append(time.perf_counter() - begun)
        return (
            f"each call asks pid {self._server[0]} and waits for its answer:"
            f" {sorted(times)[PINGS // 2] * 1e6:.0f} us here; a pool that is made after"
            " mpdiag.share() does without"
        )

    def __reduce__(self) -> tuple[object, ...]:
        own = self._here()
        if own is None:
            return _arrive, (type(self), self._extra(), self._key, self._kind, None, self._server)
        if type(own).__module__ == "multiprocessing.managers":  # it goes anywhere
            return _arrive, (type(self), self._extra(), self._key, self._kind, own, None)
        starting = context.get_spawning_popen() is not None
        if starting and not made_for_fork(own):
            return _arrive, (type(self), self._extra(), self._key, self._kind, own, None)
        server = None if not starting and _all_have(self._key) else address()
        return _arrive, (type(self), self._extra(), self._key, self._kind, None, server)

    def _extra(self) -> object:
        """What else goes along; for a kind of handle with more."""
        return None

    def _here(self) -> Any:
        return self._own if self._own is not None else known(self._key)

    def _away(self) -> Remote:
        if self._server is None:
            raise SharerGone(
                f"this {self._kind} did not come with pid {os.getpid()}, and pid"
                f" {self._key.partition('.')[0]} runs no server for it"
            )
        if self._remote is None:
            self.__dict__["_remote"] = Remote(self._server, self._key, self._kind)
        remote: Remote = self._remote
        return remote

    def _call(self, name: str, *args: object, **kwargs: object) -> Any:
        own = self._here()
        if own is not None:
            return getattr(own, name)(*args, **kwargs)
        return self._away().call("call", name, args, kwargs)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):  # what pickle, copy and the like ask for
            raise AttributeError(name)
        own = self._here()
        if own is not None:
            found = getattr(own, name)
            if callable(found) and name not in VALUES:
                self.__dict__[name] = found  # the next call is as fast as that of the primitive
            return found
        if name in VALUES:
            return self._away().call("read", name, (), {})
        return lambda *args, **kwargs: self._call(name, *args, **kwargs)

    def __setattr__(self, name: str, value: object) -> None:
        own = self._here()
        if own is not None:
            setattr(own, name, value)
        else:
            self._away().call("write", name, (value,), {})

    def __enter__(self) -> Any:
        return self._call("__enter__")

    def __exit__(self, *_: object) -> None:
        self._call("__exit__", None, None, None)

    def __getitem__(self, at: Any) -> Any:
        return self._call("__getitem__", at)

    def __setitem__(self, at: Any, value: object) -> None:
        self._call("__setitem__", at, value)

    def __len__(self) -> int:
        return int(self._call("__len__"))

    def __bool__(self) -> bool:
        return True

    def __repr__(self) -> str:
        return f"<mpdiag.share: {self._kind} {self._key}, {self.how}>"


def share(primitive: Any, *, accounting: bool = False) -> Shared:
    """Return a handle for *primitive* that may be passed to a task of any pool.

    A worker that was started after this has the primitive itself.  One that was there before, or
    that cannot have it, calls it through a thread of this process; so the handle never fails to
    arrive.  Keep the primitive for as long as workers use it.

    With *accounting*, for queues: put and get by the handle alone, and ``account()`` says how many
    items are on their way, how large and how old they are, and who put them.

    Raises:
        NotShareable: it is none of the primitives of `multiprocessing`.
    """
    if isinstance(primitive, Shared):
        primitive = primitive._here() or primitive
    kind = type(primitive)
    if isinstance(primitive, Shared) or not f"{kind.__module__}.".startswith(HOMES):
        raise NotShareable(_refusal(primitive))
    from ..patches import carry

    carry(ATTRIBUTE, Passenger)
    if accounting:
        from ._accounts import Accounted, Accounts

        if not hasattr(primitive, "put"):
            raise NotShareable(f"a {kind.__name__} has no put() to keep accounts of")
        return Accounted.of(key_of(primitive), kind.__name__, primitive, Accounts.make())
    return Shared(key_of(primitive), kind.__name__, primitive, None)


def _refusal(primitive: object) -> str:
    kind = type(primitive)
    text = f"a {kind.__module__}.{kind.__qualname__} cannot be shared between processes"
    if kind.__module__ in {"queue", "_queue", "_thread", "threading", "asyncio"}:
        text += ": it is for the threads of one"
    return text


def _all_have(key: str) -> bool:
    """Tell whether each child of this process came with what *key* means; False without any.

    Private attributes as of 3.10 to 3.14.
    """
    children = [child for child in list(process._children) if child._popen is not None]  # type: ignore[attr-defined]
    return bool(children) and all(
        key in getattr(vars(child).get(ATTRIBUTE), "keys", ()) for child in children
    )


def _arrive(  # noqa: PLR0917 - pickle calls it by position
    cls: type[Shared],
    extra: object,
    key: str,
    kind: str,
    own: object,
    server: tuple[int, str] | None,
) -> Shared:
    """Return the handle in the process that it came to; never raises: a stock pool would hang."""
    if own is not None:
        remember(key, own, keep=True)
    made = cls(key, kind, None, server)
    made.__dict__["_extra_"] = extra
    return made
