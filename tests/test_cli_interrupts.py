"""Ctrl-C while LLVM is at work waits until it has ended; anywhere else it ends the command at once."""

import signal
import time

import pytest

from nato_nlp.cli import interrupts

CODE = """
signal.raise_signal(signal.SIGINT)
done.append("its work")
"""


@pytest.fixture(autouse=True)
def handling():
    before = signal.getsignal(signal.SIGINT)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    interrupts.hold_back_in_llvm()
    yield
    signal.signal(signal.SIGINT, before)


def work_in(module, done):
    """Interrupt code of this module, and wait."""
    exec(CODE, {"__name__": module, "signal": signal, "done": done})
    time.sleep(30)


@pytest.mark.parametrize("module", ["llvmlite", "llvmlite.binding.executionengine"])
def test_llvm_ends_its_work_and_the_interrupt_comes_behind_it(module):
    done = []
    with pytest.raises(KeyboardInterrupt):
        work_in(module, done)
    assert done == ["its work"]


@pytest.mark.parametrize("module", ["numba.core.event", "my_llvmlite", "__main__"])
def test_other_work_ends_at_once(module):
    done = []
    with pytest.raises(KeyboardInterrupt):
        work_in(module, done)
    assert done == []


def test_a_callers_handler_stays():
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    interrupts.hold_back_in_llvm()
    assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
