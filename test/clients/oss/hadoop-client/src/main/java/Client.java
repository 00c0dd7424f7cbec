import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.*;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.*;

/** Works with a bucket as Hadoop and Spark do, and prints what it saw, a line each. */
public class Client {
  public static void main(String[] args) throws Exception {
    Configuration configuration = new Configuration(false);
    configuration.set("fs.oss.impl", "org.apache.hadoop.fs.aliyun.oss.AliyunOSSFileSystem");
    configuration.set("fs.oss.endpoint", System.getenv("ENDPOINT"));
    configuration.set("fs.oss.accessKeyId", System.getenv("ALICLOUD_ACCESS_KEY"));
    configuration.set("fs.oss.accessKeySecret", System.getenv("ALICLOUD_SECRET_KEY"));
    configuration.setBoolean("fs.oss.connection.secure.enabled", false);
    FileSystem fs = FileSystem.get(URI.create("oss://lake"), configuration);

    Path folder = new Path("/warehouse/表");
    fs.mkdirs(folder);
    byte[] large = new byte[5 << 20];
    new Random(1).nextBytes(large);
    try (FSDataOutputStream out = fs.create(new Path(folder, "large.bin"))) {
      out.write(large);
    }
    try (FSDataOutputStream out = fs.create(new Path(folder, "part=1/rows.csv"))) {
      out.write("1,a\n".getBytes(StandardCharsets.UTF_8));
    }
    byte[] read = new byte[large.length];
    try (FSDataInputStream in = fs.open(new Path(folder, "large.bin"))) {
      in.readFully(0, read);
    }
    tell("same", Arrays.equals(read, large));
    tell("rename", fs.rename(folder, new Path("/warehouse/renamed")));
    List<String> names = new ArrayList<>();
    RemoteIterator<LocatedFileStatus> files = fs.listFiles(new Path("/warehouse"), true);
    while (files.hasNext()) {
      names.add(files.next().getPath().toUri().getPath());
    }
    Collections.sort(names);
    tell("files", names);
    tell("deleted", fs.delete(new Path("/warehouse"), true));
    tell("there", fs.exists(new Path("/warehouse")));
    fs.close();
  }

  private static void tell(String name, Object value) throws Exception {
    System.out.write((name + ": " + value + "\n").getBytes(StandardCharsets.UTF_8));
    System.out.flush();
  }
}
