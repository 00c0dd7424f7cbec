"""Reads the catalogue and rows with ibis, and prints what it saw."""

import json
import os

import ibis

db = ibis.mysql.connect(
    host="127.0.0.1",
    port=int(os.environ["DLA_PORT"]),
    user=os.environ["DLA_USER"],
    password=os.environ["DLA_PASSWORD"],
    database="lake",
)
people = db.table("people")
some = people.filter(people.name.like("%n%") | people.born.isnull()).order_by(people.id.desc())
print(
    json.dumps(
        {
            "tables": sorted(db.list_tables()),
            "schema": {name: str(kind) for name, kind in people.schema().items()},
            "rows": some.to_pyarrow().to_pydict()["name"],
            "mean": people.id.mean().execute(),
            "years": people.group_by(year=people.born.year()).agg(n=people.count()).order_by("n").to_pyarrow().to_pylist(),
            "joined": people.join(db.table("adults"), "id").count().execute(),
            "sql": db.sql("select 40 + 2 as answer").to_pyarrow().to_pylist(),
        },
        default=str,
    )
)
