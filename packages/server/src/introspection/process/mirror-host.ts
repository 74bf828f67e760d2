/**
 * The far side of the mirror: fills it from the stores, keeps it up to date, answers questions.
 *
 * It runs in a process of its own. All that it is told, it is told in order: what was durable before
 * a question was asked is in the answer.
 */
import type { DuckDBConnection } from "@duckdb/node-api";
import { type KeyRange, Tag, tagRange } from "@rejoin/engine";
import type { FromProcess, ProcessLimits, Refusal, ToProcess } from "../mirror/messages.ts";
import { unpackHeaders } from "../mirror/packed-headers.ts";
import { unpackRows } from "../mirror/packed-rows.ts";
import type { Answers } from "../mirror/questions.ts";
import { answerChildren } from "./answer-children.ts";
import { answerList } from "./answer-list.ts";
import { answerOverview } from "./answer-overview.ts";
import { answerSummary } from "./answer-summary.ts";
import { Database } from "./database.ts";
import { HeaderTable } from "./header-table.ts";
import { refreshInFlight } from "./in-flight.ts";
import { Refused } from "./refused.ts";
import { ServerCallError, ServerCalls } from "./server-calls.ts";
import { Statements } from "./statements.ts";
import { Turns } from "./turns.ts";

const LOAD_PAGE_ROWS = 2000;

export interface Channel {
  post(message: FromProcess): void;
  readonly threads: number;
}

type Ask = Extract<ToProcess, { readonly kind: "ask" }>;

interface Opened {
  readonly database: Database;
  readonly headers: HeaderTable;
  readonly connection: DuckDBConnection;
  readonly statements: Statements;
}

export class MirrorHost {
  private readonly channel: Channel;
  private readonly calls: ServerCalls;
  private readonly turns = new Turns();
  private opened: Promise<Opened> | undefined;
  /** What has been told before the table was there. */
  private early: Uint8Array[] | undefined = [];
  private headers: HeaderTable | undefined;

  constructor(channel: Channel) {
    this.channel = channel;
    this.calls = new ServerCalls((message) => channel.post(message));
  }

  take(message: ToProcess): void {
    switch (message.kind) {
      case "start":
        this.opened = this.open(message.partitions, message.limits);
        // Whoever asks is told.
        this.opened.catch(noop);
        return;
      case "changed":
        if (this.headers === undefined) this.early?.push(message.headers);
        else this.headers.change(unpackHeaders(message.headers));
        return;
      case "ask":
        void this.answer(message);
        return;
      case "ping":
        this.channel.post({ kind: "alive" });
        return;
      case "cancel":
        void this.cancel(message.ask);
        return;
      case "gave":
      case "failed":
        this.calls.settle(message);
    }
  }

  private async open(partitions: number, limits: ProcessLimits): Promise<Opened> {
    const memoryBytesMax = limits.sqlMemoryBytesMax;
    const { threads } = this.channel;
    const database = await Database.open({ memoryBytesMax, threads }).catch((error: unknown) => {
      this.early = undefined;
      throw new Refused("absent", `DuckDB cannot be loaded: ${messageOf(error)}`);
    });
    const headers = await this.fill(database, partitions).catch((error: unknown) => {
      if (whyOf(error) === "failed") {
        this.channel.post({ kind: "overfull", message: messageOf(error) });
      }
      throw error;
    });
    this.channel.post({ kind: "loaded" });
    const connection = await database.connect();
    const statements = new Statements({ database, headers, calls: this.calls, partitions, limits });
    return { database, headers, connection, statements };
  }

  private async fill(database: Database, partitions: number): Promise<HeaderTable> {
    const headers = await HeaderTable.create(database);
    await headers.beginLoad();
    for (const packed of this.early ?? []) headers.change(unpackHeaders(packed));
    this.early = undefined;
    this.headers = headers;
    await this.load(headers, partitions);
    headers.endLoad();
    return headers;
  }

  /** The next page is fetched while the last one is taken in. */
  private async load(headers: HeaderTable, partitions: number): Promise<void> {
    for (let partition = 0; partition < partitions; partition++) {
      const first = tagRange(Tag.invocation);
      let page: Promise<Uint8Array> | undefined = this.readPage(partition, first);
      while (page !== undefined) {
        const rows = unpackRows(await page);
        const last = rows.length < LOAD_PAGE_ROWS ? undefined : rows.at(-1);
        page =
          last === undefined
            ? undefined
            : this.readPage(partition, tagRange(Tag.invocation, last.key));
        page?.catch(() => undefined);
        headers.load(rows);
      }
    }
  }

  private readPage(partition: number, { gte, lt }: KeyRange): Promise<Uint8Array> {
    return this.calls.ask({ kind: "scan", partition, gte, lt, limit: LOAD_PAGE_ROWS });
  }

  private async cancel(ask: number): Promise<void> {
    const opened = await this.opened?.catch(() => undefined);
    opened?.statements.cancel(ask);
  }

  private async answer(ask: Ask): Promise<void> {
    try {
      if (this.opened === undefined) throw new Refused("unavailable", "the mirror is not open");
      const opened = await this.opened;
      const answer = await this.answerWith(opened, ask);
      this.channel.post({ kind: "answered", ask: ask.ask, answer });
    } catch (error) {
      const why = whyOf(error);
      this.channel.post({ kind: "refused", ask: ask.ask, why, message: messageOf(error) });
    }
  }

  private async answerWith(opened: Opened, ask: Ask): Promise<Answers[keyof Answers]> {
    const { question, nowMs, inFlight } = ask;
    if (question.kind === "sql")
      return opened.statements.run(ask.ask, question, { nowMs, inFlight });
    const { database, headers, connection } = opened;
    return this.turns.take(async () => {
      await headers.apply();
      await refreshInFlight(database, connection, inFlight);
      switch (question.kind) {
        case "list":
          return answerList(connection, question, nowMs);
        case "summary":
          return answerSummary(connection, question, nowMs);
        case "children":
          return answerChildren(connection, question, nowMs);
        case "overview":
          return answerOverview(connection, nowMs);
      }
    });
  }
}

const noop = () => undefined;

function whyOf(error: unknown): Refusal {
  if (error instanceof Refused) return error.why;
  return error instanceof ServerCallError ? "unavailable" : "failed";
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
