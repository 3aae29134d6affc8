"""The command line ``nato-nlp``."""


def main() -> None:
    """Run the command line."""
    from nato_nlp.cli.app import app

    app(prog_name="nato-nlp")
