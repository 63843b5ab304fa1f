"""The names scripts may use, one module a theme.

Each module defines functions marked with `script`, a function `functions` that gives variants of them, a
function `objects` that yields named values, or all of these. What a function works on, a part of the running
script, it asks for by the type of its first parameter: `Grid`, `Sample`, `Session`, `Evolution` or `Search`.
To add a name, add it to the module of its theme; `world` collects them, and makes the documentation.
"""
