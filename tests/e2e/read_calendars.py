#!/usr/bin/python3
"""Reads iCalendar files with python3-icalendar and prints what it found, as JSON: file name to list of events.

    read_calendars.py FOLDER

A file that the parser refuses, or complains about, ends the script with its name.
"""
import datetime
import json
import pathlib
import sys

import icalendar


def instant(component, name):
    value = component.decoded(name)
    if not isinstance(value, datetime.datetime) or value.tzinfo is None:
        raise ValueError(f"{name} is {value!r}, not a moment with a zone")
    return int(value.timestamp())


def read(path):
    data = path.read_bytes()
    calendar = icalendar.Calendar.from_ical(data)
    complaints = [error for component in calendar.walk() for error in component.errors]
    if complaints:
        raise ValueError(str(complaints))
    zones = {str(zone["TZID"]) for zone in calendar.walk("VTIMEZONE")}
    events = []
    for event in calendar.walk("VEVENT"):
        zone = event["DTSTART"].params.get("TZID")
        if zone is not None and zone not in zones:
            raise ValueError(f"no VTIMEZONE for {zone}")
        events.append({
            "uid": str(event["UID"]),
            "summary": str(event["SUMMARY"]),
            "start": instant(event, "DTSTART"),
            "end": instant(event, "DTEND"),
        })
    return events


found = {}
for path in sorted(pathlib.Path(sys.argv[1]).glob("*.ics")):
    try:
        found[path.name] = read(path)
    except Exception as error:  # whatever the parser throws, the file's name must be said
        sys.exit(f"{path.name}: {type(error).__name__}: {error}")
json.dump(found, sys.stdout)
