"""Converts a MediaPipe network to ONNX: python3 convert.py model.tflite model.onnx [output names to keep]"""

import sys

import numpy as np

import attention
import tflite
from builder import Builder

SAME_PADDING = 0


def main(source: str, target: str, wanted: list[str]) -> None:
    with open(source, "rb") as file:
        graph = tflite.read(file.read())
    b = Builder(graph)
    for tensor in graph.inputs:
        b.node("Identity", ["input"], f"t{tensor}")
    for operator in graph.operators:
        kind = operator.custom if operator.name == "CUSTOM" else operator.name
        CONVERTERS[kind](b, operator, f"t{operator.outputs[0]}")
    b.save(target, wanted)


def _dequantize(b, op, _):
    b.constants[op.outputs[0]] = b.constants[op.inputs[0]].astype(np.float32)


def _convolution(b, op, out):
    depthwise = op.name == "DEPTHWISE_CONV_2D"
    image, kernel = op.inputs[0], b.constants[op.inputs[1]]
    kernel = kernel.transpose(3, 0, 1, 2) if depthwise else kernel.transpose(0, 3, 1, 2)
    strides = [op.options.scalar(2, "i"), op.options.scalar(1, "i")]
    inputs = [b.value(image), b.constant(kernel)]
    if len(op.inputs) > 2 and op.inputs[2] >= 0:
        inputs.append(b.constant(b.constants[op.inputs[2]]))
    size = kernel.shape[2:]
    pads = _pads(b, op, image, size, strides)
    groups = b.shape(image)[3] if depthwise else 1
    result = b.node("Conv", inputs, strides=strides, pads=pads, group=groups, kernel_shape=list(size))
    _activate(b, result, op.options.scalar(4 if depthwise else 3, "b"), out)


def _pads(b, op, image, size, strides):
    """Top, left, bottom, right; TensorFlow puts an odd pixel below and on the right."""
    if op.options.scalar(0, "b") != SAME_PADDING:
        return [0, 0, 0, 0]
    sides = []
    for length, kernel, stride in zip(b.shape(image)[1:3], size, strides):
        total = max((-(-length // stride) - 1) * stride + kernel - length, 0)
        sides.append((total // 2, total - total // 2))
    return [sides[0][0], sides[1][0], sides[0][1], sides[1][1]]


def _activate(b, value, kind, out):
    if kind == 0:
        return b.node("Identity", [value], out)
    if kind == 1:
        return b.node("Relu", [value], out)
    if kind == 3:
        return b.node("Clip", [value, b.constant(np.float32(0)), b.constant(np.float32(6))], out)
    raise ValueError(f"activation {kind}")


def _prelu(b, op, out):
    """slope * x + (1 - slope) * relu(x): the runtime's own PRelu takes longer than all convolutions together."""
    x = b.value(op.inputs[0])
    slope = b.constants[op.inputs[1]].reshape(-1)
    b.node("Add", [_scale(b, x, slope), _scale(b, b.node("Relu", [x]), 1 - slope)], out)


def _scale(b, value, factors):
    """A factor for each channel, as a convolution: these stay in the layout of the convolutions around them."""
    kernel = b.constant(factors.reshape(-1, 1, 1, 1))
    return b.node("Conv", [value, kernel], group=int(factors.size), kernel_shape=[1, 1])


def _arithmetic(kind):
    def convert(b, op, out):
        result = b.node(kind, [b.value(n) for n in op.inputs[:2]])
        _activate(b, result, op.options.scalar(0, "b") if op.options else 0, out)

    return convert


def _unary(kind):
    return lambda b, op, out: b.node(kind, [b.value(op.inputs[0])], out)


def _max_pool(b, op, out):
    stride_x, stride_y, width, height = (op.options.scalar(field, "i") for field in (1, 2, 3, 4))
    size, strides = [height, width], [stride_y, stride_x]
    pads = _pads(b, op, op.inputs[0], size, strides)
    result = b.node("MaxPool", [b.value(op.inputs[0])], kernel_shape=size, strides=strides, pads=pads)
    _activate(b, result, op.options.scalar(5, "b"), out)


def _pad(b, op, out):
    pairs = b.constants[op.inputs[1]].reshape(-1, 2)
    order = [0, 3, 1, 2] if len(pairs) == 4 else range(len(pairs))
    b.node("Pad", [b.value(op.inputs[0]), b.whole(*[pairs[n][side] for side in (0, 1) for n in order])], out)


def _reshape(b, op, out):
    value, shape = b.value(op.inputs[0]), b.shape(op.outputs[0])
    if len(b.shape(op.inputs[0])) == 4:
        value = b.node("Transpose", [value], perm=[0, 2, 3, 1])
    if len(shape) != 4:
        return b.node("Reshape", [value, b.whole(*shape)], out)
    b.node("Transpose", [b.node("Reshape", [value, b.whole(*shape)])], out, perm=[0, 3, 1, 2])


def _concatenation(b, op, out):
    rank = len(b.shape(op.outputs[0]))
    axis = op.options.scalar(0, "i") % rank
    b.node("Concat", [b.value(n) for n in op.inputs], out, axis=[0, 2, 3, 1][axis] if rank == 4 else axis)


def _resize(b, op, out):
    batch, height, width, channels = b.shape(op.outputs[0])
    half_pixel = op.options.scalar(3, "b") if op.options else 0
    corners = op.options.scalar(2, "b") if op.options else 0
    mode = "half_pixel" if half_pixel else "align_corners" if corners else "asymmetric"
    inputs = [b.value(op.inputs[0]), "", "", b.whole(batch, channels, height, width)]
    b.node("Resize", inputs, out, mode="linear", coordinate_transformation_mode=mode)


def _strided_slice(b, op, out):
    begin, end, step = (b.constants[n].astype(np.int64) for n in op.inputs[1:4])
    open_begin, open_end = op.options.scalar(0, "i"), op.options.scalar(1, "i")
    shape = b.shape(op.inputs[0])
    begin = [0 if open_begin >> k & 1 else int(begin[k]) for k in range(len(shape))]
    end = [shape[k] if open_end >> k & 1 else int(end[k]) for k in range(len(shape))]
    axes = [0, 2, 3, 1] if len(shape) == 4 else range(len(shape))
    b.node("Slice", [b.value(op.inputs[0]), b.whole(*begin), b.whole(*end), b.whole(*axes), b.whole(*step)], out)


CONVERTERS = {
    "DEQUANTIZE": _dequantize,
    "CONV_2D": _convolution,
    "DEPTHWISE_CONV_2D": _convolution,
    "PRELU": _prelu,
    "ADD": _arithmetic("Add"),
    "MUL": _arithmetic("Mul"),
    "SUB": _arithmetic("Sub"),
    "RELU": _unary("Relu"),
    "LOGISTIC": _unary("Sigmoid"),
    "MAX_POOL_2D": _max_pool,
    "PAD": _pad,
    "RESHAPE": _reshape,
    "CONCATENATION": _concatenation,
    "RESIZE_BILINEAR": _resize,
    "STRIDED_SLICE": _strided_slice,
    "Landmarks2TransformMatrix": attention.region_of_landmarks,
    "TransformTensorBilinear": attention.crop_region,
    "TransformLandmarks": attention.landmarks_to_picture,
}

if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
