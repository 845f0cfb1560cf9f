"""Trains and exports the network: python3 train.py speech.pkl audio2mouth.onnx [an earlier one to go on from]"""

import pickle
import sys

import numpy as np
import torch
from torch.nn import functional

from augment import heard
from evaluate import load, report, runner
from features import BANDS, log_mel, normalise
from network import AudioToMouth, Exported
from phonemes import CURVES
from sounds import random_sound

# Epochs, learning rate, and whether the speech is mostly undisturbed: what closures look like is learnt last.
PHASES = ((9, 2e-3, False), (9, 6e-4, False), (9, 1.5e-4, False), (6, 6e-4, True), (3, 1e-4, True))
# The same of a network that goes on from an earlier one, with more to hear.
FURTHER = ((3, 8e-4, False), (3, 3e-4, False), (3, 3e-4, True), (2, 8e-5, True))
# Clips are heard anew, with other rooms and beds, every so many epochs.
FRESH_EVERY = 3
SOUNDS = 320
WINDOW = 300
BATCH = 32
# Opening matters most to the eye; open mouths are rarer than shut ones, so errors there count more.
WEIGHTS = torch.tensor([1.0, 0.6, 1.0, 1.2, 0.8]).view(1, 5, 1)
VOICE_WEIGHT = 0.02


def main(data_path: str, model_path: str, earlier_path: str | None = None) -> None:
    torch.set_num_threads(1)
    torch.manual_seed(0)
    rng = np.random.RandomState(0)
    with open(data_path, "rb") as file:
        sets = pickle.load(file)
    network = load(earlier_path) if earlier_path else AudioToMouth()
    optimiser = torch.optim.Adam(network.parameters())
    for phase in FURTHER if earlier_path else PHASES:
        train_phase(network, optimiser, sets, phase, rng)
        print(report(runner(network.eval()), sets), flush=True)
        export(network, model_path)


def train_phase(network, optimiser, sets, phase, rng) -> None:
    epochs, rate, clear = phase
    for group in optimiser.param_groups:
        group["lr"] = rate
    network.train()
    for epoch in range(epochs):
        if epoch % FRESH_EVERY == 0:
            inputs, wanted = _dataset(sets["train"], rng, clear)
        print(f"rate {rate} epoch {epoch} loss {_epoch(network, optimiser, inputs, wanted, rng):.4f}", flush=True)


def export(network: AudioToMouth, path: str) -> None:
    names = ["params", "voice", "features"]
    axes = {name: {2: "T"} for name in ["mel", *names]}
    example = torch.zeros(1, BANDS, WINDOW)
    torch.onnx.export(
        Exported(network.eval()), example, path, input_names=["mel"], output_names=names, dynamic_axes=axes,
        opset_version=14,
    )  # fmt: skip


def _dataset(clips, rng, clear):
    """All clips and sounds end to end: features (frames x 40) and what is wanted of them (frames x 6)."""
    inputs, wanted = [], []
    for clip in clips:
        mel = heard(clip["samples"], rng, clear)
        count = min(len(mel), len(clip["curves"]))
        inputs.append(mel[:count])
        wanted.append(np.column_stack([clip["curves"][:count], clip["voiced"][:count]]))
    for _ in range(SOUNDS):
        mel = normalise(log_mel(random_sound(rng, 8) * 10 ** rng.uniform(-3, -0.7)))
        inputs.append(mel)
        wanted.append(np.zeros((len(mel), len(CURVES) + 1), np.float32))
    order = rng.permutation(len(inputs))
    join = lambda parts: np.concatenate([parts[n] for n in order]).astype(np.float32)
    return join(inputs), join(wanted)


def _epoch(network, optimiser, inputs, wanted, rng) -> float:
    starts = rng.permutation(len(inputs) // WINDOW - 1) * WINDOW + rng.randint(WINDOW)
    total = 0.0
    batches = range(0, len(starts), BATCH)
    for first in batches:
        rows = [slice(start, start + WINDOW) for start in starts[first : first + BATCH]]
        mel = torch.from_numpy(np.stack([inputs[row].T for row in rows]))
        target = torch.from_numpy(np.stack([wanted[row].T for row in rows]))
        curves, voice, _ = network(mel)
        error = (curves - target[:, :5]) ** 2 * (1 + 2 * target[:, :5])
        loss = (WEIGHTS * error).mean()
        loss = loss + VOICE_WEIGHT * functional.binary_cross_entropy_with_logits(voice, target[:, 5:])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        total += loss.item()
    return total / len(batches)


if __name__ == "__main__":
    main(*sys.argv[1:])
