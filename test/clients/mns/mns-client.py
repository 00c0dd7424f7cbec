"""Works with queues and topics as a program with Alibaba's SDK for Python does, and prints what it saw, a line each.

usage: mns-client.py all | consume QUEUE
"""

import json
import os
import sys

from mns.account import Account
from mns.message_property import MessagePropertyValue
from mns.mns_exception import MNSExceptionBase
from mns.queue import Message, QueueMeta
from mns.subscription import SubscriptionMeta
from mns.topic import Base64TopicMessage, TopicMessage, TopicMeta

account = Account(os.environ["ENDPOINT"], os.environ["ALICLOUD_ACCESS_KEY"], os.environ["ALICLOUD_SECRET_KEY"])


def tell(name, value):
    print(json.dumps({"name": name, "value": value}, ensure_ascii=False), flush=True)


def refusal(work):
    """The error's code, as the client gives it."""
    try:
        work()
        return "none"
    except MNSExceptionBase as error:
        return error.type


def queue_of(name, **meta):
    queue = account.get_queue(name)
    queue.create(QueueMeta(**meta))
    return queue


def work():
    tell("no queues", account.list_queue("none")[0])
    queue = queue_of("python", vis_timeout=60)
    queue.create(QueueMeta(vis_timeout=60))
    tell("made again", refusal(lambda: queue.create(QueueMeta(vis_timeout=61))))
    tell("listed", [url.rsplit("/", 1)[1] for url in account.list_queue("pyth")[0]])
    queue.set_attributes(QueueMeta(vis_timeout=50))
    attributes = queue.get_attributes()
    tell("attributes", [attributes.visibility_timeout, attributes.logging_enabled])

    message = Message("中文 & <xml>", priority=1)
    message.add_user_property("text", MessagePropertyValue.create_string("wörter & <b>"))
    message.add_user_property("number", MessagePropertyValue.create_number(1.5))
    message.add_user_property("bytes", MessagePropertyValue.create_binary(b"\x00\xff"))
    sent = queue.send_message(message)
    peeked = queue.peek_message_with_str_body()
    tell("peeked", [peeked.message_body, peeked.dequeue_count, peeked.message_id == sent.message_id])
    received = queue.receive_message_with_str_body(5)
    properties = received.get_user_properties()
    tell("received", [received.message_body, received.priority, received.dequeue_count])
    tell("properties", [properties["text"].get_string_value_by_type(), properties["number"].get_string_value_by_type()])
    tell("bytes", list(properties["bytes"].get_binary_value()))
    tell("empty", refusal(lambda: queue.receive_message(0)))
    changed = queue.change_message_visibility(received.receipt_handle, 100)
    tell("old handle", refusal(lambda: queue.delete_message(received.receipt_handle)))
    queue.delete_message(changed.receipt_handle)
    tell("deleted", refusal(lambda: queue.delete_message(changed.receipt_handle)))

    queue.batch_send_message([Message("m%d" % number) for number in range(16)])
    tell("batch peeked", len(queue.batch_peek_message(16)))
    batch = queue.batch_receive_message_with_str_body(16, 5)
    tell("batch", [one.message_body for one in batch])
    queue.batch_delete_message([one.receipt_handle for one in batch])
    tell("batch deleted", refusal(lambda: queue.batch_delete_message([one.receipt_handle for one in batch])))
    for name, refused in (("priority", Message("x", priority=17)), ("delay", Message("x", delay_seconds=604801))):
        # The client refuses some values itself: it is told what it would not send.
        tell(name, refusal(lambda: queue.send_message(refused)))

    raw = queue_of("python-raw")
    raw.set_encoding(False)
    raw.send_message(Message('{"id": "raw"}'))
    tell("raw", raw.receive_message(5).message_body)

    topic = account.get_topic("python-topic")
    topic.create(TopicMeta(2048))
    topic.create(TopicMeta(2048))
    tell("topic", topic.get_attributes().maximum_message_size)
    for name, tag, content in (("all", "", "SIMPLIFIED"), ("tagged", "urgent", "XML"), ("json", "", "JSON")):
        queue_of("python-" + name)
        endpoint = "acs:mns:%s:%s:queues/python-%s" % ("cn-hangzhou", os.environ["ACCOUNT_ID"], name)
        topic.get_subscription(name).subscribe(SubscriptionMeta(endpoint, "", content, tag))
    tell("web", refusal(lambda: topic.get_subscription("web").subscribe(SubscriptionMeta("http://127.0.0.1/x"))))
    tell("subscription", topic.get_subscription("tagged").get_attributes().filter_tag)
    tell("subscriptions", len(topic.list_subscription()[0]))
    topic.publish_message(Base64TopicMessage("to all"))
    topic.publish_message(TopicMessage("urgently", "urgent"))
    simplified, tagged, as_json = (account.get_queue("python-" + name) for name in ("all", "tagged", "json"))
    tell("fanned out", simplified.receive_message_with_str_body(5).message_body)
    for one in (tagged, as_json):
        one.set_encoding(False)
    document = tagged.receive_message(5).message_body
    tell("xml", ["<Message>urgently</Message>" in document, "<MessageTag>urgent</MessageTag>" in document])
    tell("no more of the tag", refusal(lambda: tagged.receive_message(0)))
    tell("json", [json.loads(one.message_body)["Message"] for one in as_json.batch_receive_message(16, 5)])
    topic.delete()
    tell("topic deleted", refusal(topic.get_attributes))

    retried = account.get_queue("retried")
    retried.send_message(Message("dead letter"))
    retried.receive_message(5)
    letter = account.get_queue("dead").receive_message_with_str_body(30)
    origin = letter.get_system_properties()["DLQSourceArn"].get_string_value_by_type()
    tell("dead letter", [letter.message_body, letter.dequeue_count, origin.rsplit("/", 1)[1]])
    tell("not there", refusal(lambda: account.get_queue("none").get_attributes()))
    account.get_queue("python").delete()


def consume(name):
    """Receives until it is killed, and deletes what it has told."""
    queue = account.get_queue(name)
    tell("ready", True)
    while True:
        try:
            message = queue.receive_message_with_str_body(30)
        except MNSExceptionBase as error:
            if error.type != "MessageNotExist":
                raise
            continue
        tell("message", message.message_body)
        queue.delete_message(message.receipt_handle)


consume(sys.argv[2]) if sys.argv[1] == "consume" else work()
