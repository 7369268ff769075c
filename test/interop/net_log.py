"""Chromium's net log: what a browser has seen of QUIC and HTTP/3."""

import collections
import json
import re

from lab import expect

Event = collections.namedtuple("Event", "name source params")


def read(path):
    log = json.loads(path.read_text())
    names = {number: name for name, number in log["constants"]["logEventTypes"].items()}
    return [
        Event(names[event["type"]], event["source"]["id"], event.get("params", {}))
        for event in log["events"]
    ]


def http3_answers(events, port):
    """Path -> status of the requests that a net log shows on QUIC sessions of this origin.

    A session's events carry its source; HTTP/3's frames name their stream.
    """
    sessions, paths, answers = set(), {}, {}
    for event in events:
        if event.name == "QUIC_SESSION" and event.params.get("port") == port:
            sessions.add(event.source)
        if event.source not in sessions or not event.name.startswith("HTTP3_HEADERS_"):
            continue
        request = (event.source, event.params["stream_id"])
        if event.name == "HTTP3_HEADERS_SENT":
            paths[request] = fields_of(event.params["headers"])[":path"]
        elif event.name == "HTTP3_HEADERS_DECODED" and request in paths:
            answers[paths[request]] = fields_of(event.params["headers"])[":status"]
    return answers


def fields_of(headers):
    """A dict, or lines such as ":status: 200"."""
    if isinstance(headers, dict):
        return headers
    return dict(re.match(r"(:?[^:]*): ?(.*)", line).groups() for line in headers)


def check_farewell(events):
    """What the browser saw of the drain. RFC 9114 section 5.2: an announcement, a cutoff, the end."""
    goaways = [event for event in events if event.name == "HTTP3_GOAWAY_RECEIVED"]
    cutoffs = [event.params["stream_id"] for event in goaways]
    # 2^62-4 is shown as the 32 bits that are left of it.
    expect(len(cutoffs) == 2 and cutoffs[0] == -4 and cutoffs[1] > 0, f"GOAWAY with {cutoffs}")
    closes = [
        event.params["quic_wire_error"]
        for event in events
        if event.name == "QUIC_SESSION_CONNECTION_CLOSE_FRAME_RECEIVED"
        and event.source == goaways[0].source
    ]
    # None when the browser, which has what it came for, ends first.
    expect(closes in ([], [0x100]), f"closed with {closes}, expected H3_NO_ERROR")
