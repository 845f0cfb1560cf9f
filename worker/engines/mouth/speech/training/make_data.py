"""Speaks the training and the held-out sets: python3 make_data.py speech.pkl"""

import pickle
import random
import sys

from phonemes import targets
from texts import all_texts
from voices import Espeak, flite

RATE = 16000
LONGEST = 12
# espeak-ng's variants of speakers. Those held out are never heard in training.
TRAINED = (
    " +f1 +f2 +f4 +m1 +m2 +m3 +m5 +m7 +klatt +klatt2 +klatt4 +steph +paul +linda +edward +announcer +max +anika"
    " +robert +michel +sandro +whisper"
).split(" ")
HELD_OUT = "+f5 +m6 +klatt6 +Alicia +benjamin".split()
WHISPER_HELD_OUT = ["+whisperf"]
LANGUAGES = {
    "en": ("en-us", "en-gb-x-rp", "en-gb-scotland", "en-029"), "zh": ("cmn-latn-pinyin",), "pt": ("pt-br", "pt"),
    "es": ("es", "es-419"), "fr": ("fr", "fr-be"),
}  # fmt: skip
# Words a minute and pitch, from and to, and how much the pitch moves. What is chanted is held on one note, as in singing.
SPOKEN = ((125, 210), (25, 75), 50)
CHANTED = ((80, 105), (20, 95), 0)
# Half of the speech is in the four languages most spoken here.
MOST_SPOKEN = "en en en zh zh zh de de es es".split()
OTHERS = "fr pt pl cs nl sv fi hu tr ro vi id hr sw da eo".split()


def main(path: str) -> None:
    random.seed(1)
    texts = all_texts()
    espeak = Espeak()

    def spoken(count, languages, variants, manner=SPOKEN):
        pace, pitch, pitch_range = manner
        clips = []
        while len(clips) < count:
            language = random.choice(languages)
            voice = random.choice(LANGUAGES.get(language, (language,))) + random.choice(variants)
            text = random.choice(texts[language])
            said = espeak.speak(text, voice, random.randint(*pace), random.randint(*pitch), pitch_range)
            if said and len(said[0]) > RATE and len(said[1]) > 5:
                clips.append(clip(language, voice, *said))
        return clips

    def by_flite(count, voices, note=lambda: None, longest=None):
        chosen = [random.choice(voices) for _ in range(count)]
        text = lambda: random.choice(texts["en"])[:longest]
        return [clip("en", f"flite {voice}", *flite(text(), voice, note())) for voice in chosen]

    sung_by_flite = lambda count, voices: by_flite(
        count, voices, lambda: (random.uniform(1.6, 3), 110 * 2 ** random.uniform(0, 1.6)), 50
    )
    others = ["awb", "rms", "kal16"]
    sets = {
        "train": spoken(550, MOST_SPOKEN, TRAINED) + spoken(550, OTHERS, TRAINED) + by_flite(250, others)
        + spoken(130, MOST_SPOKEN + OTHERS, TRAINED, CHANTED) + sung_by_flite(90, others),
        "unknown voices": spoken(60, ["en", "zh", "de", "es"], HELD_OUT),
        "unknown languages (it, ru)": spoken(60, ["it", "ru"], HELD_OUT),
        "another synthesiser (flite slt)": by_flite(40, ["slt"]),
        "singing of another synthesiser (flite slt)": sung_by_flite(20, ["slt"]),
        "another whisper": spoken(20, ["en", "zh", "de", "es"], WHISPER_HELD_OUT),
    }
    for name, clips in sets.items():
        print(f"{name}: {len(clips)} clips, {sum(len(c['samples']) for c in clips) / RATE:.0f} s", flush=True)
    with open(path, "wb") as file:
        pickle.dump(sets, file)


def clip(language, voice, samples, segments):
    curves, voiced = targets(segments, len(samples) // 160 + 1)
    frames = LONGEST * 100 + 1
    return {
        **{"language": language, "voice": voice, "samples": samples[: LONGEST * RATE]},
        **{"curves": curves[:frames], "voiced": voiced[:frames]},
    }


if __name__ == "__main__":
    main(sys.argv[1])
