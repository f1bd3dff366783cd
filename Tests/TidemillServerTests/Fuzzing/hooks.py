"""What schemathesis has to know beyond the document: how lines of events travel."""

import json

import schemathesis


@schemathesis.serializer("application/x-ndjson")
def as_it_is(context, value):
    return (value if isinstance(value, str) else json.dumps(value)).encode("utf-8", "surrogatepass")
