import com.aliyun.oss.ClientBuilderConfiguration;
import com.aliyun.oss.OSS;
import com.aliyun.oss.OSSClientBuilder;
import com.aliyun.oss.OSSException;
import com.aliyun.oss.common.auth.DefaultCredentialProvider;
import com.aliyun.oss.common.comm.SignVersion;
import com.aliyun.oss.model.*;
import java.io.*;
import java.nio.charset.StandardCharsets;
import java.util.*;

/** Works with a bucket as a program with Alibaba's SDK for Java does, and prints what it saw, a line each. */
public class Client {
  private static final String BUCKET = "java-bucket";

  public static void main(String[] args) throws Exception {
    ClientBuilderConfiguration configuration = new ClientBuilderConfiguration();
    configuration.setSignatureVersion(SignVersion.V4);
    OSS oss = OSSClientBuilder.create()
        .endpoint(System.getenv("ENDPOINT"))
        .region("cn-hangzhou")
        .credentialsProvider(
            new DefaultCredentialProvider(System.getenv("ALICLOUD_ACCESS_KEY"), System.getenv("ALICLOUD_SECRET_KEY")))
        .clientConfiguration(configuration)
        .build();
    oss.createBucket(BUCKET);
    for (String key : new String[] {"a b+c", "中文/文件", "folder/one", "folder/two"}) {
      oss.putObject(BUCKET, key, stream(key));
    }
    tell("read", read(oss, "中文/文件"));
    List<String> keys = new ArrayList<>();
    ListObjectsV2Result page;
    String token = null;
    do {
      page = oss.listObjectsV2(new ListObjectsV2Request(BUCKET).withMaxKeys(3).withContinuationToken(token));
      page.getObjectSummaries().forEach(object -> keys.add(object.getKey()));
      token = page.getNextContinuationToken();
    } while (page.isTruncated());
    tell("keys", keys);

    AppendObjectResult first = oss.appendObject(new AppendObjectRequest(BUCKET, "log", stream("one")).withPosition(0L));
    oss.appendObject(new AppendObjectRequest(BUCKET, "log", stream("two")).withPosition(first.getNextPosition()));
    try {
      oss.appendObject(new AppendObjectRequest(BUCKET, "log", stream("x")).withPosition(1L));
    } catch (OSSException refused) {
      tell("refused", refused.getErrorCode());
    }
    tell("log", read(oss, "log"));
    oss.createSymlink(BUCKET, "link", "log");
    tell("link", read(oss, "link") + " " + oss.getSymlink(BUCKET, "link").getTarget());

    byte[] large = new byte[350 * 1024];
    new Random(1).nextBytes(large);
    String upload = oss.initiateMultipartUpload(new InitiateMultipartUploadRequest(BUCKET, "large")).getUploadId();
    List<PartETag> parts = new ArrayList<>();
    for (int start = 0; start < large.length; start += 150 * 1024) {
      int length = Math.min(150 * 1024, large.length - start);
      InputStream part = new ByteArrayInputStream(large, start, length);
      int number = parts.size() + 1;
      parts.add(oss.uploadPart(new UploadPartRequest(BUCKET, "large", upload, number, part, length)).getPartETag());
    }
    oss.completeMultipartUpload(new CompleteMultipartUploadRequest(BUCKET, "large", upload, parts));
    oss.copyObject(BUCKET, "large", BUCKET, "copy");
    tell("copy", oss.getObjectMetadata(BUCKET, "copy").getContentLength());

    oss.setBucketVersioning(
        new SetBucketVersioningRequest(BUCKET, new BucketVersioningConfiguration("Enabled")));
    String version = oss.putObject(BUCKET, "versioned", stream("1")).getVersionId();
    oss.putObject(BUCKET, "versioned", stream("2"));
    SetObjectTaggingRequest tagging =
        new SetObjectTaggingRequest(BUCKET, "versioned", Collections.singletonMap("of", "first"));
    tagging.setVersionId(version);
    oss.setObjectTagging(tagging);
    tell("tags", oss.getObjectTagging(new GenericRequest(BUCKET, "versioned", version)).getAllTags());
    tell("current tags", oss.getObjectTagging(BUCKET, "versioned").getAllTags());
    tell("absent", oss.doesObjectExist(BUCKET, "absent"));
    oss.shutdown();
  }

  private static InputStream stream(String text) {
    return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
  }

  private static String read(OSS oss, String key) throws IOException {
    try (InputStream content = oss.getObject(BUCKET, key).getObjectContent();
        Scanner scanner = new Scanner(content, "UTF-8").useDelimiter("\\A")) {
      return scanner.hasNext() ? scanner.next() : "";
    }
  }

  private static void tell(String name, Object value) throws IOException {
    System.out.write((name + ": " + value + "\n").getBytes(StandardCharsets.UTF_8));
    System.out.flush();
  }
}
