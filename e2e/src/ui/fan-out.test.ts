/**
 * A new user starts a server, runs a fan-out of a thousand of which some fail, sees in the browser what
 * failed and why, retries it, and sees how far it is.
 */
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findChromium, NO_BROWSER, openBrowser, UiView } from "../support/ui/browser.ts";
import { UiServer } from "../support/ui/ui-server.ts";

const TIMEOUT_MS = 90_000;
const chromium = findChromium();
const pages = 1000;

describe.runIf(chromium !== undefined)("a fan-out that fails in part", () => {
  let server: UiServer;
  let browser: Browser;

  beforeAll(async () => {
    [server, browser] = await Promise.all([UiServer.start(), openBrowser(chromium ?? "")]);
  }, TIMEOUT_MS);

  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });

  it("is understood, repaired and retried in the browser", { timeout: TIMEOUT_MS }, async () => {
    const view = await UiView.open(browser, server);
    const { page } = view;

    // It is begun in the playground of the service.
    await view.go("/services/report?handler=build");
    await page.getByLabel("Input").fill(`{"pages": ${pages}, "failEvery": 50, "jamEvery": 90}`);
    await page.getByRole("button", { name: "Send", exact: true }).click();
    await page.locator(".answer a").first().click();
    await page.getByRole("heading", { name: "report/build" }).waitFor();

    // What failed, and why, each reason once.
    await page.getByRole("heading", { name: "Fan-out of 1,000" }).waitFor();
    const failures = page.locator(".failures tbody tr");
    await failures.filter({ hasText: "the printer is jammed: open tray 2" }).waitFor();
    await failures.filter({ hasText: "no data for this page" }).waitFor();
    await failures.filter({ hasText: "the template has no such section" }).waitFor();
    const figure = (name: string) => page.locator(".figure", { hasText: name }).locator("dd");
    await expect.poll(() => figure("Failed").textContent()).toBe("20");
    // 1,000, less 20 that fail for good, less 11 that are jammed, and are not in both.
    const { summary } = await server.ask<{ summary: { by_status: Record<string, number> } }>(
      `/invocations/${idOf(view)}/children?limit=1`,
    );
    const jammed = pages - (summary.by_status.completed ?? 0);
    expect(jammed).toBeGreaterThan(0);
    await expect.poll(() => figure("Succeeded").textContent()).toBe(String(pages - 20 - jammed));

    // The way to one of them: its attempts, and its failure.
    await failures.filter({ hasText: "the printer is jammed" }).locator("a.mono").first().click();
    await page.getByRole("heading", { name: "report/page" }).waitFor();
    await page
      .locator(".failure-text", { hasText: "the printer is jammed: open tray 2" })
      .waitFor();
    await page.goBack();

    // Repaired, all that failed is retried: those that live go on, those that ended begin anew.
    await server.call("/report/repair");
    await page.getByRole("button", { name: /Retry all/ }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByText(`${jammed} calls`).waitFor();
    await dialog.getByText("20 calls").waitFor();
    await dialog.getByRole("button", { name: `Retry ${20 + jammed}` }).click();
    await dialog.getByText(`${jammed} of ${jammed} resumed`).waitFor();
    await dialog.getByText("20 of 20 restarted as new").waitFor();
    await dialog.getByRole("button", { name: "Close", exact: true }).last().click();

    // It is over: all is done, and its result tells it.
    await expect.poll(() => figure("Done").textContent(), { timeout: 15_000 }).toBe("100 %");
    await expect.poll(() => figure("Succeeded").textContent()).toBe("980");
    await page.locator(".inv-subtitle", { hasText: "Succeeded" }).waitFor();
    await page.locator(".payload-card", { hasText: "Output" }).getByText('"missing"').waitFor();
    expect(view.complaints).toEqual([]);
    expect(view.outside).toEqual([]);
    await view.close();
  });
});

it("is tested in a browser", (context) => {
  if (chromium === undefined) console.warn(`\n*** NOT TESTED: the web UI. ${NO_BROWSER} ***\n`);
  context.skip(chromium === undefined, NO_BROWSER);
});

function idOf({ address }: UiView): string {
  return /inv_[0-9A-Za-z]+/.exec(address)?.[0] ?? "";
}
