"""Reads what a converter needs of a TensorFlow Lite file, without TensorFlow: a FlatBuffer of tables and vectors.

Field numbers are those of tensorflow/lite/schema/schema.fbs.
"""

import struct
from dataclasses import dataclass

import numpy as np

OPERATORS = {
    0: "ADD", 2: "CONCATENATION", 3: "CONV_2D", 4: "DEPTHWISE_CONV_2D", 6: "DEQUANTIZE", 14: "LOGISTIC",
    17: "MAX_POOL_2D", 18: "MUL", 19: "RELU", 22: "RESHAPE", 23: "RESIZE_BILINEAR", 32: "CUSTOM", 34: "PAD",
    41: "SUB", 45: "STRIDED_SLICE", 54: "PRELU",
}  # fmt: skip
TYPES = {0: np.float32, 1: np.float16, 2: np.int32, 3: np.uint8, 4: np.int64, 9: np.int8}


@dataclass
class Tensor:
    name: str
    shape: list[int]
    data: np.ndarray | None


@dataclass
class Operator:
    name: str
    custom: str
    inputs: list[int]
    outputs: list[int]
    options: "Table | None"
    custom_options: bytes


@dataclass
class Graph:
    tensors: list[Tensor]
    operators: list[Operator]
    inputs: list[int]
    outputs: list[int]


class Table:
    def __init__(self, data: bytes, position: int):
        self.data, self.position = data, position
        self.fields = position - struct.unpack_from("<i", data, position)[0]
        self.size = struct.unpack_from("<H", data, self.fields)[0]

    def _offset(self, field: int) -> int:
        at = 4 + 2 * field
        return struct.unpack_from("<H", self.data, self.fields + at)[0] if at < self.size else 0

    def _follow(self, position: int) -> int:
        return position + struct.unpack_from("<I", self.data, position)[0]

    def scalar(self, field: int, kind: str, default=0):
        offset = self._offset(field)
        return struct.unpack_from("<" + kind, self.data, self.position + offset)[0] if offset else default

    def table(self, field: int) -> "Table | None":
        offset = self._offset(field)
        return Table(self.data, self._follow(self.position + offset)) if offset else None

    def vector(self, field: int) -> tuple[int, int]:
        """Position of the first element and number of elements."""
        offset = self._offset(field)
        if not offset:
            return 0, 0
        start = self._follow(self.position + offset)
        return start + 4, struct.unpack_from("<I", self.data, start)[0]

    def tables(self, field: int) -> list["Table"]:
        start, count = self.vector(field)
        return [Table(self.data, self._follow(start + 4 * n)) for n in range(count)]

    def numbers(self, field: int) -> list[int]:
        start, count = self.vector(field)
        return list(struct.unpack_from(f"<{count}i", self.data, start))

    def raw(self, field: int) -> bytes:
        start, count = self.vector(field)
        return self.data[start : start + count]


def read(data: bytes) -> Graph:
    model = Table(data, struct.unpack_from("<I", data, 0)[0])
    # The code moved to field 3 when a byte became too small for it.
    codes = [(max(code.scalar(0, "b"), code.scalar(3, "i")), code.raw(1).decode()) for code in model.tables(1)]
    graph, buffers = model.tables(2)[0], model.tables(4)
    return Graph(
        tensors=[_tensor(table, buffers) for table in graph.tables(0)],
        operators=[_operator(table, codes) for table in graph.tables(3)],
        inputs=graph.numbers(1),
        outputs=graph.numbers(2),
    )


def _tensor(table: Table, buffers: list[Table]) -> Tensor:
    shape = table.numbers(0)
    raw = buffers[table.scalar(2, "I")].raw(0)
    data = np.frombuffer(raw, TYPES[table.scalar(1, "b")]).reshape(shape) if raw else None
    return Tensor(table.raw(3).decode(), shape, data)


def _operator(table: Table, codes) -> Operator:
    code, custom = codes[table.scalar(0, "I")]
    return Operator(
        OPERATORS[code], custom, table.numbers(1), table.numbers(2), table.table(4), table.raw(5)
    )
