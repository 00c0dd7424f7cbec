import com.aliyun.openservices.ons.api.Action;
import com.aliyun.openservices.ons.api.Consumer;
import com.aliyun.openservices.ons.api.ONSFactory;
import com.aliyun.openservices.ons.api.PropertyKeyConst;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Paths;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;

/**
 * Waits for the receipt of an asynchronous query, prints it, and exits. A receipt that came before is printed at once;
 * each is printed by one run only.
 *
 * usage: mvn -q compile exec:java -Dexec.args="OUTPUTS [CHANNEL]"
 *   OUTPUTS   what `cdktf deploy --outputs-file OUTPUTS` wrote
 *   CHANNEL   the channel's name, e.g. `minimal/notification`; the first one of MQ without it
 *
 * Keys are taken from ALICLOUD_ACCESS_KEY and ALICLOUD_SECRET_KEY. ROCKETMQ_NAMESRV takes the place of the channel's
 * own endpoint.
 */
public class ReceiptConsumer {
    public static void main(String[] args) throws Exception {
        if (args.length == 0) {
            throw new IllegalArgumentException("usage: mvn -q compile exec:java -Dexec.args=\"OUTPUTS [CHANNEL]\"");
        }
        JsonObject channel = channel(args[0], args.length > 1 ? args[1] : null);
        String server = System.getenv("ROCKETMQ_NAMESRV");

        Properties properties = new Properties();
        properties.setProperty(PropertyKeyConst.NAMESRV_ADDR, server != null ? server : text(channel, "endpoint"));
        properties.setProperty(PropertyKeyConst.INSTANCE_ID, text(channel, "instanceId"));
        properties.setProperty(PropertyKeyConst.GROUP_ID, text(channel, "producerId"));
        properties.setProperty(PropertyKeyConst.AccessKey, variable("ALICLOUD_ACCESS_KEY"));
        properties.setProperty(PropertyKeyConst.SecretKey, variable("ALICLOUD_SECRET_KEY"));

        CompletableFuture<String> receipt = new CompletableFuture<>();
        Consumer consumer = ONSFactory.createConsumer(properties);
        consumer.subscribe(text(channel, "topic"), "*", (message, context) ->
            // MQ gives what comes after the first to the next run.
            receipt.complete(new String(message.getBody(), StandardCharsets.UTF_8))
                ? Action.CommitMessage
                : Action.ReconsumeLater);
        consumer.start();
        JsonElement body = JsonParser.parseString(receipt.get());
        System.out.println(new GsonBuilder().setPrettyPrinting().disableHtmlEscaping().create().toJson(body));
        // Stores how far the group has read.
        consumer.shutdown();
        System.exit(0);
    }

    /** The channel of that name, or the first one of MQ, in the outputs of a deploy. */
    private static JsonObject channel(String outputs, String name) throws Exception {
        try (Reader reader = Files.newBufferedReader(Paths.get(outputs))) {
            for (Map.Entry<String, JsonElement> stack : JsonParser.parseReader(reader).getAsJsonObject().entrySet()) {
                JsonObject channels = stack.getValue().getAsJsonObject().getAsJsonObject("receipt_channels");
                if (channels == null) {
                    continue;
                }
                for (Map.Entry<String, JsonElement> channel : channels.entrySet()) {
                    JsonObject found = channel.getValue().getAsJsonObject();
                    boolean wanted = name == null
                        ? text(found, "kind").equals("mq")
                        : name.equals(stack.getKey() + "/" + channel.getKey());
                    if (wanted) {
                        return found;
                    }
                }
            }
        }
        throw new IllegalArgumentException(outputs + " has no channel of MQ " + (name == null ? "" : name));
    }

    private static String text(JsonObject object, String name) {
        return object.get(name).getAsString();
    }

    private static String variable(String name) {
        String value = System.getenv(name);
        if (value == null) {
            throw new IllegalArgumentException("expected the variable " + name + ", got none");
        }
        return value;
    }
}
