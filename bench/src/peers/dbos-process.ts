/**
 * The works on DBOS: workflows and an HTTP server in one process. The arguments are the module of
 * DBOS, the URL of its database and the size of its pool of connections.
 */
import { pathToFileURL } from "node:url";
import { answerBenchmark } from "../target/answering.ts";
import { openFront } from "./front.ts";

interface Handle<T> {
  getResult(): Promise<T>;
}
type Workflow<I, O> = (input: I) => Promise<O>;

/** The parts of DBOS that the benchmark uses; the package is no dependency of it. */
interface Dbos {
  setConfig(config: Readonly<Record<string, unknown>>): void;
  launch(): Promise<void>;
  registerWorkflow<I, O>(run: Workflow<I, O>, options: { readonly name: string }): Workflow<I, O>;
  startWorkflow<I, O>(workflow: Workflow<I, O>): (input: I) => Promise<Handle<O>>;
  runStep<T>(step: () => Promise<T>, options: { readonly name: string }): Promise<T>;
}

const [module = "", databaseUrl = "", poolSize = ""] = process.argv.slice(2);
const imported = (await import(pathToFileURL(module).href)) as { readonly DBOS: Dbos };
const { DBOS } = imported;
DBOS.setConfig({
  name: "bench",
  systemDatabaseUrl: databaseUrl,
  systemDatabasePoolSize: Number(poolSize),
  logLevel: "error",
});

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
const upTo = (count: number) => Array.from({ length: count }, (_, id) => id);

/** Children start in a fixed order, and are waited for together. */
async function startAll<I, O>(child: Workflow<I, O>, inputs: readonly I[]): Promise<O[]> {
  const handles = await Promise.all(inputs.map((input) => DBOS.startWorkflow(child)(input)));
  return Promise.all(handles.map((handle) => handle.getResult()));
}

const step = (value: number) => DBOS.runStep(async () => value, { name: "step" });

const subtask = DBOS.registerWorkflow(async (id: number) => id, { name: "subtask" });
const branch: Workflow<readonly number[], number> = DBOS.registerWorkflow(
  async ([count = 0, ...deeper]: readonly number[]) =>
    deeper.length === 0
      ? sum(await startAll(subtask, Array(count).fill(1)))
      : sum(await startAll(branch, Array(count).fill(deeper))),
  { name: "branch" },
);
const routes = {
  "/fanout/empty": async (count: number) => sum(await startAll(subtask, upTo(count))),
  "/plain/echo": async (text: string) => text,
  "/plain/runAndEcho": async (text: string) => DBOS.runStep(async () => text, { name: "echo" }),
  "/plain/sequentialRuns": async (count: number) => {
    let total = 0;
    for (let i = 0; i < count; i++) total += await step(i);
    return total;
  },
  "/plain/parallelRuns": async (count: number) => sum(await Promise.all(upTo(count).map(step))),
};
const workflows = Object.entries(routes).map(([path, run]) => {
  const name = path.slice(1).replace("/", "-");
  return [path, DBOS.registerWorkflow(run as Workflow<unknown, unknown>, { name })] as const;
});

await DBOS.launch();
const { port } = await openFront({ ...Object.fromEntries(workflows), "/tree/branch": branch });
process.once("SIGTERM", () => process.exit());
answerBenchmark({ greeting: { port } });
