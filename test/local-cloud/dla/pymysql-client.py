"""Logs in as a Python program does and prints what it reads, as JSON. Host, port and credentials: environment."""

import json
import os

import pymysql

connection = pymysql.connect(
    host="127.0.0.1",
    port=int(os.environ["DLA_PORT"]),
    user=os.environ["DLA_USER"],
    password=os.environ["DLA_PASSWORD"],
    database="lake",
    cursorclass=pymysql.cursors.DictCursor,
)
with connection.cursor() as cursor:
    cursor.execute("select id, name from people where name = %s", ("O'Neil",))
    rows = cursor.fetchall()
    cursor.execute("/*+ run_async=true */ select * from people")
    task = cursor.fetchone()["ASYNC_TASK_ID"]
    try:
        cursor.execute("select nothing from people")
        error = None
    except pymysql.err.MySQLError as refused:
        error = refused.args[0]
    connection.commit()
    connection.select_db("lake")
    connection.ping()
connection.close()
print(json.dumps({"rows": rows, "task": task, "error": error}))
