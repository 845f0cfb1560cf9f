"""The held-out table: python3 evaluate.py speech.pkl audio2mouth.onnx"""

import pickle
import sys

import numpy as np
import onnx
import onnx.numpy_helper
import torch

from features import log_mel, normalise
from network import AudioToMouth
from sounds import random_sound

HELD_OUT = (
    "unknown voices", "unknown languages (it, ru)", "another synthesiser (flite slt)",
    "singing of another synthesiser (flite slt)", "another whisper",
)  # fmt: skip
HEADER = (
    "| held out | opening r | by loudness | spread r | rounding r | closure r | closure F1 | lip on teeth F1 | voice |\n"
    "|---|---|---|---|---|---|---|---|---|"
)
# Amplitude of the sounds nobody speaks, about -20 dB.
SOUND_LEVEL = 0.1


def report(run, sets) -> str:
    """`run` takes normalised features and gives curves (frames x 5) and the probability of voice (frames)."""
    rows = [_row(name, run, clips) for name, clips in _groups(sets)]
    return "\n".join([HEADER, *rows, _sounds(run)])


def _groups(sets):
    for name in HELD_OUT:
        yield name, sets[name]
    for language in ("en", "zh", "de", "es"):
        yield f"unknown voices, {language}", [clip for clip in sets[HELD_OUT[0]] if clip["language"] == language]


def _row(name, run, clips) -> str:
    found, wanted, energy, heard, voiced = [], [], [], [], []
    for clip in clips:
        mel = normalise(log_mel(clip["samples"]))
        count = min(len(mel), len(clip["curves"]))
        curves, voice = run(mel)
        kernel = np.hanning(9) / np.hanning(9).sum()
        energy.append(np.convolve(mel.mean(1), kernel, "same")[:count])
        found.append(curves[:count])
        wanted.append(clip["curves"][:count])
        heard.append(voice[:count] > 0.5)
        voiced.append(clip["voiced"][:count] > 0.5)
    found, wanted, energy = (np.concatenate(parts) for parts in (found, wanted, energy))
    r = lambda k: np.corrcoef(found[:, k], wanted[:, k])[0, 1]
    loudness = np.corrcoef(energy, wanted[:, 0])[0, 1]
    agreement = np.mean(np.concatenate(heard) == np.concatenate(voiced))
    figures = [r(0), loudness, r(1), r(2), r(3), _f1(found[:, 3], wanted[:, 3]), _f1(found[:, 4], wanted[:, 4])]
    return f"| {name} | " + " | ".join(f"{value:.3f}" for value in figures) + f" | {agreement:.1%} |"


def _f1(found, wanted) -> float:
    """Best of three thresholds."""
    scores = []
    for threshold in (0.25, 0.35, 0.45):
        hit = np.sum((found > threshold) & (wanted > 0.5))
        scores.append(2 * hit / (np.sum(found > threshold) + np.sum(wanted > 0.5) + 1e-9))
    return max(scores)


def _sounds(run) -> str:
    rng = np.random.RandomState(12345)
    heard = [run(normalise(log_mel(random_sound(rng, 8) * SOUND_LEVEL)))[1] > 0.5 for _ in range(40)]
    return f"Sounds that nobody speaks, taken for a voice: {np.mean(np.concatenate(heard)):.1%} of the time."


def main(data_path: str, model_path: str) -> None:
    with open(data_path, "rb") as file:
        sets = pickle.load(file)
    print(report(runner(load(model_path)), sets))


def runner(network):
    def run(mel: np.ndarray):
        with torch.no_grad():
            curves, voice, _ = network(torch.from_numpy(mel.T[None]))
        return curves[0].numpy().T, torch.sigmoid(voice)[0, 0].numpy()

    return run


def load(model_path: str) -> AudioToMouth:
    """The network with the weights of an exported model."""
    weights = {
        tensor.name.removeprefix("network."): torch.from_numpy(onnx.numpy_helper.to_array(tensor).copy())
        for tensor in onnx.load(model_path).graph.initializer
    }
    network = AudioToMouth()
    network.load_state_dict(weights)
    return network


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
