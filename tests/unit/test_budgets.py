"""Files, functions and inheritance stay small; experiments stay different."""

import ast
import difflib
import itertools
from pathlib import Path

from tests.sources import nodes_of

ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / "neatfool").rglob("*.py"))
EXPERIMENTS = sorted((ROOT / "experiments").glob("*.py"))
SETTINGS_KEYS = 15
ANY_IN_A_THOUSAND = 5


def code_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of a function without its docstring."""
    docstring = ast.get_docstring(function, clean=False)
    lines = (function.end_lineno or function.lineno) - function.lineno + 1
    return lines - (docstring.count("\n") + 1 if docstring else 0)


def test_files_are_short() -> None:
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in FILES}
    assert {path: n for path, n in lengths.items() if n > 400} == {}
    assert sum(n <= 250 for n in lengths.values()) >= 0.9 * len(lengths)


def arguments(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Count the arguments that callers give."""
    decorators = [ast.unparse(decorator) for decorator in function.decorator_list]
    # Kernels take flat arrays and sizes, which no settings object may hold.
    if any("command" in name or "jit" in name for name in decorators):
        return 0
    return sum(a.arg != "self" for a in (*function.args.args, *function.args.kwonlyargs))


def test_functions_are_short_and_take_few_arguments() -> None:
    functions = {
        f"{path.relative_to(ROOT)}:{node.lineno} {node.name}": (code_lines(node), arguments(node))
        for path in FILES
        for node in nodes_of(path)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    assert {name: lines for name, (lines, _) in functions.items() if lines > 50} == {}
    assert {name: count for name, (_, count) in functions.items() if count > 7} == {}


def test_folders_are_small() -> None:
    folders = {path.parent for path in (ROOT / "neatfool").rglob("*.py")}
    counts = {folder: len([*folder.glob("*.py")]) - 1 for folder in folders}  # without __init__
    assert {folder: count for folder, count in counts.items() if count > 15} == {}


def classes() -> list[ast.ClassDef]:
    nodes = (node for path in FILES for node in nodes_of(path))
    return [node for node in nodes if isinstance(node, ast.ClassDef)]


def test_settings_have_few_keys() -> None:
    own = {
        each.name: [
            ast.unparse(line.target)
            for line in each.body
            if isinstance(line, ast.AnnAssign) and "ClassVar" not in ast.unparse(line.annotation)
        ]
        for each in classes()
    }
    bases = {each.name: [ast.unparse(base) for base in each.bases] for each in classes()}

    def keys(name: str) -> set[str]:
        return {*own.get(name, ())}.union(*(keys(base) for base in bases.get(name, ())))

    settings = [name for name in own if name.endswith("Settings")]
    assert {n: len(keys(n)) for n in settings if len(keys(n)) > SETTINGS_KEYS} == {}


def test_inheritance_is_flat() -> None:
    bases = {each.name: [ast.unparse(base) for base in each.bases] for each in classes()}

    def depth(name: str) -> int:
        return 1 + max((depth(base) for base in bases.get(name, []) if base in bases), default=0)

    # Errors are told apart by class, and settings are keys without code: these may stand deeper.
    shallow = {name for name in bases if not name.endswith(("Error", "Settings", "Unchecked"))}
    deep = {name: depth(name) for name in shallow}
    assert {name: n for name, n in deep.items() if n > 2} == {}


def test_little_is_of_any_type() -> None:
    texts = [path.read_text(encoding="utf-8") for path in FILES]
    nodes = (node for path in FILES for node in nodes_of(path))
    count = sum(isinstance(node, ast.Name) and node.id == "Any" for node in nodes)
    lines = sum(len(text.splitlines()) for text in texts)
    assert 1000 * count / lines < ANY_IN_A_THOUSAND, "say what it is: object, Json, a protocol"


def test_experiments_differ() -> None:
    assert EXPERIMENTS
    for one, other in itertools.combinations(EXPERIMENTS, 2):
        matcher = difflib.SequenceMatcher(
            None, one.read_text().splitlines(), other.read_text().splitlines()
        )
        assert matcher.ratio() < 0.6, f"{one.name} and {other.name} are alike"
