#!/usr/bin/python3
"""Prints a delimited file's rows as JSON objects, as Python's csv module reads them.

read_table.py FILE ENCODING DELIMITER
"""
import csv
import json
import sys

path, encoding, delimiter = sys.argv[1:]
with open(path, encoding=encoding, newline="") as file:
    json.dump(list(csv.DictReader(file, delimiter=delimiter)), sys.stdout)
