"""Cuts the networks out of the packed assets of @mediapipe/face_mesh 0.4.1657299874: python3 unpack.py package target"""

import os
import sys

# First byte and end of each file in face_mesh_solution_packed_assets.data.
PARTS = {"face_landmark_with_attention.tflite": (0, 2495952), "face_landmark.tflite": (2495952, 3737848)}


def main(package: str, target: str) -> None:
    with open(os.path.join(package, "face_mesh_solution_packed_assets.data"), "rb") as file:
        data = file.read()
    os.makedirs(target, exist_ok=True)
    for name, (start, end) in PARTS.items():
        with open(os.path.join(target, name), "wb") as file:
            file.write(data[start:end])


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
