"""The names scripts may use, one module a theme.

Each module defines functions marked with `script`, a function `objects(session)` that yields named values, or
both. To add a name, add it to the module of its theme; `world` collects them, and the documentation is made
from them.
"""
