/** Which serde the ingress client uses: that of the connection for everything, or that of a call. */
import { connect, type Ingress, rpc, type Serde } from "@rejoin/client";
import {
  type Context,
  handlers,
  type ObjectContext,
  object,
  service,
  type WorkflowContext,
  type WorkflowSharedContext,
  workflow,
} from "@rejoin/sdk";
import { type RunningServer, start } from "@rejoin/server";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

/** Text with a tag before it on the wire, so that no other serde can read it. */
function tagged(tag: string): Serde<string> {
  return {
    contentType: `text/${tag}`,
    serialize: (value) => new TextEncoder().encode(`${tag}:${value}`),
    deserialize(bytes) {
      const text = new TextDecoder().decode(bytes);
      if (!text.startsWith(`${tag}:`)) throw new Error(`${JSON.stringify(text)} is not of ${tag}`);
      return text.slice(tag.length + 1);
    },
  };
}

const awakeables = new Map<string, (id: string) => void>();

/** Its handlers are declared with the serde, which a client that knows their names alone is not. */
function createServices(tag: string) {
  const own = tagged(tag);
  const serdes = { input: own, output: own };
  const plain = service({
    name: `${tag}-plain`,
    handlers: {
      greet: handlers.handler(
        serdes,
        async (_ctx: Context, name: string): Promise<string> => `hello ${name}`,
      ),
      held: handlers.handler(serdes, async (ctx: Context, name: string): Promise<string> => {
        const { id, promise } = ctx.awakeable<string>(own);
        awakeables.get(name)?.(id);
        return promise;
      }),
    },
  });
  const keyed = object({
    name: `${tag}-keyed`,
    handlers: {
      greet: handlers.object.exclusive(
        serdes,
        async (ctx: ObjectContext, name: string): Promise<string> => `${ctx.key} ${name}`,
      ),
    },
  });
  const flow = workflow({
    name: `${tag}-flow`,
    handlers: {
      run: handlers.workflow.workflow(
        serdes,
        async (_ctx: WorkflowContext, name: string): Promise<string> => `done ${name}`,
      ),
      ask: handlers.workflow.shared(
        serdes,
        async (_ctx: WorkflowSharedContext, name: string): Promise<string> => `asked ${name}`,
      ),
    },
  });
  return { plain, keyed, flow };
}

const wide = createServices("wide");
const narrow = createServices("narrow");

let server: RunningServer;
let ingress: Ingress;

beforeAll(async () => {
  const services = [wide, narrow].flatMap(({ plain, keyed, flow }) => [plain, keyed, flow]);
  server = await start({ services, logger: () => undefined });
  ingress = connect({ url: server.ingressUrl, serde: tagged("wide") as Serde<unknown> });
});
afterAll(() => server.close());

const serde = tagged("narrow");
/** By the serde of the connection, or by that of the call. */
const CASES = [
  { by: "the connection", tag: "wide", call: undefined, send: {}, own: undefined },
  {
    by: "the call",
    tag: "narrow",
    call: rpc.opts<string, string>({ input: serde, output: serde }),
    send: { input: serde },
    own: serde,
  },
] as const;

describe.each(CASES)("the serde of $by", ({ tag, call, send, own }) => {
  const plain = { name: `${tag}-plain` } as const;
  const keyed = { name: `${tag}-keyed` } as const;
  const flow = { name: `${tag}-flow` } as const;
  const attach = own && rpc.opts<void, string>({ output: own });

  it("is for calls of services", async () => {
    const client = ingress.serviceClient<typeof wide.plain>(plain);
    expect(await client.greet("Ada", call)).toBe("hello Ada");
  });

  it("is for calls of objects", async () => {
    const client = ingress.objectClient<typeof wide.keyed>(keyed, "k");
    expect(await client.greet("Ada", call)).toBe("k Ada");
  });

  it("is for sends and their results", async () => {
    const opts = rpc.sendOpts<string>({ ...send, idempotencyKey: `${tag}-send` });
    const sent = await ingress.serviceSendClient<typeof wide.plain>(plain).greet("Ada", opts);
    expect(await ingress.result(sent, own)).toBe("hello Ada");
  });

  it("is for workflows: submitted, attached to, asked for their output, called", async () => {
    const client = ingress.workflowClient<typeof wide.flow>(flow, "w");
    const submission = await client.workflowSubmit("Ada", rpc.sendOpts<string>(send));
    expect(await client.workflowAttach(attach)).toBe("done Ada");
    expect(await client.workflowOutput(attach)).toEqual({ ready: true, result: "done Ada" });
    expect(await ingress.result(submission, own)).toBe("done Ada");
    expect(await client.ask("Ada", call)).toBe("asked Ada");
  });

  it("is for awakeables", async () => {
    const id = new Promise<string>((resolve) => awakeables.set(`${tag}-held`, resolve));
    const held = ingress.serviceClient<typeof wide.plain>(plain).held(`${tag}-held`, call);
    await ingress.resolveAwakeable(await id, "here", own);
    expect(await held).toBe("here");
  });

  it("is not needed where the definition declares one", async () => {
    const { plain: definition } = tag === "wide" ? wide : narrow;
    expect(await ingress.serviceClient(definition).greet("Ada")).toBe("hello Ada");
  });
});

it("the serde of the connection alone does not fit what is declared otherwise", async () => {
  const client = ingress.serviceClient<typeof wide.plain>({ name: "narrow-plain" });
  await expect(client.greet("Ada")).rejects.toMatchObject({ status: 400 });
});
