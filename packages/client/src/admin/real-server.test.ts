/** The admin client against the server that it is for. */
import { type Context, type ObjectContext, object, service } from "@rejoin/sdk";
import { type RunningServer, start } from "@rejoin/server";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connect } from "../ingress/connect.ts";
import { type AdminClient, createAdminClient } from "./admin-client.ts";

const counter = object({
  name: "counter",
  handlers: {
    add: async (ctx: ObjectContext, amount: number): Promise<number> => {
      const sum = ((await ctx.get<number>("sum")) ?? 0) + amount;
      ctx.set("sum", sum);
      return sum;
    },
  },
});

const shown = {
  serialize: (text: string) => new TextEncoder().encode(text),
  deserialize: (bytes: Uint8Array) => new TextDecoder().decode(bytes),
  preview: {
    toJsonString: (text: string) => JSON.stringify(`shown ${text}`),
    fromJsonString: (text: string) => JSON.parse(text),
  },
};
const loud = service({
  name: "loud",
  handlers: { echo: async (_ctx: Context, text: string): Promise<string> => text },
  options: { serde: shown },
});

/** The method for an operation of the API's own description, or why there is none. */
const METHODS: Readonly<Record<string, keyof AdminClient | { readonly none: string }>> = {
  health: "health",
  version: "version",
  cluster_health: "clusterHealth",
  openapi: "getDocument",
  list_deployments: "listDeployments",
  get_deployment: "getDeployment",
  create_deployment: "registerDeployment",
  update_deployment: "updateDeployment",
  delete_deployment: "removeDeployment",
  list_services: "listServices",
  get_service: "getService",
  modify_service: "changeService",
  get_service_openapi: "getServiceDocument",
  list_service_handlers: "listHandlers",
  get_service_handler: "getHandler",
  modify_service_state: "replaceState",
  list_invocations: "listInvocations",
  get_invocation: "getInvocation",
  cancel_invocation: "cancelInvocation",
  kill_invocation: "killInvocation",
  purge_invocation: "purgeInvocation",
  purge_journal_invocation: "purgeJournal",
  pause_invocation: "pauseInvocation",
  resume_invocation: "resumeInvocation",
  restart_as_new_invocation: "restartInvocation",
  delete_invocation: { none: "deprecated: the operations have methods of their own" },
  batch_cancel_invocations: "operateOnMany",
  batch_kill_invocations: "operateOnMany",
  batch_purge_invocations: "operateOnMany",
  batch_purge_journal_invocations: "operateOnMany",
  batch_pause_invocations: "operateOnMany",
  batch_resume_invocations: "operateOnMany",
  batch_restart_as_new_invocations: "restartMany",
  summarize_invocations: "summarizeInvocations",
  list_children: "listChildren",
  overview: "overview",
  list_objects: "listObjects",
  get_object_state: "getState",
  get_service_state: "getState",
  query: "query",
  get_journal: "getJournal",
  get_journal_value: "getJournalValue",
  convert_value: "convertValue",
  convert_value_by_name: "convertValue",
  pause_vqueue: { none: "this server has no virtual queues" },
  resume_vqueue: { none: "this server has no virtual queues" },
  list_rules: "listRules",
  upsert_rules: "putRules",
  delete_rules: "removeRules",
};
/** Nothing can be made there. */
const KAFKA = /_(subscription|kafka_cluster)s?$/;

let server: RunningServer;
let admin: AdminClient;

beforeAll(async () => {
  server = await start({ services: [counter, loud], name: "main", logger: () => undefined });
  admin = createAdminClient({ url: server.adminUrl });
});
afterAll(() => server.close());

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, { operationId?: string }>>>>;
}

describe("with the real server, the admin client", () => {
  it("has a method for every operation of the API", async () => {
    const { paths } = (await admin.getDocument()) as unknown as Document;
    const operations = Object.values(paths)
      .flatMap((path) => Object.values(path))
      .flatMap(({ operationId }) => operationId ?? [])
      .filter((id) => !KAFKA.test(id));
    expect(operations.filter((id) => METHODS[id] === undefined)).toEqual([]);
    expect(Object.keys(METHODS).filter((id) => !operations.includes(id))).toEqual([]);
    const methods = Object.values(METHODS).filter((method) => typeof method === "string");
    expect(Object.keys(admin).sort()).toEqual([...new Set(methods)].sort());
  });

  it("shows the server", async () => {
    await admin.health();
    const { ingress_endpoint, max_admin_api_version } = await admin.version();
    expect(ingress_endpoint).toContain(new URL(server.ingressUrl).port);
    expect(max_admin_api_version).toBe(4);
    expect((await admin.clusterHealth()).metadata_cluster_health.members).toEqual([1]);
    expect(await admin.getDocument()).toMatchObject({ openapi: "3.1.0" });
  });

  it("shows services and their handlers", async () => {
    expect(await admin.listServices()).toContainEqual(
      expect.objectContaining({ name: "counter", ty: "VirtualObject" }),
    );
    expect(await admin.listHandlers("counter")).toMatchObject([{ name: "add" }]);
    expect(await admin.getHandler("counter", "add")).toMatchObject({ ty: "Exclusive" });
    expect(await admin.getServiceDocument("counter")).toMatchObject({ openapi: "3.1.0" });
    await expect(admin.getHandler("counter", "nope")).rejects.toMatchObject({ status: 404 });
    const changed = await admin.changeService("counter", { journal_retention: "1h" });
    expect(changed.journal_retention).toBe("1h");
  });

  it("changes the state that the ingress client works on", async () => {
    const client = connect({ url: server.ingressUrl }).objectClient(counter, "a/b");
    expect(await client.add(2)).toBe(2);
    const sum = [...new TextEncoder().encode("40")];
    await admin.replaceState("counter", { object_key: "a/b", new_state: { sum } });
    expect(await client.add(2)).toBe(42);
    const { invocations } = await admin.listInvocations({ service: "counter" });
    expect(invocations).toHaveLength(2);
    const [newest] = invocations;
    const id = newest?.id ?? "";
    expect(await admin.getInvocation(id)).toMatchObject({ target: "counter/a/b/add" });
    const { entries, start, next } = await admin.getJournal(id, { start: true, limit: 2 });
    expect(entries.map(({ index }) => index)).toEqual([0, 1]);
    expect(next).toBe(2);
    expect(start).toMatchObject({ key: "a/b", state: { entries: [{ value: btoa("42") }] } });
    const { kind, contentType, bytes } = await admin.getJournalValue(id, 0);
    expect({ kind, contentType }).toEqual({ kind: "value", contentType: "application/json" });
    expect(new TextDecoder().decode(bytes)).toBe("2");
    await expect(admin.getJournalValue(id, 99)).rejects.toMatchObject({ status: 404 });
    await expect(admin.cancelInvocation(id)).rejects.toMatchObject({ status: 409 });
    await admin.purgeInvocation(id);
    await expect(admin.getInvocation(id)).rejects.toMatchObject({ status: 404 });
  });

  it("converts values by the serdes of handlers", async () => {
    const bytes = new TextEncoder().encode("1");
    const conversion = { service: "loud", handler: "echo", side: "input" } as const;
    const decoded = await admin.convertValue({ ...conversion, direction: "decode", value: bytes });
    expect(decoded).toMatchObject({ contentType: "application/json" });
    expect(new TextDecoder().decode(decoded.bytes)).toBe('"shown 1"');
    const none = { service: "counter", handler: "add", side: "input", value: "1" } as const;
    const refused = admin.convertValue({ ...none, direction: "encode" });
    await expect(refused).rejects.toMatchObject({ kind: "refused", status: 500 });
  });

  it("sets rules of flow control", async () => {
    const rules = await admin.putRules([{ pattern: "tenant", limits: { concurrency: 3 } }]);
    expect(rules).toMatchObject([{ pattern: "tenant", version: expect.any(Number) }]);
    expect(await admin.listRules()).toEqual(rules);
    expect(await admin.removeRules([{ pattern: "tenant" }])).toEqual(["tenant"]);
  });
});
