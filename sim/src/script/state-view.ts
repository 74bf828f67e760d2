/** The state of an object as an attempt knows it: what it was given, and what it wrote itself. */
import type { StateEntry } from "@rejoin/protocol";

export class StateView {
  private readonly values = new Map<string, Uint8Array | undefined>();
  /** What is not in here is not there. */
  private isComplete: boolean;

  constructor(entries: readonly StateEntry[], isPartial: boolean) {
    this.isComplete = !isPartial;
    for (const { key, value } of entries) this.values.set(toName(key), value);
  }

  knows(name: string): boolean {
    return this.isComplete || this.values.has(name);
  }

  get(name: string): Uint8Array | undefined {
    return this.values.get(name);
  }

  /** The names, if all are known. */
  names(): readonly string[] | undefined {
    if (!this.isComplete) return undefined;
    const present = [...this.values].filter(([, value]) => value !== undefined);
    return present.map(([name]) => name).sort();
  }

  set(name: string, value: Uint8Array | undefined): void {
    this.values.set(name, value);
  }

  clear(): void {
    this.values.clear();
    this.isComplete = true;
  }
}

export function toName(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("utf8");
}

export function toBytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
