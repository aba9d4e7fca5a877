"""The state of random generators before a task, where the user asked for it.

Runs in the child before each task: 26 microseconds, and 62 where numpy is imported.
Only packages that the program imported itself are asked; what a task makes for itself is not seen.
"""

from __future__ import annotations

import sys

from ._state import WorkerState

TYPE_CHECKING = False  # as in typing, which would cost each worker its import
if TYPE_CHECKING:
    from collections.abc import Callable


def with_random(state: WorkerState, target: Callable[..., object]) -> Callable[..., object]:
    """Return *target*, which first has *state* remember the generators, if they are recorded."""
    if not state.around.record_random:
        return target

    def remembered(*args: object, **kwargs: object) -> object:
        state.random = random_state()
        return target(*args, **kwargs)

    return remembered


def random_state() -> dict[str, object]:
    """Return the state of the generators that are there, by module."""
    found: dict[str, object] = {}
    for package, name, ask in (
        ("random", "random", "getstate"),
        ("numpy", "numpy.random", "get_state"),  # numpy imports it when it is first used
    ):
        try:
            if package in sys.modules:
                __import__(name)
                found[name] = getattr(sys.modules[name], ask)()
        except Exception:
            pass  # half imported
    torch = sys.modules.get("torch")
    if torch is not None:
        try:
            found["torch"] = bytes(torch.get_rng_state().tolist())
        except Exception:
            pass
    return found


def packed(found: object) -> bytes | None:
    """Return a state as bytes for a failure, or None."""
    import pickle

    try:
        if not isinstance(found, dict) or not found:
            return None
        return pickle.dumps({name: pickle.dumps(state, 4) for name, state in found.items()}, 4)
    except Exception:
        return None


def restore_random(raw: bytes) -> None:
    """Set the generators as they were, as far as their modules are there.

    Loads a pickle: only of what was vouched for.
    """
    import pickle
    from importlib import import_module

    for name, one in pickle.loads(raw).items():
        try:
            module, state = import_module(name), pickle.loads(one)
            if name == "torch":
                module.set_rng_state(module.tensor(list(state), dtype=module.uint8))
            else:
                getattr(module, "setstate" if name == "random" else "set_state")(state)
        except Exception:
            pass
