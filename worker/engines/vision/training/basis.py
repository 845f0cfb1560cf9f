"""How a face deforms when its mouth opens and widens: python3 basis.py landmarks.json basis.json"""

import json
import sys

import numpy as np
from scipy.spatial import Delaunay

RIGHT_EYE, LEFT_EYE = 33, 263
RIGHT_CORNER, LEFT_CORNER = 61, 291
# Pairs of inner lip points whose mean distance is the opening: the same as in ../mouth-measures.ts.
OPENING_PAIRS = ((13, 14), (82, 87), (312, 317))
NOSE_TIP, NOSE_BASE = 1, 2
INNER_LIPS = [78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308, 415, 310, 311, 312, 13, 82, 81, 80, 191]
OUTLINE = [
    *(10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377),
    *(152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109),
]
# Rings of still points around the face, as multiples of the outline's distance from the base of the nose.
RINGS = (1.25, 1.6)
RIDGE = 1e-3
# Frames with so small an opening, as a share of all, make the mean face.
SHUT = 30
# The motion is full from 0.05 eyes below the base of the nose, and fades out over 0.2 above that.
FADE_ABOVE, FADE = 0.15, 0.2
# The triangles are those of a mouth that is open by so much, so that none lies flat.
TRIANGULATED_OPENING = 0.25
LEAST_MOVE = 1e-4


def measure(clips):
    """Mean face, and displacement of each point per unit of opening and of width, from frames x 468 x 2 a clip."""
    openings, widths, means = zip(*(_measure_clip(np.array(clip).reshape(-1, 468, 2)) for clip in clips))
    mean = np.mean(means, 0)
    twin = [int(np.argmin(np.linalg.norm(mean - point * (-1, 1), axis=1))) for point in mean]
    fade = np.clip((mean[:, 1] - (mean[NOSE_BASE, 1] - FADE_ABOVE)) / FADE, 0, 1)[:, None]
    symmetric = lambda move: (move + move[twin] * (-1, 1)) / 2 * fade
    return mean, symmetric(np.mean(openings, 0)), symmetric(np.mean(widths, 0))


def _measure_clip(points):
    """A ridge regression of all points on opening and width, with the turn of the head taken out by the nose's tip."""
    face = _in_face_units(points)
    apart = lambda a, b: np.linalg.norm(face[:, a] - face[:, b], axis=1)
    opening = np.mean([apart(*pair) for pair in OPENING_PAIRS], 0)
    width = apart(RIGHT_CORNER, LEFT_CORNER)
    nose = face[:, NOSE_TIP]
    x = np.stack([opening, width, nose[:, 0], nose[:, 1], np.ones(len(face))], 1)
    moves = np.linalg.solve(x.T @ x + RIDGE * np.eye(x.shape[1]), x.T @ face.reshape(len(face), -1))
    per_opening, per_width = moves.reshape(-1, 468, 2)[:2]
    return per_opening, per_width, face[opening < np.percentile(opening, SHUT)].mean(0)


def _in_face_units(points):
    """Origin between the outer eye corners, x along the line through them, their distance as unit."""
    right, left = points[:, RIGHT_EYE], points[:, LEFT_EYE]
    along = left - right
    scale = np.linalg.norm(along, axis=1)[:, None]
    cos, sin = (along / scale).T[..., None]
    x, y = np.moveaxis(points - ((right + left) / 2)[:, None], -1, 0)
    return np.stack([(x * cos + y * sin) / scale, (y * cos - x * sin) / scale], -1)


def triangulate(mean, per_opening, per_width):
    """Delaunay triangles of face and rings, with the mouth open: those that a moving point belongs to."""
    middle = np.array([0, mean[NOSE_BASE, 1]])
    rings = [middle + (mean[OUTLINE] - middle) * factor for factor in RINGS]
    triangles = Delaunay(np.concatenate([mean + per_opening * TRIANGULATED_OPENING, *rings])).simplices
    moving = set(np.flatnonzero(np.abs(per_opening).sum(1) + np.abs(per_width).sum(1) > LEAST_MOVE).tolist())
    # What lies between the lips is painted.
    return [t for t in triangles.tolist() if moving & set(t) and not set(t) <= set(INNER_LIPS)]


def main(landmarks, target):
    with open(landmarks) as file:
        mean, per_opening, per_width = measure(json.load(file))
    rounded = {"dO": per_opening, "dW": per_width, "mean": mean}
    basis = {name: values.round(5).tolist() for name, values in rounded.items()}
    triangles = triangulate(mean, per_opening, per_width)
    with open(target, "w") as file:
        json.dump({**basis, "tri": triangles, "oval": OUTLINE, "inner": INNER_LIPS}, file)


if __name__ == "__main__":
    main(*sys.argv[1:])
