/**
 * What the server knows about its invocations.
 *
 * One invocation is read from the committed store. Lists and counts come from the mirror; where there
 * is none, from a bounded number of rows of the store.
 */
import { type Instance, type Invocation, invocationRows, StoreError } from "@rejoin/engine";
import { formatInvocationId, type InvocationKey, parseInvocationId } from "@rejoin/protocol";
import { findInFlight, type InFlightInvocations } from "./find-in-flight.ts";
import {
  type ListLimits,
  listInvocations,
  type InvocationPage as ScannedPage,
  type InvocationQuery as ScanQuery,
} from "./list-invocations.ts";
import { fits, type InvocationFilter, type StatusContext } from "./mirror/filter.ts";
import type { Refusal } from "./mirror/messages.ts";
import { type Mirror, MirrorError } from "./mirror/mirror.ts";
import type {
  ChildrenAnswer,
  ChildrenQuestion,
  ListCursor,
  OverviewAnswer,
  SqlAnswer,
  SqlQuestion,
  SummaryAnswer,
  SummaryQuestion,
} from "./mirror/questions.ts";
import { listObjects, type ObjectPage, type ObjectQuery } from "./objects/list-objects.ts";
import { type ObjectState, readState, type StateQuery } from "./objects/read-state.ts";
import { type OpenPartitions, PartitionReads } from "./partition-reads.ts";
import { type InvocationDetail, readInvocation } from "./read-invocation.ts";
import type { JournalRange } from "./read-journal.ts";
import { type RecordingPage, type RecordingRange, readRecording } from "./read-recording.ts";
import { type Scanned, scanChildren, scanOverview, scanSummary } from "./scan-answers.ts";

export interface InvocationQuery {
  readonly filter: InvocationFilter;
  readonly order: "newest" | "oldest";
  readonly limit: number;
  readonly after: ListCursor | undefined;
  /** Whether to count all that fit. */
  readonly total: boolean;
}

export interface InvocationPage {
  readonly invocations: readonly Invocation[];
  /** Where to go on; `undefined` if there is nothing more. */
  readonly next: ListCursor | undefined;
  readonly total: number | undefined;
  /** Whether all invocations have been counted. */
  readonly isComplete: boolean;
}

export interface ChildrenPage extends Omit<ChildrenAnswer, "ids"> {
  readonly invocations: readonly Invocation[];
  readonly isComplete: boolean;
}

export type SqlResult =
  | ({ readonly kind: "answer" } & SqlAnswer)
  | { readonly kind: "refused"; readonly why: Refusal; readonly message: string };

export interface IntrospectionOptions {
  readonly partitions: OpenPartitions;
  readonly limits: ListLimits;
  readonly mirror: Pick<Mirror, "ask" | "askSoon" | "isPresent"> | undefined;
  readonly partitionOfInstance: (instance: Instance) => number;
  /** What is known of the moment. */
  readonly context: () => StatusContext;
}

/** Every question is bounded, whatever the store holds. */
export class Introspection {
  private readonly reads: PartitionReads;
  private readonly options: IntrospectionOptions;

  constructor(options: IntrospectionOptions) {
    this.options = options;
    this.reads = new PartitionReads(options.partitions);
  }

  /** Without a mirror the newest come first, whatever the order. */
  async list(query: InvocationQuery): Promise<InvocationPage> {
    const { mirror } = this.options;
    // A list that a scan began goes on by scans: their order is that of ids, the mirror's that of births.
    const isScanned = query.after !== undefined && query.after.createdAt === undefined;
    const answer = isScanned
      ? await this.scanList(query)
      : await this.orScan(
          () => mirror?.askSoon({ kind: "list", ...query }),
          () => this.scanList(query),
        );
    if ("invocations" in answer) return answer;
    const context = this.options.context();
    const invocations = await this.headers(answer.ids);
    return {
      // What has changed since the mirror looked may not fit any more.
      invocations: invocations.filter((invocation) => fits(invocation, query.filter, context)),
      next: answer.next,
      total: answer.total,
      isComplete: true,
    };
  }

  async summarize(question: SummaryQuestion): Promise<Scanned<SummaryAnswer>> {
    return this.mirrored(
      () => this.options.mirror?.askSoon(question),
      () => scanSummary(this.scanOptions(), question),
    );
  }

  async children(question: ChildrenQuestion): Promise<ChildrenPage> {
    const { answer, isComplete } = await this.mirrored(
      () => this.options.mirror?.askSoon(question),
      () => scanChildren(this.scanOptions(), question),
    );
    const { ids, ...rest } = answer;
    return { ...rest, invocations: await this.headers(ids), isComplete };
  }

  async overview(): Promise<Scanned<OverviewAnswer>> {
    return this.mirrored(
      () => this.options.mirror?.askSoon({ kind: "overview" }),
      () => scanOverview(this.scanOptions()),
    );
  }

  /** One SELECT. */
  async query(question: SqlQuestion): Promise<SqlResult> {
    const { mirror } = this.options;
    if (mirror === undefined) return { kind: "refused", why: "absent", message: NO_MIRROR };
    try {
      return { kind: "answer", ...(await mirror.ask(question)) };
    } catch (error) {
      if (!(error instanceof MirrorError)) throw error;
      return { kind: "refused", why: error.why, message: error.message };
    }
  }

  isInFlight(key: InvocationKey): boolean {
    return this.options.context().isInFlight(key);
  }

  read(key: InvocationKey, range: JournalRange): Promise<InvocationDetail | undefined> {
    return readInvocation(this.reads, key, range);
  }

  /** With payloads. */
  readRecording(key: InvocationKey, range: RecordingRange): Promise<RecordingPage | undefined> {
    return readRecording(this.reads, key, range);
  }

  listObjects(query: ObjectQuery): Promise<ObjectPage> {
    return listObjects(this.reads, query);
  }

  readState(query: StateQuery): Promise<ObjectState> {
    const partition = this.options.partitionOfInstance(query.instance);
    return readState(this.reads, { ...query, partition });
  }

  /** Those that fit, the newest first, read from the store. */
  scan(query: ScanQuery): Promise<ScannedPage> {
    return listInvocations(this.reads, query, this.options.limits);
  }

  /** Those that have not completed and keep to a deployment, or are among `open`. */
  findInFlight(
    deploymentId: string,
    open: ReadonlySet<InvocationKey> = NONE,
  ): Promise<InFlightInvocations> {
    return findInFlight(this.reads, { deploymentId, open }, this.options.limits);
  }

  private scanOptions() {
    const { limits, context } = this.options;
    return { partitions: this.reads, limits, context: context() };
  }

  private async scanList(query: InvocationQuery): Promise<InvocationPage> {
    const context = this.options.context();
    const { invocations, next } = await this.scan({
      matches: (invocation) => fits(invocation, query.filter, context),
      limit: query.limit,
      after: query.after === undefined ? undefined : parseInvocationId(query.after.id),
    });
    const cursor = next === undefined ? undefined : formatInvocationId(next);
    return {
      invocations,
      next: cursor === undefined ? undefined : { createdAt: undefined, id: cursor },
      total: query.total ? await this.countAll(query) : undefined,
      isComplete: false,
    };
  }

  private async countAll({ filter }: InvocationQuery): Promise<number> {
    const question = { kind: "summary", filter, groupBy: [], limit: 1 } as const;
    return (await scanSummary(this.scanOptions(), question)).answer.total;
  }

  private async mirrored<Answer>(
    ask: () => Promise<Answer | undefined> | undefined,
    scan: () => Promise<Scanned<Answer>>,
  ): Promise<Scanned<Answer>> {
    return this.orScan(async () => {
      const answer = await ask();
      return answer === undefined ? scan() : { answer, isComplete: true };
    }, scan);
  }

  /** What the mirror answers or, when it turns out that there is none, what a scan finds. */
  private async orScan<Asked, Found>(
    ask: () => Promise<Asked | undefined> | undefined,
    scan: () => Promise<Found>,
  ): Promise<Asked | Found> {
    const { mirror } = this.options;
    if (mirror === undefined || !mirror.isPresent) return scan();
    try {
      return (await ask()) ?? (await scan());
    } catch (error) {
      const why = error instanceof MirrorError ? error.why : undefined;
      // Such as for the memory that a statement takes just now.
      if (!mirror.isPresent || why === "failed") return scan();
      if (why !== "unavailable" || !(error instanceof Error)) throw error;
      throw unavailable(error);
    }
  }

  /** In the order of their ids; those that are gone are left out. */
  private async headers(ids: readonly string[]): Promise<readonly Invocation[]> {
    const keys = ids.map((id) => parseInvocationId(id));
    const values = await this.reads.getRows(keys, (key) => invocationRows.rowKey(key));
    return keys.flatMap((key, i) => {
      const value = values[i];
      return value === undefined ? [] : [invocationRows.decode(value, key)];
    });
  }
}

function unavailable(cause: Error): StoreError {
  return new StoreError("UNAVAILABLE", cause.message, { cause });
}

const NONE: ReadonlySet<InvocationKey> = new Set();
const NO_MIRROR = "this server runs without a mirror";
