import { CloudError } from '../account/cloud-error';
import { type MessageProperty, type NewQueueMessage, PROPERTY_TYPES, type QueueMessage } from '../account/mns-messages';
import { md5 } from '../http/message-md5';
import { childrenOf, elementOf, isXmlText, type XmlNode, xmlText } from '../http/xml';
import { numberOf } from './operation';
import { excerpt } from '../account/excerpt';

/** Elements of properties, in the message and in one another. */
const USER = ['UserProperties', 'PropertyValue'] as const;
const SYSTEM = ['SystemProperties', 'SystemPropertyValue'] as const;

/**
 * A message that is sent or published. Its body is kept as it is: whether it is Base64 is between sender and receiver.
 *
 * @throws CloudError also for characters that no receiver's parser would take
 */
export function readMessage(node: XmlNode): Omit<NewQueueMessage, 'priority' | 'delaySeconds'> {
  const [body] = childrenOf(node, 'MessageBody');
  if (typeof body !== 'string' || body === '') {
    throw new CloudError('MalformedXML', 'expected a MessageBody with text, got none');
  }
  if (childrenOf(node, 'MessageGroupId').length > 0) {
    throw new CloudError(
      'InvalidArgument',
      'MessageGroupId: expected none, FIFO queues and topics are not served here',
    );
  }
  const userProperties = readProperties(node, USER);
  const systemProperties = readProperties(node, SYSTEM);
  const texts = [body, ...[...userProperties, ...systemProperties].flatMap(({ name, value }) => [name, value])];
  if (!texts.every(isXmlText)) {
    throw new CloudError('MalformedXML', 'expected characters that XML allows, got others: put Base64 around them');
  }
  return {
    body,
    ...(userProperties.length > 0 && { userProperties }),
    ...(systemProperties.length > 0 && { systemProperties }),
  };
}

/** The same for a queue. */
export function readQueueMessage(node: XmlNode): NewQueueMessage {
  const priority = numberOf(node, 'Priority');
  const delaySeconds = numberOf(node, 'DelaySeconds');
  return {
    ...readMessage(node),
    ...(priority !== undefined && { priority }),
    ...(delaySeconds !== undefined && { delaySeconds }),
  };
}

/** A message that is received; of one that was looked at only, less. */
export function messageFields(message: QueueMessage, isPeeked: boolean): object {
  return {
    MessageId: message.messageId,
    ReceiptHandle: isPeeked ? undefined : message.receiptHandle,
    MessageBody: message.body,
    MessageBodyMD5: md5(message.body),
    EnqueueTime: message.enqueueTime,
    NextVisibleTime: isPeeked ? undefined : message.nextVisibleTime,
    FirstDequeueTime: message.firstDequeueTime || message.enqueueTime,
    DequeueCount: message.dequeueCount,
    Priority: message.priority,
    ...propertyFields(message.userProperties, USER),
    ...propertyFields(message.systemProperties, SYSTEM),
  };
}

function propertyFields(
  properties: readonly MessageProperty[] = [],
  [list, item]: typeof USER | typeof SYSTEM,
): object {
  return properties.length === 0
    ? {}
    : {
        [list]: { [item]: properties.map(({ name, value, type }) => ({ Name: name, Value: value, Type: type })) },
      };
}

function readProperties(node: XmlNode, [list, item]: typeof USER | typeof SYSTEM): MessageProperty[] {
  const properties = childrenOf(elementOf(node, list), item).map((one) => readProperty(one, list));
  const names = properties.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) {
    throw new CloudError('InvalidArgument', `${list}: expected each name once, got ${JSON.stringify(twice)} again`);
  }
  return properties;
}

function readProperty(node: XmlNode, list: string): MessageProperty {
  const name = xmlText(node, 'Name') ?? '';
  const given = xmlText(node, 'Type') ?? '';
  const type = PROPERTY_TYPES.find((one) => one === given);
  const [value = ''] = childrenOf(node, 'Value');
  if (name === '' || !type || typeof value !== 'string') {
    throw new CloudError(
      'InvalidArgument',
      `${list}: expected Name, Value and a Type of ${PROPERTY_TYPES.join(', ')}, got the name ` +
        `${JSON.stringify(name)} and the type ${JSON.stringify(given)}`,
    );
  }
  if (!VALUES[type].test(value)) {
    throw new CloudError(
      'InvalidArgument',
      `${list}: expected a value of the type ${type} for ${JSON.stringify(name)}, got ${excerpt(value)}`,
    );
  }
  return { name, type, value };
}

const VALUES: Readonly<Record<MessageProperty['type'], RegExp>> = {
  STRING: /^/,
  NUMBER: /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i,
  BOOLEAN: /^(true|false)$/i,
  BINARY: /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/,
};
