"""Networks as ONNX models of opset 13, in single precision."""

import ast
from typing import TYPE_CHECKING, Any

import numpy as np

from neatfool.encodings.interchange.json_text import to_json
from neatfool.encodings.interchange.program import Step, program
from neatfool.errors import ConfigError
from neatfool.networks import Graphs
from neatfool.version import __version__, installing

if TYPE_CHECKING:
    import onnx

_OPSET = 13
_IR = 8  # the version of the file format that came with it
_CALLS = {"abs": "Abs", "clip": "Clip", "cos": "Cos", "exp": "Exp", "floor": "Floor", "log": "Log"}
_CALLS |= {"max": "Max", "min": "Min", "sin": "Sin", "tanh": "Tanh"}
_SIGNS = {ast.Add: "Add", ast.Sub: "Sub", ast.Mult: "Mul", ast.Div: "Div"}
_MANY = {"sum": "Sum", "max": "Max", "min": "Min", "mean": "Mean"}


def to_onnx(graphs: Graphs) -> "onnx.ModelProto":
    """Write the one network of a batch as a model from ``inputs`` (X, I) to ``outputs`` (X, O).

    The model carries the network as JSON, in its metadata under the name ``neatfool``.

    Raises:
        ConfigError: The library onnx is not installed.
        DataError: A number is NaN or infinite.
        ShapeError: There is not exactly one graph.
    """
    try:
        import onnx
    except ImportError:
        raise ConfigError(
            f"expected the library onnx; install it by: {installing('onnx')}"
        ) from None
    steps, outputs = program(graphs)
    writer = _Writer(onnx)
    rows = [writer.column("inputs", row) for row in range(graphs.inputs)]
    for step in steps:
        rows.append(writer.node(step, rows))
    writer.add("Concat", *(rows[row] for row in outputs), output="outputs", axis=1)
    ends = [
        onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, ["X", size])
        for name, size in (("inputs", graphs.inputs), ("outputs", graphs.outputs))
    ]
    graph = onnx.helper.make_graph(
        writer.nodes, "network", ends[:1], ends[1:], [*writer.constants.values()]
    )
    model = onnx.helper.make_model(
        graph,
        opset_imports=[onnx.helper.make_opsetid("", _OPSET)],
        ir_version=_IR,
        producer_name="neatfool",
        producer_version=__version__,
    )
    onnx.helper.set_model_props(model, {"neatfool": to_json(graphs)})
    onnx.checker.check_model(model)
    return model


class _Writer:
    """Collects the nodes of a model; each value is a column ``(X, 1)``, known by its name."""

    def __init__(self, onnx: Any) -> None:
        self._onnx = onnx
        self.nodes: list[Any] = []
        self.constants: dict[Any, Any] = {}

    def add(self, kind: str, *inputs: str, output: str = "", **attributes: Any) -> str:
        """Add a node, and return the name of its value."""
        name = output or f"v{len(self.nodes)}"
        self.nodes.append(self._onnx.helper.make_node(kind, inputs, [name], **attributes))
        return name

    def number(self, value: float | list[int]) -> str:
        """Return the name of a constant: a float32, or whole numbers."""
        key = repr(value)
        if key not in self.constants:
            array = np.array(value, np.int64 if isinstance(value, list) else np.float32)
            name = f"c{len(self.constants)}"
            self.constants[key] = self._onnx.numpy_helper.from_array(array, name)
        return str(self.constants[key].name)

    def column(self, values: str, place: int) -> str:
        """Take a column."""
        return self.add("Gather", values, self.number([place]), axis=1)

    def node(self, step: Step, rows: list[str]) -> str:
        """Compute a node of a network."""
        terms = [self.add("Mul", rows[row], self.number(weight)) for row, weight in step.terms]
        if terms:
            total = self.aggregate(step.aggregation.name, terms)
        else:
            zeros = self.add("ConstantOfShape", self.add("Shape", rows[0]))
            total = self.add("Add", zeros, self.number(step.aggregation.empty))
        if step.response != 1:
            total = self.add("Mul", total, self.number(step.response))
        if step.bias != 0:
            total = self.add("Add", total, self.number(step.bias))
        return self.formula(ast.parse(step.activation.formula, mode="eval").body, total)

    def aggregate(self, name: str, terms: list[str]) -> str:
        """Make one value of terms."""
        if name in _MANY:
            return self.add(_MANY[name], *terms)
        if name == "median":
            count = len(terms)
            joined = self.add("Concat", *terms, axis=1)
            ordered = f"v{len(self.nodes)}"
            places = [ordered, f"{ordered}_places"]
            inputs = [joined, self.number([count])]
            self.nodes.append(
                self._onnx.helper.make_node("TopK", inputs, places, axis=1, largest=0, sorted=1)
            )
            middle = (self.column(ordered, place) for place in ((count - 1) // 2, count // 2))
            return self.add("Mean", *middle)
        total = terms[0]
        for term in terms[1:]:
            if name == "product":
                total = self.add("Mul", total, term)
            else:  # maxabs
                is_more = self.add("Greater", self.add("Abs", term), self.add("Abs", total))
                total = self.add("Where", is_more, term, total)
        return total

    def formula(self, node: ast.AST, p: str) -> str:
        """Compute the formula of an activation of ``p``."""
        if isinstance(node, ast.Name):
            return p
        if isinstance(node, ast.Constant):
            return self.number(float(node.value))  # type: ignore[arg-type]
        if isinstance(node, ast.UnaryOp):
            return self.add("Neg", self.formula(node.operand, p))
        if isinstance(node, ast.BinOp):
            parts = self.formula(node.left, p), self.formula(node.right, p)
            return self.add(_SIGNS[type(node.op)], *parts)
        if isinstance(node, ast.IfExp):
            parts = self.formula(node.body, p), self.formula(node.orelse, p)
            return self.add("Where", self.formula(node.test, p), *parts)
        if isinstance(node, ast.Compare):
            parts = self.formula(node.left, p), self.formula(node.comparators[0], p)
            if isinstance(node.ops[0], ast.Gt):
                return self.add("Greater", *parts)
            return self.add("Not", self.add("Equal", *parts))
        assert isinstance(node, ast.Call)
        assert isinstance(node.func, ast.Name)
        return self.add(_CALLS[node.func.id], *(self.formula(each, p) for each in node.args))
