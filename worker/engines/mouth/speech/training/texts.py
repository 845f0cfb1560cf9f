"""What is said: proverbs from Debian's fortunes packages, and random pinyin for Chinese."""

import glob
import os
import random
import re

FORTUNES = "/usr/share/games/fortunes"
ENGLISH = "computers cookie definitions education food humorists law literature science people politics wisdom work"

INITIALS = "b p m f d t n l g k h j q x zh ch sh r z c s y w".split()
FINALS = {
    "b": "a o ai ei ao an en ang eng i ie iao ian in ing u", "d": "a e ai ao ou an ang eng ong i ie iao iu ian ing u uo ui uan un",
    "f": "a o ei ou an en ang eng u", "n": "a e ai ei ao an en ang eng ong i ie iao ian in iang ing u uo uan",
    "l": "a e ai ei ao ou an ang eng ong i ia ie iao iu ian in iang ing u uo uan un",
    "g": "a e ai ei ao ou an en ang eng ong u ua uo uai ui uan un uang",
    "j": "i ia ie iao iu ian in iang ing u ue uan un", "z": "a e i ai ao ou an en ang eng ong u uo ui uan un",
    "zh": "a e i ai ao ou an en ang eng ong u ua uo ui uan un uang", "r": "e i ao ou an en ang eng ong u uo ui uan un",
    "y": "a e ao ou an ang ong i in ing u ue uan un", "w": "a o ai ei an en ang eng u",
}  # fmt: skip
SAME_FINALS = {"p": "b", "m": "b", "t": "d", "k": "g", "h": "g", "q": "j", "x": "j", "c": "z", "s": "z", "ch": "zh", "sh": "zh"}
COMMON = "de5 shi4 bu4 wo3 you3 ta1 zhe4 ge4 men5 lai2 dao4 shi2 da4 di4 wei4 zi3 ni3 shuo1 guo2 he2 ren2 yi1".split()
LONGEST = 140
# Languages without proverbs of their own read others': what counts is which sounds they make of letters.
BORROWED = {
    "fr": "en es pt", "nl": "de en", "sv": "de en", "fi": "eo es", "hu": "eo pl", "tr": "eo es", "ro": "es pt", "vi": "es en",
    "id": "eo es", "hr": "pl cs", "sw": "eo es", "da": "de en",
}  # fmt: skip


def all_texts() -> dict[str, list[str]]:
    """Shuffled texts by language. Run twice with one random seed, the same come in the same order."""
    texts = {"en": _fortunes(*ENGLISH.split()), "zh": [pinyin() for _ in range(2000)]}
    for language in ("de", "es", "it", "ru", "pl", "cs", "eo"):
        texts[language] = _fortunes(f"{language}/**")
    texts["pt"] = _fortunes("brasil")
    for language, reads in BORROWED.items():
        texts[language] = [text for other in reads.split() for text in texts[other]]
        random.shuffle(texts[language])
    latin = lambda text: sum(letter.isascii() and letter.isalpha() for letter in text)
    texts["ru"] = [text for text in texts["ru"] if latin(text) < 5]
    return texts


def pinyin() -> str:
    words = []
    for _ in range(random.randint(10, 22)):
        if random.random() < 0.4:
            words.append(random.choice(COMMON))
        else:
            initial = random.choice(INITIALS)
            finals = FINALS[SAME_FINALS.get(initial, initial)].split()
            words.append(f"{initial}{random.choice(finals)}{random.randint(1, 4)}")
        if random.random() < 0.12:
            words[-1] += ","
    return " ".join(words) + "."


def _fortunes(*patterns: str) -> list[str]:
    texts = []
    for pattern in patterns:
        for path in sorted(glob.glob(f"{FORTUNES}/{pattern}", recursive=True)):
            if path.endswith((".dat", ".u8")) or os.path.isdir(path):
                continue
            with open(path, encoding="utf8", errors="ignore") as file:
                texts += [_plain(text) for text in re.split(r"\n%+\n", file.read())]
    texts = [text[:LONGEST] for text in texts if 20 < len(text) < 400]
    random.shuffle(texts)
    return texts


def _plain(text: str) -> str:
    """Without escape codes, without the author after the dash, in one line."""
    text = re.sub(r"\x1b\[[0-9;]*m", "", text)
    return re.sub(r"[-—]+ .*$", "", re.sub(r"\s+", " ", text)).strip()
