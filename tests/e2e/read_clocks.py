#!/usr/bin/python3
"""What the clocks show: reads JSON [[zone, seconds since 1970], …] from standard input, prints the civil times as JSON.

From the system's zone data through Python's own reader. Node's comes with ICU, which Debian 12 has from 2022.
"""
import datetime
import json
import sys
import zoneinfo

json.dump([datetime.datetime.fromtimestamp(seconds, zoneinfo.ZoneInfo(zone)).strftime("%Y-%m-%dT%H:%M:%S")
           for zone, seconds in json.load(sys.stdin)], sys.stdout)
