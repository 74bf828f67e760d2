import type { ServiceManifest } from "@rejoin/protocol";
import { describe, expect, it } from "vitest";
import { EMPTY_DOCUMENT } from "./document.ts";
import { createSnapshot, SERVER_DEFAULTS } from "./snapshot.ts";
import { documentOf, register, serviceOf } from "./testing/records.ts";

const service: ServiceManifest = {
  name: "a",
  ty: "SERVICE",
  inactivityTimeout: 1,
  journalRetention: 2,
  ingressPrivate: true,
  retryPolicyMaxAttempts: 0,
  retryPolicyOnMaxAttempts: "KILL",
  handlers: [
    { name: "plain" },
    { name: "own", inactivityTimeout: 10, enableLazyState: true, retryPolicyMaxAttempts: 4 },
  ],
};

function viewOf(manifest: ServiceManifest) {
  const { document } = register(EMPTY_DOCUMENT, "http://h/", [manifest]);
  const view = createSnapshot(document, 1, SERVER_DEFAULTS).latest(manifest.name);
  if (view === undefined) throw new Error("it is registered");
  return view;
}

describe("settings", () => {
  it("are those of the handler, before the service, before the server", () => {
    const view = viewOf(service);
    expect(view.settings).toMatchObject({
      public: false,
      inactivityTimeoutMs: 1,
      journalRetentionMs: 2,
      abortTimeoutMs: SERVER_DEFAULTS.abortTimeoutMs,
      enableLazyState: false,
    });
    expect(view.handlers.get("plain")).toMatchObject({ inactivityTimeoutMs: 1, public: false });
    expect(view.handlers.get("own")).toMatchObject({
      inactivityTimeoutMs: 10,
      journalRetentionMs: 2,
      enableLazyState: true,
    });
  });

  it("count the first attempt among the attempts", () => {
    const view = viewOf(service);
    expect(view.settings.retryPolicy).toMatchObject({ maxAttempts: 1, onMaxAttempts: "kill" });
    expect(view.handlers.get("own")?.retryPolicy.maxAttempts).toBe(4);
  });

  it("of a workflow take the retention of its run", () => {
    const handlers = [
      { name: "run", ty: "WORKFLOW", workflowCompletionRetention: 5 },
      { name: "look" },
    ] as const;
    const view = viewOf({ name: "w", ty: "WORKFLOW", handlers });
    expect(view.settings.workflowRetentionMs).toBe(5);
    expect([...view.handlers.values()].map(({ kind }) => kind)).toEqual(["workflow", "shared"]);
  });
});

describe("what exceeds the maxima of the server", () => {
  const maxima = {
    journalRetentionMs: 100,
    idempotencyRetentionMs: 200,
    workflowRetentionMs: 300,
    retryMaxAttempts: 5,
  };
  const clamped = (manifest: ServiceManifest) => {
    const { document } = register(EMPTY_DOCUMENT, "http://h/", [manifest]);
    const view = createSnapshot(document, 1, { ...SERVER_DEFAULTS, maxima }).latest(manifest.name);
    if (view === undefined) throw new Error("it is registered");
    return view;
  };

  it("is reduced, whoever said it", () => {
    const handlers = [
      { name: "run", ty: "WORKFLOW", workflowCompletionRetention: 1000 },
      { name: "own", journalRetention: 50, idempotencyRetention: 1000, retryPolicyMaxAttempts: 9 },
    ] as const;
    const view = clamped({ name: "w", ty: "WORKFLOW", journalRetention: 999, handlers });
    expect(view.settings).toMatchObject({
      journalRetentionMs: 100,
      idempotencyRetentionMs: 200,
      workflowRetentionMs: 300,
      retryPolicy: { maxAttempts: 5 },
    });
    expect(view.handlers.get("own")).toMatchObject({
      journalRetentionMs: 50,
      idempotencyRetentionMs: 200,
      retryPolicy: { maxAttempts: 5 },
    });
  });

  it("is also a retry policy without an end", () => {
    const retryPolicy = { ...SERVER_DEFAULTS.retryPolicy, maxAttempts: undefined };
    const { document } = register(EMPTY_DOCUMENT, "http://h/", [serviceOf("a")]);
    const at = (rest: object) =>
      createSnapshot(document, 1, { ...SERVER_DEFAULTS, retryPolicy, ...rest }).latest("a")
        ?.settings;
    expect(at({ maxima })?.retryPolicy.maxAttempts).toBe(5);
    expect(at({})?.retryPolicy.maxAttempts).toBeUndefined();
  });
});

it("knows the newest revision of a service, and the one that each deployment holds", () => {
  const document = documentOf([serviceOf("a"), serviceOf("b")], [serviceOf("a")]);
  const snapshot = createSnapshot(document, 7, SERVER_DEFAULTS);
  expect(snapshot.version).toBe(7);
  expect(snapshot.latest("a")).toMatchObject({ revision: 2, deploymentId: "dp_2" });
  expect(snapshot.revisionAt("a", "dp_1")).toMatchObject({ revision: 1, deploymentId: "dp_1" });
  expect(snapshot.revisionAt("b", "dp_2")).toBeUndefined();
  expect(snapshot.services.map(({ name }) => name)).toEqual(["a", "b"]);
  expect(snapshot.deployment("dp_2")?.id).toBe("dp_2");
});
