import com.aliyun.mq.http.MQClient;
import com.aliyun.mq.http.MQConsumer;
import com.aliyun.mq.http.MQTransProducer;
import com.aliyun.mq.http.common.AckMessageException;
import com.aliyun.mq.http.common.ServiceException;
import com.aliyun.mq.http.model.ErrorMessageResult;
import com.aliyun.mq.http.model.Message;
import com.aliyun.mq.http.model.TopicMessage;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** Does what each line of standard input asks for; parts of lines are percent-encoded and parted by spaces. */
public class Client {
  private static PrintStream out;

  public static void main(String[] args) throws Exception {
    out = new PrintStream(System.out, true, "UTF-8");
    MQClient client =
        new MQClient(
            System.getenv("ENDPOINT"),
            System.getenv("ALICLOUD_ACCESS_KEY"),
            System.getenv("ALICLOUD_SECRET_KEY"));
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in, "UTF-8"));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      List<String> parts = new ArrayList<>();
      for (String part : line.split(" ", -1)) {
        parts.add(URLDecoder.decode(part, "UTF-8"));
      }
      try {
        answer(client, parts);
      } catch (AckMessageException error) {
        for (ErrorMessageResult result : error.getErrorMessages().values()) {
          tell("failed", result.getErrorCode());
        }
      } catch (ServiceException error) {
        tell("error", error.getErrorCode());
      } catch (Throwable error) {
        tell("error", error.toString());
      }
      tell("end");
    }
    client.close();
  }

  private static void answer(MQClient client, List<String> parts) throws Exception {
    String topic = parts.get(2);
    MQTransProducer producer = client.getTransProducer(parts.get(1), topic, parts.get(3));
    MQConsumer consumer = client.getConsumer(parts.get(1), topic, parts.get(3), null);
    List<String> rest = parts.subList(4, parts.size());
    switch (parts.get(0)) {
      case "publish":
        TopicMessage message = new TopicMessage(rest.get(0).getBytes("UTF-8"), rest.get(1));
        for (String property : rest.subList(2, rest.size())) {
          String[] pair = property.split("=", 2);
          describe(message, pair[0], pair[1]);
        }
        TopicMessage sent = producer.publishMessage(message);
        tell("sent", sent.getMessageId(), sent.getReceiptHandle());
        break;
      case "consume":
        show(consumer.consumeMessage(Integer.parseInt(rest.get(0)), Integer.parseInt(rest.get(1))));
        break;
      case "order":
        show(consumer.consumeMessageOrderly(Integer.parseInt(rest.get(0)), Integer.parseInt(rest.get(1))));
        break;
      case "half":
        show(producer.consumeHalfMessage(Integer.parseInt(rest.get(0)), Integer.parseInt(rest.get(1))));
        break;
      case "ack":
        consumer.ackMessage(rest);
        break;
      case "commit":
        producer.commit(rest.get(0));
        break;
      case "rollback":
        producer.rollback(rest.get(0));
        break;
      default:
        throw new IllegalArgumentException(parts.get(0));
    }
  }

  private static void describe(TopicMessage message, String name, String value) {
    switch (name) {
      case "KEY":
        message.setMessageKey(value);
        break;
      case "SHARD":
        message.setShardingKey(value);
        break;
      case "AT":
        message.setStartDeliverTime(Long.parseLong(value));
        break;
      case "CHECK":
        message.setTransCheckImmunityTime(Integer.parseInt(value));
        break;
      default:
        message.getProperties().put(name, value);
    }
  }

  private static void show(List<Message> messages) throws Exception {
    if (messages == null) {
      tell("none");
      return;
    }
    for (Message message : messages) {
      Map<String, String> properties = message.getProperties();
      tell(
          "message",
          message.getMessageId(),
          message.getReceiptHandle(),
          message.getMessageBodyString(),
          message.getMessageTag(),
          message.getMessageKey(),
          message.getShardingKey(),
          String.valueOf(message.getStartDeliverTime()),
          properties.get("color"),
          String.valueOf(message.getConsumedTimes()));
    }
  }

  private static void tell(String... parts) throws Exception {
    List<String> encoded = new ArrayList<>();
    for (String part : Arrays.asList(parts)) {
      encoded.add(part == null ? "" : URLEncoder.encode(part, "UTF-8").replace("+", "%20"));
    }
    out.println(String.join(" ", encoded));
  }
}
