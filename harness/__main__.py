"""The command line as ``python -m harness``."""

from harness.cli.app import main

if __name__ == "__main__":
    main()
