/** Clients whose connection has a serde: it serves wherever a call does not name its own. */
import * as ours from "@rejoin/client";
import * as reference from "@restatedev/restate-sdk-clients";
import { expect } from "vitest";
import { until } from "../harness/eventually.ts";
import type { Group, TestRun } from "../harness/group.ts";
import { unique } from "../harness/ingress.ts";
import type { RunningCell } from "../harness/running-cell.ts";
import { BlockAndWaitWorkflow } from "../services/block-and-wait-workflow.ts";
import { Counter } from "../services/counter.ts";
import { LoudObject, LoudService, LoudWorkflow } from "../services/loud.ts";
import { loud, plain } from "../services/loud-serde.ts";
import { TestUtilsService } from "../services/test-utils-service.ts";

type Client = typeof reference;
type Case = (client: Client, running: RunningCell) => Promise<void>;

const own = ours as unknown as Client;

const connect = ({ connect: open }: Client, { ingress }: RunningCell) =>
  open({ url: ingress.url, serde: loud });

const CASES: Readonly<Record<string, Case>> = {
  "of a service and an object, by the connection's": async (client, running) => {
    const ingress = connect(client, running);
    expect(await ingress.serviceClient(LoudService).echo("a")).toBe("a");
    const object = ingress.objectClient(LoudObject, unique("loud"));
    expect(await object.append("a")).toBe("a");
    expect(await object.append("b")).toBe("ab");
  },

  "of a service and an object, by their own": async (client, running) => {
    const { rpc } = client;
    const ingress = connect(client, running);
    const texts = rpc.opts<string, string>({ input: plain(), output: plain() });
    expect(await ingress.serviceClient(TestUtilsService).echo("a", texts)).toBe("a");
    const counts = rpc.opts<number, { oldValue: number; newValue: number }>({
      input: plain(),
      output: plain(),
    });
    const counter = ingress.objectClient(Counter, unique("loud"));
    expect(await counter.add(2, counts)).toEqual({ oldValue: 0, newValue: 2 });
  },

  "of a workflow, by the connection's": async (client, running) => {
    const ingress = connect(client, running);
    const workflow = ingress.workflowClient(LoudWorkflow, unique("loud"));
    await workflow.workflowSubmit("a");
    expect((await workflow.workflowOutput()).ready).toBe(false);
    await workflow.finish("b");
    expect(await workflow.workflowAttach()).toBe("ab");
    expect(await workflow.workflowOutput()).toMatchObject({ ready: true, result: "ab" });
  },

  "of a workflow, by their own": async (client, running) => {
    const { rpc, serde } = client;
    const ingress = connect(client, running);
    const workflow = ingress.workflowClient(BlockAndWaitWorkflow, unique("loud"));
    await workflow.workflowSubmit("a", rpc.sendOpts<string>({ input: plain() }));
    const nothing = rpc.opts<string, void>({ input: plain(), output: serde.empty });
    await workflow.unblock("b", nothing);
    const output = rpc.opts<void, string>({ output: plain() });
    expect(await workflow.workflowAttach(output)).toBe("b");
    expect(await workflow.workflowOutput(output)).toMatchObject({ ready: true, result: "b" });
  },

  "of a send and its result, by the connection's": async (client, running) => {
    const ingress = connect(client, running);
    const options = client.rpc.sendOpts<string>({ idempotencyKey: unique("loud") });
    const sent = await ingress.serviceSendClient(LoudService).echo("a", options);
    expect(await ingress.result(sent)).toBe("a");
  },

  "of a send and its result, by their own": async (client, running) => {
    const { rpc } = client;
    const ingress = connect(client, running);
    const idempotencyKey = unique("loud");
    const options = rpc.sendOpts<string>({ idempotencyKey, input: plain() });
    const sent = await ingress.serviceSendClient(TestUtilsService).echo("a", options);
    expect(await ingress.result(sent, plain<string>())).toBe("a");
  },

  "of an awakeable, by the connection's": (client, running) =>
    resolveHeld(client, running, (ingress, id) => ingress.resolveAwakeable(id, "a")),

  "of an awakeable, by its own": (client, running) =>
    resolveHeld(client, running, async (_loud, id) => {
      const plain = client.connect({ url: running.ingress.url });
      await plain.resolveAwakeable(id, "a", loud);
    }),
};

/** An object waits for an awakeable, and gives what that was completed with. */
async function resolveHeld(
  client: Client,
  running: RunningCell,
  resolve: (ingress: reference.Ingress, id: string) => Promise<void>,
): Promise<void> {
  const ingress = connect(client, running);
  const key = unique("loud");
  const options = client.rpc.sendOpts<void>({ idempotencyKey: key });
  const sent = await ingress.objectSendClient(LoudObject, key).hold(options);
  const id = await until(
    "the object has an awakeable",
    async () => await ingress.objectClient(LoudObject, key).pending(),
    (known) => known !== null,
  );
  await resolve(ingress, id ?? "");
  expect(await ingress.result(sent)).toBe("a");
}

export const ingressSerde: Group = {
  name: "IngressSerde",
  needs: [
    "LoudService",
    "LoudObject",
    "LoudWorkflow",
    "TestUtilsService",
    "Counter",
    "BlockAndWaitWorkflow",
  ],
  tests: Object.fromEntries(
    Object.entries({ "@rejoin/client": own, "reference client": reference }).flatMap(
      ([name, client]) =>
        Object.entries(CASES).map(([what, run]): [string, TestRun] => [
          `${name}: values ${what}`,
          (running) => run(client, running),
        ]),
    ),
  ),
};
