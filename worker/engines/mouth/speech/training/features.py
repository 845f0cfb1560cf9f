"""Log-mel features, exactly those of log-mel.ts and curves.ts: 40 bands at 100 frames a second from 16 kHz."""

import numpy as np

RATE = 16000
BANDS = 40
WINDOW, HOP, FFT_SIZE = 400, 160, 512
LOWEST_HZ, HIGHEST_HZ = 60, 7600


def mel_filters() -> np.ndarray:
    mel = lambda hz: 2595 * np.log10(1 + hz / 700)
    hz = lambda value: 700 * (10 ** (value / 2595) - 1)
    edges = hz(np.linspace(mel(LOWEST_HZ), mel(HIGHEST_HZ), BANDS + 2)) / RATE * FFT_SIZE
    bins = np.arange(FFT_SIZE // 2 + 1)
    rows = []
    for left, centre, right in zip(edges, edges[1:], edges[2:]):
        rows.append(np.clip(np.minimum((bins - left) / (centre - left), (right - bins) / (right - centre)), 0, None))
    return np.array(rows, np.float32)


FILTERS = mel_filters()
HANN = np.hanning(WINDOW).astype(np.float32)


def log_mel(samples: np.ndarray) -> np.ndarray:
    """Frames x bands; frame n is centred on n / 100 s."""
    samples = np.append(samples[0], samples[1:] - 0.97 * samples[:-1]).astype(np.float32)
    samples = np.pad(samples, WINDOW // 2)
    count = (len(samples) - WINDOW) // HOP + 1
    stride = samples.strides[0]
    frames = np.lib.stride_tricks.as_strided(samples, (count, WINDOW), (stride * HOP, stride)) * HANN
    power = np.abs(np.fft.rfft(frames, FFT_SIZE)) ** 2
    return np.log(power @ FILTERS.T + 1e-8).astype(np.float32)


def normalise(frames: np.ndarray) -> np.ndarray:
    """Minus the mean of the loud frames (within about 20 dB of the 95th percentile), floored at -7, halved."""
    energy = frames.mean(1)
    loud = frames[energy > np.percentile(energy, 95) - 4.5]
    return (np.maximum(frames - loud.mean(0), -7) / 2).astype(np.float32)
