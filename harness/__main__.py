"""The command line as ``python -m harness``."""

import sys


def main() -> None:
    """Run the command line; Ctrl-C while it is being imported is one line too."""
    try:
        from harness.cli.app import main as run

        run()
    except KeyboardInterrupt:
        print("mxval: interrupted; nothing was left half done", file=sys.stderr)
        sys.exit(130)


if __name__ == "__main__":
    main()
