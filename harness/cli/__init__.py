"""The command line: parse, call, show."""

from harness.cli.app import app, main

__all__ = ["app", "main"]
