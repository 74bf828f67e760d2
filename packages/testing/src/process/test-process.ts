/** One life of the server: the real core over a store, on the environment's ports. */
import type { Commit, PartitionStore, Store } from "@rejoin/engine";
import {
  Core,
  DEFAULT_LIMITS,
  type EmbeddedEndpoint,
  type Limits,
  type Log,
  type Ports,
  resolveDefaults,
  type ServerDefaults,
} from "@rejoin/server/internal";
import type { Activity } from "../time/activity.ts";
import { afterReal, afterTurn, realNow } from "../time/real.ts";
import type { VirtualTime } from "../time/virtual-time.ts";
import { watchStore } from "./tracked-store.ts";

/** What all lives of an environment have in common. */
export interface ProcessSurroundings {
  readonly activity: Activity;
  /** `undefined`: time is real. */
  readonly time: VirtualTime | undefined;
  readonly randomBytes: (length: number) => Uint8Array;
  readonly log: Log;
  readonly endpoint: EmbeddedEndpoint;
  readonly defaults: Partial<ServerDefaults>;
  readonly limits: Partial<Limits>;
  readonly maxProtocolVersion: number;
  /** Called when a commit is durable, before anybody is told. */
  readonly committed: (process: TestProcess, commit: Commit) => Promise<void> | undefined;
}

/** A store that can be lost and opened again. */
export interface Disk {
  open(): Promise<Store>;
  /** Ends a store that `open` gave, as if its process had gone. */
  lose(store: Store): Promise<void>;
}

/** The services of an environment are this deployment at every start. */
const DEPLOYMENT = "test";

export class TestProcess {
  readonly core: Core;
  /** Reads of the open partitions, which do not count as activity. */
  readonly reads: ReadonlyMap<number, PartitionStore>;
  readonly #life: Life;
  readonly #store: Store;
  readonly #disk: Disk;

  private constructor(core: Core, life: Life, store: Store, disk: Disk) {
    this.core = core;
    this.#life = life;
    this.reads = life.reads;
    this.#store = store;
    this.#disk = disk;
  }

  /** Opens the store and goes on with what it holds. */
  static async start(disk: Disk, around: ProcessSurroundings): Promise<TestProcess> {
    const store = await disk.open();
    const life: Life = { isAlive: true, reads: new Map(), process: undefined };
    try {
      const core = await Core.create({
        store: watchStore(store, {
          activity: around.activity,
          committed: (_partition, commit) => {
            if (!life.isAlive) return new Promise(() => undefined);
            return life.process && around.committed(life.process, commit);
          },
          opened: (partition, reads) => life.reads.set(partition, reads),
        }),
        ports: createPorts(life, around),
        limits: { ...DEFAULT_LIMITS, ...around.limits },
        defaults: resolveDefaults(around.defaults),
        maxProtocolVersion: around.maxProtocolVersion,
      });
      const process = new TestProcess(core, life, store, disk);
      life.process = process;
      await core.registerEmbedded(DEPLOYMENT, around.endpoint);
      await core.start();
      return process;
    } catch (error) {
      life.isAlive = false;
      await disk.lose(store);
      throw error;
    }
  }

  get isAlive(): boolean {
    return this.#life.isAlive;
  }

  /** Ends at once: attempts are lost, nobody is told, and what is not durable is gone. */
  kill(): void {
    if (!this.#life.isAlive) return;
    this.core.abandon();
    this.#life.isAlive = false;
  }

  /** Ends, and lets go of the store. */
  async end(): Promise<void> {
    this.kill();
    await this.#disk.lose(this.#store);
  }
}

interface Life {
  isAlive: boolean;
  readonly reads: Map<number, PartitionStore>;
  process: TestProcess | undefined;
}

/** Ports that are silent when their process is gone. */
function createPorts(life: Life, around: ProcessSurroundings): Ports {
  const { time, activity } = around;
  const whileAlive = (callback: () => void) => () => {
    if (life.isAlive) callback();
  };
  return {
    clock: { now: () => time?.now ?? realNow() },
    timers: {
      after: (delayMs, callback) =>
        time === undefined
          ? afterReal(delayMs, counted(activity, whileAlive(callback)))
          : time.after(delayMs, whileAlive(callback)),
    },
    scheduler: {
      soon: (callback) => {
        const end = activity.begin();
        afterTurn(() => {
          try {
            if (life.isAlive) callback();
          } finally {
            end();
          }
        });
      },
    },
    random: { bytes: around.randomBytes },
    log: (level, message, fields) => {
      if (life.isAlive) around.log(level, message, fields);
    },
  };
}

function counted(activity: Activity, callback: () => void): () => void {
  return () => {
    activity.touch();
    callback();
  };
}
