"""Hints on processes that do not start, or may not."""

from __future__ import annotations

from . import _read_starting as starting
from ._hint import Hint, either, says

STARTING = (
    Hint(
        slug="main-guard",
        literal="RuntimeError: An attempt has been made to start a new process before the current"
        " process has finished its bootstrapping phase.",
        find=says(r"An attempt has been made to start a new process before"),
        read=starting.without_guard,
        fails=True,
        what='the program has no if __name__ == "__main__": around what starts processes',
        why="under spawn and forkserver each worker imports the program, and would start workers"
        " itself",
        change='put the lines that make the pool below if __name__ == "__main__":',
    ),
    Hint(
        slug="daemonic-children",
        literal="AssertionError: daemonic processes are not allowed to have children",
        find=says(r"daemonic processes are not allowed to have children"),
        read=starting.children_of_daemons,
        fails=True,
        what="{function} runs in a worker of a Pool, and starts processes itself",
        why="workers of a Pool are daemons: they are killed without being asked, and would leave"
        " theirs behind",
        change="use ProcessPoolExecutor for the outer pool, or make the inner one a thread pool",
    ),
    Hint(
        slug="fork-with-threads",
        literal="DeprecationWarning: This process is multi-threaded, use of fork() may lead to"
        " deadlocks in the child.",
        find=says(r"is multi-threaded, use of fork\w*\(\) may lead to deadlocks"),
        read=starting.threads_before_forks,
        what="the program forked while other threads of it were running",
        why="the child has all locks as they were at that moment, and no thread to release them",
        change="start workers before threads, or multiprocessing.set_start_method('forkserver')",
        untold="which threads ran, and which lock one of them held",
    ),
    Hint(
        slug="other-start-method",
        literal="RuntimeError: A SemLock created in a fork context is being shared with a"
        " process in a spawn context.",
        find=says(
            r"A SemLock created in a (?P<made>\w+) context is being shared with a process in a"
            r" (?P<used>\w+) context"
        ),
        what="a lock or queue made for {made} is passed to a process started by {used}",
        why="one made for fork has no name by which another process could open it",
        change="take everything from one context: ctx = get_context('{used}'); ctx.Queue();"
        " ctx.Process()",
    ),
    Hint(
        slug="start-method-twice",
        literal="RuntimeError: context has already been set",
        find=says(r"RuntimeError: context has already been set"),
        what="set_start_method was called twice, or after something had used multiprocessing",
        why="the method is fixed by its first use, which an import may have made",
        change="call it once, below the main guard, before anything else; or use"
        " multiprocessing.get_context in its place",
    ),
    Hint(
        slug="no-such-start-method",
        literal="ValueError: cannot find context for 'fork'",
        find=says(r"cannot find context for '(?P<name>\w+)'"),
        what="this system has no start method {name}",
        why="Windows has spawn only; fork and forkserver are of Unix",
        change="multiprocessing.get_context('spawn') works everywhere",
    ),
    Hint(
        slug="process-twice",
        literal="AssertionError: cannot start a process twice",
        find=says(r"cannot start a process twice"),
        what="start() was called again on a Process",
        why="a Process stands for one process, which runs once",
        change="make a new Process for each run",
    ),
    Hint(
        slug="process-of-another",
        literal="AssertionError: can only join a child process",
        find=says(r"can only (?P<verb>join|test|start) a (?:child process|process object created)"),
        what="a process tries to {verb} a process that it did not start",
        why="a forked worker has copies of the objects of its parent, not its children",
        change="{verb} it in the process that made it; tell that one by a queue",
    ),
    Hint(
        slug="args-without-comma",
        literal="TypeError: 'int' object is not iterable (in Process(args=...))",
        find=either(
            says(r"'(?P<kind>\w+)' object is not iterable", last=r"multiprocessing/process\.py:"),
            says(
                r"argument after \* must be an iterable, not (?P<kind>\w+)",
                last=r"multiprocessing/process\.py:",
            ),
        ),
        what="args is not a tuple but a single {kind}",
        why="args=(x) is x in brackets; only the comma makes a tuple",
        change="args=(x,)",
    ),
    Hint(
        slug="map-passes-one",
        literal="TypeError: task() missing 1 required positional argument: 'b' (in Pool.map)",
        find=says(
            r"(?P<name>\w+)\(\) missing \d+ required positional argument",
            last="multiprocessing/pool.py:(?:worker|mapstar|starmapstar)",
        ),
        what="{name} takes more inputs than map gives it",
        why="map gives each item whole, as one argument, also when it is a tuple",
        change="use starmap for items that are tuples, or functools.partial for what is the same"
        " for all",
    ),
    Hint(
        slug="name-missing-in-child",
        literal="NameError: name 'config' is not defined (in a spawned worker)",
        find=says(
            r"NameError: name '(?P<name>\w+)' is not defined",
            start=("spawn", "forkserver"),
            inside="multiprocessing/",
        ),
        read=starting.missing_names,
        fails=True,
        what="{name} does not exist in the worker",
        why="a spawned worker imports the program: what stands below the main guard, or was set"
        " later, is not there",
        change="pass {name} as an input, or set it in the initializer of the pool",
        untold="the start method of that pool",
    ),
    Hint(
        slug="module-missing-in-child",
        literal="ModuleNotFoundError: No module named 'helpers' (in a spawned worker)",
        find=says(
            r"ModuleNotFoundError: No module named '(?P<name>[\w.]+)'",
            inside="multiprocessing/spawn",
        ),
        what="the worker cannot import {name}, which the program could",
        why="it starts anew: what changed sys.path or the folder below the main guard is not there",
        change="install {name}, set PYTHONPATH, or change sys.path at the top of the program",
    ),
    Hint(
        slug="initializer-failed",
        literal="BrokenProcessPool: A process in the process pool was terminated abruptly (after:"
        " Exception in initializer)",
        find=says(
            r"Exception in initializer:|[Aa] process initializer failed|initializer .*failed"
        ),
        what="the initializer of a pool raised",
        why="a worker that cannot be set up takes no task; a stock Pool starts the next one for"
        " ever",
        change="mend what the traceback below it shows; it ran in the worker, before any task",
        untold="that it was the initializer and not a task",
    ),
    Hint(
        slug="pool-not-running",
        literal="ValueError: Pool not running",
        find=says(r"ValueError: Pool not running"),
        what="a task was given to a pool that is closed",
        why="close(), terminate() or the end of its with block was before; async results and imap"
        " must be read inside the block",
        change="move the call, and the reading of its results, into the with block",
    ),
    Hint(
        slug="after-shutdown",
        literal="RuntimeError: cannot schedule new futures after shutdown",
        find=says(r"cannot schedule new futures after (?P<when>interpreter )?shutdown"),
        what="a task was submitted to an executor that is shut down",
        why="shutdown() or the end of its with block was before, or the program is ending",
        change="submit inside the with block, and wait for what submits before it ends",
    ),
    Hint(
        slug="too-many-workers-on-windows",
        literal="ValueError: max_workers must be <= 61",
        find=says(r"max_workers must be <= 61|need at most 6\d handles"),
        what="more than 60 workers on Windows",
        why="Windows waits for at most 63 handles at once",
        change="at most 60 workers in a pool, or several pools",
    ),
    Hint(
        slug="forkserver-default",
        literal="TypeError: cannot pickle '...' object (in multiprocessing/popen_forkserver.py)",
        find=says(r".", inside=r"multiprocessing/(?:popen_)?forkserver\.py"),
        what="the start of a worker failed in the fork server",
        why="since Python 3.14 forkserver is the default on Linux: what a process is given is"
        " pickled, and the worker imports the program",
        change="mpdiag check on the program lists what does not work there;"
        " multiprocessing.set_start_method('fork') is the old way",
        untold="what could not be sent, and the line that made the process",
        is_wide=True,
    ),
)
