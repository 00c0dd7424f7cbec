/** The part of the client that is used here; it comes without types. */
declare module '@aliyunmq/mq-http-sdk' {
  export interface ReceivedMessage {
    readonly MessageId: string;
    readonly MessageBody: string;
    readonly ReceiptHandle: string;
  }
  export class MessageProperties {
    messageKey(key: string): void;
  }
  export class MQProducer {
    publishMessage(
      body: string,
      tag?: string,
      properties?: MessageProperties,
    ): Promise<{ body: { MessageId: string } }>;
  }
  export class MQConsumer {
    consumeMessage(most: number, waitSeconds?: number): Promise<{ body: ReceivedMessage[] }>;
    consumeMessageOrderly(most: number, waitSeconds?: number): Promise<{ body: ReceivedMessage[] }>;
    ackMessage(receiptHandles: string[]): Promise<{ code: number }>;
  }
  export class MQClient {
    constructor(endpoint: string, accessKeyId: string, accessKeySecret: string, securityToken?: string);
    getProducer(instanceId: string, topic: string): MQProducer;
    getConsumer(instanceId: string, topic: string, groupId: string, tag?: string): MQConsumer;
  }
}
