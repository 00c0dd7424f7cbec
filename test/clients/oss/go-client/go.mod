module test/client

go 1.26.8

require github.com/aliyun/alibabacloud-oss-go-sdk-v2 v1.6.1
require github.com/aliyun/aliyun-oss-go-sdk v3.0.2+incompatible
