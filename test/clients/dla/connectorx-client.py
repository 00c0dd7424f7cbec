"""Reads tables with connectorx, whose MySQL protocol is that of Rust, and prints what it saw."""

import json
import os

import connectorx

address = "mysql://{}:{}@127.0.0.1:{}/lake".format(
    os.environ["DLA_USER"], os.environ["DLA_PASSWORD"], os.environ["DLA_PORT"]
)


def read(query, **options):
    return connectorx.read_sql(address, query, return_type="arrow", **options).to_pydict()


def fails(query):
    try:
        read(query)
    except RuntimeError as error:
        return "1054" in str(error)


everyone = "select id, name, born from people order by id"
parts = read("select id from people", partition_on="id", partition_num=2)
print(
    json.dumps(
        {
            "binary": read(everyone, protocol="binary"),
            "text": read(everyone, protocol="text"),
            "parts": sorted(parts["id"]),
            "error": fails("select absent from people"),
        },
        default=str,
    )
)
