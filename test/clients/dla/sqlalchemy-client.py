"""Reflects the catalogue and reads tables with SQLAlchemy and pandas, and prints what they saw."""

import json
import os
import sys

import pandas
from sqlalchemy import MetaData, create_engine, inspect, select, text

address = "mysql+{}://{}:{}@127.0.0.1:{}/lake".format(
    sys.argv[1], os.environ["DLA_USER"], os.environ["DLA_PASSWORD"], os.environ["DLA_PORT"]
)
engine = create_engine(address, pool_size=2, max_overflow=1, pool_pre_ping=True, pool_recycle=1)
inspector = inspect(engine)
metadata = MetaData()
metadata.reflect(bind=engine, views=True)
people = metadata.tables["people"]


def rows(statement, values=None):
    with engine.connect() as connection:
        return [[str(value) for value in row] for row in connection.execute(statement, values or {})]


print(
    json.dumps(
        {
            "schemas": inspector.get_schema_names(),
            "tables": inspector.get_table_names(),
            "views": inspector.get_view_names(),
            "columns": {one.name: str(one.type) for one in people.columns},
            "view": [one.name for one in metadata.tables["adults"].columns],
            "keys": [inspector.get_pk_constraint("people")["constrained_columns"], inspector.get_indexes("people")],
            "has": [inspector.has_table("people"), inspector.has_table("absent")],
            "text": rows(text("select name from people where id = :id"), {"id": 3}),
            "core": rows(select(people.c.id, people.c.born).where(people.c.id < 3).order_by(people.c.id.desc()).limit(1)),
            "like": rows(select(people.c.id).where(people.c.name.like("%e%l"))),
            "pandas": pandas.read_sql_table("people", engine)["name"].tolist(),
            "pool": [rows(text("select :n"), {"n": n})[0][0] for n in range(5)],
        }
    )
)
