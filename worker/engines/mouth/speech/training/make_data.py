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
    " +robert +michel +sandro"
).split(" ")
HELD_OUT = "+f5 +m6 +klatt6 +Alicia +benjamin".split()
LANGUAGES = {"en": ("en-us", "en-gb"), "zh": ("cmn-latn-pinyin",)}


def main(path: str) -> None:
    random.seed(1)
    texts = all_texts()
    espeak = Espeak()

    def spoken(count, languages, variants):
        clips = []
        while len(clips) < count:
            language = random.choice(languages)
            voice = random.choice(LANGUAGES.get(language, (language,))) + random.choice(variants)
            said = espeak.speak(random.choice(texts[language]), voice, random.randint(125, 210), random.randint(25, 75))
            if said and len(said[0]) > RATE and len(said[1]) > 5:
                clips.append(clip(language, voice, *said))
        return clips

    def by_flite(count, voices):
        chosen = [random.choice(voices) for _ in range(count)]
        return [clip("en", f"flite {voice}", *flite(random.choice(texts["en"]), voice)) for voice in chosen]

    sets = {
        "train": spoken(850, ["en", "en", "zh", "zh", "de", "es"], TRAINED) + by_flite(300, ["awb", "rms", "kal16"]),
        "unknown voices": spoken(60, ["en", "zh", "de", "es"], HELD_OUT),
        "unknown languages (it, ru)": spoken(60, ["it", "ru"], HELD_OUT),
        "another synthesiser (flite slt)": by_flite(40, ["slt"]),
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
