import com.aliyun.mns.client.*;
import com.aliyun.mns.common.*;
import com.aliyun.mns.common.auth.SignVersion;
import com.aliyun.mns.common.http.ClientConfiguration;
import com.aliyun.mns.model.*;
import com.google.gson.Gson;
import java.util.*;
import java.util.concurrent.Callable;

/**
 * Works with queues and topics as a program with Alibaba's SDK for Java does, and prints what it saw, a line each.
 *
 * <p>usage: Client all | consume QUEUE
 */
public class Client {
  private static final Gson GSON = new Gson();
  private static MNSClient client;

  public static void main(String[] args) throws Exception {
    client = clientWith(SignVersion.V2);
    try {
      if (args[0].equals("consume")) {
        consume(args[1]);
      } else {
        work();
      }
      System.exit(0);
    } catch (Throwable error) {
      // Threads of the SDK would go on.
      error.printStackTrace();
      System.exit(1);
    }
  }

  private static MNSClient clientWith(SignVersion version) {
    ClientConfiguration configuration = new ClientConfiguration();
    configuration.setSignatureVersion(version);
    return MNSClientBuilder.create()
        .accountEndpoint(System.getenv("ENDPOINT"))
        .region("cn-hangzhou")
        .accessKeyId(System.getenv("ALICLOUD_ACCESS_KEY"))
        .accessKeySecret(System.getenv("ALICLOUD_SECRET_KEY"))
        .clientConfiguration(configuration)
        .build();
  }

  private static void work() throws Exception {
    PagingListResult<String> none = client.listQueueURL("none", null, 10);
    tell("no queues", none == null || none.getResult() == null || none.getResult().isEmpty());
    CloudQueue queue = make("java", 60);
    make("java", 60);
    tell("made again", refusal(() -> make("java", 61)));
    tell("listed", client.listQueue("jav", null, 10).getResult().size());
    tell("attributes", queue.getAttributes().getVisibilityTimeout());

    Message message = new Message("中文 & <xml>");
    message.setPriority(1);
    message.getUserProperties().put("text", new MessagePropertyValue("wörter & <b>"));
    message.getUserProperties().put("number", new MessagePropertyValue(1.5));
    queue.putMessage(message);
    tell("peeked", queue.peekMessage().getMessageBody());
    Message received = queue.popMessage(5);
    tell("received", Arrays.asList(received.getMessageBody(), received.getPriority(), received.getDequeueCount()));
    tell("properties", Arrays.asList(
        received.getUserProperties().get("text").getStringValue(),
        received.getUserProperties().get("number").getStringValue()));
    tell("empty", queue.popMessage(0) == null);
    String changed = queue.changeMessageVisibilityTimeout(received.getReceiptHandle(), 100);
    tell("old handle", refusal(() -> {
      queue.deleteMessage(received.getReceiptHandle());
      return null;
    }));
    queue.deleteMessage(changed);

    List<Message> batch = new ArrayList<>();
    for (int number = 0; number < 16; number += 1) {
      batch.add(new Message("m" + number));
    }
    queue.batchPutMessage(batch);
    tell("batch peeked", queue.batchPeekMessage(16).size());
    List<String> bodies = new ArrayList<>();
    List<String> handles = new ArrayList<>();
    for (Message one : queue.batchPopMessage(16, 5)) {
      bodies.add(one.getMessageBody());
      handles.add(one.getReceiptHandle());
    }
    tell("batch", bodies);
    queue.batchDeleteMessage(handles);
    try {
      queue.batchDeleteMessage(handles);
    } catch (ServiceHandlingRequiredException error) {
      tell("batch deleted", ((BatchDeleteException) error.getCause()).getErrorMessages().size());
    }
    Message urgent = new Message("x");
    urgent.setPriority(17);
    tell("priority", refusal(() -> queue.putMessage(urgent)));
    Message late = new Message("x");
    late.setDelaySeconds(604801);
    tell("delay", refusal(() -> queue.putMessage(late)));

    CloudQueue raw = make("java-raw", 30);
    Message text = new Message();
    text.setMessageBodyAsRawString("{\"id\": \"raw\"}");
    raw.putMessage(text);
    tell("raw", raw.popMessage(5).getMessageBodyAsRawString());

    CloudTopic topic = client.getTopicRef("java-topic");
    topic.create();
    topic.create();
    CloudQueue all = make("java-all", 30);
    CloudQueue tagged = make("java-tagged", 30);
    subscribe(topic, "all", "", SubscriptionMeta.NotifyContentFormat.SIMPLIFIED);
    subscribe(topic, "tagged", "urgent", SubscriptionMeta.NotifyContentFormat.XML);
    tell("subscriptions", topic.listSubscriptions("", null, 10).getResult().size());
    SubscriptionMeta mail = new SubscriptionMeta();
    mail.setSubscriptionName("mail");
    mail.setEndpoint(topic.generateMailEndpoint("somebody@example.com"));
    tell("mail", refusal(() -> topic.subscribe(mail)));
    Base64TopicMessage toAll = new Base64TopicMessage();
    toAll.setMessageBody("to all");
    topic.publishMessage(toAll);
    RawTopicMessage urgently = new RawTopicMessage();
    urgently.setMessageBody("urgently");
    urgently.setMessageTag("urgent");
    topic.publishMessage(urgently);
    tell("fanned out", all.popMessage(5).getMessageBody());
    tell("xml", tagged.popMessage(5).getMessageBodyAsRawString().contains("<Message>urgently</Message>"));
    tell("no more of the tag", tagged.popMessage(0) == null);
    topic.delete();
    tell("topic deleted", refusal(topic::getAttribute));

    CloudQueue retried = client.getQueueRef("retried");
    retried.putMessage(new Message("dead letter"));
    retried.popMessage(5);
    Message letter = client.getQueueRef("dead").popMessage(30);
    String origin = letter.getSystemProperty(MessageSystemPropertyName.DLQ_SOURCE_ARN).getStringValueByType();
    tell("dead letter", Arrays.asList(
        letter.getMessageBody(), letter.getDequeueCount(), origin.substring(origin.lastIndexOf('/') + 1)));
    tell("not there", refusal(() -> client.getQueueRef("none").getAttributes()));

    MNSClient newer = clientWith(SignVersion.V4);
    CloudQueue signed = newer.getQueueRef("java");
    signed.putMessage(new Message("signed by version 4"));
    tell("version 4", signed.popMessage(5).getMessageBody());
    queue.delete();
  }

  /** Receives until it is killed, and deletes what it has told. */
  private static void consume(String name) throws Exception {
    CloudQueue queue = client.getQueueRef(name);
    tell("ready", true);
    for (;;) {
      Message message = queue.popMessage(30);
      if (message != null) {
        tell("message", message.getMessageBody());
        queue.deleteMessage(message.getReceiptHandle());
      }
    }
  }

  private static CloudQueue make(String name, long visibilityTimeout) {
    QueueMeta meta = new QueueMeta();
    meta.setQueueName(name);
    meta.setVisibilityTimeout(visibilityTimeout);
    return client.createQueue(meta);
  }

  private static void subscribe(
      CloudTopic topic, String name, String tag, SubscriptionMeta.NotifyContentFormat format) {
    SubscriptionMeta meta = new SubscriptionMeta();
    meta.setSubscriptionName(name);
    meta.setEndpoint(topic.generateQueueEndpoint("java-" + name));
    meta.setNotifyContentFormat(format);
    if (!tag.isEmpty()) {
      meta.setFilterTag(tag);
    }
    topic.subscribe(meta);
  }

  /** The error's code, as the client gives it. */
  private static String refusal(Callable<?> work) throws Exception {
    try {
      work.call();
      return "none";
    } catch (ServiceException error) {
      return error.getErrorCode();
    } catch (ServiceHandlingRequiredException error) {
      return error.getErrorCode();
    }
  }

  private static void tell(String name, Object value) {
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("name", name);
    line.put("value", value);
    System.out.println(GSON.toJson(line));
  }
}
