/**
 * What the UI costs the browser when there is very much to show. Time is that of the page's main thread
 * at work, which does not depend on what else the machine does; other times are only printed.
 */
import { type InvocationStatus, invocationRows } from "@rejoin/engine";
import { openLevelStore } from "@rejoin/storage";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { invocationOf, keyOf } from "../../../packages/server/src/introspection/testing/stored.ts";
import { findChromium, openBrowser, UiView } from "../support/ui/browser.ts";
import { traceTasks } from "../support/ui/trace-tasks.ts";
import { UiServer } from "../support/ui/ui-server.ts";

const chromium = findChromium();
const full = process.env.REJOIN_TEST_FULL === "1";
const COUNT = Number(process.env.REJOIN_UI_ROWS ?? 1_000_000);
const FAN_OUT = 10_000;
const NODES_MAX = 2000;
const TASK_MS_MAX = 50;
const OPENING_MS_MAX = 2000;
const TIMEOUT_MS = 900_000;

describe.runIf(full && chromium !== undefined)("with very much to show", () => {
  let server: UiServer;
  let browser: Browser;

  beforeAll(async () => {
    server = await UiServer.start(fill);
    browser = await openBrowser(chromium ?? "");
  }, TIMEOUT_MS);

  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });

  it("a list of a million is scrolled without a halt", { timeout: TIMEOUT_MS }, async () => {
    const view = await UiView.open(browser, server);
    const { page } = view;
    page.setDefaultTimeout(TIMEOUT_MS);
    await view.go("/invocations");
    await page.locator(".inv-scroll .inv-row").first().waitFor();
    await page.getByText("found").waitFor();
    const tasks = await traceTasks(browser, page, () => scroll(page));
    const nodes = Number(await page.evaluate("window.nodesMax"));
    const loaded = Number(await page.locator(".inv-table").getAttribute("aria-rowcount"));
    const longest = Math.max(...tasks);
    console.log(
      `\n${COUNT} invocations: ${loaded} rows scrolled by, the longest task ${longest.toFixed(0)} ms, ` +
        `at most ${nodes} elements`,
    );
    expect(loaded).toBeGreaterThan(3000);
    expect(nodes).toBeLessThan(NODES_MAX);
    expect(longest).toBeLessThan(TASK_MS_MAX);
    await view.close();
  });

  it("a fan-out of ten thousand opens at once", { timeout: TIMEOUT_MS }, async () => {
    await server.call("/report/build", { pages: FAN_OUT, failEvery: 1000 });
    const { invocations } = await server.ask<{ invocations: { id: string }[] }>(
      "/invocations?target=report/build&limit=1",
    );
    const view = await UiView.open(browser, server);
    const { page } = view;
    page.setDefaultTimeout(TIMEOUT_MS);
    const startedMs = performance.now();
    let shownMs = 0;
    const tasks = await traceTasks(browser, page, async () => {
      await view.go(`/invocations/${invocations[0]?.id}`);
      await page.getByRole("heading", { name: "Fan-out of 10,000" }).waitFor();
      await page.locator(".timeline-row").first().waitFor();
      shownMs = performance.now() - startedMs;
    });
    await page.locator(".timeline-button", { hasText: "10,000 ×" }).waitFor();
    const loadedMs = performance.now() - startedMs;
    const busyMs = tasks.reduce((sum, task) => sum + task, 0);
    const nodes = Number(await page.evaluate("document.querySelectorAll('*').length"));
    console.log(
      `\na fan-out of ${FAN_OUT}: shown after ${shownMs.toFixed(0)} ms, whole after ` +
        `${loadedMs.toFixed(0)} ms; the page was at work for ${busyMs.toFixed(0)} ms to be shown`,
    );
    expect(busyMs).toBeLessThan(OPENING_MS_MAX);
    await page.locator(".timeline-button", { hasText: "10,000 ×" }).click();
    await page.locator(".timeline-nested").first().waitFor();
    expect(nodes).toBeLessThan(NODES_MAX);
    expect(view.complaints).toEqual([]);
    await view.close();
  });
});

const STATUSES: readonly InvocationStatus[] = [
  ...Array<InvocationStatus>(94).fill("completed"),
  "suspended",
  "suspended",
  "scheduled",
  "scheduled",
  "paused",
  "paused",
];

/** Invocations of fifty services in all states that rest, some with a failure. */
async function fill(directory: string): Promise<void> {
  const nowMs = Date.now();
  const store = await openLevelStore({ directory });
  const partition = await store.open(0);
  const pageSize = 10_000;
  for (let start = 0, number = 1; start < COUNT; start += pageSize, number++) {
    const writes = Array.from({ length: Math.min(pageSize, COUNT - start) }, (_, i) => {
      const invocation = numbered(start + i, nowMs - COUNT + start + i);
      return {
        key: invocationRows.rowKey(invocation.key),
        value: invocationRows.encode(invocation),
      };
    });
    await partition.commit({ number, timeMs: 1, writes, messages: [], consumed: [] });
  }
  await store.close();
}

function numbered(i: number, atMs: number) {
  const key = keyOf(atMs, i % 97);
  const status = STATUSES[i % 100] ?? "completed";
  const failure = { code: 500, message: `step ${i % 7} went wrong` };
  const isEnd = status === "completed";
  const output =
    i % 20 === 7
      ? ({ kind: "failure", failure } as const)
      : ({ kind: "success", value: { kind: "inline", bytes: new Uint8Array(20) } } as const);
  return invocationOf(key, {
    status,
    target: {
      service: `Service${i % 50}`,
      handler: "run",
      key: `user-${i}`,
      handlerKind: "exclusive",
    },
    caller: { kind: "ingress" },
    root: key,
    createdAt: atMs,
    modifiedAt: atMs,
    completedAt: isEnd ? atMs : 0,
    input: { kind: "inline", bytes: new Uint8Array(100) },
    output: isEnd ? output : undefined,
    ...(status === "paused" ? { lastFailure: { ...failure, stacktrace: "", docCode: "" } } : {}),
  });
}

/** Turns the wheel until there have been some pages, and counts elements all the while. */
async function scroll(page: Page): Promise<void> {
  await page.evaluate(`
    window.nodesMax = 0;
    const count = () => {
      window.nodesMax = Math.max(window.nodesMax, document.querySelectorAll("*").length);
      requestAnimationFrame(count);
    };
    count();
  `);
  await page.locator(".inv-scroll").hover();
  const table = page.locator(".inv-table");
  for (let turns = 0; turns < 6000; turns++) {
    await page.mouse.wheel(0, 1500);
    await page.evaluate("new Promise(requestAnimationFrame)");
    if (Number(await table.getAttribute("aria-rowcount")) > 3000) return;
  }
}
