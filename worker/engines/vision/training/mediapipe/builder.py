"""An ONNX graph in the making. Tensors of four dimensions are kept channels first; TensorFlow has them last."""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from tflite import Graph

OPSET = 16
# Larger weights are stored in 16 bits, as the originals are.
SMALL = 256


class Builder:
    def __init__(self, graph: Graph):
        self.graph = graph
        self.nodes, self.weights, self.count = [], [], 0
        self.constants = {
            n: tensor.data.astype(np.float32) if tensor.data.dtype == np.float16 else tensor.data
            for n, tensor in enumerate(graph.tensors)
            if tensor.data is not None
        }

    def node(self, kind: str, inputs: list[str], output: str | None = None, **attributes) -> str:
        if output is None:
            output = f"v{self.count}"
            self.count += 1
        self.nodes.append(helper.make_node(kind, inputs, [output], **attributes))
        return output

    def constant(self, value) -> str:
        name = f"c{self.count}"
        self.count += 1
        array = np.array(value, order="C")
        if array.dtype != np.float32 or array.size <= SMALL:
            self.weights.append(numpy_helper.from_array(array, name))
            return name
        self.weights.append(numpy_helper.from_array(array.astype(np.float16), f"{name}_h"))
        return self.node("Cast", [f"{name}_h"], name, to=TensorProto.FLOAT)

    def floats(self, *values: float) -> str:
        return self.constant(np.array(values, np.float32))

    def whole(self, *values: int) -> str:
        return self.constant(np.array(values, np.int64))

    def value(self, tensor: int) -> str:
        if tensor not in self.constants:
            return f"t{tensor}"
        data = self.constants[tensor]
        return self.constant(data.transpose(0, 3, 1, 2) if data.ndim == 4 else data)

    def shape(self, tensor: int) -> list[int]:
        return self.graph.tensors[tensor].shape

    def save(self, path: str, wanted: list[str] | None) -> None:
        """Keeps the wanted outputs, all when None, and only what they need."""
        outputs = [self._output(n) for n in self.graph.outputs if not wanted or self.graph.tensors[n].name in wanted]
        needed, kept = {output.name for output in outputs}, []
        for node in reversed(self.nodes):
            if any(name in needed for name in node.output):
                kept.insert(0, node)
                needed |= set(node.input)
        weights = [weight for weight in self.weights if weight.name in needed]
        _, height, width, channels = self.shape(self.graph.inputs[0])
        image = helper.make_tensor_value_info("input", TensorProto.FLOAT, [1, channels, height, width])
        graph = helper.make_graph(kept, "g", [image], outputs, weights)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)])
        model.ir_version = 8
        onnx.checker.check_model(model)
        onnx.save(model, path)

    def _output(self, tensor: int):
        name, shape = self.graph.tensors[tensor].name, self.shape(tensor)
        flat = len(shape) == 4
        value = self.node("Transpose", [f"t{tensor}"], perm=[0, 2, 3, 1]) if flat else f"t{tensor}"
        self.node("Reshape", [value, self.whole(*([1, -1] if flat else shape))], name)
        return helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, int(np.prod(shape))] if flat else shape)
