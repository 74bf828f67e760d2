/**
 * SQL statements: each on a connection of its own, with tables of its own for what is not mirrored.
 *
 * A bounded number runs at one time, and waits; each has its time, and its answer a size.
 */
import type { DuckDBConnection } from "@duckdb/node-api";
import type { InFlight, ProcessLimits, RegistryFacts } from "../mirror/messages.ts";
import type { SqlAnswer, SqlQuestion } from "../mirror/questions.ts";
import { MACROS } from "../sql/macros.ts";
import { parseStatement } from "../sql/parse-statement.ts";
import { provideTables } from "../sql/provide-tables.ts";
import { readResult } from "../sql/read-result.ts";
import { RemoteReads } from "../sql/remote-reads.ts";
import { toJson } from "../sql/to-json.ts";
import type { Database } from "./database.ts";
import type { HeaderTable } from "./header-table.ts";
import { Refused } from "./refused.ts";
import type { ServerCalls } from "./server-calls.ts";

export interface StatementsOptions {
  readonly database: Database;
  readonly headers: HeaderTable;
  readonly calls: ServerCalls;
  readonly partitions: number;
  readonly limits: ProcessLimits;
}

export interface Moment {
  readonly nowMs: number;
  readonly inFlight: readonly InFlight[];
}

interface Running {
  readonly connection: DuckDBConnection;
  isCancelled: boolean;
}

export class Statements {
  private readonly options: StatementsOptions;
  private readonly running = new Map<number, Running>();
  private readonly waiting: (() => void)[] = [];
  private open = 0;
  /** Those that have had their time before they began. */
  private readonly cancelled = new Set<number>();

  constructor(options: StatementsOptions) {
    this.options = options;
  }

  /** Rejects with {@link Refused}. */
  async run(ask: number, question: SqlQuestion, moment: Moment): Promise<SqlAnswer> {
    await this.takeTurn();
    try {
      if (this.cancelled.delete(ask)) throw this.tooLate();
      return await this.runOn(await this.options.database.connect(), ask, question, moment);
    } finally {
      this.open -= 1;
      this.cancelled.delete(ask);
      this.waiting.shift()?.();
    }
  }

  /** A statement has had its time. What it is doing may take a moment to notice. */
  cancel(ask: number): void {
    const running = this.running.get(ask);
    if (running === undefined) {
      if (this.waiting.length > 0) this.cancelled.add(ask);
      return;
    }
    running.isCancelled = true;
    running.connection.interrupt();
  }

  private async takeTurn(): Promise<void> {
    const { sqlStatementsMax, sqlStatementsWaitingMax } = this.options.limits;
    if (this.open >= sqlStatementsMax) {
      if (this.waiting.length >= sqlStatementsWaitingMax) {
        const text = `${this.open} statements run and ${this.waiting.length} wait`;
        throw new Refused("busy", `${text}: ask again in a moment`);
      }
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    }
    this.open += 1;
  }

  private async runOn(
    connection: DuckDBConnection,
    ask: number,
    question: SqlQuestion,
    moment: Moment,
  ): Promise<SqlAnswer> {
    const running: Running = { connection, isCancelled: false };
    this.running.set(ask, running);
    try {
      return await this.answer(running, question, moment);
    } catch (error) {
      if (running.isCancelled) throw this.tooLate(error);
      throw error instanceof Refused ? error : refusalOf(error);
    } finally {
      this.running.delete(ask);
      connection.closeSync();
    }
  }

  private async answer(
    running: Running,
    { statement: written, format }: SqlQuestion,
    moment: Moment,
  ): Promise<SqlAnswer> {
    const { connection } = running;
    const { database, headers, limits, calls } = this.options;
    const parsed = await parseStatement(connection, written);
    await headers.apply();
    for (const macro of MACROS) await connection.run(macro);
    const registry: RegistryFacts = await calls.ask({ kind: "registry" });
    const partitions = this.createReads(running);
    await provideTables({ database, connection, parsed, moment, registry, partitions, limits });
    const result = await readResult(database, connection, parsed.text, {
      rowsMax: limits.sqlAnswerRowsMax,
      bytesMax: limits.sqlAnswerBytesMax,
      isCancelled: () => running.isCancelled,
    });
    if (format === "json") return { body: toJson(result), isTruncated: result.isTruncated };
    // Most who ask want JSON, and Arrow takes a while to load.
    const { toArrow } = await import("../sql/to-arrow.ts");
    return { body: toArrow(result), isTruncated: result.isTruncated };
  }

  private createReads(running: Running): RemoteReads[] {
    const { calls, limits, partitions } = this.options;
    let read = 0;
    const count = (bytes: number) => {
      if (running.isCancelled) throw this.tooLate();
      read += bytes;
      if (read <= limits.sqlTableBytesMax) return;
      const mib = Math.floor(limits.sqlTableBytesMax / 1_048_576);
      throw new Refused("failed", `the statement reads more than ${mib} MiB: ${NARROW}`);
    };
    return Array.from({ length: partitions }, (_, i) => new RemoteReads(calls, i, count));
  }

  private tooLate(cause?: unknown): Refused {
    const seconds = this.options.limits.sqlStatementMs / 1000;
    const text = `the statement has not ended after ${seconds} s: narrow it`;
    return new Refused("failed", text, { cause });
  }
}

export const NARROW =
  "narrow it, such as by id = '…', or by service_name and service_key, in its WHERE";

/** What the writer of the statement can mend is told from what they cannot. */
function refusalOf(error: unknown): Refused {
  const said = error instanceof Error ? error.message : String(error);
  const message = said.replace(/^Failed to [a-z ]+: /, "");
  if (message.includes("Max expression depth")) {
    return new Refused("statement", "the statement is nested too deeply", { cause: error });
  }
  const isWrong = /^(Parser|Binder|Catalog) Error: /.test(message);
  const [, kind = "", rest = message] = /^(\w[\w ]* Error): ([\s\S]*)$/.exec(message) ?? [];
  // What follows an empty line repeats the statement, with a mark below the place.
  const [text = rest] = rest.split("\n\n");
  const readable = text.replaceAll("\n", " ").trim();
  if (kind === "Out of Memory Error") {
    const remedy = "narrow it, or aggregate earlier";
    return new Refused("failed", `the statement needs more memory than there is: ${remedy}`);
  }
  return new Refused(isWrong ? "statement" : "failed", readable, { cause: error });
}
