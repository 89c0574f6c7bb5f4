"""Instants as people write them."""

from datetime import UTC, datetime, timedelta

# How far an instant may lie ahead of this clock, and still be now.
CLOCKS_DIFFER_BY = timedelta(minutes=5)


def written(when: datetime) -> str:
    """An instant to the minute, with its zone: 2 Nov 2026 14:30 UTC."""
    return f"{when.astimezone(UTC):%-d %b %Y %H:%M} UTC"


def instant(text: str) -> datetime:
    """The instant of an ISO 8601 text, in UTC: without a zone it is UTC, a date is its midnight.

    Raises ValueError for any other text.
    """
    try:
        moment = datetime.fromisoformat(text.strip())
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError(
            f"{text[:40]!r} is no instant; write it as 2026-11-02T14:30:00+00:00 or 2026-11-02"
        ) from None
