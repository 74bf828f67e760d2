/** Attempts at services of this process: decoded messages, in order, no bytes. */
import {
  Combinator,
  type EndpointMessage,
  encodeFrame,
  type ServerMessage,
} from "@rejoin/protocol";
import { describe, expect, it } from "vitest";
import { keyOf, output, run } from "../testing/records.ts";
import { InProcessTransport } from "./in-process-transport.ts";
import type { AttemptRequest } from "./transport.ts";

const request: AttemptRequest = {
  key: keyOf(1),
  service: "S",
  handler: "h",
  objectKey: "",
  version: 7,
  deploymentId: "embedded:main",
};

function begin(options: { readonly refuses?: boolean } = {}) {
  const received: ServerMessage[] = [];
  const calls: string[] = [];
  const heard: string[] = [];
  let sink: { send(messages: readonly EndpointMessage[]): void; end(): void } | undefined;
  const transport = new InProcessTransport({
    open: ({ service, handler, version }, own) => {
      if (options.refuses === true) throw new Error(`no handler ${service}/${handler}`);
      calls.push(`${service}/${handler} ${version}`);
      sink = own;
      return {
        receive: (messages) => received.push(...messages),
        closeInput: () => calls.push("input closed"),
        abort: (reason) => calls.push(`aborted: ${reason.message}`),
      };
    },
  });
  const stream = transport.open(request, {
    onItems: (items) => heard.push(items.map(({ message }) => message.kind).join("+")),
    onAwaitingOn: ({ executingSideEffects, decode }) =>
      heard.push(`awaits ${decode().completions.join()} ${executingSideEffects}`),
    onEnd: (failure) => heard.push(`end ${failure?.docCode ?? ""}`),
  });
  return { stream, received, calls, heard, endpoint: () => sink };
}

describe("a stream to a service of this process", () => {
  it("hands messages on as they are, and frames decoded", () => {
    const { stream, received, calls } = begin();
    const stored = run(4);
    const completion = {
      kind: "runCompletion",
      completionId: 4,
      result: { kind: "value", value: Uint8Array.of(1) },
    } as const;
    stream.send([
      { message: stored as ServerMessage },
      { message: completion, frame: encodeFrame(completion, 7) },
      { code: 0x8011, frame: encodeFrame(completion, 7) },
    ]);
    expect(calls).toEqual(["S/h 7"]);
    expect(received).toEqual([stored, completion, completion]);
    expect(stream.drained()).toBeUndefined();
  });

  it("passes on what the endpoint says in order; what it awaits goes its own way", () => {
    const { heard, endpoint } = begin();
    const awaitingOn = {
      combinator: Combinator.firstCompleted,
      completions: [7],
      signals: [],
      namedSignals: [],
      nested: [],
    };
    const awaits = { kind: "awaitingOn", awaitingOn, executingSideEffects: false } as const;
    endpoint()?.send([run(1), run(2), awaits, output(), { kind: "end" }]);
    endpoint()?.send([awaits]);
    endpoint()?.end();
    expect(heard).toEqual(["run+run", "awaits 7 false", "output+end", "awaits 7 false", "end "]);
  });

  it("ends with what no row has a place for, and hears nothing more", () => {
    const { heard, calls, endpoint } = begin();
    const failure = { code: -1, message: "no" };
    const refused = { kind: "output", name: "", result: { kind: "failure", failure } } as const;
    endpoint()?.send([run(1), refused, { kind: "end" }]);
    endpoint()?.send([run(2)]);
    endpoint()?.end();
    expect(heard).toEqual(["run", "end RT0012"]);
    expect(calls.at(-1)).toMatch(
      /^aborted: a service sent a message that cannot be stored \(output\): .*-1/,
    );
  });

  it("closes the input and aborts", () => {
    const { stream, calls } = begin();
    stream.closeInput();
    stream.abort("enough");
    expect(calls.slice(1)).toEqual(["input closed", "aborted: enough"]);
  });

  it("that cannot be opened ends at once with RT0012, after the caller has it", async () => {
    const { stream, heard } = begin({ refuses: true });
    stream.send([{ message: { kind: "commandAck", commandIndex: 1 } }]);
    stream.closeInput();
    stream.abort("too late");
    expect(heard).toEqual([]);
    await Promise.resolve();
    expect(heard).toEqual(["end RT0012"]);
  });
});
