"""Makes text unrecognisable that is about people and devices, and keeps its form.

The same word or number becomes the same other one for as long as one Masks lives, and its length,
its capitals, a plus and leading zeros stay. What becomes what is drawn at random and kept nowhere.
"""

import re
import string
import unicodedata
from collections.abc import Callable, Iterable
from random import SystemRandom

_TRIES = 200
_FEW_DIGITS = 4
"""Of so many digits there are few numbers enough to give each of them another one."""

_PARAMETERS = (
    r"transport=(?:tls|tcp|udp|wss?)|user=(?:phone|ip)|lr|ob|(?:expires|q|reg-id|\+sip\.instance)="
)
_TOKEN = re.compile(
    rf"""
      (?P<scheme>(?<![\w.%+-])(?i:sips?|tel)(?=:))
    | (?P<parameter>(?<=;)(?i:{_PARAMETERS})(?![A-Za-z]))
    | (?P<escape>%(?:2[0-9A-Fa-f]|3[A-Fa-f]|40))
    | (?P<address>(?<![\w.])[0-9]{{1,3}}(?:\.[0-9]{{1,3}}){{3}}(?![\w.]))
    | (?P<digits>[0-9]+)
    | (?P<letters>[A-Za-z]+)
    | (?P<others>[^\x00-\x7f]+)
    """,
    re.VERBOSE,
)
_HARDWARE = r"(?:[0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}"
_IDENTIFYING = re.compile(
    rf"""
      {_HARDWARE}
    | (?i:sips?|tel):[^\s<>"']+
    | [^\s<>"'@/=]+@[^\s<>"'@]+
    | (?<=://)[^\s<>"'/]+
    | (?<![\w.])[0-9]{{1,3}}(?:\.[0-9]{{1,3}}){{3}}(?![\w.])
    | \[?(?:[0-9A-Fa-f]{{0,4}}:){{3,}}[0-9A-Fa-f.]*\]?
    | [A-Za-z0-9_-]{{20,}}
    | [0-9]{{3,}}
    | [^\x00-\x7f]+
    """,
    re.VERBOSE,
)
"""What tells somebody apart in a text that is written for people."""

_SERIAL = re.compile(
    rf"""
      {_HARDWARE}
    | (?<![0-9A-Za-z])(?=[A-Fa-f]*[0-9])[0-9A-Fa-f]{{6,}}(?![0-9A-Za-z])
    | [^\s<>"'@/;]+@[^\s<>"'@/;]+
    | (?<![\w.])(?:10|127|169|172|192)(?:\.[0-9]{{1,3}}){{3}}(?![\w.])
    | [0-9]{{5,}}
    | [^\x00-\x7f]+
    """,
    re.VERBOSE,
)
"""What tells a device from others of its kind in what it calls itself."""


class Masks:
    """What becomes what. `secrets` are replaced wherever they are, whatever is around them."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._random = SystemRandom()
        self._masks: dict[str, str] = {}
        self._used: set[str] = set()
        self._secrets = sorted({one for one in secrets if len(one) > 3}, key=len, reverse=True)

    def strict(self, text: str) -> str:
        """The text with each letter and digit replaced, but for what belongs to SIP itself."""
        return _TOKEN.sub(self._token, text)

    def loose(self, text: str) -> str:
        """A text for people, with what tells somebody apart replaced, known words among it."""
        text = self.without_secrets(text)
        text = _IDENTIFYING.sub(lambda found: self.strict(found[0]), text)
        return re.sub(r"[A-Za-z]{3,}", self._known, text)

    def agent(self, text: str) -> str:
        """What a device calls itself: its make and version stay, its serial number does not."""
        return _SERIAL.sub(lambda found: self.strict(found[0]), self.without_secrets(text))

    def number(self, value: int) -> int:
        """A number with other digits."""
        masked = int(self._digits(str(abs(value))))
        return masked if value >= 0 else -masked

    def without_secrets(self, text: str) -> str:
        """The text with the secrets replaced, and nothing else."""
        for secret in self._secrets:
            text = re.sub(re.escape(secret), "***", text, flags=re.IGNORECASE)
        return text

    def _token(self, found: re.Match[str]) -> str:
        replace: dict[str, Callable[[str], str]] = {
            "address": self._address,
            "digits": self._digits,
            "letters": self._letters,
            "others": self._others,
        }
        return replace.get(found.lastgroup or "", str)(found[0])

    def _known(self, found: re.Match[str]) -> str:
        known = self._masks.get(found[0].lower())
        return found[0] if known is None else _like(found[0], known)

    def _digits(self, text: str) -> str:
        significant = text.lstrip("0")
        if not significant:
            return text
        zeros, size = "0" * (len(text) - len(significant)), len(significant)
        if size <= _FEW_DIGITS and significant not in self._masks:
            self._shuffle(str(number) for number in range(10 ** (size - 1), 10**size))
        return zeros + self._mask(significant, lambda: self._drawn_digits(size))

    def _drawn_digits(self, size: int) -> str:
        rest = self._random.choices(string.digits, k=size - 1)
        return self._random.choice("123456789") + "".join(rest)

    def _letters(self, text: str) -> str:
        if len(text) == 1 and text.lower() not in self._masks:
            self._shuffle(string.ascii_lowercase)
        mask = self._mask(text.lower(), lambda: self._drawn_letters(len(text)))
        return _like(text, mask)

    def _drawn_letters(self, size: int) -> str:
        return "".join(self._random.choices(string.ascii_lowercase, k=size))

    def _others(self, text: str) -> str:
        return self._mask(text, lambda: "".join(map(self._other, text)))

    def _other(self, character: str) -> str:
        kind = unicodedata.category(character)
        if kind in ("Cc", "Cf", "Zs", "Zl", "Zp"):
            return character
        return self._random.choice({"N": "٠١٢٣٤٥٦٧٨٩", "L": "äëïöüçñå"}.get(kind[0], "§¶¤°"))

    def _address(self, text: str) -> str:
        """An address out of the block that is set apart for tests (RFC 2544)."""

        def draw() -> str:
            second, third, fourth = (self._random.randrange(size) for size in (2, 256, 256))
            return f"198.{18 + second}.{third}.{fourth}"

        return self._mask(text, draw)

    def _mask(self, text: str, draw: Callable[[], str]) -> str:
        """What the text becomes: never itself, and as far as can be no other text's mask."""
        if text not in self._masks:
            drawn = draw()
            for _ in range(_TRIES):
                if drawn != text and drawn not in self._used:
                    break
                drawn = draw()
            self._used.add(drawn)
            self._masks[text] = drawn
        return self._masks[text]

    def _shuffle(self, texts: Iterable[str]) -> None:
        """Each of these few becomes the next one in a circle of them all."""
        few = list(texts)
        circle = self._random.sample(few, k=len(few))
        self._masks |= dict(zip(circle, circle[1:] + circle[:1], strict=True))


def _like(text: str, mask: str) -> str:
    """The mask with the capitals of the text."""
    pairs = zip(text, mask, strict=True)
    return "".join(new.upper() if old.isupper() else new for old, new in pairs)
