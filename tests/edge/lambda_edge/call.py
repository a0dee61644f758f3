"""Calls a Lambda@Edge function in Python, as the service does: `python -I call.py FOLDER`, lines as of call.mjs."""

import importlib
import json
import sys

sys.path.insert(0, sys.argv[1])
handler = importlib.import_module("handler").handler

for line in sys.stdin:
    try:
        found = {"result": handler(json.loads(line)["event"], None)}
    except BaseException as error:  # what the service would answer with a 502 is what these tests look for
        found = {"error": repr(error)}
    sys.stdout.write(json.dumps(found) + "\n")
    sys.stdout.flush()
