"""The files of a program: the one that it is started by, and its own modules that this imports.

They are found and read; nothing is imported.
"""

from __future__ import annotations

import ast
import os
import warnings
from collections.abc import Iterator
from importlib import invalidate_caches
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from tokenize import open as open_source

from ..errors import NoSuchModule, NotPython, ProgramUnreadable
from ..hints import Source

# Files that are read.  More: a check of a program in a large package takes minutes.
MOST_FILES = 200


def read_program(kind: str, name: str, path: list[str]) -> list[Source]:
    """Return the main file of a program, first, and those of its own modules.

    Args:
        kind: ``script``, ``folder``, ``module`` or ``code``.
        name: as it was given: a path, a module, the code.
        path: where a module is looked for.

    Raises:
        NoSuchModule: there is no module of that name.
        NotPython: the main file is not valid in this Python.
        ProgramUnreadable: it cannot be read.
    """
    invalidate_caches()  # a file may be younger than what the importer knows of its folder
    if kind == "code":
        return [_parsed(name, "<string>", reimported=False)]
    if kind == "module":
        spec = _main_of(name, path)
        file, package = _origin(spec), spec.name.rpartition(".")[0]
        home = _home(spec)
    else:
        file = os.path.join(name, "__main__.py") if kind == "folder" else name  # noqa: PTH118
        package, home = "", str(Path(file).resolve().parent)
    if not Path(file).is_file() or not _is_source(file):
        return []
    main = _parsed(_text(file), file, reimported=Path(file).name != "__main__.py")
    return [main, *_own_modules(main, package, home)]


def _main_of(name: str, path: list[str]) -> ModuleSpec:
    spec = find(name, path)
    if spec is not None and spec.submodule_search_locations is not None:
        spec = find(f"{name}.__main__", path)
    if spec is None:
        raise NoSuchModule(name)
    return spec


def find(name: str, path: list[str]) -> ModuleSpec | None:
    """Return where the module *name* is, without an import of the packages it stands in."""
    places, spec, done = list(path), None, ""
    for part in name.split("."):
        done = f"{done}.{part}" if done else part
        try:
            spec = PathFinder.find_spec(done, places)
        except (ImportError, ValueError, OSError):
            return None
        if spec is None:
            return None
        places = list(spec.submodule_search_locations or ())
    return spec


def _origin(spec: ModuleSpec) -> str:
    """Return its file, from here if it stands below this folder."""
    file, here = spec.origin or "", str(Path.cwd())
    return os.path.relpath(file, here) if file.startswith(here + os.sep) else file


def _home(spec: ModuleSpec) -> str:
    """Return the folder from which the module of *spec* is imported by its full name."""
    return str(Path(spec.origin or ".").resolve().parents[spec.name.count(".")])


def _is_source(file: str) -> bool:
    """Whether it is no zip file and no compiled one."""
    return not file.endswith((".pyc", ".zip", ".pyz"))


def _text(file: str) -> str:
    try:
        with open_source(file) as text:
            return text.read()
    except (UnicodeDecodeError, SyntaxError) as error:
        raise NotPython(file, 0, str(error)) from error
    except OSError as error:
        raise ProgramUnreadable(file, str(error.strerror)) from error


def _parsed(text: str, file: str, *, reimported: bool) -> Source:
    try:
        return _source(text, file, reimported=reimported)
    except SyntaxError as error:
        raise NotPython(file, error.lineno or 0, error.msg) from error
    except (ValueError, RecursionError, MemoryError) as error:
        raise NotPython(file, 0, str(error)) from error


def _source(text: str, file: str, *, is_main: bool = True, reimported: bool = True) -> Source:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # those of the compiler are for who runs it
        return Source(text, file, is_main=is_main, reimported=reimported)


def _own_modules(main: Source, package: str, home: str) -> Iterator[Source]:
    """Yield the modules below *home* that *main* imports, directly or not."""
    known, left, count = {str(Path(main.file).resolve())}, [(main, package)], 1
    while left:
        source, package = left.pop()
        for name in imported(source, package):
            spec = find(name, [home])
            file = _origin(spec) if spec is not None and spec.has_location else ""
            real = str(Path(file).resolve())
            if not file.endswith(".py") or real in known or count >= MOST_FILES:
                continue
            known.add(real)
            try:
                found = _source(_text(file), file, is_main=False)
            except (SyntaxError, ValueError, RecursionError, NotPython, ProgramUnreadable):
                continue  # the run tells what becomes of it
            count += 1
            is_package = spec is not None and spec.submodule_search_locations is not None
            left.append((found, name if is_package else name.rpartition(".")[0]))
            yield found


def imported(source: Source, package: str) -> Iterator[str]:
    """Yield the full names of the modules that *source*, in *package*, may import."""
    for node in source.nodes:
        match node:
            case ast.Import(names=names):
                yield from (one.name for one in names)
            case ast.ImportFrom(module=module, names=names, level=level):
                above = package.split(".")[: len(package.split(".")) - level + 1] if level else []
                head = ".".join([*above, *([module] if module else [])])
                if head:
                    yield head
                    yield from (f"{head}.{one.name}" for one in names)
            case _:
                pass
