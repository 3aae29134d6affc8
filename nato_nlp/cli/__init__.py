"""The command line ``nato-nlp``."""

import os
import sys

from nato_nlp.cli.interrupts import hold_back_in_llvm


def main() -> None:
    """Run the command line."""
    hold_back_in_llvm()
    try:
        _open_streams()
        from typer import Exit

        import nato_nlp.cli.studies  # noqa: F401 (adds its commands)
        from nato_nlp.cli.app import app
        from nato_nlp.cli.messages import reporting

        try:
            with reporting():  # each command reports by itself; here help and version meet a full disk
                app(prog_name="nato-nlp")
        except Exit as end:
            sys.exit(end.exit_code)
    except KeyboardInterrupt:  # while modules are loaded; `reporting` takes the later ones
        print("nato-nlp: interrupted", file=sys.stderr)
        sys.exit(130)


def _open_streams() -> None:
    """Write UTF-8 whatever the locale; a stream that the caller has closed becomes an empty one."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115 (open until the end)
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(encoding="utf-8")
