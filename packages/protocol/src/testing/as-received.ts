/** What a message is after it travelled in an older protocol version: less, in known ways. */
import type { Failure, Future, Message, ProtocolVersion } from "../messages.ts";

/** `message` as `version` can say it. */
export function asReceived(message: Message, version: ProtocolVersion): Message {
  let received: Message = message;
  if (version < 7 && received.kind === "suspension") {
    received = { ...received, awaitingOn: flatten(received.awaitingOn) };
  }
  if (version < 7 && received.kind === "start") {
    const { scope: _scope, limitKey: _limit, idempotencyKey: _key, ...rest } = received;
    received = rest;
  }
  return mapFailures(received, version) as Message;
}

function flatten(future: Future): Future {
  const all = descendants(future);
  const isFlat = all.length === 1;
  const collect = <T>(lists: (readonly T[])[]): T[] =>
    isFlat ? lists.flat() : [...new Set(lists.flat())];
  return {
    combinator: 0,
    completions: collect(all.map((node) => node.completions)),
    signals: collect(all.map((node) => node.signals)),
    namedSignals: collect(all.map((node) => node.namedSignals)),
    nested: [],
  };
}

function descendants(future: Future): Future[] {
  return [future, ...future.nested.flatMap(descendants)];
}

/** Drops failure metadata where the version has none, or where it is empty. */
function mapFailures(message: object, version: ProtocolVersion): object {
  return Object.fromEntries(
    Object.entries(message).map(([key, value]) => {
      if (typeof value !== "object" || value === null || value.kind !== "failure") {
        return [key, value];
      }
      const { code, message: reason, metadata }: Failure = value.failure;
      const kept = version >= 6 && metadata !== undefined && metadata.length > 0;
      const failure = kept ? { code, message: reason, metadata } : { code, message: reason };
      return [key, { kind: "failure", failure }];
    }),
  );
}
