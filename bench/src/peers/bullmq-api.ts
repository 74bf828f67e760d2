/** The parts of BullMQ that the benchmark uses; the package is no dependency of it. */

export interface Connection {
  readonly host: string;
  readonly port: number;
}

export interface JobOptions {
  /** Whether a completed job is removed at once, or how many are kept. */
  readonly removeOnComplete: boolean | { readonly count: number };
}

export interface Job {
  readonly data: unknown;
  getChildrenValues(): Promise<Readonly<Record<string, number>>>;
  waitUntilFinished(events: QueueEvents): Promise<unknown>;
}

export interface QueueEvents {
  waitUntilReady(): Promise<unknown>;
  setMaxListeners(count: number): unknown;
}

/** A job and those that have to be done before it. */
export interface Flow {
  readonly name: string;
  readonly queueName: string;
  readonly data: unknown;
  readonly opts: JobOptions;
  readonly children?: readonly Flow[];
}

export interface BullMq {
  Queue: new (
    name: string,
    options: { readonly connection: Connection },
  ) => {
    add(name: string, data: unknown, options: JobOptions): Promise<Job>;
    setMaxListeners(count: number): unknown;
  };
  Worker: new (
    name: string,
    process: (job: Job) => Promise<unknown>,
    options: { readonly connection: Connection; readonly concurrency: number },
  ) => { waitUntilReady(): Promise<unknown>; on(event: "error", listener: () => void): unknown };
  QueueEvents: new (name: string, options: { readonly connection: Connection }) => QueueEvents;
  FlowProducer: new (options: {
    readonly connection: Connection;
  }) => { add(flow: Flow): Promise<{ readonly job: Job }> };
}
