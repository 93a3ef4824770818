"""Parsing Python, safely from several threads at once."""

from __future__ import annotations

import ast
import threading
import time
import warnings

_ONE_AT_A_TIME = threading.Lock()
"""CPython counts the depth of a conversion to AST objects per interpreter, not per thread: where two interleave,
``ast.parse`` raises ``SystemError: AST constructor recursion depth mismatch`` (seen with 3.11.7)."""
_ATTEMPTS = 5
"""The lock does not hold back others that parse, such as the printing of a traceback: they are soon done."""


def parse_python(source: str | bytes) -> ast.Module:
    """Return the module a text holds; warnings about it are not shown.

    Raises:
        SyntaxError: it is not Python.
        ValueError: it holds NUL.
        RecursionError: it is nested too deeply.
    """
    with _ONE_AT_A_TIME, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for _ in range(_ATTEMPTS - 1):
            try:
                return ast.parse(source)
            except SystemError:
                time.sleep(0.01)
        return ast.parse(source)
