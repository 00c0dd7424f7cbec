import com.aliyun.openservices.ons.api.Action;
import com.aliyun.openservices.ons.api.Consumer;
import com.aliyun.openservices.ons.api.Message;
import com.aliyun.openservices.ons.api.ONSFactory;
import com.aliyun.openservices.ons.api.Producer;
import com.aliyun.openservices.ons.api.PropertyKeyConst;
import com.aliyun.openservices.ons.api.SendResult;
import com.aliyun.openservices.ons.api.order.OrderAction;
import com.aliyun.openservices.ons.api.order.OrderConsumer;
import com.aliyun.openservices.ons.api.order.OrderProducer;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Properties;

/** usage: Client consume|consume-orderly|produce|produce-orderly INSTANCE TOPIC GROUP [TAGS] */
public class Client {
    public static void main(String[] args) throws Exception {
        Thread.currentThread().setUncaughtExceptionHandler((thread, error) -> {
            error.printStackTrace();
            System.exit(1);
        });
        Properties settings = new Properties();
        settings.setProperty(PropertyKeyConst.NAMESRV_ADDR, System.getenv("ROCKETMQ_NAMESRV"));
        settings.setProperty(PropertyKeyConst.AccessKey, System.getenv("ALICLOUD_ACCESS_KEY"));
        settings.setProperty(PropertyKeyConst.SecretKey, System.getenv("ALICLOUD_SECRET_KEY"));
        if (System.getenv("ALICLOUD_SECURITY_TOKEN") != null) {
            settings.setProperty(PropertyKeyConst.SecurityToken, System.getenv("ALICLOUD_SECURITY_TOKEN"));
        }
        settings.setProperty(PropertyKeyConst.INSTANCE_ID, args[1]);
        settings.setProperty(PropertyKeyConst.GROUP_ID, args[3]);
        String topic = args[2];
        String tags = args.length > 4 ? args[4] : "*";
        switch (args[0]) {
            case "consume": {
                Consumer consumer = ONSFactory.createConsumer(settings);
                consumer.subscribe(topic, tags, (message, context) -> {
                    print(message);
                    return fails(message) ? Action.ReconsumeLater : Action.CommitMessage;
                });
                consumer.start();
                System.out.println("{\"ready\":true}");
                untilEndOfInput();
                consumer.shutdown();
                break;
            }
            case "consume-orderly": {
                OrderConsumer consumer = ONSFactory.createOrderedConsumer(settings);
                consumer.subscribe(topic, tags, (message, context) -> {
                    print(message);
                    return OrderAction.Success;
                });
                consumer.start();
                System.out.println("{\"ready\":true}");
                untilEndOfInput();
                consumer.shutdown();
                break;
            }
            case "produce": {
                Producer producer = ONSFactory.createProducer(settings);
                producer.start();
                produce(topic, (message, shardingKey) -> producer.send(message));
                producer.shutdown();
                break;
            }
            default: {
                OrderProducer producer = ONSFactory.createOrderProducer(settings);
                producer.start();
                produce(topic, producer::send);
                producer.shutdown();
            }
        }
        System.exit(0);
    }

    interface Sender {
        SendResult send(Message message, String shardingKey);
    }

    /** Lines of `body TAB tag TAB key TAB color TAB delay in ms TAB sharding key`. */
    private static void produce(String topic, Sender sender) throws Exception {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        System.out.println("{\"ready\":true}");
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            String[] parts = line.split("\t", -1);
            Message message = new Message(topic, parts[1], parts[2], parts[0].getBytes(StandardCharsets.UTF_8));
            if (!parts[3].isEmpty()) {
                message.putUserProperties("color", parts[3]);
            }
            if (!parts[4].isEmpty()) {
                message.setStartDeliverTime(System.currentTimeMillis() + Long.parseLong(parts[4]));
            }
            try {
                System.out.println("{\"msgId\":" + quote(sender.send(message, parts[5]).getMessageId()) + "}");
            } catch (RuntimeException error) {
                System.out.println("{\"error\":" + quote(error + ": " + error.getCause()) + "}");
            }
        }
    }

    private static boolean fails(Message message) {
        return new String(message.getBody(), StandardCharsets.UTF_8).startsWith("fail once") && message.getReconsumeTimes() == 0;
    }

    private static void print(Message message) {
        System.out.println("{\"msgId\":" + quote(message.getMsgID())
            + ",\"topic\":" + quote(message.getTopic())
            + ",\"tag\":" + quote(message.getTag())
            + ",\"key\":" + quote(message.getKey())
            + ",\"color\":" + quote(message.getUserProperties("color"))
            + ",\"reconsumeTimes\":" + message.getReconsumeTimes()
            + ",\"body\":" + quote(new String(message.getBody(), StandardCharsets.UTF_8)) + "}");
    }

    private static String quote(String text) {
        return text == null ? "\"\"" : "\"" + text.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n") + "\"";
    }

    private static void untilEndOfInput() throws Exception {
        while (System.in.read() >= 0) {
            continue;
        }
    }
}
