/** The part of the client that is used here; it comes without types. */
declare module 'ali-ons' {
  import type { EventEmitter } from 'node:events';

  export class Message {
    readonly topic: string;
    readonly body: Buffer;
    readonly tags?: string;
    get keys(): string | undefined;
    set keys(keys: string[]);
    readonly properties: Record<string, string>;
    readonly reconsumeTimes: number;
    constructor(topic: string, tag: string, body: string);
    setStartDeliverTime(time: number): void;
  }
  export class Consumer extends EventEmitter {
    constructor(options: Record<string, unknown>);
    subscribe(topic: string, tags: string, handle: (message: Message) => Promise<void>): void;
    ready(): Promise<void>;
    close(): Promise<void>;
  }
  export class Producer extends EventEmitter {
    constructor(options: Record<string, unknown>);
    ready(): Promise<void>;
    send(message: Message): Promise<{ msgId: string }>;
    close(): Promise<void>;
  }
}
