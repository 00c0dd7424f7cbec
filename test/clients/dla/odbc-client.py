"""Does what BI tools do with ODBC, and prints what it saw."""

import datetime
import json
import os

import pyodbc

address = "DRIVER={{MariaDB Unicode}};SERVER=127.0.0.1;PORT={};DATABASE=lake;UID={};PWD={}".format(
    os.environ["DLA_PORT"], os.environ["DLA_USER"], os.environ["DLA_PASSWORD"]
)
connection = pyodbc.connect(address, autocommit=True)


def catalogue(name, *arguments, **options):
    return getattr(connection.cursor(), name)(*arguments, **options).fetchall()


def state(statement):
    try:
        connection.execute(statement)
    except pyodbc.Error as error:
        return error.args[0]


query = "select id, name, born from people where id < ? and (born = ? or born is null) order by id"
rows = connection.execute(query, 3, datetime.date(1990, 1, 2)).fetchall()
print(
    json.dumps(
        {
            "tables": [[row.table_name, row.table_type] for row in catalogue("tables", catalog="lake")],
            "columns": [
                [row.column_name, row.data_type, row.type_name, row.column_size]
                for row in catalogue("columns", table="people")
            ],
            "keys": [catalogue(name, "people") for name in ("primaryKeys", "foreignKeys", "statistics")],
            "rows": [[row.id, row.name, row.born and str(row.born)] for row in rows],
            "values": [type(value).__name__ for value in rows[0]],
            "errors": [state("select * from absent"), state("select absent from people")],
        }
    )
)
