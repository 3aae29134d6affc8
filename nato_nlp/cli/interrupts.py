"""Ctrl-C, held back while LLVM is at work: an exception raised in one of its callbacks is lost, or ends in a crash."""

import signal
import threading
from types import FrameType

AGAIN = 0.02  # seconds until an interrupt that was held back is tried again


def hold_back_in_llvm() -> None:
    """Let an interrupt wait until kernels are loaded or compiled; a caller's own handling of interrupts stays."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _interrupt)


def _interrupt(number: int, frame: FrameType | None) -> None:
    if not _in_llvm(frame):
        raise KeyboardInterrupt
    again = threading.Timer(AGAIN, _send, (number,))
    again.daemon = True
    again.start()


def _send(number: int) -> None:
    main = threading.main_thread().ident
    if hasattr(signal, "pthread_kill") and main is not None:
        signal.pthread_kill(main, number)  # wakes the main thread, should it wait
    else:
        signal.raise_signal(number)


def _in_llvm(frame: FrameType | None) -> bool:
    while frame is not None:
        if frame.f_globals.get("__name__", "").startswith("llvmlite"):
            return True
        frame = frame.f_back
    return False
