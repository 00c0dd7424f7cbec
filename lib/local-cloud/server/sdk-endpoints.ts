/** Clients that take an address with its scheme; most of them would speak TLS without one. */
const WITH_SCHEME = [
  // Python
  'oss2',
  'alibabacloud-oss-v2',
  'ossfs',
  'mq-http-sdk',
  'aliyun-mns-sdk',
  // Java
  'com.aliyun.oss:aliyun-sdk-oss',
  'com.aliyun:alibabacloud-oss-v2',
  'com.aliyun.mns:aliyun-sdk-mns',
  'com.aliyun.mq:mq-http-sdk',
  'org.apache.hadoop:hadoop-aliyun',
  // Go
  'github.com/aliyun/aliyun-oss-go-sdk',
  'github.com/aliyun/alibabacloud-oss-go-sdk-v2',
  // Node.js
  'ali-oss',
  '@alicloud/pop-core',
  '@alicloud/mns',
  '@aliyunmq/mq-http-sdk',
];

/** Clients that take host and port, and the scheme, `HTTP` or `HTTPS`, apart from them. */
const WITHOUT_SCHEME = [
  // Python
  'aliyun-python-sdk-core',
  'alibabacloud-tea-openapi',
  // Go
  'github.com/aliyun/alibaba-cloud-sdk-go',
  'github.com/alibabacloud-go/darabonba-openapi',
  // Java
  'com.aliyun:tea-openapi',
  // Node.js
  '@alicloud/openapi-client',
  // Terraform
  'aliyun/alicloud',
];

/** @param http `host:port` of the HTTP port */
export function sdkEndpoints(http: string): Readonly<Record<string, string>> {
  return Object.fromEntries([
    ...WITH_SCHEME.map((client) => [client, `http://${http}`]),
    ...WITHOUT_SCHEME.map((client) => [client, http]),
  ]) as Record<string, string>;
}
