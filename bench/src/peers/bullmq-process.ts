/**
 * The works on BullMQ: producers, workers and an HTTP server in one process. The arguments are the
 * module of BullMQ, the port of Redis and how many jobs of a queue a worker runs at a time.
 */
import { pathToFileURL } from "node:url";
import { answerBenchmark } from "../target/answering.ts";
import type { BullMq, Flow, Job, JobOptions } from "./bullmq-api.ts";
import { openFront } from "./front.ts";

const [module = "", port = "", concurrency = ""] = process.argv.slice(2);
const bullmq = (await import(pathToFileURL(module).href)) as BullMq;
const connection = { host: "127.0.0.1", port: Number(port) };

/** What a parent needs of its children is in the parent. */
const CHILD: JobOptions = { removeOnComplete: true };
/** A job whose result is waited for has to be there when the wait begins. */
const AWAITED: JobOptions = { removeOnComplete: { count: 1000 } };

const subtask = (id: number): Flow => ({
  name: "empty",
  queueName: "subtask",
  data: id,
  opts: CHILD,
});

const addUp = async (job: Job) =>
  Object.values(await job.getChildrenValues()).reduce((sum, value) => sum + value, 0);

const PROCESSORS: Readonly<Record<string, (job: Job) => Promise<unknown>>> = {
  subtask: async (job) => job.data,
  parent: addUp,
  plain: async (job) => job.data,
};

const events: Record<string, InstanceType<BullMq["QueueEvents"]>> = {};
for (const [name, processor] of Object.entries(PROCESSORS)) {
  const options = { connection, concurrency: Number(concurrency) };
  const worker = new bullmq.Worker(name, processor, options);
  worker.on("error", () => undefined); // Of a connection that ends with Redis.
  await worker.waitUntilReady();
}
for (const name of ["parent", "plain"]) {
  const own = new bullmq.QueueEvents(name, { connection });
  own.setMaxListeners(0);
  await own.waitUntilReady();
  events[name] = own;
}
const flows = new bullmq.FlowProducer({ connection });
const plain = new bullmq.Queue("plain", { connection });
plain.setMaxListeners(0); // One for each job that is waited for.

const finish = (job: Job, queue: string) => {
  const own = events[queue];
  if (own === undefined) throw new Error(`there are no events of the queue ${queue}`);
  return job.waitUntilFinished(own);
};

function parent(children: readonly Flow[], opts: JobOptions): Flow {
  return { name: "join", queueName: "parent", data: undefined, opts, children };
}

function branch([count = 0, ...deeper]: readonly number[], opts: JobOptions): Flow {
  const child = () => (deeper.length === 0 ? subtask(1) : branch(deeper, CHILD));
  return parent(Array.from({ length: count }, child), opts);
}

const front = await openFront({
  "/fanout/empty": async (count: number) => {
    const children = Array.from({ length: count }, (_, id) => subtask(id));
    const { job } = await flows.add(parent(children, AWAITED));
    return finish(job, "parent");
  },
  "/tree/branch": async (children: readonly number[]) => {
    const { job } = await flows.add(branch(children, AWAITED));
    return finish(job, "parent");
  },
  "/plain/echo": async (text: string) => finish(await plain.add("echo", text, AWAITED), "plain"),
});
process.once("SIGTERM", () => process.exit());
answerBenchmark({ greeting: { port: front.port } });
