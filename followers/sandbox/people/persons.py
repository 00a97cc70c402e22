"""Made-up people: what WeChat would know of each, worked out from the number of the slot.

Nothing is stored for them, so that millions cost no memory; the same seed gives the same people.
"""

import hashlib
from dataclasses import dataclass, replace

from ..texts import PEOPLE
from .openids import ALPHABET

# From 2019 until the end of 2025, Beijing time; more and more as an account grows.
_FIRST_DAY = 1_546_272_000
_DAYS = 2_557
_DAY = 86_400

QR_CODE = "ADD_SCENE_QR_CODE"
SCENES = [scene for scene, share in PEOPLE["subscribe_scenes"].items() for _ in range(share)]
_LANGUAGES = ["zh_CN"] * 94 + ["zh_TW"] * 3 + ["en"] * 2 + ["zh_HK"]
_QR_SCENES: list[int | str] = PEOPLE["qr_scenes"]
_SURNAMES: str = PEOPLE["surnames"]
_REMARKS: list[str] = PEOPLE["remarks"]
# Texts that break pages, exports and searches which do not take them as texts.
HOSTILE: list[str] = PEOPLE["hostile"]


@dataclass(frozen=True)
class Person:
    """What WeChat tells of a follower, apart from tags; `subscribe_time` in unix seconds."""

    subscribe_time: int
    unionid: str
    remark: str
    language: str
    subscribe_scene: str
    qr_scene: int
    qr_scene_str: str


class _Dice:
    """Numbers drawn one after another from the hash of something."""

    def __init__(self, what: str) -> None:
        self._rest = int.from_bytes(hashlib.blake2b(what.encode(), digest_size=56).digest())

    def below(self, limit: int) -> int:
        self._rest, number = divmod(self._rest, limit)
        return number

    def share(self) -> float:
        return self.below(1 << 20) / (1 << 20)


class Persons:
    """`company` is the seed that all accounts of one Open Platform account share."""

    def __init__(self, seed: str, company: str, *, hostile: bool = False) -> None:
        self._seed, self._company, self._hostile = seed, company, hostile

    def original(self, slot: int) -> Person:
        """The person of this slot, as they were before anything was changed."""
        dice = _Dice(f"person:{self._seed}:{slot}")
        scene = SCENES[dice.below(len(SCENES))]
        number, word = _qr_scene(dice) if scene == QR_CODE else (0, "")
        person = Person(
            subscribe_time=_when(dice),
            unionid=self._unionid(slot),
            remark=_remark(dice) if dice.below(100) < 3 else "",
            language=_LANGUAGES[dice.below(100)],
            subscribe_scene=scene,
            qr_scene=number,
            qr_scene_str=word,
        )
        return _with_hostile_text(person, dice) if self._hostile and dice.below(100) < 3 else person

    def _unionid(self, slot: int) -> str:
        # One person in four follows the company's other accounts too, under the same unionid.
        shared = _Dice(f"shared:{self._company}:{slot}").below(4) == 0
        dice = _Dice(f"unionid:{self._company if shared else self._seed}:{slot}")
        return "o6_" + "".join(ALPHABET[dice.below(64)] for _ in range(25))


def _when(dice: _Dice) -> int:
    day = int(_DAYS * dice.share() ** 0.6)
    return _FIRST_DAY + day * _DAY + 7 * 3600 + dice.below(16 * 3600)


def _qr_scene(dice: _Dice) -> tuple[int, str]:
    if dice.below(100) < 8:
        return 0, ""
    scene = _QR_SCENES[int(len(_QR_SCENES) * dice.share() ** 2.5)]
    return (scene, "") if isinstance(scene, int) else (0, scene)


def _remark(dice: _Dice) -> str:
    return _SURNAMES[dice.below(len(_SURNAMES))] + _REMARKS[dice.below(len(_REMARKS))]


def remark_of(number: int) -> str:
    """A plausible remark, for changes at random."""
    return _remark(_Dice(f"remark:{number}"))


def _with_hostile_text(person: Person, dice: _Dice) -> Person:
    text = HOSTILE[dice.below(len(HOSTILE))]
    if person.qr_scene_str:
        return replace(person, qr_scene_str=text[:64], remark=text)
    return replace(person, remark=text)
