/** Resume, and the deployment that an invocation goes on with (server.md §5.8). */
import { beforeEach, describe, expect, it } from "vitest";
import { objectTarget, operate, operated, resultOf, resume } from "../testing/commands.ts";
import { newerDeployments } from "../testing/newer-deployments.ts";
import { TestPartition } from "../testing/partition.ts";
import {
  actionKinds,
  anyOf,
  attemptFailed,
  errorMessage,
  finish,
  fire,
  fireNext,
  invoke,
  keyOf,
  run,
  send,
  sleep,
  started,
  suspension,
} from "../testing/records.ts";
import { DEPLOYMENT } from "../testing/registry.ts";

const key = keyOf(1);
let partition: TestPartition;

beforeEach(() => {
  partition = new TestPartition();
  partition.apply(invoke(key));
});

function pauseByCode(): void {
  send(partition, key, [run(1), errorMessage({ behavior: 1 })]);
  expect(partition.get(key).status).toBe("paused");
}

describe("resuming", () => {
  it("starts a paused one anew, with all its retries", () => {
    pauseByCode();
    const before = partition.get(key).starts;
    const applied = partition.apply(operate(key, resume()));
    expect(resultOf(applied)).toEqual({ kind: "done" });
    expect(started(applied)).toEqual([key]);
    expect(partition.get(key)).toMatchObject({
      status: "invoked",
      starts: before + 1,
      retryCount: 0,
      pin: { deploymentId: DEPLOYMENT, protocolVersion: 7 },
    });
  });

  it("starts a suspended one although nothing has come", () => {
    send(partition, key, [sleep(1, partition.timeMs + 5), suspension(anyOf(1))]);
    expect(started(partition.apply(operate(key, resume())))).toEqual([key]);
    expect(started(send(partition, key, [suspension(anyOf(1))]))).toEqual([]);
    expect(started(fireNext(partition))).toEqual([key]);
  });

  it("starts one that backs off now, and once", () => {
    partition.apply(attemptFailed(partition, key));
    const [timer] = partition.timers();
    expect(started(partition.apply(operate(key, resume())))).toEqual([key]);
    if (timer === undefined) throw new Error("there is no timer");
    expect(fire(partition, timer).actions).toEqual([]);
  });

  it("of one that runs is done already", () => {
    const applied = partition.apply(operate(key, resume()));
    expect(resultOf(applied)).toEqual({ kind: "done" });
    expect(partition.get(key)).toMatchObject({ status: "invoked", starts: 1 });
  });

  it("takes back a pause that is under way; an attempt is asked for, should there be none", () => {
    partition.apply(operate(key, "pause"));
    const applied = partition.apply(operate(key, resume()));
    expect(actionKinds(applied)).toContain("start");
    expect(partition.get(key)).toMatchObject({ status: "invoked", pausing: false, starts: 1 });
    // The invoker may have seen the pause and not what took it back.
    partition.apply({ kind: "attemptHeld", key, start: 1 });
    expect(partition.get(key).status).toBe("invoked");
    send(partition, key, [sleep(1, partition.timeMs + 5), suspension(anyOf(1))]);
    expect(partition.get(key).status).toBe("suspended");
  });

  it("is refused for what has not started, has completed, or never was", () => {
    partition.apply(invoke(keyOf(2), { scheduledFor: partition.timeMs + 5 }));
    expect(operated(partition, keyOf(2), resume())).toMatchObject({ reason: "notStarted" });
    for (const one of [keyOf(3), keyOf(4)]) {
      partition.apply(invoke(one, { target: objectTarget("o") }));
    }
    expect(operated(partition, keyOf(4), resume())).toMatchObject({ reason: "notStarted" });
    send(partition, key, finish());
    expect(operated(partition, key, resume())).toMatchObject({ reason: "completed" });
    expect(operated(partition, keyOf(99), resume())).toMatchObject({ reason: "notFound" });
  });
});

describe("resuming on another deployment", () => {
  beforeEach(() => {
    partition.registry = newerDeployments();
  });

  it("moves the pin, and keeps the protocol version", () => {
    for (const choice of ["latest", { id: "new" }] as const) {
      partition = new TestPartition({ registry: newerDeployments() });
      partition.apply(invoke(key));
      send(partition, key, [run(1), errorMessage({ behavior: 1 })], { version: 6 });
      expect(operated(partition, key, resume(choice))).toEqual({ kind: "done" });
      expect(partition.get(key).pin).toEqual({ deploymentId: "new", protocolVersion: 6 });
    }
  });

  it("moves one that is suspended, or backs off", () => {
    send(partition, key, [sleep(1, partition.timeMs + 5), suspension(anyOf(1))]);
    partition.apply(operate(key, resume("latest")));
    expect(partition.get(key).pin?.deploymentId).toBe("new");
    partition.apply(attemptFailed(partition, key));
    partition.apply(operate(key, resume({ id: DEPLOYMENT })));
    expect(partition.get(key).pin?.deploymentId).toBe(DEPLOYMENT);
  });

  it("is refused while it runs", () => {
    send(partition, key, [run(1)]);
    expect(operated(partition, key, resume("latest"))).toMatchObject({ reason: "running" });
    expect(partition.get(key).pin?.deploymentId).toBe(DEPLOYMENT);
  });

  it("is refused where there is none, or it cannot go on there", () => {
    pauseByCode();
    const before = partition.get(key);
    const problems = {
      nope: "there is no deployment nope",
      other: "deployment other has no handler Svc/work",
      "old-protocol": "it speaks protocol version 7, deployment old-protocol versions 5 to 5",
    };
    for (const [id, message] of Object.entries(problems)) {
      expect(operated(partition, key, resume({ id }))).toEqual({
        kind: "refused",
        reason: "badDeployment",
        message,
      });
    }
    expect(partition.get(key)).toEqual(before);
  });

  it("of a service that is gone is refused", () => {
    pauseByCode();
    partition.registry = { ...partition.registry, latest: () => undefined };
    expect(operated(partition, key, resume("latest"))).toMatchObject({
      reason: "badDeployment",
      message: "no deployment of service Svc is registered",
    });
  });
});
