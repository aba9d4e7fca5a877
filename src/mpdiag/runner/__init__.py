"""The outermost process: starts the program, passes on signals, waits, and ends like it."""

from ._collect import About, Collector, mask_of
from ._command import Command, find
from ._ending import end_like, reporting
from ._folder import RunFolder, abandoned, discard, living
from ._folder import make as make_folder
from ._hangs import hang_of
from ._moment import Asker, look
from ._process import Ended, Program, start, start_and_wait, wait
from ._pyspy import with_locals
from ._stacks import Dump, ask
from ._timeouts import TimedOut, Timeouts
from ._top import Top
from ._watchdog import Alarm, Watchdog
from ._words import split

__all__ = (
    "About",
    "Alarm",
    "Asker",
    "Collector",
    "Command",
    "Dump",
    "Ended",
    "Program",
    "RunFolder",
    "TimedOut",
    "Timeouts",
    "Top",
    "Watchdog",
    "abandoned",
    "ask",
    "discard",
    "end_like",
    "find",
    "hang_of",
    "living",
    "look",
    "make_folder",
    "mask_of",
    "reporting",
    "split",
    "start",
    "start_and_wait",
    "wait",
    "with_locals",
)
