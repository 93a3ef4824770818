"""A text that matches a regular expression, for the common constructs; the caller verifies with `re`."""

from __future__ import annotations

import string

_CLASSES = {"d": string.digits, "w": string.ascii_lowercase + string.digits, "s": " "}
_ANY = string.ascii_lowercase + string.digits
_MOST = 64


class _UnsupportedError(ValueError):
    """The expression uses something that is not understood here."""


def matching(pattern: str, number: int) -> str | None:
    """Return a text for the pattern, another per ``number`` where the pattern leaves room; None if unsure."""
    try:
        reader = _Reader(pattern, number)
        text = reader.alternatives()
        return text if reader.done else None
    except (_UnsupportedError, IndexError):
        return None


class _Reader:
    """Walks a pattern once and writes down one text that it matches."""

    def __init__(self, pattern: str, number: int) -> None:
        self._pattern = pattern
        self._place = 0
        self._number = number

    @property
    def done(self) -> bool:
        return self._place >= len(self._pattern)

    def alternatives(self) -> str:
        texts = [self._sequence()]
        while self._accept("|"):
            texts.append(self._sequence())
        return texts[self._pick(len(texts))] if len(texts) > 1 else texts[0]

    def _sequence(self) -> str:
        text = ""
        while not self.done and self._pattern[self._place] not in "|)":
            start = self._place
            item = self._item()
            low, high = self._times()
            if (low, high) == (1, 1):
                text += item
                continue
            end = self._place
            for _ in range(low if low else min(high, 1)):
                self._place = start
                text += self._item()
            self._place = end
        return text

    def _item(self) -> str:
        char = self._next()
        if char in "^$":
            return ""
        if char == ".":
            return _ANY[self._pick(len(_ANY))]
        if char == "[":
            return self._one_of()
        if char == "(":
            return self._group()
        if char == "\\":
            return self._escaped()
        if char in "*+?{":
            raise _UnsupportedError(char)
        return char

    def _group(self) -> str:
        if self._accept("?"):
            if self._accept("P<"):
                while self._next() != ">":
                    pass
            elif not self._accept(":"):
                raise _UnsupportedError("look-around")
        text = self.alternatives()
        if not self._accept(")"):
            raise _UnsupportedError("(")
        return text

    def _escaped(self) -> str:
        char = self._next()
        if char in _CLASSES:
            return _CLASSES[char][self._pick(len(_CLASSES[char]))]
        if char in "AZzb":
            return ""
        if char.isalnum():
            raise _UnsupportedError(char)
        return char

    def _one_of(self) -> str:
        inverse = self._accept("^")
        chars = ""
        while not self._accept("]") or not chars:
            char = self._next()
            if char == "\\":
                escaped = self._next()
                chars += _CLASSES.get(escaped, escaped)
            elif (
                self._pattern[self._place : self._place + 1] == "-" and self._pattern[self._place + 1] != "]"
            ):
                self._next()
                chars += "".join(chr(code) for code in range(ord(char), ord(self._next()) + 1))
            else:
                chars += char
        if inverse:
            chars = "".join(char for char in _ANY if char not in chars)
        return chars[self._pick(len(chars))]

    def _times(self) -> tuple[int, int]:
        low, high = 1, 1
        if self._accept("*"):
            low, high = 0, _MOST
        elif self._accept("+"):
            low, high = 1, _MOST
        elif self._accept("?"):
            low, high = 0, 1
        elif self._accept("{"):
            end = self._pattern.index("}", self._place)
            first, _, last = self._pattern[self._place : end].partition(",")
            low = int(first or 0)
            high = int(last) if last else (low if "," not in self._pattern[self._place : end] else low + 1)
            self._place = end + 1
        self._accept("?")
        if low > _MOST:
            raise _UnsupportedError("{}")
        return low, high

    def _pick(self, size: int) -> int:
        """Return the next digit of the number in base ``size``."""
        if size == 0:
            raise _UnsupportedError("[]")
        self._number, digit = divmod(self._number, size)
        return digit

    def _next(self) -> str:
        char = self._pattern[self._place]
        self._place += 1
        return char

    def _accept(self, text: str) -> bool:
        if self._pattern.startswith(text, self._place):
            self._place += len(text)
            return True
        return False
