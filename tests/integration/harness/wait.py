"""Waiting for what happens in its own time, and doing things at the same moment."""

import socket
import threading
import time


def eventually(fn, timeout=5, interval=0.02):
    """Calls fn until it returns something true and returns that. An AssertionError of fn means: not yet."""
    deadline = time.monotonic() + timeout
    while True:
        failure, value = None, None
        try:
            value = fn()
        except AssertionError as error:
            failure = error
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {timeout} s; last: {value!r}") from failure
        time.sleep(interval)


def together(count, fn):
    """Runs fn(0) … fn(count - 1) in threads that start at one moment. Returns the results in order; raises the first error."""
    gate, results, errors = threading.Barrier(count), [None] * count, []

    def one(index):
        try:
            gate.wait(30)
            results[index] = fn(index)
        except BaseException as error:  # noqa: B036 - handed to the test below
            errors.append(error)

    threads = [threading.Thread(target=one, args=(index,), daemon=True) for index in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    return results


def free_port():
    """A loopback port that was free a moment ago. The kernel does not hand it out again soon."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
