"""The product's own Python files, parsed."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
SERVICES = ("intake", "scheduling", "notifications", "billing")


def python_files(*folders: str) -> list[Path]:
    """Every Python file below these folders, sorted."""
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def name(path: Path) -> str:
    """A path as it is called in the repository."""
    return path.relative_to(ROOT).as_posix()


@dataclass(frozen=True, slots=True)
class Parsed:
    """What the tests ask of a file: little to keep, where a tree is much, and to parse all of them takes seconds."""

    imports: frozenset[str]
    docstring: str | None
    functions: tuple[tuple[str, int], ...]


@cache
def _parsed(path: Path) -> Parsed:
    tree = ast.parse(path.read_text())
    return Parsed(frozenset(_imports(tree)), ast.get_docstring(tree), tuple(_functions(tree)))


def imports(path: Path) -> frozenset[str]:
    """The full names of modules, and of things taken from modules, that a file imports."""
    return _parsed(path).imports


def docstring(path: Path) -> str | None:
    """What a file says of itself."""
    return _parsed(path).docstring


def functions(path: Path) -> tuple[tuple[str, int], ...]:
    """Every function of a file with its length in lines, decorators and docstring left out."""
    return _parsed(path).functions


def calls(path: Path, function: str) -> Iterator[str]:
    """The first argument, a text, of every call of a function in a file."""
    text = path.read_text()
    for node in ast.walk(ast.parse(text if function in text else "")):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == function:
            yield ast.literal_eval(node.args[0])


def _imports(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _functions(tree: ast.Module) -> Iterator[tuple[str, int]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            documented = ast.get_docstring(node) is not None
            first = node.body[1] if documented and len(node.body) > 1 else node.body[0]
            yield node.name, (node.end_lineno or 0) - first.lineno + 1
