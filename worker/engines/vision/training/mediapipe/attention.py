"""MediaPipe's three custom operations, which look again at a part of the face, as standard ONNX ones.

They cut a 16 x 16 square of features around some landmarks, turned as the face is, and bring what is found there back.
"""

import numpy as np

SIDE = 16


def region_of_landmarks(b, op, out):
    """The 4 x 4 matrix from the square's pixels to the picture's: the landmarks' box, turned by the eyes, enlarged."""
    indexes, left, right, scale_x, scale_y = _region_options(op.custom_options)
    points = b.value(op.inputs[0])
    cos, sin = _turn(b, points, left, right)
    some = b.node("Gather", [b.node("Squeeze", [points, b.whole(0)]), b.constant(indexes)], axis=0)
    x, y = (b.node("Gather", [some, b.constant(np.array(axis, np.int64))], axis=1) for axis in (0, 1))
    add, sub, mul = (_binary(b, kind) for kind in ("Add", "Sub", "Mul"))
    along, down = add(mul(x, cos), mul(y, sin)), sub(mul(y, cos), mul(x, sin))
    edge = lambda kind, values: b.node(kind, [values], axes=[0], keepdims=1)
    x1, x0, y1, y0 = (edge(kind, v) for v in (along, down) for kind in ("ReduceMax", "ReduceMin"))
    half = b.floats(0.5)
    middle_x, middle_y = mul(add(x1, x0), half), mul(add(y1, y0), half)
    centre_x = sub(mul(middle_x, cos), mul(middle_y, sin))
    centre_y = add(mul(middle_x, sin), mul(middle_y, cos))
    step_x = mul(sub(x1, x0), b.floats(scale_x / SIDE))
    step_y = mul(sub(y1, y0), b.floats(scale_y / SIDE))
    xx, yx = mul(cos, step_x), mul(sin, step_x)
    xy, yy = b.node("Neg", [mul(sin, step_y)]), mul(cos, step_y)
    start_x = sub(centre_x, mul(add(xx, xy), b.floats(SIDE / 2)))
    start_y = sub(centre_y, mul(add(yx, yy), b.floats(SIDE / 2)))
    zero, one = b.floats(0), b.floats(1)
    rows = [xx, xy, zero, start_x, yx, yy, zero, start_y, zero, zero, one, zero, zero, zero, zero, one]
    b.node("Reshape", [b.node("Concat", rows, axis=0), b.whole(1, 4, 4)], out)


def crop_region(b, op, out):
    _, height, width, _ = b.shape(op.inputs[0])
    y, x = np.mgrid[0:SIDE, 0:SIDE].astype(np.float32) + 0.5
    pixels = np.stack([x.ravel(), y.ravel(), 0 * x.ravel(), 1 + 0 * x.ravel()]).astype(np.float32)
    two_rows = b.node("Slice", [b.value(op.inputs[1]), b.whole(0), b.whole(2), b.whole(1)])
    places = b.node("MatMul", [two_rows, b.constant(pixels)])
    scale = np.array([2 / width, 2 / height], np.float32).reshape(1, 2, 1)
    grid = b.node("Sub", [b.node("Mul", [places, b.constant(scale)]), b.constant(np.float32(1))])
    grid = b.node("Reshape", [b.node("Transpose", [grid], perm=[0, 2, 1]), b.whole(1, SIDE, SIDE, 2)])
    b.node("GridSample", [b.value(op.inputs[0]), grid], out, mode="bilinear", padding_mode="zeros", align_corners=0)


def landmarks_to_picture(b, op, out):
    matrix = b.value(op.inputs[1])
    part = lambda begin, end: b.node("Slice", [matrix, b.whole(*begin), b.whole(*end), b.whole(1, 2)])
    turn = b.node("Transpose", [part((0, 0), (2, 2))], perm=[0, 2, 1])
    shift = b.node("Transpose", [part((0, 3), (2, 4))], perm=[0, 2, 1])
    b.node("Add", [b.node("MatMul", [b.value(op.inputs[0]), turn]), shift], out)


def _turn(b, points, left, right):
    """Cosine and sine of the line from the left to the right landmark."""
    at = lambda n, axis: b.node("Slice", [points, b.whole(0, n, axis), b.whole(1, n + 1, axis + 1), b.whole(0, 1, 2)])
    dx, dy = (b.node("Sub", [at(right, axis), at(left, axis)]) for axis in (0, 1))
    squares = b.node("Add", [b.node("Mul", [dx, dx]), b.node("Mul", [dy, dy])])
    length = b.node("Sqrt", [squares])
    return [b.node("Reshape", [b.node("Div", [part, length]), b.whole(1)]) for part in (dx, dy)]


def _binary(b, kind):
    return lambda first, second: b.node(kind, [first, second])


def _region_options(options: bytes):
    """Options are a FlexBuffer map; its values stand in the order of their names as 32-bit numbers."""
    start = options.index(b"subset_idxs\0") + 12
    count = int.from_bytes(options[start : start + 2], "little")
    indexes = np.frombuffer(options[start + 2 : start + 2 + 2 * count], "<i2").astype(np.int64)
    values = options[options.rindex(b"\x08\x00\x00\x00") + 4 :][:32]
    whole, real = np.frombuffer(values, "<i4"), np.frombuffer(values, "<f4")
    left, height, width, right = (int(n) for n in whole[:4])
    if (height, width) != (SIDE, SIDE):
        raise ValueError(f"a region of {width} x {height}")
    return indexes, left, right, real[4], real[5]
