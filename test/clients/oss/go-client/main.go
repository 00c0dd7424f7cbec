// Works with buckets as programs with Alibaba's two SDKs for Go do, and prints what it saw, a line each.
package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand"
	"os"
	"strings"

	v2 "github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss"
	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss/credentials"
	v1 "github.com/aliyun/aliyun-oss-go-sdk/oss"
)

func must[T any](value T, err error) T {
	check(err)
	return value
}

func check(err error) {
	if err != nil {
		fmt.Println("error:", err)
		os.Exit(1)
	}
}

func main() {
	endpoint, id, secret := os.Getenv("ENDPOINT"), os.Getenv("ALICLOUD_ACCESS_KEY"), os.Getenv("ALICLOUD_SECRET_KEY")
	first(must(v1.New(endpoint, id, secret, v1.Region("cn-hangzhou"), v1.AuthVersion(v1.AuthV4))))
	second(v2.NewClient(v2.LoadDefaultConfig().
		WithCredentialsProvider(credentials.NewStaticCredentialsProvider(id, secret)).
		WithRegion("cn-hangzhou").WithEndpoint(endpoint)))
}

func first(client *v1.Client) {
	check(client.CreateBucket("go-v1"))
	bucket := must(client.Bucket("go-v1"))
	for _, key := range []string{"a b+c", "中文/文件", "folder/one", "folder/two"} {
		check(bucket.PutObject(key, strings.NewReader(key)))
	}
	next := must(bucket.AppendObject("log", strings.NewReader("one"), 0))
	must(bucket.AppendObject("log", strings.NewReader("two"), next))
	fmt.Println("v1 log:", string(must(io.ReadAll(must(bucket.GetObject("log"))))))
	check(bucket.PutSymlink("link", "log"))
	fmt.Println("v1 link:", must(bucket.GetSymlink("link")).Get(v1.HTTPHeaderOssSymlinkTarget))
	keys, marker := []string{}, ""
	for more := true; more; {
		page := must(bucket.ListObjects(v1.MaxKeys(2), v1.Marker(marker)))
		for _, object := range page.Objects {
			keys = append(keys, object.Key)
		}
		marker, more = page.NextMarker, page.IsTruncated
	}
	fmt.Println("v1 keys:", strings.Join(keys, "|"))
	stat := must(client.GetBucketStat("go-v1"))
	fmt.Println("v1 stat:", stat.Storage, stat.ObjectCount)
}

func second(client *v2.Client) {
	ctx, bucket := context.Background(), v2.Ptr("go-v2")
	must(client.PutBucket(ctx, &v2.PutBucketRequest{Bucket: bucket}))
	for number := 0; number < 12; number++ {
		key := v2.Ptr(fmt.Sprintf("mp/%02d", number))
		must(client.InitiateMultipartUpload(ctx, &v2.InitiateMultipartUploadRequest{Bucket: bucket, Key: key}))
	}
	keys := []string{}
	uploads := client.NewListMultipartUploadsPaginator(&v2.ListMultipartUploadsRequest{Bucket: bucket, MaxUploads: 5})
	for uploads.HasNext() {
		for _, upload := range must(uploads.NextPage(ctx)).Uploads {
			keys = append(keys, *upload.Key)
		}
	}
	fmt.Println("v2 uploads:", strings.Join(keys, "|"))
	large := make([]byte, 700*1024)
	rand.New(rand.NewSource(1)).Read(large)
	uploader := client.NewUploader(func(options *v2.UploaderOptions) { options.PartSize = 200 * 1024 })
	put := &v2.PutObjectRequest{Bucket: bucket, Key: v2.Ptr("large")}
	must(uploader.UploadFrom(ctx, put, bytes.NewReader(large)))
	got := must(client.GetObject(ctx, &v2.GetObjectRequest{Bucket: bucket, Key: v2.Ptr("large")}))
	fmt.Println("v2 large:", bytes.Equal(must(io.ReadAll(got.Body)), large))
	file := must(v2.NewAppendFile(ctx, client, *bucket, "log"))
	must(file.Write([]byte("one")))
	must(file.Write([]byte("two")))
	check(file.Close())
	log := must(client.GetObject(ctx, &v2.GetObjectRequest{Bucket: bucket, Key: v2.Ptr("log")}))
	fmt.Println("v2 log:", string(must(io.ReadAll(log.Body))))
	forbidden := &v2.PutObjectRequest{Bucket: bucket, Key: v2.Ptr("log"), ForbidOverwrite: v2.Ptr("true"), Body: strings.NewReader("x")}
	_, err := client.PutObject(ctx, forbidden)
	fmt.Println("v2 refused:", strings.Contains(fmt.Sprint(err), "FileAlreadyExists"))
}
