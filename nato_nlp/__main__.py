"""``python -m nato_nlp`` is ``nato-nlp``."""

from nato_nlp.cli import main

if __name__ == "__main__":
    main()
