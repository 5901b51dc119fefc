#!/usr/bin/python3
"""Reads mails with Python's email package and python3-icalendar and prints what they hold, as JSON.

    read_mails.py FOLDER

FOLDER has NAME.eml files, each with a NAME.json beside it (smtp_sink.py writes them), or the `new` folder of a maildir.
What breaks a standard ends the script with the file's name: a defect that the parser finds, a line longer than RFC 5322
allows, a bare CR or LF, a calendar that does not parse or disagrees with its MIME part.
"""

import email
import email.policy
import json
import pathlib
import sys

import icalendar

LONGEST_LINE = 998


def check_lines(data):
    for line in data.split(b"\r\n"):
        if b"\r" in line or b"\n" in line:
            raise ValueError("a bare CR or LF")
        if len(line) > LONGEST_LINE:
            raise ValueError(f"a line of {len(line)} octets")


def read_calendar(part):
    text = part.get_content() if part.get_content_maintype() == "text" else part.get_payload(decode=True)
    calendar = icalendar.Calendar.from_ical(text)
    complaints = [error for component in calendar.walk() for error in component.errors]
    if complaints:
        raise ValueError(str(complaints))
    method = part.get_param("method")
    if method is not None and method != calendar["METHOD"]:
        raise ValueError(f"method={method} in the part's type, {calendar['METHOD']} in the calendar")
    (event,) = calendar.walk("VEVENT")
    attendees = event["ATTENDEE"]
    if isinstance(attendees, list):
        raise ValueError(f"{len(attendees)} attendees")
    return {
        "method": str(calendar["METHOD"]),
        "uid": str(event["UID"]),
        "sequence": int(event["SEQUENCE"]),
        "attendee": str(attendees),
        "partstat": attendees.params.get("PARTSTAT"),
        "rsvp": attendees.params.get("RSVP"),
        "organizer": str(event["ORGANIZER"]),
        "start": int(event.decoded("DTSTART").timestamp()),
        "end": int(event.decoded("DTEND").timestamp()),
        "text": text if isinstance(text, str) else text.decode(),
    }


def read(path):
    data = path.read_bytes()
    if path.suffix == ".eml":
        check_lines(data)
    # As text: headers hold UTF-8 where an address needs it (RFC 6532), and bodies are ASCII.
    message = email.message_from_string(data.decode(), policy=email.policy.default)
    parts = list(message.walk())
    defects = [str(defect) for part in parts for defect in part.defects]
    if defects:
        raise ValueError("; ".join(defects))
    by_type = {part.get_content_type(): part for part in parts}
    envelope = path.with_suffix(".json")
    return {
        "envelope": json.loads(envelope.read_text()) if envelope.exists() else None,
        "headers": {name.lower(): str(value) for name, value in message.items()},
        "types": [part.get_content_type() for part in parts],
        "to": [address.addr_spec for address in message["To"].addresses],
        "text": by_type["text/plain"].get_content(),
        "html": by_type["text/html"].get_content(),
        "calendar": read_calendar(by_type["text/calendar"]),
        "attached": read_calendar(by_type["application/ics"])["text"],
    }


found = []
for path in sorted(pathlib.Path(sys.argv[1]).iterdir()):
    if path.suffix in (".json", ".part"):
        continue
    try:
        found.append(read(path))
    except Exception as error:  # whatever a parser throws, the file's name must be said
        sys.exit(f"{path.name}: {type(error).__name__}: {error}")
json.dump(found, sys.stdout)
