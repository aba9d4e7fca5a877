"""For bare processes: start, adopt, reap, and hear what went wrong."""

from ._death import crash_of
from ._supervisor import Supervisor

__all__ = ("Supervisor", "crash_of")
