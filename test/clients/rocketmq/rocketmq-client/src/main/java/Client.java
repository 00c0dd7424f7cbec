import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import org.apache.rocketmq.acl.common.AclClientRPCHook;
import org.apache.rocketmq.acl.common.SessionCredentials;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.ConsumeOrderlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.client.consumer.listener.MessageListenerOrderly;
import org.apache.rocketmq.client.consumer.rebalance.AllocateMessageQueueAveragely;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;

/** usage: Client consume|consume-orderly|produce|produce-orderly INSTANCE TOPIC GROUP [TAGS] */
public class Client {
    public static void main(String[] args) throws Exception {
        Thread.currentThread().setUncaughtExceptionHandler((thread, error) -> {
            error.printStackTrace();
            System.exit(1);
        });
        String token = System.getenv("ALICLOUD_SECURITY_TOKEN");
        String key = System.getenv("ALICLOUD_ACCESS_KEY");
        String secret = System.getenv("ALICLOUD_SECRET_KEY");
        AclClientRPCHook hook = new AclClientRPCHook(
            token == null ? new SessionCredentials(key, secret) : new SessionCredentials(key, secret, token));
        String topic = args[2];
        if (args[0].startsWith("consume")) {
            DefaultMQPushConsumer consumer =
                new DefaultMQPushConsumer(args[1], args[3], hook, new AllocateMessageQueueAveragely());
            consumer.setNamesrvAddr(System.getenv("ROCKETMQ_NAMESRV"));
            consumer.subscribe(topic, args.length > 4 ? args[4] : "*");
            if (args[0].equals("consume")) {
                consumer.registerMessageListener((MessageListenerConcurrently) (messages, context) -> {
                    boolean failed = false;
                    for (MessageExt message : messages) {
                        print(message);
                        failed |= text(message).startsWith("fail once") && message.getReconsumeTimes() == 0;
                    }
                    return failed ? ConsumeConcurrentlyStatus.RECONSUME_LATER : ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
                });
            } else {
                consumer.registerMessageListener((MessageListenerOrderly) (messages, context) -> {
                    messages.forEach(Client::print);
                    return ConsumeOrderlyStatus.SUCCESS;
                });
            }
            consumer.start();
            System.out.println("{\"ready\":true}");
            while (System.in.read() >= 0) {
                continue;
            }
            consumer.shutdown();
        } else {
            DefaultMQProducer producer = new DefaultMQProducer(args[1], args[3], hook);
            producer.setNamesrvAddr(System.getenv("ROCKETMQ_NAMESRV"));
            producer.start();
            produce(producer, topic, args[0].equals("produce-orderly"));
            producer.shutdown();
        }
        System.exit(0);
    }

    /** Lines of `body TAB tag TAB key TAB color TAB delay in ms TAB sharding key`. */
    private static void produce(DefaultMQProducer producer, String topic, boolean orderly) throws Exception {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        System.out.println("{\"ready\":true}");
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            String[] parts = line.split("\t", -1);
            Message message = new Message(topic, parts[1], parts[2], parts[0].getBytes(StandardCharsets.UTF_8));
            if (!parts[3].isEmpty()) {
                message.putUserProperty("color", parts[3]);
            }
            if (!parts[4].isEmpty()) {
                message.putUserProperty("__STARTDELIVERTIME", String.valueOf(System.currentTimeMillis() + Long.parseLong(parts[4])));
            }
            try {
                SendResult result = orderly
                    ? producer.send(message, (queues, sent, shardingKey) -> queues.get(Math.abs(shardingKey.hashCode()) % queues.size()), parts[5])
                    : producer.send(message);
                System.out.println("{\"msgId\":" + quote(result.getMsgId()) + "}");
            } catch (Exception error) {
                System.out.println("{\"error\":" + quote(error + ": " + error.getCause()) + "}");
            }
        }
    }

    private static String text(MessageExt message) {
        return new String(message.getBody(), StandardCharsets.UTF_8);
    }

    private static void print(MessageExt message) {
        System.out.println("{\"msgId\":" + quote(message.getMsgId())
            + ",\"topic\":" + quote(message.getTopic())
            + ",\"tag\":" + quote(message.getTags())
            + ",\"key\":" + quote(message.getKeys())
            + ",\"color\":" + quote(message.getUserProperty("color"))
            + ",\"reconsumeTimes\":" + message.getReconsumeTimes()
            + ",\"body\":" + quote(text(message)) + "}");
    }

    private static String quote(String text) {
        return text == null ? "\"\"" : "\"" + text.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n") + "\"";
    }
}
