"""Sends a request and reads its answer, within a time and a size."""

from __future__ import annotations

import contextvars
import queue
import threading
import time
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import anyio
import httpx

from .refusal import UnexpectedAnswer, retry_after

#: Bounds an answer, in bytes. By the bounds of the contract, the largest is an export of up to 6 MB.
MAX_ANSWER = 8 << 20


@dataclass(frozen=True)
class Reply:
    """An answer that has been read: the service's or another one."""

    status: int
    headers: httpx.Headers
    body: bytes


class _Body:
    """What has been read of an answer."""

    def __init__(self, response: httpx.Response, end: float | None) -> None:
        self._response, self._end, self._raw = response, end, bytearray()
        #: True if the transport has read the body already, as httpx.MockTransport of tests does.
        self.is_read = response.is_stream_consumed

    def add(self, chunk: bytes) -> None:
        if self._end is not None and time.monotonic() > self._end:
            raise httpx.ReadTimeout("the answer is not complete in time")
        self._raw += chunk
        if len(self._raw) > MAX_ANSWER:
            raise self._unexpected()

    def reply(self) -> Reply:
        response = self._response
        body = response.content if self.is_read else self._decoded()
        if len(body) > MAX_ANSWER:
            raise self._unexpected()
        return Reply(response.status_code, response.headers, body)

    def _decoded(self) -> bytes:
        # httpx does not limit the size to which it decodes a chunk.
        coding = self._response.headers.get("Content-Encoding", "").strip().lower()
        if coding in ("", "identity"):
            return bytes(self._raw)
        if coding != "gzip":
            raise self._unexpected()
        unpacking = zlib.decompressobj(wbits=31)
        try:
            body = unpacking.decompress(self._raw, MAX_ANSWER + 1)
        except zlib.error as err:
            raise self._unexpected() from err
        if not unpacking.eof:
            raise self._unexpected()
        return body

    def _unexpected(self) -> UnexpectedAnswer:
        return UnexpectedAnswer(self._response.status_code, retry_after(self._response.headers))


def _prepared(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The request. Redirects are not followed, because a redirect would take the token to another host."""
    headers = {**arguments.get("headers", {}), "Accept-Encoding": "gzip"}
    return {**arguments, "headers": headers, "follow_redirects": False}


def _read(http: httpx.Client, arguments: Mapping[str, Any], end: float | None) -> Reply:
    with http.stream(**_prepared(arguments)) as response:
        body = _Body(response, end)
        if not body.is_read:
            for chunk in response.iter_raw():
                body.add(chunk)
        return body.reply()


def exchange(http: httpx.Client, arguments: Mapping[str, Any], timeout: float | None) -> Reply:
    """Waits for the whole answer, timeout seconds at most. None waits without a limit.

    httpx limits the time of each read of a socket, but not of all reads together, so a slow answer could take for
    ever. So the reads run in a thread of their own. After the timeout that thread ends with the next chunk of the body
    or the next timeout of httpx.
    """
    if timeout is None:
        return _read(http, arguments, None)
    end = time.monotonic() + timeout
    outcome: queue.SimpleQueue[Reply | BaseException] = queue.SimpleQueue()

    def work() -> None:
        try:
            outcome.put(_read(http, arguments, end))
        except BaseException as err:  # raised again in the caller's thread
            outcome.put(err)

    context = contextvars.copy_context()
    threading.Thread(target=context.run, args=(work,), daemon=True, name="enroll").start()
    try:
        reply = outcome.get(timeout=timeout)
    except queue.Empty:
        raise httpx.ReadTimeout(f"no complete answer within {timeout} s") from None
    if isinstance(reply, BaseException):
        raise reply
    return reply


async def exchange_async(http: httpx.AsyncClient, arguments: Mapping[str, Any], timeout: float | None) -> Reply:
    """``exchange`` for asyncio and trio."""
    try:
        with anyio.fail_after(timeout):
            async with http.stream(**_prepared(arguments)) as response:
                body = _Body(response, None)
                if not body.is_read:
                    async for chunk in response.aiter_raw():
                        body.add(chunk)
                return body.reply()
    except TimeoutError as err:
        raise httpx.ReadTimeout(f"no complete answer within {timeout} s") from err
