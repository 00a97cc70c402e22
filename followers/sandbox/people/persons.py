"""Made-up people: what WeChat would know of each, worked out from the number of the slot.

Nothing is stored for them, so that millions cost no memory; the same seed gives the same people.
"""

import hashlib
from dataclasses import dataclass, replace

from .openids import ALPHABET

# From 2019 until the end of 2025, Beijing time; more and more as an account grows.
_FIRST_DAY = 1_546_272_000
_DAYS = 2_557
_DAY = 86_400

QR_CODE = "ADD_SCENE_QR_CODE"
# In a thousand. The last one is not documented: new ones turn up without notice.
_SCENES = {
    QR_CODE: 420,
    "ADD_SCENE_SEARCH": 170,
    "ADD_SCENE_PROFILE_CARD": 110,
    "ADD_SCENE_PROFILE_LINK": 80,
    "ADD_SCENE_PROFILE_ITEM": 40,
    "ADD_SCENE_PAID": 50,
    "ADD_SCENE_WECHAT_ADVERTISEMENT": 40,
    "ADD_SCENE_REPRINT": 15,
    "ADD_SCENE_LIVESTREAM": 14,
    "ADD_SCENE_CHANNELS": 20,
    "ADD_SCENE_WXA": 20,
    "ADD_SCENE_ACCOUNT_MIGRATION": 8,
    "ADD_SCENE_OTHERS": 11,
    "ADD_SCENE_SMART_SCREEN": 2,
}
SCENES = [scene for scene, share in _SCENES.items() for _ in range(share)]
_LANGUAGES = ["zh_CN"] * 94 + ["zh_TW"] * 3 + ["en"] * 2 + ["zh_HK"]

# Developers' scenes: numbers, or words such as the codes of stores; the first are the busiest.
QR_SCENES: list[int | str] = [
    *(1043, "store_sh_nanjingxilu", 1001, "store_bj_sanlitun", "expo2024_A3", 1002, "SZ0312"),
    *(1044, "store_gz_tianhe", "coupon_spring", 1003, "package_card", "GZ0107", 20240618),
    *(1045, "store_cd_taikoo", "live_1111", 1004, "HZ0521", "desk_07", 1046, "门店_南京新街口"),
    *(1005, "member_day", "WH0230", 20241111, "poster_metro2", 1047, "receipt", "store_xa_saige"),
    *(4294967295, "店员_0086", 1006, "partner:cmb", "A/B-test_b", 1048, "wifi_login", 1),
]
_SURNAMES = "王李张刘陈杨黄赵周吴徐孙马朱胡郭何高林罗"
_ABOUT = ("女士", "先生", "总", "老师", "女士 会员", "先生 老客户", "姐 南京西路店", "工 代理商")

# Harmless only where every page, export and search takes texts as texts.
HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    '=HYPERLINK("http://x.test")',
    "+1-2;@SUM(A1)",
    "-2+3+cmd|' /C calc'!A0",
    "@import 'x'; -- DROP TABLE",
    "'; DELETE FROM followers; --",
    "{{ 7*7 }} {% debug %} %(name)s",
    "王小明👩‍👩‍👧‍👦🎉",
    "\u202eevil\u202c \u200f\u200e\ufeff",
    "a\x00b\x07c\x14d\x08e\nf\tg\x1b[31m",
    "a\\;b;c,\"d\",'e'",
    "备注" * 32,
    "x" * 64,
    "Ǆungla İstanbul ﬁne ÅÅ",
    "\ud7ff\uffff \x7f\x85\u2028\u2029",
)


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

    def born(self, slot: int) -> Person:
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
        return _spoilt(person, dice) if self._hostile and dice.below(100) < 3 else person

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
    scene = QR_SCENES[int(len(QR_SCENES) * dice.share() ** 2.5)]
    return (scene, "") if isinstance(scene, int) else (0, scene)


def _remark(dice: _Dice) -> str:
    return _SURNAMES[dice.below(len(_SURNAMES))] + _ABOUT[dice.below(len(_ABOUT))]


def remark_of(number: int) -> str:
    """A plausible remark, for changes at random."""
    return _remark(_Dice(f"remark:{number}"))


def _spoilt(person: Person, dice: _Dice) -> Person:
    text = HOSTILE[dice.below(len(HOSTILE))]
    if person.qr_scene_str:
        return replace(person, qr_scene_str=text[:64], remark=text)
    return replace(person, remark=text)
