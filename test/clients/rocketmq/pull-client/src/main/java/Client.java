import java.nio.charset.StandardCharsets;
import java.util.TreeSet;
import org.apache.rocketmq.acl.common.AclClientRPCHook;
import org.apache.rocketmq.acl.common.SessionCredentials;
import org.apache.rocketmq.client.consumer.DefaultLitePullConsumer;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.LocalTransactionState;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.client.producer.TransactionListener;
import org.apache.rocketmq.client.producer.TransactionMQProducer;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;

/** Sends, also in transactions, looks at what it sent, and pulls it; prints what it saw, as lines of `name: value`. usage: Client INSTANCE TOPIC GROUP */
public class Client {
    public static void main(String[] args) throws Exception {
        AclClientRPCHook hook = new AclClientRPCHook(
            new SessionCredentials(System.getenv("ALICLOUD_ACCESS_KEY"), System.getenv("ALICLOUD_SECRET_KEY")));
        DefaultMQProducer producer = new DefaultMQProducer(args[0], args[2], hook);
        producer.setNamesrvAddr(System.getenv("ROCKETMQ_NAMESRV"));
        producer.start();
        SendResult sent = producer.send(new Message(args[1], "tag", "one two", "at once".getBytes(StandardCharsets.UTF_8)));
        Message timed = new Message(args[1], "later".getBytes(StandardCharsets.UTF_8));
        timed.setDelayTimeMs(3_000);
        long sentAt = System.currentTimeMillis();
        producer.send(timed);
        tell("viewed", text(producer.viewMessage(args[1], sent.getMsgId())));
        tell("by offset id", text(producer.viewMessage(args[1], sent.getOffsetMsgId())));
        tell("by key", text(producer.queryMessage(args[1], "two", 10, 0, sentAt + 60_000).getMessageList().get(0)));
        tell("earliest", producer.earliestMsgStoreTime(sent.getMessageQueue()) > 0);
        producer.shutdown();

        TransactionMQProducer transactions = new TransactionMQProducer(args[2], hook);
        transactions.setNamespace(args[0]);
        transactions.setNamesrvAddr(System.getenv("ROCKETMQ_NAMESRV"));
        transactions.setInstanceName("transactions");
        transactions.setTransactionListener(new TransactionListener() {
            @Override
            public LocalTransactionState executeLocalTransaction(Message message, Object state) {
                return (LocalTransactionState) state;
            }

            @Override
            public LocalTransactionState checkLocalTransaction(MessageExt message) {
                return LocalTransactionState.COMMIT_MESSAGE;
            }
        });
        transactions.start();
        for (LocalTransactionState state : LocalTransactionState.values()) {
            Message message = new Message(args[1], state.name().getBytes(StandardCharsets.UTF_8));
            message.putUserProperty("CHECK_IMMUNITY_TIME_IN_SECONDS", "0");
            transactions.sendMessageInTransaction(message, state);
        }

        DefaultLitePullConsumer consumer = new DefaultLitePullConsumer(args[0], args[2], hook);
        consumer.setNamesrvAddr(System.getenv("ROCKETMQ_NAMESRV"));
        consumer.subscribe(args[1], "*");
        consumer.start();
        TreeSet<String> pulled = new TreeSet<>();
        boolean waited = false;
        while (pulled.size() < 4) {
            for (MessageExt message : consumer.poll(1000)) {
                pulled.add(text(message));
                waited |= text(message).equals("later") && System.currentTimeMillis() >= sentAt + 3_000;
            }
        }
        tell("pulled", pulled);
        tell("waited", waited);
        consumer.shutdown();
        transactions.shutdown();
        System.exit(0);
    }

    private static String text(MessageExt message) {
        return new String(message.getBody(), StandardCharsets.UTF_8);
    }

    private static void tell(String name, Object value) {
        System.out.println(name + ": " + value);
    }
}
