"""Networks as Python source that needs nothing but ``math``."""

import ast
import keyword
from collections.abc import Sequence

from neatfool.encodings.interchange.program import Step, program
from neatfool.errors import ConfigError
from neatfool.networks import Activation, Graphs

_RESERVED = ("abs", "math", "max", "min", "sorted", "sum")
_AGGREGATIONS = {
    "sum": "{0}",
    "product": "math.prod([{1}])",
    "max": "max([{1}])",
    "min": "min([{1}])",
    "maxabs": "max([{1}], key=abs)",
    "median": "_median([{1}])",
    "mean": "sum([{1}]) / {2}",
}
_MEDIAN = """def _median(terms):
    terms = sorted(terms)
    return (terms[(len(terms) - 1) // 2] + terms[len(terms) // 2]) / 2"""


def to_python(graphs: Graphs, name: str = "network", inputs: Sequence[str] = ()) -> str:
    """Write the one network of a batch as a module with one function, of double precision.

    Args:
        graphs: One graph.
        name: Of the function.
        inputs: Names of its arguments; none: ``x0``, ``x1``, ….

    Returns:
        The text of the module. The function takes a number for each input and returns a tuple with
        a number for each output.

    Raises:
        ConfigError: A name cannot be a name in Python, comes twice, or there is not one for each
            input.
        ShapeError: There is not exactly one graph.
    """
    steps, outputs = program(graphs)
    inputs = inputs or [f"x{i}" for i in range(graphs.inputs)]
    _check(name, inputs, graphs.inputs)
    rows = [*inputs, *(f"_{step.row}" for step in steps)]
    used = {step.activation.name: step.activation for step in steps}
    helpers = [_function(used[key]) for key in sorted(used)]
    helpers += [_MEDIAN] if any(step.aggregation.name == "median" for step in steps) else []
    lines = [f"    {rows[step.row]} = {_expression(step, rows)}" for step in steps]
    values = "".join(f"{rows[row]}, " for row in outputs).rstrip()
    body = "\n".join([f"def {name}({', '.join(inputs)}):", *lines, f"    return ({values})"])
    return "\n\n\n".join(["import math", *helpers, body]) + "\n"


def _check(name: str, inputs: Sequence[str], count: int) -> None:
    if len(inputs) != count:
        raise ConfigError(f"expected a name for each of {count} inputs, got {len(inputs)}")
    for each in (name, *inputs):
        is_name = each.isidentifier() and not keyword.iskeyword(each)
        if not is_name or each.startswith("_") or each in _RESERVED:
            raise ConfigError(
                f"expected a name of Python that starts with a letter, and none of "
                f"{', '.join(_RESERVED)}, got {each!r:.60}"
            )
    if len({name, *inputs}) != count + 1:
        raise ConfigError(f"expected names that differ, got {', '.join((name, *inputs))}")


def _expression(step: Step, rows: list[str]) -> str:
    terms = [f"{weight!r} * {rows[row]}" for row, weight in step.terms]
    if terms:
        template = _AGGREGATIONS[step.aggregation.name]
        total = template.format(" + ".join(terms), ", ".join(terms), len(terms))
    else:
        total = repr(step.aggregation.empty)
    if step.response != 1:
        total = f"{step.response!r} * ({total})"
    return f"_{step.activation.name}({step.bias!r} + {total})"


def _function(activation: Activation) -> str:
    """Write an activation as a function, from its formula."""
    formula = ast.unparse(_Plain().visit(ast.parse(activation.formula)))
    return f"def _{activation.name}(p):\n    return {formula}"


class _Plain(ast.NodeTransformer):
    """Put functions of Python in place of those of formulas."""

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """Replace a call."""
        self.generic_visit(node)
        name, arguments = ast.unparse(node.func), [ast.unparse(each) for each in node.args]
        if name == "clip":
            text = "min(max({}, {}), {})".format(*arguments)
        elif name == "exp":
            text = f"math.exp(min({arguments[0]}, 700))"  # math.exp fails beyond
        elif name in ("abs", "max", "min"):
            text = f"{name}({', '.join(arguments)})"
        else:
            text = f"math.{name}({', '.join(arguments)})"
        return ast.parse(text, mode="eval").body
