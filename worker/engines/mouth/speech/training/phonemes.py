"""What the mouth does for each sound: targets for opening, spread, rounding, closure and lip on teeth, each 0 to 1.

The numbers follow the articulatory description of the sounds (height, backness and rounding of vowels in the IPA
chart, place of articulation of consonants); they were set by hand and never fitted to anybody's video.
"""

import re
import unicodedata

import numpy as np

RATE = 100
CURVES = ("open", "spread", "round", "closed", "lip_on_teeth")

# Opening, spread, rounding.
VOWELS = {
    "a": (0.9, 0.25, 0), "ɑ": (0.95, 0, 0), "æ": (0.85, 0.5, 0), "ɐ": (0.7, 0.1, 0), "ə": (0.4, 0.05, 0),
    "ʌ": (0.65, 0.05, 0), "ɛ": (0.6, 0.5, 0), "e": (0.5, 0.6, 0), "ɪ": (0.35, 0.6, 0), "i": (0.25, 0.9, 0),
    "ɨ": (0.25, 0.3, 0), "y": (0.25, 0, 0.9), "ʏ": (0.25, 0, 0.8), "ø": (0.4, 0, 0.7), "œ": (0.55, 0, 0.6),
    "u": (0.25, 0, 1), "ʊ": (0.3, 0, 0.8), "ʉ": (0.25, 0, 0.9), "ɯ": (0.25, 0.2, 0), "o": (0.5, 0, 0.8),
    "ɔ": (0.65, 0, 0.6), "ɒ": (0.75, 0, 0.4), "ɜ": (0.45, 0, 0.15), "ɝ": (0.4, 0, 0.3), "ɚ": (0.35, 0, 0.25),
    "ɤ": (0.45, 0.05, 0), "ᵻ": (0.3, 0.4, 0), "ᵊ": (0.3, 0.05, 0), "ɵ": (0.45, 0, 0.6), "ɞ": (0.45, 0, 0.4),
    "ɘ": (0.4, 0.1, 0),
}  # fmt: skip
CONSONANTS = {
    "w": (0.15, 0, 0.95), "ʍ": (0.15, 0, 0.95), "ɥ": (0.15, 0, 0.9), "j": (0.2, 0.7, 0), "θ": (0.2, 0.1, 0),
    "ð": (0.2, 0.1, 0), "t": (0.18, 0.25, 0), "d": (0.2, 0.25, 0), "n": (0.2, 0.2, 0), "l": (0.25, 0.2, 0),
    "s": (0.1, 0.4, 0), "z": (0.1, 0.4, 0), "ɕ": (0.12, 0.5, 0), "ʑ": (0.12, 0.5, 0), "ʃ": (0.15, 0, 0.5),
    "ʒ": (0.15, 0, 0.5), "ʂ": (0.15, 0, 0.35), "ʐ": (0.15, 0, 0.35), "ɹ": (0.22, 0, 0.35), "r": (0.25, 0.1, 0.1),
    "ɾ": (0.25, 0.1, 0), "ɻ": (0.22, 0, 0.35), "k": (0.28, 0.1, 0), "ɡ": (0.28, 0.1, 0), "g": (0.28, 0.1, 0),
    "ŋ": (0.28, 0.1, 0), "x": (0.3, 0.1, 0), "ɣ": (0.3, 0.1, 0), "χ": (0.35, 0.1, 0), "ʁ": (0.3, 0.1, 0),
    "ç": (0.2, 0.5, 0), "ʔ": (0.2, 0.1, 0), "c": (0.2, 0.4, 0), "ɟ": (0.2, 0.4, 0), "ɲ": (0.2, 0.4, 0),
    "ʎ": (0.25, 0.4, 0), "ʝ": (0.2, 0.4, 0), "ɭ": (0.25, 0.1, 0), "ɳ": (0.2, 0.1, 0), "ʈ": (0.2, 0.1, 0),
    "ɖ": (0.2, 0.1, 0), "ɬ": (0.2, 0.3, 0), "q": (0.3, 0.1, 0),
}  # fmt: skip
BILABIAL, LABIODENTAL, NEAR_LABIAL, BREATH = "pbmɓ", "fvɱ", "βɸʋ", "hɦħ"

# Standard deviations of the smoothing in frames: jaws are slower than lips that close, rounding is slowest.
SMOOTHING = {"open": 4, "spread": 5, "round": 6, "closed": 2, "lip_on_teeth": 2}


def targets(segments: list[tuple[float, float, str]], count: int) -> tuple[np.ndarray, np.ndarray]:
    """Curves (count x 5) and where there is voice (count), from timed phonemes (start, end, IPA), 100 a second."""
    shapes = _with_breaths(_timed_shapes(segments))
    raw = np.zeros((count, 5), np.float32)
    voice = np.zeros(count, np.float32)
    for start, end, shape in shapes:
        first = int(round(start * RATE))
        last = max(int(round(end * RATE)), first + 1)
        raw[first:last] = shape
        voice[first:last] = 1
    curves = np.stack([_smooth(raw[:, k], SMOOTHING[name]) for k, name in enumerate(CURVES)], 1)
    curves[:, 3:] = np.clip(curves[:, 3:] * 1.3, 0, 1)
    curves[:, 0] *= 1 - curves[:, 3]
    return curves, _smooth(voice, 3)


def _timed_shapes(segments):
    timed = []
    for start, end, phoneme in segments:
        shapes = [shape for shape in map(_shape, _letters(phoneme)) if shape is not None]
        step = (end - start) / max(1, len(shapes))
        timed += [[start + n * step, start + (n + 1) * step, shape] for n, shape in enumerate(shapes)]
    return timed


def _with_breaths(timed):
    """A breathed sound has the mouth of the sound that follows it."""
    following = (0.35, 0.1, 0, 0, 0)
    for entry in reversed(timed):
        if entry[2] == "breath":
            entry[2] = following
        following = entry[2]
    return timed


def _letters(phoneme: str) -> str:
    plain = "".join(c for c in unicodedata.normalize("NFD", phoneme) if not unicodedata.combining(c))
    return re.sub(r"[ˈˌː_ʰʲˠˤ\-\d.˥˦˧˨˩^'\"#!|ˑ‿]", "", plain)


def _shape(letter: str):
    if letter in BILABIAL:
        return (0, 0.1, 0, 1, 0)
    if letter in LABIODENTAL:
        return (0.08, 0.15, 0, 0, 1)
    if letter in NEAR_LABIAL:
        return (0.1, 0.1, 0.2, 0.4, 0.4)
    if letter in BREATH:
        return "breath"
    shape = VOWELS.get(letter) or CONSONANTS.get(letter)
    return shape and (*shape, 0, 0)


def _smooth(values: np.ndarray, sigma: float) -> np.ndarray:
    reach = int(3 * sigma + 0.5)
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    return np.convolve(np.pad(values, reach, "edge"), kernel / kernel.sum(), "valid").astype(np.float32)
