"""Invented profiles, computed from the number of the slot.

Nothing is stored, so millions of them take no memory; the same seed gives the same profiles.
"""

import hashlib
from dataclasses import dataclass, replace

from ..texts import PEOPLE
from .openids import ALPHABET

# From 2019 to the end of 2025, Beijing time; later days are more frequent, as an account grows.
_FIRST_DAY_TIMESTAMP = 1_546_272_000
_DAY_COUNT = 2_557
_DAY_SECONDS = 86_400

QR_CODE = "ADD_SCENE_QR_CODE"
SCENES = [scene for scene, share in PEOPLE["subscribe_scenes"].items() for _ in range(share)]
_LANGUAGES = ["zh_CN"] * 94 + ["zh_TW"] * 3 + ["en"] * 2 + ["zh_HK"]
QR_SCENES: list[int | str] = PEOPLE["qr_scenes"]
_SURNAMES: str = PEOPLE["surnames"]
_REMARKS: list[str] = PEOPLE["remarks"]
# Texts that break pages, exports and searches which do not escape them.
HOSTILE: list[str] = PEOPLE["hostile"]


@dataclass(frozen=True)
class Profile:
    """A follower's profile without tags; `subscribe_time` in unix seconds."""

    subscribe_time: int
    unionid: str
    remark: str
    language: str
    subscribe_scene: str
    qr_scene: int
    qr_scene_str: str


class HashedRandom:
    """Random numbers taken from the hash of a key."""

    def __init__(self, key: str) -> None:
        self._rest = int.from_bytes(hashlib.blake2b(key.encode(), digest_size=56).digest())

    def randrange(self, limit: int) -> int:
        self._rest, number = divmod(self._rest, limit)
        return number

    def random(self) -> float:
        return self.randrange(1 << 20) / (1 << 20)


class ProfileGenerator:
    """`company` is a seed that all accounts of one Open Platform account share."""

    def __init__(self, seed: str, company: str, *, hostile: bool = False) -> None:
        self._seed, self._company, self._hostile = seed, company, hostile

    def generate(self, slot: int) -> Profile:
        """The profile of this slot before any change."""
        rng = HashedRandom(f"person:{self._seed}:{slot}")
        scene = SCENES[rng.randrange(len(SCENES))]
        qr_number, qr_text = qr_scene(rng) if scene == QR_CODE else (0, "")
        profile = Profile(
            subscribe_time=_subscribe_time(rng),
            unionid=self._unionid(slot),
            remark=_remark(rng) if rng.randrange(100) < 3 else "",
            language=_LANGUAGES[rng.randrange(100)],
            subscribe_scene=scene,
            qr_scene=qr_number,
            qr_scene_str=qr_text,
        )
        if self._hostile and rng.randrange(100) < 3:
            text = HOSTILE[rng.randrange(len(HOSTILE))]
            return replace(profile, qr_scene_str=text[:64] if qr_text else "", remark=text)
        return profile

    def _unionid(self, slot: int) -> str:
        # One person in four follows the company's other accounts, too, under the same unionid.
        shared = HashedRandom(f"shared:{self._company}:{slot}").randrange(4) == 0
        rng = HashedRandom(f"unionid:{self._company if shared else self._seed}:{slot}")
        return "o6_" + "".join(ALPHABET[rng.randrange(64)] for _ in range(25))


def _subscribe_time(rng: HashedRandom, day_count: int = _DAY_COUNT) -> int:
    day = int(day_count * rng.random() ** 0.6)
    return _FIRST_DAY_TIMESTAMP + day * _DAY_SECONDS + 7 * 3600 + rng.randrange(16 * 3600)


def time_before(rng: HashedRandom, end: int) -> int:
    """A time of following from 2019 to before `end`, a midnight in Beijing."""
    return _subscribe_time(rng, max(1, (end - _FIRST_DAY_TIMESTAMP) // _DAY_SECONDS))


def qr_scene(rng: HashedRandom) -> tuple[int, str]:
    """`qr_scene` and `qr_scene_str` of one who came by a QR code."""
    if rng.randrange(100) < 8:
        return 0, ""
    scene = QR_SCENES[int(len(QR_SCENES) * rng.random() ** 2.5)]
    return (scene, "") if isinstance(scene, int) else (0, scene)


def _remark(rng: HashedRandom) -> str:
    return _SURNAMES[rng.randrange(len(_SURNAMES))] + _REMARKS[rng.randrange(len(_REMARKS))]


def make_remark(number: int) -> str:
    """A plausible remark for a random change."""
    return _remark(HashedRandom(f"remark:{number}"))
