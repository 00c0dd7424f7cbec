/** The part of the client that is used here; it comes without types. */
declare module '@aliyunmq/mq-http-sdk' {
  export interface ReceivedMessage {
    readonly MessageId: string;
    readonly MessageBody: string;
    readonly ReceiptHandle: string;
    readonly ConsumedTimes: string;
    readonly MessageKey?: string;
    readonly ShardingKey?: string;
    readonly Properties: Readonly<Record<string, string>>;
  }
  export class MessageProperties {
    messageKey(key: string): void;
    putProperty(name: string, value: string): void;
    startDeliverTime(millis: number): void;
    transCheckImmunityTime(seconds: number): void;
    shardingKey(key: string): void;
  }
  export class MQProducer {
    publishMessage(
      body: string,
      tag?: string,
      properties?: MessageProperties,
    ): Promise<{ body: { MessageId: string; ReceiptHandle?: string } }>;
  }
  export class MQTransProducer extends MQProducer {
    consumeHalfMessage(most: number, waitSeconds?: number): Promise<{ body: ReceivedMessage[] }>;
    commit(receiptHandle: string): Promise<{ code: number; body?: readonly { ErrorCode: string }[] }>;
    rollback(receiptHandle: string): Promise<{ code: number; body?: readonly { ErrorCode: string }[] }>;
  }
  export class MQConsumer {
    consumeMessage(most: number, waitSeconds?: number): Promise<{ body: ReceivedMessage[] }>;
    consumeMessageOrderly(most: number, waitSeconds?: number): Promise<{ body: ReceivedMessage[] }>;
    ackMessage(receiptHandles: string[]): Promise<{ code: number; body?: readonly { ErrorCode: string }[] }>;
  }
  export class MQClient {
    constructor(endpoint: string, accessKeyId: string, accessKeySecret: string, securityToken?: string);
    getProducer(instanceId: string, topic: string): MQProducer;
    getTransProducer(instanceId: string, topic: string, groupId: string): MQTransProducer;
    getConsumer(instanceId: string, topic: string, groupId: string, tag?: string): MQConsumer;
  }
}
