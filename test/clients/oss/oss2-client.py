"""Works with a bucket as a program with oss2 does, and prints what it saw, as JSON."""

import json
import os

import oss2

auth = oss2.AuthV4 if os.environ["SIGNATURE"] == "4" else oss2.Auth
key = os.environ["ALICLOUD_ACCESS_KEY"], os.environ["ALICLOUD_SECRET_KEY"]
name = "oss2-v" + os.environ["SIGNATURE"]
bucket = oss2.Bucket(auth(*key), os.environ["ENDPOINT"], name, region="cn-hangzhou")
seen = {}

bucket.create_bucket()
bucket.create_bucket()
keys = ["a b+c.txt", "中文/文件 %25.txt", "folder/one", "folder/two"]
for at in keys:
    bucket.put_object(at, at.encode(), headers={"x-oss-meta-name": "值".encode()})
seen["read"] = [bucket.get_object(at).read().decode() for at in keys]
seen["meta"] = bucket.head_object(keys[0]).headers["x-oss-meta-name"].encode("latin1").decode()
seen["listed"] = [at.key for at in oss2.ObjectIterator(bucket, max_keys=2)]
seen["listed v2"] = [at.key for at in oss2.ObjectIteratorV2(bucket, delimiter="/", max_keys=1)]
seen["buckets"] = [at.name for at in oss2.BucketIterator(oss2.Service(auth(*key), os.environ["ENDPOINT"], region="cn-hangzhou"), prefix="oss2-")]

first = bucket.append_object("log", 0, b"one")
bucket.append_object("log", first.next_position, b"two", init_crc=first.crc)
try:
    bucket.append_object("log", 0, b"three")
except oss2.exceptions.PositionNotEqualToLength as refused:
    seen["next"] = refused.next_position
seen["log"] = bucket.get_object("log").read().decode()

bucket.put_symlink("log", "link")
seen["link"] = [bucket.get_object("link").read().decode(), bucket.get_symlink("link").target_key]

large = os.urandom(350 * 1024)
upload = bucket.init_multipart_upload("large").upload_id
parts = []
for number, start in enumerate(range(0, len(large), 120 * 1024), 1):
    part = bucket.upload_part("large", upload, number, large[start : start + 120 * 1024])
    parts.append(oss2.models.PartInfo(number, part.etag, part_crc=part.crc))
seen["uploads"] = [at.key for at in oss2.MultipartUploadIterator(bucket)]
seen["completed"] = bucket.complete_multipart_upload("large", upload, parts).etag.endswith("-3")
copy = bucket.init_multipart_upload("copy").upload_id
middle = 200 * 1024
copied = [
    bucket.upload_part_copy(name, "large", (0, middle - 1), "copy", copy, 1),
    bucket.upload_part_copy(name, "large", (middle, None), "copy", copy, 2),
]
bucket.complete_multipart_upload("copy", copy, [oss2.models.PartInfo(i + 1, at.etag) for i, at in enumerate(copied)])
seen["copied"] = bucket.get_object("copy").read() == large

bucket.put_bucket_versioning(oss2.models.BucketVersioningConfig("Enabled"))
versions = [bucket.put_object("versioned", text).versionid for text in ("1", "2")]
tags = oss2.models.Tagging()
tags.tag_set.add("of", "first")
bucket.put_object_tagging("versioned", tags, params={"versionId": versions[0]})
seen["tags"] = [
    bucket.get_object_tagging("versioned", params={"versionId": at}).tag_set.tagging_rule for at in versions
]
bucket.delete_object("versioned")
found = bucket.list_object_versions(prefix="versioned")
seen["versions"] = [len(found.versions), len(found.delete_marker)]

print(json.dumps(seen))
