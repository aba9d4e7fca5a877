"""How state that a process does not share, or should not, is seen in a source."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ._handed import closure, forks, in_workers, initializers, several_workers, starts
from ._read_starting import assigned_to, changed_by, read_in_workers, use_of
from ._source import Source, Spot

# Draws of numpy's own global generator; what is not among them makes or sets one.
_MAKERS = ("default_rng", "seed", "RandomState", "Generator", "SeedSequence", "PCG64", "Philox")
_GENERATORS = frozenset({"numpy.random.default_rng", "numpy.random.RandomState", "random.Random"})
_CLIENTS = (
    *("sqlite3.connect", "socket.socket", "socket.create_connection", "psycopg2.connect"),
    *("psycopg.connect", "pymysql.connect", "MySQLdb.connect", "redis.Redis", "redis.StrictRedis"),
    *("pymongo.MongoClient", "sqlalchemy.create_engine", "requests.Session", "httpx.Client"),
    *("h5py.File", "duckdb.connect", "boto3.client", "boto3.resource"),
)
_THREAD_SETTINGS = ("OMP_", "OPENBLAS_", "MKL_", "NUMEXPR_", "VECLIB_", "BLIS_")
_THREADED = frozenset(
    {"numpy", "scipy", "pandas", "torch", "sklearn", "cv2", "numexpr", "tensorflow", "jax"}
)
_ROTATING = ("RotatingFileHandler", "TimedRotatingFileHandler")
_SETTING_UP = frozenset({"basicConfig", "dictConfig", "fileConfig", "addHandler"})
_SAYING = frozenset({"debug", "info", "warning", "error", "critical", "exception", "log"})


def kept_defaults(source: Source) -> Iterator[Spot]:
    """A mutable default of a worker's function, which each task of that worker goes on with."""
    for function in in_workers(source):
        plain = function.args.args[-len(function.args.defaults) :]
        pairs = [*zip(plain, function.args.defaults, strict=False)]
        pairs += [(a, d) for a, d in zip(function.args.kwonlyargs, function.args.kw_defaults) if d]  # noqa: B905
        for parameter, default in pairs:
            if _is_mutable(default) and parameter.arg in map(changed_by, ast.walk(function)):
                yield source.spot(function, name=parameter.arg, function=function.name)


def _is_mutable(default: ast.expr) -> bool:
    if isinstance(default, ast.Call):
        made = ast.unparse(default.func).rpartition(".")[2]
        return made in {"list", "dict", "set", "defaultdict", "deque", "Counter", "bytearray"}
    return isinstance(default, (ast.List, ast.Dict, ast.Set))


def same_random_numbers(source: Source) -> Iterator[Spot]:
    """A generator whose state all workers have alike: numpy's after a fork, or a fixed seed."""
    there = closure(source, [*in_workers(source), *initializers(source)])
    calls = {
        id(node): node for one in there for node in ast.walk(one) if isinstance(node, ast.Call)
    }
    names = {id(node): source.dotted(node.func) for node in calls.values()}
    if any(name in {"numpy.random.seed", "random.seed"} for name in names.values()):
        return
    if not several_workers(source):
        return
    seeded = {
        source.dotted(call.func).rpartition(".")[0]
        for call in source.calls
        if source.on_import(call) and call.args and source.dotted(call.func).endswith("random.seed")
    }
    for key, name in names.items():
        family, _, drawn = name.rpartition(".")
        inherited = family == "numpy.random" and forks(source) and drawn not in _MAKERS
        if inherited or (family in seeded and family in {"random", "numpy.random"}):
            yield source.spot(calls[key], name=family)
            return
    yield from _one_generator(source)


def _one_generator(source: Source) -> Iterator[Spot]:
    for function, name in read_in_workers(source):
        for node in assigned_to(source, name):
            match source.parents.get(node):
                case ast.Assign(value=ast.Call() as made) if source.dotted(
                    made.func
                ) in _GENERATORS and (made.args or forks(source)):
                    yield source.spot(use_of(function, name), name=name)
                    return
                case _:
                    pass


def clients_of_module(source: Source) -> Iterator[Spot]:
    """A connection that is made once, at the top of a module, and that forked workers use."""
    for function, name in read_in_workers(source) if forks(source) else ():
        for node in assigned_to(source, name):
            match source.parents.get(node):
                case ast.Assign(value=ast.Call() as made) if (
                    source.on_import(made) and source.dotted(made.func) in _CLIENTS
                ):
                    kind = source.dotted(made.func)
                    yield source.spot(use_of(function, name), name=name, kind=kind)
                case _:
                    pass


def late_thread_settings(source: Source) -> Iterator[Spot]:
    """A number of threads that is set after the library that reads it was imported."""
    for call in source.of(ast.Import, ast.ImportFrom):
        library = _library(call)
        if library and source.on_import(call):
            for node in source.nodes:
                name = _thread_setting(node)
                if name and node.lineno > call.lineno:  # type: ignore[attr-defined]
                    yield source.spot(node, name=name, library=library)
                    return


def _library(node: ast.AST) -> str:
    match node:
        case ast.Import(names=names):
            found = [one.name for one in names]
        case ast.ImportFrom(module=str(module)):
            found = [module]
        case _:
            return ""
    heads = (one.partition(".")[0] for one in found)
    return next((one for one in heads if one in _THREADED), "")


def _thread_setting(node: ast.AST) -> str:
    match node:
        case ast.Subscript(
            value=ast.Attribute(attr="environ"),
            slice=ast.Constant(value=str(name)),
            ctx=ast.Store(),
        ):
            pass
        case ast.Call(
            func=ast.Attribute(attr="setdefault" | "putenv"),
            args=[ast.Constant(value=str(name)), _],
        ):
            pass
        case _:
            return ""
    return name if name.startswith(_THREAD_SETTINGS) else ""


def cuda_before_fork(source: Source) -> Iterator[Spot]:
    """CUDA in the program and in its forked workers."""
    there = in_workers(source)
    uses = [call for call in source.calls if _is_cuda(source, call)]
    inside = [call for call in uses if source.scope(call) in there]
    before = [call for call in uses if source.scope(call) not in there]
    if inside and before and starts(source) and forks(source):
        yield source.spot(before[0])


def _is_cuda(source: Source, call: ast.Call) -> bool:
    name = source.dotted(call.func)
    if name.startswith("torch.cuda.") and not name.endswith("is_available"):
        return True
    if "torch" not in source.aliases:
        return False
    given = [*call.args, *(one.value for one in call.keywords)]
    named = any(
        isinstance(one, ast.Constant) and str(one.value).startswith("cuda") for one in given
    )
    return name.endswith(".cuda") or named


def rotating_logs(source: Source) -> Iterator[Spot]:
    """A log file that several processes write and rotate."""
    if "QueueHandler" in source.text or not _saying(source):
        return
    there = closure(source, [*in_workers(source), *initializers(source)])
    for call in source.calls:
        name = source.dotted(call.func).rpartition(".")[2]
        shared = source.on_import(call) or source.scope(call) in there or forks(source)
        if name in _ROTATING and shared:
            yield source.spot(call, name=name)
            return


def logging_of_main(source: Source) -> Iterator[Spot]:
    """Logging that is set up where a spawned worker does not come."""
    there = {*in_workers(source), *initializers(source)}
    found = [
        call
        for call in source.calls
        if isinstance(call.func, ast.Attribute) and call.func.attr in _SETTING_UP
    ]
    elsewhere = [call for call in found if not source.on_import(call)]
    if len(elsewhere) == len(found) and not any(source.scope(call) in there for call in found):
        for call in elsewhere[:1] if _saying(source) and source.is_main else ():
            yield source.spot(call, function=_saying(source))


def _saying(source: Source) -> str:
    """Return the function of workers that logs; empty without one."""
    for function in in_workers(source):
        if any(_is_record(source, node) for node in ast.walk(function)):
            return function.name
    return ""


def _is_record(source: Source, node: ast.AST) -> bool:
    match node:
        case ast.Call(func=ast.Attribute(value=held, attr=attr)) if attr in _SAYING:
            return source.dotted(held) == "logging" or "log" in ast.unparse(held).lower()
        case _:
            return False
