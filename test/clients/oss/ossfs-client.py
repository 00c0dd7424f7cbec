"""Writes and reads tables as a data platform's Python does: pandas over ossfs. Prints what it saw, as JSON."""

import json
import os

import ossfs
import pandas
import pyarrow.dataset

options = {
    "endpoint": os.environ["ENDPOINT"],
    "key": os.environ["ALICLOUD_ACCESS_KEY"],
    "secret": os.environ["ALICLOUD_SECRET_KEY"],
}
fs = ossfs.OSSFileSystem(**options)
table = pandas.DataFrame({"id": [1, 2, 3], "name": ["a", "中", "O'Neil"], "price": [1.5, None, -2.0]})
seen = {}

table.to_csv("oss://lake/csv/table.csv", index=False, storage_options=options)
seen["csv"] = pandas.read_csv("oss://lake/csv/table.csv", storage_options=options).equals(table)
table.to_parquet("oss://lake/parquet/table.parquet", storage_options=options)
seen["parquet"] = pandas.read_parquet("oss://lake/parquet/table.parquet", storage_options=options).equals(table)
pyarrow.dataset.write_dataset(
    pyarrow.Table.from_pandas(table), "lake/parts", format="parquet", filesystem=fs, partitioning=["id"]
)
seen["partitions"] = sorted(fs.glob("lake/parts/**/*.parquet"))
seen["rows"] = pyarrow.dataset.dataset("lake/parts", filesystem=fs, partitioning=["id"]).count_rows()

large = os.urandom(11 * 2**20)
with fs.open("lake/large.bin", "wb") as out:
    out.write(large)
seen["large"] = fs.cat("lake/large.bin") == large
fs.copy("lake/large.bin", "lake/copy.bin")
fs.touch("lake/empty")
seen["there"] = [fs.exists("lake/copy.bin"), fs.exists("lake/none"), fs.info("lake/empty")["size"]]
seen["listed"] = sorted(fs.ls("lake", detail=False))
fs.rm("lake/parts", recursive=True)
seen["removed"] = fs.exists("lake/parts")

print(json.dumps(seen))
