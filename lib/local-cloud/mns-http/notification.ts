import { ALIBABA_DOMAIN } from '../../cloud/hosts';
import type { Notification } from '../account/mns-topics';
import { md5 } from '../http/message-md5';
import { writeXml } from '../http/xml';

/** The body of the message that a queue gets from a topic. Source: NotifyContentFormat. */
export function notificationBody({ accountId, subscription, messageId, message, publishTime }: Notification): string {
  const { topicName, subscriptionName, notifyContentFormat } = subscription;
  const { body, tag } = message;
  if (notifyContentFormat === 'SIMPLIFIED') {
    return body;
  }
  const fields = {
    TopicOwner: accountId,
    TopicName: topicName,
    Subscriber: accountId,
    SubscriptionName: subscriptionName,
    MessageId: messageId,
    Message: body,
    MessageMD5: md5(body),
    ...(tag !== '' && { MessageTag: tag }),
    PublishTime: String(publishTime),
  };
  return notifyContentFormat === 'JSON'
    ? JSON.stringify(fields)
    : writeXml('Notification', fields, `http://mns.${ALIBABA_DOMAIN}/doc/v1/`);
}
