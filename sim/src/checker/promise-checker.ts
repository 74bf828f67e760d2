/** A durable promise is completed once, and everybody is told the same. */
import { type InstanceId, instanceOf, promiseRows, Tag, type Write } from "@rejoin/engine";
import {
  type EndpointMessage,
  formatInvocationId,
  type InvocationKey,
  invocationKeyOf,
  type ServerMessage,
} from "@rejoin/protocol";
import { WORKFLOW } from "../script/script.ts";
import type { Stats } from "../stats.ts";
import type { CommitObserver } from "./commit-observer.ts";
import { digestOf } from "./digest.ts";
import { binaryText } from "./disk-rows.ts";
import type { KnownInvocation } from "./known-invocation.ts";
import { printable } from "./object-checker.ts";
import type { Violations } from "./violations.ts";

interface PromiseLog {
  /** What it has been completed with, in this life of the workflow. */
  outcome: string | undefined;
  /** How many were told that it was they who completed it. */
  completers: number;
}

interface Options {
  readonly known: (key: InvocationKey) => KnownInvocation | undefined;
  readonly violations: Violations;
  readonly stats: Stats;
}

export class PromiseChecker implements CommitObserver {
  private readonly options: Options;
  private readonly promises = new Map<string, PromiseLog>();
  /** The promise that a command was about, by invocation, life and completion id. */
  private readonly asked = new Map<string, string>();
  /** Results that this commit has told, compared when its rows are known. */
  private told: {
    readonly known: KnownInvocation;
    readonly key: string;
    readonly digest: string;
  }[] = [];

  constructor(options: Options) {
    this.options = options;
  }

  entry(known: KnownInvocation, message: EndpointMessage | ServerMessage, isCopied: boolean): void {
    switch (message.kind) {
      case "getPromise":
      case "completePromise": {
        const key = promiseKey(instanceOf(known.header.target), message.key);
        this.asked.set(askedId(known, message.resultCompletionId), key);
        break;
      }
      case "getPromiseCompletion": {
        const key = this.asked.get(askedId(known, message.completionId));
        if (key === undefined || isCopied) return;
        this.told.push({ known, key, digest: digestOf(message.result) });
        break;
      }
      case "completePromiseCompletion": {
        const key = this.asked.get(askedId(known, message.completionId));
        if (key === undefined || isCopied || message.result.kind !== "void") return;
        this.log(key).completers += 1;
        this.options.stats.count("promise completed");
        break;
      }
      default:
    }
  }

  row(_partition: number, { key: row, value }: Write): void {
    if (row[0] !== Tag.promise) return;
    const key = binaryText(row).slice(1);
    const log = this.log(key);
    if (value === undefined) {
      this.checkRemoval(key);
      this.promises.delete(key);
      return;
    }
    const promise = promiseRows.decode(value, key);
    const outcome = promise.kind === "completed" ? digestOf(promise.outcome) : undefined;
    if (log.outcome !== undefined && log.outcome !== outcome) {
      this.report(key, `was completed with ${log.outcome}, then with ${outcome}`);
    }
    log.outcome = outcome;
  }

  committed(): void {
    for (const { known, key, digest } of this.told) {
      const { outcome } = this.log(key);
      if (outcome === digest) continue;
      // A workflow that was removed and started again has promises of its own.
      if (outcome === undefined) continue;
      this.report(key, `is ${outcome}, and ${formatInvocationId(known.key)} was told ${digest}`);
    }
    this.told = [];
    for (const [key, { completers }] of this.promises) {
      if (completers > 1) this.report(key, `was completed by ${completers}`);
    }
  }

  /** Promises last as long as the workflow. */
  private checkRemoval(key: string): void {
    const [, scope = "", name = ""] = key.split(String.fromCharCode(0, 1));
    const scoped = scope === "" ? {} : { scope };
    const target = { kind: "workflow", name: WORKFLOW, key: name, ...scoped } as const;
    const run = invocationKeyOf(target, () => true);
    const known = this.options.known(run);
    if (known !== undefined && (!known.present || known.header.status === "completed")) return;
    this.report(key, "was removed although its workflow has not completed");
  }

  private report(key: string, text: string): void {
    this.options.violations.report("promise", `promise ${printable(key)} ${text}`);
  }

  private log(key: string): PromiseLog {
    let log = this.promises.get(key);
    if (log === undefined) {
      log = { outcome: undefined, completers: 0 };
      this.promises.set(key, log);
    }
    return log;
  }
}

function promiseKey(instance: InstanceId, name: string): string {
  return instance + Buffer.from(name, "utf8").toString("latin1");
}

function askedId({ key, lives }: KnownInvocation, completionId: number): string {
  return `${lives} ${completionId} ${key}`;
}
