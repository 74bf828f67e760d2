/** Runs one seed from its first event to its last check. */
import { formatInvocationId, type InvocationKey } from "@rejoin/protocol";
import { createInProcessEndpoint } from "@rejoin/sdk";
import { createMemoryDisk } from "@rejoin/storage";
import { DurableLog } from "./checker/durable-log.ts";
import { EffectsChecker } from "./checker/effects-checker.ts";
import { Interventions } from "./checker/interventions.ts";
import { UserCodeChecker } from "./checker/user-code-checker.ts";
import { type Violation, type ViolationKind, Violations } from "./checker/violations.ts";
import { FlowChecker } from "./flow/flow-checker.ts";
import { Flows } from "./flow/flow-plan.ts";
import { type Mutation, NO_MUTATION } from "./mutation.ts";
import { createPlan, type Plan } from "./plan.ts";
import { generateProgram } from "./program/generate.ts";
import { createService } from "./program/interpreter.ts";
import { Predictor } from "./program/predict.ts";
import { SeededRandom } from "./random.ts";
import { VirtualScheduler } from "./scheduler.ts";
import { withScripts } from "./script/script-endpoint.ts";
import { createScriptServices } from "./script/sdk-scripts.ts";
import type { SimContext } from "./sim-context.ts";
import { Stats } from "./stats.ts";
import { Trace } from "./trace.ts";
import { World } from "./world.ts";

export interface RunOptions {
  /** Takes the lines of a readable trace. */
  readonly print?: (line: string) => void;
  readonly mutation?: Mutation;
  /** Kinds of violations that are not reported; for tests of the checker itself. */
  readonly ignored?: ReadonlySet<ViolationKind>;
}

export interface SeedResult {
  readonly seed: number;
  readonly violations: readonly Violation[];
  readonly stats: Stats;
  /** Equal for equal runs. */
  readonly traceHash: string;
  readonly steps: number;
  readonly virtualMs: number;
}

const STEPS_MAX = 20_000;
const VIRTUAL_MS_MAX = 60 * 60_000;
/** So often the event loop of the process itself gets its turn. */
const BREATHE_STEPS = 1000;

export async function runSeed(seed: number, options: RunOptions = {}): Promise<SeedResult> {
  const context = createContext(createPlan(seed), options);
  const { scheduler, violations, stats } = context;
  const ports = { now: () => scheduler.readClock(), afterMicrotasks: scheduler.afterMicrotasks };
  const definition = createService(context.program, context.predictor, context.userCode);
  const { sdkScripts, lazyState } = context.plan.model;
  const scripts = sdkScripts ? createScriptServices(context.userCode, lazyState) : [];
  const programs = createInProcessEndpoint(
    { services: [definition, ...scripts] },
    { ...ports, log: () => undefined, isLogged: () => false },
  );
  const endpoint = sdkScripts ? programs : withScripts(programs, context.userCode, lazyState);
  const world = new World(context, endpoint);
  const startedAt = scheduler.now();
  const onUnhandled = (error: unknown) => {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    violations.report("bug", `an error was not handled: ${text}`);
  };
  process.on("unhandledRejection", onUnhandled);
  const steps = await drive(context, world);
  process.off("unhandledRejection", onUnhandled);
  for (const name of context.plan.traits) stats.count(`seeds with ${name}`);
  if (context.plan.partitionCount > 1) stats.count("seeds with several partitions");
  return {
    seed,
    violations: violations.list,
    stats,
    traceHash: context.trace.hash,
    steps,
    virtualMs: scheduler.now() - startedAt,
  };
}

function createContext(plan: Plan, options: RunOptions): SimContext {
  const random = new SeededRandom(plan.seed);
  const { policy, tickProbability } = plan;
  const scheduler = new VirtualScheduler({
    random: random.fork("scheduler"),
    policy,
    tickProbability,
  });
  const trace = new Trace(() => scheduler.now(), options.print);
  scheduler.trace = trace;
  const flows = plan.flow && new Flows(plan.flow, random.fork("flows of programs"));
  const program = generateProgram(random.fork("program"), plan.shape, flows);
  const predictor = new Predictor(program);
  const violations = new Violations(() => scheduler.now(), options.ignored);
  const stats = new Stats();
  const disk = createMemoryDisk({ partitionCount: plan.partitionCount });
  const disturbedAt = new Map<number, number>();
  const interventions = new Interventions();
  const now = () => scheduler.now();
  const around = {
    disk,
    violations,
    stats,
    now,
    disturbedAt: (partition: number) => disturbedAt.get(partition) ?? 0,
  };
  const known = (key: InvocationKey) => log.known(key);
  const flowOfNode = (node: number) => program.nodes[node]?.flow;
  const flow = plan.flow && new FlowChecker({ ...around, known, flowOfNode });
  const others = flow === undefined ? [] : [flow.limiters];
  const log: DurableLog = new DurableLog({ ...around, interventions, predictor, others });
  const mutation = options.mutation ?? NO_MUTATION;
  mutation.spoilDisk?.(disk);
  watch(disk, log, trace);
  const shared = { log, predictor, violations, interventions, flow };
  return {
    ...shared,
    plan,
    random,
    scheduler,
    trace,
    stats,
    disk,
    program,
    mutation,
    effects: new EffectsChecker({ ...shared, disk }),
    userCode: new UserCodeChecker({ ...shared, stats, scheduler }),
    world: { name: "world", alive: true },
    upgraded: false,
    faulty: true,
    disturbedAt,
  };
}

/** Tells the log of each commit that the disk takes. */
function watch(disk: SimContext["disk"], log: DurableLog, trace: Trace): void {
  const commit = disk.commit.bind(disk);
  disk.commit = (partition, epoch, what) => {
    commit(partition, epoch, what);
    trace.note("durable", `${partition} epoch ${epoch} commit ${what.number}`);
    trace.note("rows", what.writes.length);
    log.committed(partition, epoch, what);
  };
}

/** Runs events until the world has come to its end; gives their number. */
async function drive(context: SimContext, world: World): Promise<number> {
  const { scheduler, violations } = context;
  const startedAt = scheduler.now();
  let done = false;
  world.run().then(
    () => {
      done = true;
    },
    (error: unknown) => {
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
      violations.report("bug", `the simulation failed: ${text}`);
    },
  );
  let steps = 0;
  for (;;) {
    await scheduler.settle();
    if (done || violations.any) return steps;
    if (world.beforeStep(steps)) await scheduler.settle();
    const isLate = steps > STEPS_MAX || scheduler.now() - startedAt > VIRTUAL_MS_MAX;
    if (isLate || !scheduler.step()) {
      violations.report("stuck", describeStuck(context, world, steps));
      return steps;
    }
    steps += 1;
    if (steps % BREATHE_STEPS === 0) await new Promise((resolve) => setImmediate(resolve));
  }
}

function describeStuck({ log }: SimContext, world: World, steps: number): string {
  const open = [...log.invocations.values()].filter(
    ({ present, header }) => present && header.status !== "completed",
  );
  const states = open.map(({ key, header, node }) => {
    const { status, starts, nextRetryAt, lastFailure } = header;
    const failure = lastFailure === undefined ? "" : `, failed: ${lastFailure.message}`;
    const { service, handler, key: object } = header.target;
    const name = `${formatInvocationId(key)} ${service}/${handler} ${object} node ${node}`;
    return `${name} ${status} start ${starts} retry at ${nextRetryAt}${failure}`;
  });
  const core = world.processes.at(-1)?.core;
  const memory = `attempts ${core?.invoker.attemptCount}, ready ${core?.invoker.readyCount}, waiters ${core?.waiters.count}`;
  const head = `after ${steps} steps in phase "${world.phase}": ${memory}`;
  const rest = `mail ${log.mailbox.waiting}, tasks ${log.tasks.open}, objects ${log.objects.busy}`;
  return [`${head}, ${rest}`, ...states].join("\n  ");
}
