"""A program as its source tells it: what its names stand for, what runs when it is imported.

Pure: nothing is imported or run.  What cannot be known from the text alone is left unknown.
"""

from __future__ import annotations

import ast
import symtable
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeAlias, TypeVar

Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef
Node = TypeVar("Node", bound=ast.AST)
Scope: TypeAlias = ast.Module | ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda

_FAMILIES = ("multiprocessing.", "torch.multiprocessing.", "concurrent.futures.", "multiprocess.")
_SCOPES = (ast.Module, ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_BODIES = (*_SCOPES, ast.ClassDef)
QUEUES = frozenset({"Queue", "SimpleQueue", "JoinableQueue"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """Where in a source a trouble stands, and the names of the program that belong to it."""

    line: int
    names: Mapping[str, str] = field(default_factory=dict)


class Source:
    """One file of a program.

    Args:
        text: what stands in it.
        file: its name, for errors and findings.
        is_main: whether the program is started by it; else it is imported.
        reimported: whether workers import it, too: not if it is a package's ``__main__``.

    Raises:
        SyntaxError: it is no Python that this interpreter reads.
        ValueError: it has a null byte.
    """

    def __init__(
        self, text: str, file: str, *, is_main: bool = True, reimported: bool = True
    ) -> None:
        self.text, self.file, self.is_main, self.reimported = text, file, is_main, reimported
        self.tree = ast.parse(text, file)
        self.lines = text.splitlines()
        self.nodes = sorted(ast.walk(self.tree), key=lambda node: getattr(node, "lineno", 0))
        self.parents = {child: node for node in self.nodes for child in ast.iter_child_nodes(node)}
        self.aliases = dict(_aliases(self.nodes))
        self.kinds: dict[tuple[ast.AST, str], str] = {}
        """What a name holds, such as ``Queue`` or ``Connection``, by its scope."""
        for node in self.nodes:
            self._learn(node)

    def of(self, *kinds: type[Node]) -> Iterator[Node]:
        """Yield the nodes of these *kinds* in the order of their lines."""
        return (node for node in self.nodes if isinstance(node, kinds))

    @cached_property
    def calls(self) -> list[ast.Call]:
        """All calls, in the order of their lines."""
        return [node for node in self.nodes if isinstance(node, ast.Call)]

    def above(self, node: ast.AST) -> Iterator[ast.AST]:
        """Yield what *node* stands in, innermost first."""
        while node in self.parents:
            node = self.parents[node]
            yield node

    def scope(self, node: ast.AST) -> Scope:
        """Return the function, or the module, in which *node* runs."""
        return next((one for one in self.above(node) if isinstance(one, _SCOPES)), self.tree)

    def is_guarded(self, node: ast.AST) -> bool:
        """Whether *node* runs in the program only, as below the main guard, and in no function."""
        inner = node
        for one in self.above(node):
            if isinstance(one, _SCOPES):
                return isinstance(one, ast.Module) and not self.reimported
            if isinstance(one, ast.If) and is_guard(one.test) and inner in one.body:
                return True
            inner = one
        return False

    def on_import(self, node: ast.AST) -> bool:
        """Whether *node* runs as a worker imports the file."""
        return isinstance(self.scope(node), ast.Module) and not self.is_guarded(node)

    def dotted(self, node: ast.AST | None) -> str:
        """Return the full name that *node* stands for, such as ``multiprocessing.Pool``."""
        match node:
            case ast.Name(id=name):
                if self.kind(node) == "context":
                    return "multiprocessing"
                return self.aliases.get(name, name)
            case ast.Attribute(value=value, attr=attr):
                return f"{self.dotted(value)}.{attr}"
            case ast.Call(func=func):
                name = self.dotted(func)
                return "multiprocessing" if name == "multiprocessing.get_context" else f"{name}()"
            case _:
                return ""

    def kind(self, node: ast.AST | None) -> str:
        """Return what *node* holds, such as ``Pool`` or ``manager.dict``; empty if unknown."""
        match node:
            case ast.Name(id=name):
                return self._known(node, name)
            case ast.Attribute():
                return self.kinds.get((self.tree, ast.unparse(node)), "")
            case ast.Call(func=ast.Attribute(value=value, attr=attr)) if (
                self.kind(value) == "Manager"
            ):
                return f"manager.{attr}"
            case ast.Call():
                return self._made(node)
            case ast.ListComp(elt=inner) | ast.List(elts=[inner, *_]):
                return f"list of {found}" if (found := self.kind(inner)) else ""
            case ast.Await(value=inner) | ast.NamedExpr(value=inner):
                return self.kind(inner)
            case _:
                return ""

    def _known(self, node: ast.AST, name: str) -> str:
        for one in (node, *self.above(node)):
            if isinstance(one, _SCOPES) and (one, name) in self.kinds:
                return self.kinds[one, name]
        return ""

    def _made(self, call: ast.Call) -> str:
        name = self.dotted(call.func)
        if name == "multiprocessing.get_context":
            return "context"
        if name in self.process_classes:
            return "Process"
        if name.startswith(_FAMILIES) and ".dummy." not in name and "()" not in name:
            last = name.rpartition(".")[2]
            return "" if last.startswith("Thread") else {"SyncManager": "Manager"}.get(last, last)
        return {"threading.Thread": "Thread"}.get(name, "")

    @cached_property
    def process_classes(self) -> dict[str, ast.ClassDef]:
        """The classes of this file that are a ``Process``, by their names."""
        return {
            node.name: node
            for node in self.nodes
            if isinstance(node, ast.ClassDef)
            for base in node.bases
            if self.dotted(base).startswith(_FAMILIES)
            and self.dotted(base).rpartition(".")[2].endswith("Process")
        }

    def _learn(self, node: ast.AST) -> None:
        match node:
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    self.learn(target, self.kind(value))
            case ast.AnnAssign(target=target, value=value) if value is not None:
                self.learn(target, self.kind(value))
            case ast.withitem(context_expr=value, optional_vars=target) if target is not None:
                self.learn(target, self.kind(value))
            case ast.For(target=target, iter=value) | ast.comprehension(target=target, iter=value):
                self.learn(target, self.kind(value).partition("list of ")[2])
            case ast.Call(func=ast.Attribute(value=ast.Name() as held, attr="append"), args=[one]):
                if inner := self.kind(one):
                    self.learn(held, f"list of {inner}")
            case _:
                pass

    def learn(self, target: ast.AST, kind: str) -> None:
        """Take note that *target* holds a *kind*, as in ``target = ...``."""
        match target:
            case ast.Tuple(elts=parts) if kind == "Pipe":
                for part in parts:
                    self.learn(part, "Connection")
            case ast.Name(id=name) if kind:
                self.kinds[self.home(target, name), name] = kind
            case ast.Attribute() if kind:
                self.kinds[self.tree, ast.unparse(target)] = kind
            case _:
                pass

    def home(self, node: ast.AST, name: str) -> Scope:
        """Return the scope in which *name*, written at *node*, is bound."""
        scope = self.scope(node)
        if isinstance(scope, (ast.FunctionDef, ast.AsyncFunctionDef)):
            said = (one for one in ast.walk(scope) if isinstance(one, ast.Global))
            if any(name in one.names for one in said):
                return self.tree
        return scope

    @cached_property
    def functions(self) -> dict[tuple[ast.AST, str], Function]:
        """The functions of this file by where they are defined: a function, class or module."""
        found: dict[tuple[ast.AST, str], Function] = {}
        for node in self.nodes:
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                home = next(one for one in self.above(node) if isinstance(one, _BODIES))
                found[home, node.name] = node
        return found

    def function(self, node: ast.AST | None) -> Function | None:
        """Return the function of this file that *node* names."""
        match node:
            case ast.Name(id=name):
                for one in self.above(node):
                    if isinstance(one, _SCOPES) and (one, name) in self.functions:
                        return self.functions[one, name]
            case ast.Attribute(value=ast.Name(id="self" | "cls"), attr=name):
                for one in self.above(node):
                    if isinstance(one, ast.ClassDef):
                        return self.functions.get((one, name))
            case _:
                pass
        return None

    @cached_property
    def _tables(self) -> dict[tuple[str, int], symtable.SymbolTable]:
        found: dict[tuple[str, int], symtable.SymbolTable] = {}
        left: list[symtable.SymbolTable] = [symtable.symtable(self.text, self.file, "exec")]
        while left:
            table = left.pop()
            found[table.get_name(), table.get_lineno()] = table
            left += table.get_children()
        return found

    def globals_read(self, function: Function) -> set[str]:
        """Return the global names that *function*, and what is defined in it, reads."""
        table = self._tables.get((function.name, function.lineno))
        left = [table] if table is not None else []
        names: set[str] = set()
        while left:
            table = left.pop()
            names |= {
                one.get_name()
                for one in table.get_symbols()
                if one.is_global() and one.is_referenced()
            }
            left += table.get_children()
        return names

    def bindings(self, name: str) -> list[ast.AST]:
        """Return the nodes that bind the global *name*, in the order of their lines."""
        return self._bindings.get(name, [])

    @cached_property
    def _bindings(self) -> dict[str, list[ast.AST]]:
        found: dict[str, list[ast.AST]] = {}
        for node in self.nodes:
            for name in bound_by(node):
                around = (one for one in self.above(node) if isinstance(one, _BODIES))
                in_class = isinstance(next(around, None), ast.ClassDef)
                if not in_class and isinstance(self.home(node, name), ast.Module):
                    found.setdefault(name, []).append(node)
        return found

    def spot(self, node: ast.AST, **names: str) -> Spot:
        """Return the place of *node*, with what its texts may name."""
        return Spot(line=getattr(node, "lineno", 1), names=names)


def is_guard(test: ast.AST) -> bool:
    """Whether *test* is that of ``if __name__ == "__main__"``."""
    return any(
        isinstance(one, ast.Compare)
        and "__name__" in (text := ast.unparse(one))
        and "__main__" in text
        and isinstance(one.ops[0], ast.Eq)
        for one in ast.walk(test)
    )


def bound_by(node: ast.AST) -> set[str]:
    """Return the names that *node* itself binds."""
    match node:
        case ast.Name(id=name, ctx=ast.Store()):
            return {name}
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return {name}
        case ast.Import(names=names) | ast.ImportFrom(names=names):
            return {one.asname or one.name.partition(".")[0] for one in names}
        case ast.ExceptHandler(name=str(name)):
            return {name}
        case _:
            return set()


def _aliases(nodes: list[ast.AST]) -> Iterator[tuple[str, str]]:
    """Yield the names that imports bind, with what they stand for."""
    for node in nodes:
        match node:
            case ast.Import(names=names):
                for one in names:
                    whole = one.name if one.asname else one.name.partition(".")[0]
                    yield one.asname or whole, whole
            case ast.ImportFrom(module=str(module), names=names, level=0):
                for one in names:
                    yield one.asname or one.name, f"{module}.{one.name}"
            case _:
                pass
