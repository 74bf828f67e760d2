/** What operators set: options and limits of services, and the rules of flow control. */
import type { Ports } from "../ports/ports.ts";
import { changeService, type ServiceChange } from "./change-service.ts";
import type { RegistryDocument } from "./document.ts";
import type { ServerRegistry } from "./registry.ts";
import {
  EMPTY_BOOK,
  type LimitRule,
  putRules,
  type RuleBook,
  type RuleChange,
  type RuleRemoval,
  removeRules,
} from "./rules/rule-book.ts";
import type { RegistrySnapshot } from "./snapshot.ts";

/** Every method rejects with a `RegistryError` for what is not possible, and then changes nothing. */
export class OperatorSettings {
  private readonly registry: ServerRegistry;
  private readonly ports: Pick<Ports, "clock">;

  constructor(registry: ServerRegistry, ports: Pick<Ports, "clock">) {
    this.registry = registry;
    this.ports = ports;
  }

  /** What the next attempts and new invocations of a service go by. */
  async changeService(service: string, change: ServiceChange): Promise<RegistrySnapshot> {
    const { snapshot } = await this.registry.update((document) => ({
      document: changeService(document, service, change),
    }));
    return snapshot;
  }

  /** All of the changes or none; the rules of their patterns as they are now. */
  async putRules(changes: readonly RuleChange[]): Promise<readonly LimitRule[]> {
    const now = this.ports.clock.now();
    const { result } = await this.registry.update((document) => {
      const book = putRules(document.rules ?? EMPTY_BOOK, changes, now);
      return { document: withBook(document, book), book };
    });
    const byPattern = new Map(result.book.rules.map((rule) => [rule.pattern, rule]));
    return changes.flatMap(({ pattern }) => byPattern.get(pattern) ?? []);
  }

  /** All of the removals or none; the patterns that were there. */
  async removeRules(removals: readonly RuleRemoval[]): Promise<readonly string[]> {
    const { result } = await this.registry.update((document) => {
      const { book, removed } = removeRules(document.rules ?? EMPTY_BOOK, removals);
      return { document: withBook(document, book), removed };
    });
    return result.removed;
  }
}

function withBook(document: RegistryDocument, book: RuleBook): RegistryDocument {
  return book === (document.rules ?? EMPTY_BOOK) ? document : { ...document, rules: book };
}
