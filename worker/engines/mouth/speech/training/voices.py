"""Speech with timed phonemes: espeak-ng through its library, flite through its command."""

import ctypes as c
import os
import subprocess
import tempfile
import wave

import numpy as np

RATE = 16000
Segments = list[tuple[float, float, str]]


class _Id(c.Union):
    _fields_ = [("number", c.c_int), ("name", c.c_char_p), ("string", c.c_char * 8)]


class _Event(c.Structure):
    _fields_ = [
        ("type", c.c_int), ("identifier", c.c_uint), ("text_position", c.c_int), ("length", c.c_int),
        ("audio_position", c.c_int), ("sample", c.c_int), ("user_data", c.c_void_p), ("id", _Id),
    ]  # fmt: skip


_Callback = c.CFUNCTYPE(c.c_int, c.POINTER(c.c_short), c.c_int, c.POINTER(_Event))
_SYNCHRONOUS, _PHONEME_EVENTS_IN_IPA, _END_OF_EVENTS, _PHONEME = 2, 1 | 2, 0, 7
_SPEED, _PITCH, _RANGE, _UTF8 = 1, 3, 4, 1


class Espeak:
    """One instance a process: the library keeps global state."""

    def __init__(self):
        self._library = c.CDLL("libespeak-ng.so.1")
        self._chunks, self._events = [], []
        self._rate = self._library.espeak_Initialize(_SYNCHRONOUS, 0, None, _PHONEME_EVENTS_IN_IPA)
        self._callback = _Callback(self._collect)
        self._library.espeak_SetSynthCallback(self._callback)

    def _collect(self, samples, count, events):
        if count > 0:
            self._chunks.append(np.ctypeslib.as_array(samples, (count,)).copy())
        n = 0
        while events[n].type != _END_OF_EVENTS:
            if events[n].type == _PHONEME:
                name = bytes(events[n].id.string).split(b"\0")[0].decode("utf8", "ignore")
                # "(en)" says that a foreign word follows, and is no sound.
                if not name.startswith("("):
                    self._events.append((events[n].audio_position / 1000, name))
            n += 1
        return 0

    def speak(
        self, text: str, voice: str, speed: int, pitch: int, pitch_range: int = 50
    ) -> tuple[np.ndarray, Segments] | None:
        """Samples at 16 kHz and the phonemes; None where the voice is unknown or says nothing. Range 0 chants."""
        self._chunks.clear()
        self._events.clear()
        if self._library.espeak_SetVoiceByName(voice.encode()) != 0:
            return None
        self._library.espeak_SetParameter(_SPEED, speed, 0)
        self._library.espeak_SetParameter(_PITCH, pitch, 0)
        self._library.espeak_SetParameter(_RANGE, pitch_range, 0)
        data = text.encode()
        self._library.espeak_Synth(data, len(data) + 1, 0, 0, 0, _UTF8, None, None)
        self._library.espeak_Synchronize()
        if not self._chunks:
            return None
        samples = np.concatenate(self._chunks).astype(np.float32) / 32768
        seconds = len(samples) / self._rate
        ends = [start for start, _ in self._events[1:]] + [seconds]
        segments = [(start, min(end, seconds), name) for (start, name), end in zip(self._events, ends) if end > start]
        return _resample(samples, self._rate), segments


# flite names sounds in ARPAbet.
_IPA = dict(
    pair.split("=")
    for pair in "aa=ɑ ae=æ ah=ʌ ao=ɔ aw=aʊ ax=ə ay=aɪ b=b ch=tʃ d=d dh=ð eh=ɛ er=ɝ ey=eɪ f=f g=ɡ hh=h ih=ɪ iy=i "
    "jh=dʒ k=k l=l m=m n=n ng=ŋ ow=oʊ oy=ɔɪ p=p r=ɹ s=s sh=ʃ t=t th=θ uh=ʊ uw=u v=v w=w y=j z=z zh=ʒ".split()
)


def flite(text: str, voice: str, sung: tuple[float, float] | None = None) -> tuple[np.ndarray, Segments]:
    """Samples at 16 kHz and the phonemes. `sung` is how many times longer sounds are held, and on how many hertz."""
    settings = {"duration_stretch": sung[0], "int_f0_target_mean": sung[1], "int_f0_target_stddev": 2} if sung else {}
    held = [word for name, value in settings.items() for word in ("--setf", f"{name}={value}")]
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "speech.wav")
        command = ["flite", "-voice", voice, *held, "-psdur", "-t", text, "-o", path]
        printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        with wave.open(path) as file:
            rate = file.getframerate()
            samples = np.frombuffer(file.readframes(file.getnframes()), np.int16).astype(np.float32) / 32768
    segments, start = [], 0.0
    for token in printed.split():
        name, end = token.rsplit(":", 1)
        segments.append((start, float(end), _IPA.get(name, "")))
        start = float(end)
    return _resample(samples, rate), segments


def _resample(samples: np.ndarray, rate: int) -> np.ndarray:
    times = np.arange(int(len(samples) / rate * RATE)) / RATE
    return np.interp(times, np.arange(len(samples)) / rate, samples).astype(np.float32)
