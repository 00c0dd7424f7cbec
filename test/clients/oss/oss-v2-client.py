"""Works with a bucket as a program with Alibaba's second SDK for Python does, and prints what it saw, as JSON."""

import json
import os

import alibabacloud_oss_v2 as oss

config = oss.config.load_default()
config.credentials_provider = oss.credentials.StaticCredentialsProvider(
    os.environ["ALICLOUD_ACCESS_KEY"], os.environ["ALICLOUD_SECRET_KEY"]
)
config.region = "cn-hangzhou"
config.endpoint = os.environ["ENDPOINT"]
client = oss.Client(config)
bucket = "oss-v2"
seen = {}

client.put_bucket(oss.PutBucketRequest(bucket=bucket))
for number in range(12):
    client.put_object(oss.PutObjectRequest(bucket=bucket, key=f"folder/{number:02}", body=str(number)))
pages = client.list_objects_v2_paginator().iter_page(oss.ListObjectsV2Request(bucket=bucket, max_keys=5))
seen["pages"] = [[at.key for at in page.contents] for page in pages]
client.append_object(oss.AppendObjectRequest(bucket=bucket, key="log", position=0, body="one"))
client.append_object(oss.AppendObjectRequest(bucket=bucket, key="log", position=3, body="two"))
seen["log"] = client.get_object(oss.GetObjectRequest(bucket=bucket, key="log")).body.content.decode()
with client.append_file(bucket, "log") as out:
    out.write(b"three")
seen["appended"] = client.get_object(oss.GetObjectRequest(bucket=bucket, key="log")).body.content.decode()
client.put_symlink(oss.PutSymlinkRequest(bucket=bucket, key="link", symlink_target="log"))
seen["link"] = client.get_object(oss.GetObjectRequest(bucket=bucket, key="link")).content_length

large = os.urandom(700 * 1024)
uploader = client.uploader(part_size=200 * 1024)
uploader.upload_from(oss.PutObjectRequest(bucket=bucket, key="large"), __import__("io").BytesIO(large))
seen["large"] = client.get_object(oss.GetObjectRequest(bucket=bucket, key="large")).body.content == large
copier = client.copier()
copier.copy(oss.CopyObjectRequest(bucket=bucket, key="copy", source_key="large"))
seen["copy"] = client.head_object(oss.HeadObjectRequest(bucket=bucket, key="copy")).content_length

url = client.presign(oss.GetObjectRequest(bucket=bucket, key="log")).url
seen["presigned"] = __import__("urllib.request").request.urlopen(url).read().decode()
try:
    client.put_object(oss.PutObjectRequest(bucket=bucket, key="log", body="x", forbid_overwrite=True))
except oss.exceptions.OperationError as refused:
    seen["refused"] = refused.unwrap().code

print(json.dumps(seen))
