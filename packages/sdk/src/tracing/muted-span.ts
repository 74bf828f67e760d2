/** A span that takes no events while its handler replays: an earlier attempt has them. */
import type { Span } from "@opentelemetry/api";

const MUTED: ReadonlySet<string | symbol> = new Set<keyof Span>(["addEvent", "recordException"]);

/** `span` to whoever uses it, and with all that its class has beside the interface. */
export function muteWhileReplaying(span: Span, isProcessing: () => boolean): Span {
  const muted: Span = new Proxy(span, {
    get(target, property) {
      const value: unknown = Reflect.get(target, property, target);
      if (typeof value !== "function") return value;
      return (...args: unknown[]): unknown => {
        if (MUTED.has(property) && !isProcessing()) return muted;
        const result: unknown = Reflect.apply(value, target, args);
        // What is chained goes on through here.
        return result === target ? muted : result;
      };
    },
  });
  return muted;
}
