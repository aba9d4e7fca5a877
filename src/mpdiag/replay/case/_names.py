"""Which names a test file has, and by which names a new test may call what it needs."""

from __future__ import annotations

import ast
import builtins
import keyword
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

# Modules that are called by their own name, or by the one that everybody uses.
_WHOLE = {"numpy": "np", "pytest": "pytest"}


class Import(NamedTuple):
    """One import statement of one name."""

    module: str
    name: str = ""
    """Empty for the module itself."""
    alias: str = ""

    @property
    def line(self) -> str:
        """The statement."""
        behind = f" as {self.alias}" if self.alias else ""
        if self.name:
            return f"from {self.module} import {self.name}{behind}"
        return f"import {self.module}{behind}"


def imports_of(tree: ast.Module) -> Iterator[Import]:
    """Yield what *tree* imports at its top level."""
    for node in tree.body:
        if isinstance(node, ast.Import):
            yield from (Import(one.name, "", one.asname or "") for one in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            module = node.module or ""
            yield from (Import(module, one.name, one.asname or "") for one in node.names)


def bound_in(tree: ast.Module) -> set[str]:
    """Return the names that anything at any place in *tree* gives a meaning."""
    found = set(dir(builtins)) | set(keyword.kwlist)
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            found.add(node.name)
        elif isinstance(node, ast.Name):
            found.add(node.id)
        elif isinstance(node, ast.alias):
            found.add(node.asname or node.name.partition(".")[0])
        elif isinstance(node, ast.arg):
            found.add(node.arg)
    return found


@dataclass
class Names:
    """The names of one test: asked for each, it knows in the end what must be imported."""

    tree: ast.Module
    """Of the file that the test comes into."""
    folders: Mapping[str, str] = field(default_factory=dict)
    """Of modules that are found by path: an expression for the folder of each."""
    needed: dict[Import, None] = field(default_factory=dict)
    setup: dict[str, None] = field(default_factory=dict)
    """Lines before the test."""
    used: set[str] = field(default_factory=set)
    """First parts of all names that were given."""

    def __call__(self, module: str, name: str) -> str:
        """Return how the test calls *name* of *module*."""
        if module in self.folders:
            found = f"{self._by_path(module)}.{name}"
        elif module in _WHOLE:
            found = f"{self._whole(Import(module, '', _alias(module)))}.{name}"
        else:
            found = self._by_name(module, name)
        self.used.add(found.partition(".")[0])
        return found

    def module(self, name: str) -> str:
        """Return how the test calls the module *name*."""
        return self._whole(Import(name, "", _alias(name)))

    def _by_name(self, module: str, name: str) -> str:
        first, dot, rest = name.partition(".")
        for one in imports_of(self.tree):
            if (one.module, one.name) == (module, first):
                return f"{one.alias or first}{dot}{rest}"
        wanted = Import(module, first)
        taken = first in bound_in(self.tree) or any(
            one.name == first and one != wanted for one in self.needed
        )
        merges = any(one.module == module and one.name for one in imports_of(self.tree))
        if taken or merges:  # another name in that statement would change a line that is there
            return f"{self._whole(Import(module))}.{name}"
        self.needed[wanted] = None
        return name

    def _whole(self, wanted: Import) -> str:
        there = wanted in set(imports_of(self.tree))
        shown = wanted.alias or wanted.module
        if not there and shown.partition(".")[0] in bound_in(self.tree):
            roots = {one.module.partition(".")[0] for one in imports_of(self.tree) if not one.name}
            if wanted.alias or shown.partition(".")[0] not in roots:
                shown = f"{shown.replace('.', '_')}_module"
                wanted = Import(wanted.module, "", shown)
                there = wanted in set(imports_of(self.tree))
        if not there:
            self.needed[wanted] = None
        self.used.add(shown.partition(".")[0])
        return shown

    def _by_path(self, module: str) -> str:
        sys, importlib = self.module("sys"), self.module("importlib")
        folder = self.folders[module]
        shown = _identifier(module.rpartition(".")[2])
        line = f'{shown} = {importlib}.import_module("{module}")'
        lines = ast.unparse(self.tree).splitlines()
        if shown in bound_in(self.tree) and ast.unparse(ast.parse(line)) not in lines:
            shown = f"{shown}_module"
            line = f'{shown} = {importlib}.import_module("{module}")'
        for one in (f"{sys}.path.insert(0, {folder})", line):
            if ast.unparse(ast.parse(one)) not in lines:
                self.setup[one] = None
        return shown


def _alias(module: str) -> str:
    found = _WHOLE.get(module, module)
    return found if found != module else ""


def _identifier(text: str) -> str:
    found = re.sub(r"\W", "_", text)
    return f"_{found}" if found[:1].isdigit() or not found else found
