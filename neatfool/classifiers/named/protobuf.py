"""Messages of protobuf, read without their schema: fields with numbers, many of them messages."""

from collections.abc import Iterator


def fields(message: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    """Split a message into numbers of fields and values: whole numbers, or views of their bytes.

    Raises:
        ValueError: This is no whole message.
    """
    at = 0
    while at < len(message):
        key, at = _varint(message, at)
        field, kind = key >> 3, key & 7
        if kind == 0:
            value, at = _varint(message, at)
            yield field, value
            continue
        if kind == 2:
            size, at = _varint(message, at)
        elif kind in (1, 5):
            size = 8 if kind == 1 else 4
        else:
            raise ValueError(f"a field of unknown kind {kind}")
        if size > len(message) - at:
            raise ValueError(f"{len(message) - at} bytes where {size} are announced")
        yield field, message[at : at + size]
        at += size


def part(value: int | memoryview) -> memoryview:
    """Return a value that should be a message, a text or other bytes.

    Raises:
        ValueError: It is a number.
    """
    if isinstance(value, int):
        raise ValueError("a number in place of a message")
    return value


def numbers(value: int | memoryview) -> Iterator[int]:
    """Read whole numbers: one in a field, or many packed into one.

    Raises:
        ValueError: The last one has no end.
    """
    if isinstance(value, int):
        yield value
        return
    at = 0
    while at < len(value):
        number, at = _varint(value, at)
        yield number


def _varint(message: memoryview, at: int) -> tuple[int, int]:
    """Read a whole number, seven bits a byte, the lowest first; also say where the next begins."""
    number = 0
    for shift in range(0, 70, 7):
        if at == len(message):
            raise ValueError("an end in the middle of a number")
        number |= (message[at] & 127) << shift
        at += 1
        if message[at - 1] < 128:
            return number, at
    raise ValueError("a number of more than ten bytes")
