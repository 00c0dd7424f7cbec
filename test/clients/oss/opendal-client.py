"""Works with a bucket as a program with OpenDAL does, which knows OSS's own hosts only, and prints what it saw, as JSON."""

import json
import os

import opendal

operator = opendal.Operator(
    "oss",
    bucket="lake",
    endpoint="http://oss-cn-hangzhou.aliyuncs.com",
    access_key_id=os.environ["ALICLOUD_ACCESS_KEY"],
    access_key_secret=os.environ["ALICLOUD_SECRET_KEY"],
)
seen = {}

operator.write("a b+中.txt", b"read")
seen["read"] = bytes(operator.read("a b+中.txt")).decode()
for part in (b"one", b"two"):
    operator.write("log", part, append=True)
seen["log"] = bytes(operator.read("log")).decode()
large = os.urandom(11 * 2**20)
with operator.open("large", "wb") as out:
    out.write(large)
seen["large"] = bytes(operator.read("large")) == large
operator.copy("log", "folder/copy")
seen["listed"] = sorted(entry.path for entry in operator.scan("/"))
operator.remove_all("folder/")
seen["there"] = operator.exists("folder/copy")

print(json.dumps(seen))
