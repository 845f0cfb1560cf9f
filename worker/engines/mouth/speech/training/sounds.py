"""Sounds that nobody speaks, so that the network keeps the mouth shut to them: noise, tones, music, knocks."""

import numpy as np

RATE = 16000


def random_sound(rng: np.random.RandomState, seconds: float) -> np.ndarray:
    """One of the kinds below, with a mean square of 1."""
    count = int(seconds * RATE)
    kinds = (noise, sweep, chords, melody, knocks, hum, breath)
    samples = kinds[rng.randint(len(kinds))](rng, count)
    if rng.rand() < 0.35:
        samples = _level(samples) + _level(kinds[rng.randint(len(kinds))](rng, count)) * rng.uniform(0.1, 1)
    return _level(samples)


def noise(rng, count):
    """White to brown, steady or swelling."""
    spectrum = np.fft.rfft(rng.randn(count))
    spectrum /= np.maximum(1, np.arange(len(spectrum))) ** rng.uniform(0, 1.2)
    samples = np.fft.irfft(spectrum, count)
    if rng.rand() < 0.5:
        samples = samples * (1 + 0.8 * np.sin(2 * np.pi * rng.uniform(0.2, 6) * np.arange(count) / RATE))
    return samples


def sweep(rng, count):
    low, high = sorted(rng.uniform(60, 6000, 2))
    cycles = rng.uniform(0.05, 1)
    phase = 0.5 - 0.5 * np.cos(2 * np.pi * cycles * np.arange(count) / RATE)
    return np.sin(2 * np.pi * np.cumsum(low * (high / low) ** phase) / RATE)


def chords(rng, count):
    """Three or four notes held together, changing every half to two seconds."""
    out = np.zeros(count)
    at = 0
    while at < count:
        length = int(rng.uniform(0.4, 2) * RATE)
        root = rng.uniform(80, 330)
        for interval in rng.permutation([0, 3, 4, 7, 9, 10, 12])[: rng.randint(2, 5)]:
            _add(out, at, _note(rng, root * 2 ** (interval / 12), length))
        at += length
    return out


def melody(rng, count):
    """Single notes at the pace of syllables, the sound most easily taken for speech."""
    out = np.zeros(count)
    at = 0
    while at < count:
        length = int(rng.uniform(0.1, 0.6) * RATE)
        if rng.rand() < 0.85:
            _add(out, at, _note(rng, 110 * 2 ** (rng.randint(0, 36) / 12), length))
        at += length
    return out


def knocks(rng, count):
    """Drums and keystrokes: decaying bursts, in a beat or at random."""
    out = np.zeros(count)
    beat = rng.uniform(0.1, 0.6)
    at = 0.0
    while at * RATE < count:
        length = int(rng.uniform(0.03, 0.35) * RATE)
        time = np.arange(length) / RATE
        body = rng.randn(length) if rng.rand() < 0.6 else np.sin(2 * np.pi * rng.uniform(50, 400) * time)
        _add(out, int(at * RATE), body * np.exp(-time * rng.uniform(10, 80)) * rng.uniform(0.2, 1))
        at += beat if rng.rand() < 0.8 else rng.uniform(0.05, 0.8)
    return out


def hum(rng, count):
    time = np.arange(count) / RATE
    base = rng.choice([50, 60, rng.uniform(80, 240)])
    return sum(np.sin(2 * np.pi * base * k * time + rng.rand()) / k ** rng.uniform(0.3, 2) for k in range(1, 9))


def breath(rng, count):
    """Breaths in and out: noise through a still mouth or nose, swelling and falling."""
    out = rng.randn(count) * 10 ** rng.uniform(-4, -2)
    at = int(rng.uniform(0, 0.5) * RATE)
    while at < count:
        length = int(rng.uniform(0.2, 1.4) * RATE)
        hz = np.fft.rfftfreq(length, 1 / RATE)
        shape = sum(
            rng.uniform(0.2, 1) / (1 + ((hz - centre) / rng.uniform(150, 700)) ** 2)
            for centre in rng.uniform(300, 5000, rng.randint(1, 5))
        )
        swell = np.sin(np.pi * np.linspace(0, 1, length) ** rng.uniform(0.5, 2)) ** rng.uniform(0.7, 2)
        puff = np.fft.irfft(np.fft.rfft(rng.randn(length)) * shape, length)
        _add(out, at, puff / (np.sqrt(np.mean(puff**2)) + 1e-9) * swell * rng.uniform(0.3, 1))
        at += length + int(rng.uniform(0.05, 1.8) * RATE)
    return out


def _note(rng, hz, length):
    time = np.arange(length) / RATE
    partials = range(1, rng.randint(2, 14))
    vibrato = rng.uniform(0, 0.006) * np.sin(2 * np.pi * 5.5 * time)
    fall = rng.uniform(0.3, 2)
    tone = sum(np.sin(2 * np.pi * hz * k * (time + vibrato / 6) + rng.rand()) / k**fall for k in partials if hz * k < 7500)
    attack = np.minimum(1, time / rng.uniform(0.004, 0.12))
    return tone * attack * np.exp(-time * rng.uniform(0, 5)) * np.minimum(1, (length / RATE - time) / 0.02)


def _add(out, at, samples):
    end = min(len(out), at + len(samples))
    out[at:end] += samples[: end - at]


def _level(samples):
    return (samples / max(1e-6, np.sqrt(np.mean(samples**2)))).astype(np.float32)
