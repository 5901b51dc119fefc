#!/usr/bin/python3
"""Counts the records of ../shared/data/events by country, by month of the first day and by language.

    count_conferences.py DATA_FOLDER

A plain reading of the JSON that shares nothing with the mapping or the server: names of countries and tags of languages
are as the data has them, except that a tag loses its spaces and case. A record without locales is in English.
"""
import collections
import json
import pathlib
import sys

counts = {"country": collections.Counter(), "month": collections.Counter(), "language": collections.Counter()}
for file in sorted(pathlib.Path(sys.argv[1]).glob("2024-*.json")):
    for record in json.loads(file.read_text(encoding="utf-8")):
        if "country" in record:
            counts["country"][record["country"]] += 1
        counts["month"][record["startDate"][:7]] += 1
        for language in {tag.strip().lower() for tag in record.get("locales", "EN").split(",")}:
            counts["language"][language] += 1
json.dump(counts, sys.stdout)
