/** The part of Alibaba's client that the tests use; it comes without types. */
declare module '@alicloud/mns' {
  type Fields = Record<string, string>;
  interface Answer<T = Fields> {
    readonly code: number;
    readonly body: T;
  }
  export default class MNSClient {
    constructor(accountId: string, options: Record<string, unknown>);
    createQueue(name: string, attributes?: Record<string, unknown>): Promise<Answer>;
    setQueueAttributes(name: string, attributes: Record<string, unknown>): Promise<Answer>;
    getQueueAttributes(name: string): Promise<Answer>;
    listQueue(start?: string, limit?: number, prefix?: string): Promise<Answer<Fields[]>>;
    deleteQueue(name: string): Promise<Answer>;
    sendMessage(name: string, message: Record<string, unknown>): Promise<Answer>;
    batchSendMessage(name: string, messages: Record<string, unknown>[]): Promise<Answer<Fields[]>>;
    receiveMessage(name: string, waitSeconds?: number): Promise<Answer>;
    batchReceiveMessage(name: string, most: number, waitSeconds?: number): Promise<Answer<Fields[]>>;
    peekMessage(name: string): Promise<Answer>;
    deleteMessage(name: string, receiptHandle: string): Promise<Answer>;
    batchDeleteMessage(name: string, receiptHandles: string[]): Promise<Answer>;
    changeMessageVisibility(name: string, receiptHandle: string, seconds: number): Promise<Answer>;
  }
}
