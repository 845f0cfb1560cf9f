"""Rooms, microphones, background and vocal tracts that the synthesisers don't have."""

import numpy as np

from features import BANDS, RATE, log_mel, normalise
from sounds import random_sound


def heard(samples: np.ndarray, rng: np.random.RandomState, clear: bool) -> np.ndarray:
    """The normalised features of a clip as some microphone in some room might hear it, mostly undisturbed if clear."""
    out = samples
    if rng.rand() < 0.7:
        out = _coloured(out, rng)
        if rng.rand() < (0.2 if clear else 0.5):
            out = _in_a_room(out, rng)
    level = np.sqrt(np.mean(out**2)) + 1e-9
    if rng.rand() < (0.12 if clear else 0.4):
        bed = random_sound(rng, len(out) / RATE + 0.01)[: len(out)]
        out = out + bed * level * 10 ** (-rng.uniform(4, 30) / 20)
    out = out + rng.randn(len(out)) * level * 10 ** (-rng.uniform(25 if clear else 14, 60) / 20)
    return normalise(_other_vocal_tract(log_mel(out * rng.uniform(0.05, 1) / level * 0.1), rng))


def _coloured(samples, rng):
    kernel = rng.randn(31) * 0.06 * np.hanning(31)
    kernel[15] += 1
    return np.convolve(samples, kernel, "same")


def _in_a_room(samples, rng):
    length = int(RATE * rng.uniform(0.05, 0.25))
    echo = rng.randn(length) * np.exp(-np.arange(length) / (length / 5))
    echo /= np.sqrt(np.sum(echo**2))
    size = 1 << (len(samples) + length).bit_length()
    wet = np.fft.irfft(np.fft.rfft(samples, size) * np.fft.rfft(echo, size), size)[: len(samples)]
    return samples + wet * rng.uniform(0.1, 0.5)


def _other_vocal_tract(frames, rng):
    bands = np.arange(BANDS) * rng.uniform(0.94, 1.06) + rng.uniform(-2.5, 2.5)
    return frames[:, np.clip(np.round(bands).astype(int), 0, BANDS - 1)]
