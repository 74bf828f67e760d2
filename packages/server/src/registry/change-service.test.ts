import type { ServiceManifest } from "@rejoin/protocol";
import { describe, expect, it } from "vitest";
import { changeService, type ServiceChange } from "./change-service.ts";
import { EMPTY_DOCUMENT, type RegistryDocument } from "./document.ts";
import { withEmbedded } from "./embedded.ts";
import { removeDeployment } from "./remove-deployment.ts";
import { createSnapshot, SERVER_DEFAULTS } from "./snapshot.ts";
import { addressAt, documentOf, manifestOf, register, serviceOf } from "./testing/records.ts";
import { updateDeployment } from "./update-deployment.ts";

function change(document: RegistryDocument, service: string, rest: Partial<ServiceChange>) {
  return changeService(document, service, { overrides: {}, ...rest });
}

function viewOf(document: RegistryDocument, service: string, deployment?: string) {
  const snapshot = createSnapshot(document, 1, SERVER_DEFAULTS);
  const view =
    deployment === undefined ? snapshot.latest(service) : snapshot.revisionAt(service, deployment);
  if (view === undefined) throw new Error(`no service ${service}`);
  return view;
}

const two = documentOf([serviceOf("a", ["run", "stop"])], [serviceOf("a", ["run", "stop"])]);

describe("options that an operator sets", () => {
  it("hold for the newest revision, and leave its number alone", () => {
    const after = change(two, "a", { overrides: { abortTimeout: 5, journalRetention: 7 } });
    expect(viewOf(after, "a")).toMatchObject({
      revision: 2,
      settings: { abortTimeoutMs: 5, journalRetentionMs: 7 },
    });
    expect(viewOf(after, "a").handlers.get("run")?.abortTimeoutMs).toBe(5);
    const { abortTimeoutMs } = SERVER_DEFAULTS;
    expect(viewOf(after, "a", "dp_1").settings.abortTimeoutMs).toBe(abortTimeoutMs);
  });

  it("are added to those that were set before", () => {
    const first = change(two, "a", { overrides: { abortTimeout: 5, journalRetention: 7 } });
    const after = change(first, "a", { overrides: { abortTimeout: 6 } });
    expect(viewOf(after, "a").settings).toMatchObject({ abortTimeoutMs: 6, journalRetentionMs: 7 });
  });

  it("stand behind what a handler says itself, but for privacy", () => {
    const manifest: ServiceManifest = {
      name: "s",
      ty: "SERVICE",
      handlers: [
        { name: "own", abortTimeout: 1, ingressPrivate: false },
        { name: "hidden", ingressPrivate: true },
        { name: "plain" },
      ],
    };
    const document = documentOf([manifest]);
    const hidden = change(document, "s", { overrides: { abortTimeout: 9, ingressPrivate: true } });
    const isPublic = (at: RegistryDocument) =>
      [...viewOf(at, "s").handlers.values()].map((handler) => handler.public);
    expect(viewOf(hidden, "s").handlers.get("own")?.abortTimeoutMs).toBe(1);
    expect(viewOf(hidden, "s").handlers.get("plain")?.abortTimeoutMs).toBe(9);
    expect(isPublic(hidden)).toEqual([false, false, false]);
    const shown = change(hidden, "s", { overrides: { ingressPrivate: false } });
    expect(isPublic(shown)).toEqual([true, false, true]);
  });

  it("of a workflow may be the retention of its run", () => {
    const handlers = [{ name: "run", ty: "WORKFLOW" }, { name: "look" }] as const;
    const document = documentOf([{ name: "w", ty: "WORKFLOW", handlers }]);
    const after = change(document, "w", { overrides: { workflowCompletionRetention: 5 } });
    expect(viewOf(after, "w").settings.workflowRetentionMs).toBe(5);
    expect(viewOf(after, "w").handlers.get("run")?.workflowRetentionMs).toBe(5);
    expect(() => change(two, "a", { overrides: { workflowCompletionRetention: 5 } })).toThrow(
      expect.objectContaining({ status: 400, message: expect.stringContaining("a is a SERVICE") }),
    );
  });

  it("are gone with the next registration, and with an overwrite", () => {
    const after = change(two, "a", { overrides: { abortTimeout: 5 } });
    const { abortTimeoutMs } = SERVER_DEFAULTS;
    const third = register(after, "http://h3/", [serviceOf("a")]).document;
    expect(viewOf(third, "a").settings.abortTimeoutMs).toBe(abortTimeoutMs);
    const found = {
      address: addressAt("http://h2/"),
      manifest: manifestOf(serviceOf("a")),
      sdkVersion: undefined,
    };
    const moved = updateDeployment(after, "dp_2", { found, overwrite: false });
    expect(viewOf(moved, "a").settings.abortTimeoutMs).toBe(5);
    const overwritten = updateDeployment(after, "dp_2", { found, overwrite: true });
    expect(viewOf(overwritten, "a").settings.abortTimeoutMs).toBe(abortTimeoutMs);
  });

  it("of an embedded service live through a restart, until its code changes", () => {
    const embedded = { id: "embedded:x", address: { kind: "embedded", name: "x" } } as const;
    const deployment = { ...embedded, minProtocolVersion: 5, maxProtocolVersion: 7 };
    const start = withEmbedded(EMPTY_DOCUMENT, deployment, [serviceOf("a")], 1);
    const after = change(start, "a", { overrides: { abortTimeout: 5 } });
    expect(withEmbedded(after, deployment, [serviceOf("a")], 2)).toBe(after);
    const changed = withEmbedded(after, deployment, [serviceOf("a", ["walk"])], 2);
    expect(viewOf(changed, "a").settings.abortTimeoutMs).toBe(SERVER_DEFAULTS.abortTimeoutMs);
  });
});

describe("limits", () => {
  it("hold for a service and for handlers, in all revisions", () => {
    const limited = change(two, "a", { concurrency: 10, handlers: new Map([["run", 2]]) });
    const after = register(limited, "http://h3/", [serviceOf("a", ["run", "stop"])]).document;
    for (const deployment of ["dp_1", "dp_2", "dp_3"]) {
      const view = viewOf(after, "a", deployment);
      expect(view.concurrencyLimit).toBe(10);
      expect([...view.handlers.values()].map((handler) => handler.concurrencyLimit)).toEqual([
        2,
        undefined,
      ]);
    }
  });

  it("are changed one by one, and lifted with null", () => {
    const first = change(two, "a", { concurrency: 10, handlers: new Map([["run", 2]]) });
    const second = change(first, "a", { handlers: new Map([["stop", 3]]) });
    expect(second.limits).toEqual([
      {
        service: "a",
        concurrency: 10,
        handlers: [
          { name: "run", concurrency: 2 },
          { name: "stop", concurrency: 3 },
        ],
      },
    ]);
    const third = change(second, "a", { concurrency: null, handlers: new Map([["run", null]]) });
    expect(third.limits).toEqual([{ service: "a", handlers: [{ name: "stop", concurrency: 3 }] }]);
    expect(change(third, "a", { handlers: new Map([["stop", null]]) }).limits).toEqual([]);
  });

  it("may be those of services with any name", () => {
    const names = ["constructor", "toString", "hasOwnProperty"];
    const document = documentOf(names.map((name) => serviceOf(name, ["valueOf"])));
    for (const name of names) {
      expect(viewOf(document, name).concurrencyLimit).toBeUndefined();
      expect(viewOf(document, name).handlers.get("valueOf")?.concurrencyLimit).toBeUndefined();
    }
  });

  it("go with the last revision of their service", () => {
    const after = change(two, "a", { concurrency: 10 });
    const one = removeDeployment(after, "dp_2");
    expect(viewOf(one, "a").concurrencyLimit).toBe(10);
    expect(removeDeployment(one, "dp_1").limits).toEqual([]);
  });
});

it("does not change what is not there, nor anything when nothing is asked for", () => {
  expect(change(two, "a", {})).toBe(two);
  const unknown = expect.objectContaining({ status: 404 });
  expect(() => change(two, "b", { concurrency: 1 })).toThrow(unknown);
  expect(() => change(two, "a", { handlers: new Map([["walk", 1]]) })).toThrow("no handler walk");
});
