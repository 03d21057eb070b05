"""Runs every case against a relay: `python conformance.py LAUNCHER [WORD...]`.

LAUNCHER is the qight command. One line for each case; exit code 0 only if all passed. With words,
only the cases whose name holds one of them.
"""

import asyncio
import logging
import sys
import time

# The cases register themselves.
import cases_connection
import cases_fetch
import cases_grants
import cases_leases
import cases_life
import cases_proofs
import cases_protection
import cases_send
from lab import CASES, Lab, Relay

CASE_SECONDS = 120
AT_ONCE = 6


async def run_case(function, lab):
    """None, or why it failed."""
    try:
        async with asyncio.timeout(CASE_SECONDS), lab:
            await function(lab)
        return None
    except Exception as failure:
        trace, at = failure.__traceback__, ""
        while trace is not None:
            if trace.tb_frame.f_code is function.__code__:
                at = f"line {trace.tb_lineno}"
            trace = trace.tb_next
        return f"{type(failure).__name__} {failure} ({at})"


async def run(launcher, words):
    chosen = [c for c in CASES if not words or any(word in c[1].__name__ for word in words)]
    failures = 0
    turn = asyncio.Semaphore(AT_ONCE)
    async with Relay(launcher) as relay:

        async def one(section, function, slow, alone):
            nonlocal failures
            began = time.monotonic()
            if slow:
                failure = await run_case(function, Lab(launcher, relay))
            else:
                async with turn:
                    began = time.monotonic()
                    failure = await run_case(function, Lab(launcher, relay))
            failures += failure is not None
            line = f"{section:8}{function.__name__}: {function.__doc__}"
            print(f"{'FAILED' if failure else 'ok    '} {line} [{time.monotonic() - began:.1f} s]")
            if failure:
                print(f"       {failure}", flush=True)

        # Those that mostly wait, and those that start relays, go first.
        order = sorted(chosen, key=lambda c: not (c[2] or c[3]))
        await asyncio.gather(*(one(*c) for c in order))
        if relay.process.returncode is not None:
            failures += 1
            print(f"FAILED the relay ended: {relay.log()}")
        if failures:
            print(f"The relay's log ends:\n{relay.log()}")
    print(f"{len(chosen) - failures} passed, {failures} failed")
    return failures or not chosen


def main():
    logging.getLogger("quic").setLevel(logging.CRITICAL)
    sys.exit(1 if asyncio.run(run(sys.argv[1], sys.argv[2:])) else 0)


if __name__ == "__main__":
    main()
