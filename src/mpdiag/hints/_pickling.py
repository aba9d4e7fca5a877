"""Hints on what cannot cross to another process, or back."""

from __future__ import annotations

from . import _read_starting as starting
from ._hint import Hint, either, says

_BY_REFERENCE = "a function or class is sent by its name, which its module must have in the worker"
_OWNED = "it belongs to the process that made it, and has no meaning in another"
_WHERE = "which attribute of which argument holds it, and of which task"

PICKLING = (
    Hint(
        slug="result-cannot-be-sent",
        literal="MaybeEncodingError: Error sending result: '...'. Reason: '...'",
        find=says(r"MaybeEncodingError: Error sending result: .*Reason: '(?P<reason>.*)'"),
        what="the task went well, and its result cannot be pickled: {reason}",
        why="what a task returns goes back through a pipe as a pickle",
        change="return plain data, or give its class a __reduce__ that works",
        untold="the input of that task",
    ),
    Hint(
        slug="queue-through-inheritance",
        literal="RuntimeError: Queue objects should only be shared between processes through"
        " inheritance",
        find=says(
            r"(?P<kind>\w+) objects should only be shared between processes through inheritance"
        ),
        what="a {kind} was passed as an input of a task",
        why="a worker gets its lock and pipe only while it starts, not with a task",
        change="Pool(**mpdiag.initializer(name=it)) and mpdiag.inherited('name') in the task, or"
        " pass mpdiag.share(it); a bare Process may have it among its args",
        untold="which argument it was, and the line that passed it",
    ),
    Hint(
        slug="pool-as-argument",
        literal="NotImplementedError: pool objects cannot be passed between processes or pickled",
        find=says(r"pool objects cannot be passed between processes or pickled"),
        what="a pool is among the inputs of a task, often as an attribute of self",
        why="a method is sent with its whole object, and a pool cannot be sent",
        change="make the target a plain function, or leave the pool out in __getstate__",
        untold=_WHERE,
    ),
    Hint(
        slug="lambda",
        literal="PicklingError: Can't pickle <function <lambda> at 0x...>",
        find=says(r"Can't (?:pickle|get) .*<lambda>"),
        read=starting.lambdas,
        fails=True,
        what="a lambda was given to a worker",
        why=f"{_BY_REFERENCE}, and a lambda has none",
        change="define it with def at the top of its module, or bind values with functools.partial",
        untold="whether it was the target, an input or a result",
    ),
    Hint(
        slug="local-function",
        literal="AttributeError: Can't pickle local object 'main.<locals>.task'",
        find=says(r"Can't (?:pickle|get) local object ['<](?:function |class )?'?(?P<name>[^' ]+)"),
        read=starting.local_functions,
        fails=True,
        what="{name} is defined inside a function",
        why=f"{_BY_REFERENCE}; one inside a function exists only while that runs",
        change="move it to the top of its module, and pass what it took from around it as inputs",
        untold="whether it was the target, an input or a result",
    ),
    Hint(
        slug="authentication-key",
        literal="TypeError: Pickling an AuthenticationString object is disallowed for security"
        " reasons",
        find=says(r"Pickling an AuthenticationString object is disallowed"),
        what="a Process object is among what is sent, often as an attribute of self",
        why="it holds the key of its family of processes, which must not travel",
        change="keep processes out of objects whose methods run in them, or leave them out in"
        " __getstate__",
        untold=_WHERE,
    ),
    Hint(
        slug="thread-lock",
        literal="TypeError: cannot pickle '_thread.lock' object",
        find=says(r"cannot pickle '(?P<kind>_thread\.\w+)' object"),
        what="something that was sent holds a lock of threads ({kind})",
        why=f"{_OWNED}; loggers, queues of threads, events, pools and clients all hold one",
        change="make the object in the worker (initializer=), or leave the lock out in"
        " __getstate__",
        untold=_WHERE,
    ),
    Hint(
        slug="generator",
        literal="TypeError: cannot pickle 'generator' object",
        find=says(r"cannot pickle '(?P<kind>(?:async_)?generator|coroutine)' object"),
        what="a {kind} was sent: a function with yield or await returned it, or it is an input",
        why="it is a stopped function with its frame, which cannot be sent",
        change="send list(...) of it, or make it in the process that reads it",
        untold=_WHERE,
    ),
    Hint(
        slug="open-file",
        literal="TypeError: cannot pickle '_io.TextIOWrapper' object",
        find=says(
            r"cannot pickle '(?P<kind>(?:_io\.)?(?:TextIOWrapper|Buffered\w+|FileIO))'"
            r" (?:object|instances)"
        ),
        what="an open file was sent ({kind})",
        why=f"{_OWNED}: its descriptor, its position and its buffer",
        change="send the path, and open the file in the worker",
        untold=_WHERE,
    ),
    Hint(
        slug="database-connection",
        literal="TypeError: cannot pickle 'sqlite3.Connection' object",
        find=says(r"cannot pickle '(?P<kind>[\w.]*(?:[Cc]onnection|[Cc]ursor|Engine))' object"),
        what="a connection was sent ({kind})",
        why=f"{_OWNED}",
        change="connect in the worker: once for each, in the initializer of the pool",
        untold=_WHERE,
    ),
    Hint(
        slug="socket-or-ssl",
        literal="TypeError: cannot pickle 'SSLContext' object",
        find=says(r"cannot pickle '(?P<kind>[\w.]*(?:[Ss]ocket|SSL\w*))' object"),
        what="a socket or its encryption was sent ({kind})",
        why=f"{_OWNED}; sessions and clients of HTTP hold one",
        change="make the client in the worker, in the initializer of the pool",
        untold=_WHERE,
    ),
    Hint(
        slug="module",
        literal="TypeError: cannot pickle 'module' object",
        find=says(r"cannot pickle 'module' object"),
        what="a module is among what was sent, most often as an attribute of an object",
        why="a module is imported where it is used, it has no value to send",
        change="import it in the function that needs it, or keep its name",
        untold=_WHERE,
    ),
    Hint(
        slug="weak-reference",
        literal="TypeError: cannot pickle 'weakref.ReferenceType' object",
        find=says(r"cannot pickle '(?P<kind>weakref\w*(?:\.\w+)?|\w*WeakRef\w*)' object"),
        what="a weak reference was sent ({kind})",
        why="it points at an object of this process, which the other one does not have",
        change="leave it out in __getstate__, and make it anew in __setstate__",
        untold=_WHERE,
    ),
    Hint(
        slug="dict-view",
        literal="TypeError: cannot pickle 'dict_keys' object",
        find=says(r"cannot pickle '(?P<kind>dict_\w+|odict_\w+|mappingproxy)' object"),
        what="a view of a dict was sent ({kind})",
        why="a view has no items of its own, it looks at the dict",
        change="send list(...) of it, or dict(...)",
        untold=_WHERE,
    ),
    Hint(
        slug="another-of-that-name",
        literal="PicklingError: Can't pickle <function f>: it's not the same object as __main__.f",
        find=says(
            r"Can't pickle <(?:function|class) '?(?P<name>[\w.]+)[^>]*>:"
            r" it's not the same object as (?P<path>[\w.]+)"
        ),
        what="{path} is not the {name} that was sent: the name was given to something else since",
        why="a decorator that wraps it, a second definition or a reload left another behind the"
        " name",
        change="use functools.wraps and send the decorated one, or give the two different names",
    ),
    Hint(
        slug="not-in-its-module",
        literal="PicklingError: Can't pickle <class 'app.Point'>: attribute lookup Point on app"
        " failed",
        find=either(
            says(
                r"Can't pickle .*: attribute lookup (?P<name>[\w.]+) on (?P<module>[\w.]+) failed"
            ),
            says(r"Can't pickle .*: it's not found as (?P<module>[\w.]+)\.(?P<name>\w+)"),
        ),
        what="{module} has no {name}, though the object that was sent says so",
        why=f"{_BY_REFERENCE}; a class made by a call, or a namedtuple under another name, has not",
        change="bind it to that very name at the top of {module}",
    ),
    Hint(
        slug="interactive-function",
        literal="AttributeError: Can't get attribute 'task' on <module '__main__' (built-in)>",
        find=either(
            says(
                r"Can't get attribute '(?P<name>[\w.]+)' on <module '__main__' \(<?(?:built-in|_fr)"
            ),
            says(r"No such file or directory: '.*<stdin>'"),
        ),
        what="a worker cannot import the program: it has no file",
        why="a spawned worker imports it, and a notebook or an interactive session has none",
        change="put the functions of tasks into a module of their own, and import it",
    ),
    Hint(
        slug="defined-after-the-pool",
        literal="AttributeError: Can't get attribute 'task' on <module '__main__' from 'job.py'>",
        find=says(r"Can't get attribute '(?P<name>[\w.]+)' on <module '(?P<module>[\w.]+)'"),
        read=starting.defined_too_late,
        fails=True,
        what="the worker's {module} has no {name}",
        why="it was defined after the pool had started, or below the main guard, or in another"
        " version of the file",
        change="define {name} at the top of its module, above the line that makes the pool",
        untold="the start method, and which task asked for it",
    ),
    Hint(
        slug="result-cannot-be-read",
        literal="BrokenProcessPool: A result has failed to un-serialize. Please ensure that the"
        " objects returned by the function are always picklable.",
        find=says(r"A result has failed to un-serialize"),
        what="a result or an exception pickles in the worker and does not load in the program",
        why="most often an exception whose __init__ wants other arguments than it gives to"
        " super().__init__",
        change="call super().__init__ with all arguments, or define __reduce__",
        untold="which class it was, and the error that the task meant to raise",
    ),
    Hint(
        slug="exception-cannot-be-read",
        literal="TypeError: Refused.__init__() missing 1 required positional argument: 'code'"
        " (in _handle_results)",
        find=says(
            r"(?P<name>\w+\.)?__init__\(\) missing \d+ required positional argument",
            inside="multiprocessing/connection",
        ),
        what="an exception that a task raised does not load in the program",
        why="it is built again from the arguments that it gave to super().__init__; the thread that"
        " reads the results ends by that, and the pool waits for ever",
        change="call super().__init__ with all arguments, or define __reduce__",
        untold="the task, its input and the real error",
    ),
    Hint(
        slug="pickle-recursion",
        literal="RecursionError: maximum recursion depth exceeded while pickling an object",
        find=says(r"maximum recursion depth exceeded while pickling an object"),
        what="an object is nested too deeply to be pickled",
        why="each level of a linked list or tree takes frames of the pickler",
        change="send a flat form of it (__getstate__ as a list), or raise sys.setrecursionlimit",
        untold=_WHERE,
    ),
    Hint(
        slug="too-large-for-a-pipe",
        literal="OverflowError: cannot serialize a bytes object larger than 4 GiB",
        find=either(
            says(r"cannot serialize a (?:bytes|string|bytearray) object larger than 4 ?GiB"),
            says(r"struct\.error: 'i' format requires -2147483648 <= number <= 2147483647"),
        ),
        what="one message is too large for the pipe between two processes",
        why="older formats count its bytes in 31 bits; it is also copied several times on its way",
        change="write it to a file and send the path, or use mpdiag.channels.ring for arrays",
    ),
    Hint(
        slug="garbled-message",
        literal="_pickle.UnpicklingError: invalid load key, '\\x00'. (in Connection.recv)",
        find=says(
            r"UnpicklingError: (?:invalid load key|pickle data was truncated|unpickling stack)",
            inside="multiprocessing/",
        ),
        what="what came through the pipe is not a whole message",
        why="two processes use one end of a Connection at once, or one died in the middle of a"
        " message",
        change="give each process a Pipe of its own, or put a Lock around send and recv, or use a"
        " Queue",
        untold="who else used that end",
    ),
)
