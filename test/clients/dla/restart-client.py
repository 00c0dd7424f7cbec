"""Uses SQLAlchemy's pools before and after each line on standard input, when the local cloud has started again."""

import os
import sys

from sqlalchemy import create_engine, text

from_environment = [os.environ[name] for name in ("DLA_USER", "DLA_PASSWORD", "DLA_PORT")]
pools = [
    create_engine("mysql+{}://{}:{}@127.0.0.1:{}/lake".format(driver, *from_environment), pool_pre_ping=True, pool_size=3)
    for driver in ("pymysql", "mysqlconnector")
]


def use(pool):
    connections = [pool.connect() for _ in range(3)]
    counts = [one.execute(text("select count(*) from people where id < :n"), {"n": 3}).scalar() for one in connections]
    for one in connections:
        one.close()
    return sum(counts)


print(*[use(pool) for pool in pools], flush=True)
for _ in sys.stdin:
    print(*[use(pool) for pool in pools], flush=True)
