"""Does what each line of standard input asks for; parts of lines are percent-encoded and parted by spaces."""

import os
import sys
from urllib.parse import quote, unquote

from mq_http_sdk.mq_client import MQClient
from mq_http_sdk.mq_exception import MQExceptionBase, MQServerException
from mq_http_sdk.mq_producer import TopicMessage

client = MQClient(os.environ["ENDPOINT"], os.environ["ALICLOUD_ACCESS_KEY"], os.environ["ALICLOUD_SECRET_KEY"])


def tell(*parts):
    print(" ".join(quote(str(part or ""), safe="") for part in parts), flush=True)


def show(messages):
    for message in messages:
        tell(
            "message",
            message.message_id,
            message.receipt_handle,
            message.message_body,
            message.message_tag,
            message.get_message_key(),
            message.get_sharding_key(),
            message.get_start_deliver_time() or "0",
            message.get_property("color"),
            message.consumed_times,
        )


def message_of(body, tag, *properties):
    message = TopicMessage(body, tag)
    setters = {
        "KEY": message.set_message_key,
        "SHARD": message.set_sharding_key,
        "AT": message.set_start_deliver_time,
        "CHECK": message.set_trans_check_immunity_time,
    }
    for name, value in (one.split("=", 1) for one in properties):
        if name in setters:
            setters[name](value)
        else:
            message.put_property(name, value)
    return message


def answer(action, instance, topic, group, *rest):
    producer = client.get_trans_producer(instance, topic, group)
    consumer = client.get_consumer(instance, topic, group)
    if action == "publish":
        sent = producer.publish_message(message_of(*rest))
        tell("sent", sent.message_id, sent.receipt_handle)
    elif action == "consume":
        show(consumer.consume_message(int(rest[0]), int(rest[1])))
    elif action == "order":
        show(consumer.consume_message_orderly(int(rest[0]), int(rest[1])))
    elif action == "half":
        show(producer.consume_half_message(int(rest[0]), int(rest[1])))
    elif action == "ack":
        consumer.ack_message(list(rest))
    elif action == "commit":
        producer.commit(rest[0])
    elif action == "rollback":
        producer.rollback(rest[0])
    else:
        raise ValueError(action)


for line in sys.stdin:
    try:
        answer(*[unquote(part) for part in line.rstrip("\n").split(" ")])
    except MQServerException as error:
        if error.type == "MessageNotExist" and not error.sub_errors:
            tell("none")
        elif error.sub_errors:
            for sub_error in error.sub_errors:
                tell("failed", sub_error["ErrorCode"])
        else:
            tell("error", error.type)
    except (MQExceptionBase, Exception) as error:
        tell("error", error)
    tell("end")
