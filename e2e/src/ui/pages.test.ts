/** Every page: what holds for all of them, and what can be done on each. */
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findViolations } from "../support/ui/accessibility.ts";
import { findChromium, openBrowser, UiView, type ViewOptions } from "../support/ui/browser.ts";
import { UiServer } from "../support/ui/ui-server.ts";

const TIMEOUT_MS = 90_000;
const chromium = findChromium();
/** High enough for all rows of a test: what is not seen is not in the page. */
const ALL_ROWS: ViewOptions = { height: 1800 };
const full = process.env.REJOIN_TEST_FULL === "1";
/** What axe looks at in a shorter run; in the longer one it is everything. */
const AUDITED = new Set(["/overview", "/invocations"]);

describe.runIf(chromium !== undefined)("the web UI", { timeout: TIMEOUT_MS }, () => {
  let server: UiServer;
  let browser: Browser;
  let fanOut: string;

  beforeAll(async () => {
    [server, browser] = await Promise.all([UiServer.start(), openBrowser(chromium ?? "")]);
    fanOut = await server.send("/report/build", { pages: 60, failEvery: 20, jamEvery: 25 });
    await server.call("/cart/alice/add", { name: "tea", count: 2 });
    await server.send("/cart/alice/checkout");
    await server.send("/cart/alice/add", { name: "cup", count: 1 });
    await server.call("/cart/bob/add", { name: "cup", count: 1 });
  }, TIMEOUT_MS);

  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });

  /** Runs with a view that must have had nothing to complain about. */
  async function inView(act: (view: UiView) => Promise<void>, options?: ViewOptions) {
    const view = await UiView.open(browser, server, options);
    try {
      await act(view);
      expect(view.complaints).toEqual([]);
      expect(view.outside).toEqual([]);
    } finally {
      await view.close();
    }
  }

  const mainAddresses = () => ["/overview", "/invocations", `/invocations/${fanOut}`];
  const addresses = () => [
    ...mainAddresses(),
    "/services",
    "/services/cart?handler=checkout",
    "/deployments",
    "/deployments/embedded:office",
    "/state/cart/alice",
    "/limits",
    "/sql",
    "/deployments?register=1",
    "/no/such/page",
  ];

  const screens = [
    ["wide", "light", 1360],
    ["narrow", "dark", 375],
    ["wide", "dark", 1360],
    ["narrow", "light", 375],
  ] as const;

  it.each(full ? screens : screens.slice(1, 2))(
    "fits a %s screen in %s",
    async (_name, theme, width) => {
      const check = async (view: UiView) => {
        for (const address of full ? addresses() : mainAddresses()) {
          await view.page.goto(`${server.adminUrl}/ui${address}`);
          await view.page.locator("h1, .empty").first().waitFor();
          await view.page.locator(".skeleton").first().waitFor({ state: "detached" });
          const overflow = await view.page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth",
          );
          expect(overflow, `${address} scrolls to the side`).toBe(0);
          // It takes a second for each page.
          if (full || AUDITED.has(address)) {
            expect(await findViolations(view.page), address).toEqual([]);
          }
        }
      };
      await inView(check, { theme, width, height: 800 });
    },
  );

  it("is reached by keys", async () => {
    await inView(async ({ page, ...view }) => {
      await page.goto(`${server.adminUrl}/`);
      await page.getByRole("heading", { name: "Overview" }).waitFor();
      await page.keyboard.press("g");
      await page.keyboard.press("i");
      await page.getByRole("heading", { name: "Invocations" }).waitFor();
      await page.locator(".inv-scroll .inv-row").first().waitFor();
      await page.keyboard.press("j");
      await page.keyboard.press("j");
      const chosen = await page.locator(".inv-current .inv-id a").getAttribute("title");
      await page.keyboard.press("Enter");
      await page.getByText(chosen ?? "", { exact: true }).waitFor();
      await page.keyboard.press("?");
      await page.getByRole("dialog", { name: "Keys and words" }).waitFor();
      await page.keyboard.press("Escape");
      await page.getByRole("dialog").waitFor({ state: "detached" });
      await page.keyboard.press("g");
      await page.keyboard.press("i");
      await page.keyboard.press("/");
      await page.keyboard.type("no data");
      await page.keyboard.press("Enter");
      await page.locator(".condition", { hasText: "no data" }).waitFor();
      await expect.poll(() => new URL(page.url()).search).toBe("?error=no+data");
      expect(view.complaints).toEqual([]);
    });
  });

  it("finds invocations, and does to many what fits them", async () => {
    const naps = await Promise.all(
      Array.from({ length: 30 }, () => server.send("/report/nap", 3_600_000)),
    );
    await inView(async (view) => {
      const { page } = view;
      await view.go("/invocations?target=report/nap");
      const rows = page.locator(".inv-scroll .inv-row");
      await page.getByText("30 found").waitFor();
      await page.getByRole("button", { name: "Running" }).click();
      await page.getByRole("button", { name: "Suspended" }).click();
      await expect.poll(() => view.address).toContain("status=running,suspended");
      await page.getByText("30 found").waitFor();
      await page.getByLabel("Select all rows that are loaded").check();
      await page.getByText("30 selected").waitFor();
      // One of them ends by other means meanwhile.
      await fetch(`${server.adminUrl}/invocations/${naps[0]}/kill`, { method: "PATCH" });
      await page.getByRole("button", { name: "Cancel", exact: true }).click();
      const dialog = page.getByRole("dialog");
      await dialog.getByText("Its code sees a terminal failure").waitFor();
      await dialog.getByRole("button", { name: "Cancel 30 invocations" }).click();
      await dialog.getByText("29 of 30 cancelled, 1 refused").waitFor();
      await dialog.getByText("1 invocation:").waitFor();
      await dialog.getByRole("button", { name: "Close", exact: true }).last().click();
      await view.go("/invocations?target=report/nap&status=failed");
      await expect.poll(() => rows.count()).toBe(naps.length);
      await expect.poll(() => rows.filter({ hasText: "Cancelled" }).count()).toBe(29);
      expect(await rows.filter({ hasText: "Killed" }).count()).toBe(1);
    }, ALL_ROWS);
  });

  describe.runIf(full)("in the longer run", () => {
    it("restarts an invocation from a place in its journal", async () => {
      await server.call("/report/build", { pages: 3 });
      const { invocations } = await server.ask<{ invocations: { id: string }[] }>(
        "/invocations?target=report/build&status=completed&limit=1",
      );
      const old = invocations[0]?.id ?? "";
      await inView(async (view) => {
        const { page } = view;
        await view.go(`/invocations/${old}`);
        await page.locator(".timeline-button", { hasText: "title" }).click();
        await page.getByRole("dialog").getByText('"Report of 3 pages"').waitFor();
        await page.getByRole("button", { name: "Restart from here" }).click();
        await page.getByText("with the journal up to entry 1").waitFor();
        await page.getByRole("button", { name: "Restart from entry 1" }).click();
        await page.getByText("this is the new one").waitFor();
        expect(view.address).not.toContain(old);
        await page.locator("dd", { hasText: old.slice(0, 8) }).waitFor();
        await page.locator(".inv-subtitle", { hasText: "Succeeded" }).waitFor();
      });
    });

    it("edits the state of a key, and loses no change of somebody else", async () => {
      await inView(async (view) => {
        const { page } = view;
        await view.go("/state/cart/bob");
        await page.getByRole("button", { name: "Edit" }).click();
        await page.getByLabel("Value of items").fill('[{"name": "pot", "count": 3}]');
        await page.getByRole("button", { name: "Replace the state" }).click();
        await page.getByText("is accepted").waitFor();
        await page.locator(".code", { hasText: '"pot"' }).waitFor();

        await page.getByRole("button", { name: "Edit" }).click();
        await server.call("/cart/bob/add", { name: "lid", count: 1 });
        await page.getByLabel("Value of items").fill("[]");
        await page.getByRole("button", { name: "Replace the state" }).click();
        await page.getByText("Somebody else has changed").waitFor();
        await view.go("/state/cart/bob");
        await page.locator(".code", { hasText: '"lid"' }).waitFor();
        // A refusal is an answer like others, but the browser's console tells it.
        view.complaints.splice(0);
      });
    });

    it("calls handlers, and shows what came back", async () => {
      await inView(async (view) => {
        const { page } = view;
        await view.go("/services/cart?handler=add");
        await page.getByLabel("Key", { exact: true }).fill("a/b ü");
        await page.getByLabel("Input").fill('{"name": ');
        expect(await page.getByRole("button", { name: "Call" }).isDisabled()).toBe(true);
        await page.getByLabel("Input").fill('{"name": "tea", "count": 1}');
        await page.getByRole("button", { name: "Call" }).click();
        const answer = page.locator(".answer");
        await answer.getByText("200").waitFor();
        await answer.getByLabel("Headers").or(answer.getByText("Headers")).first().click();
        await answer.getByText("x-restate-id").waitFor();
        await answer.locator("a").first().click();
        await page.getByRole("heading", { name: "cart/a/b ü/add" }).waitFor();
      });
    });

    it("sets rules, and asks in SQL", async () => {
      await inView(async (view) => {
        const { page } = view;
        await view.go("/limits");
        await page.getByRole("button", { name: "New rule" }).click();
        await page.getByLabel("Pattern").fill("tenant-a/*");
        await page.getByLabel("Invocations at a time").fill("7");
        await page.getByRole("button", { name: "Save" }).click();
        const rule = page.locator("tbody tr", { hasText: "tenant-a/*" });
        await rule.getByText("7", { exact: true }).waitFor();
        await rule.getByLabel("Remove tenant-a/*").click();
        await page.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
        await page.getByText("There are no rules").waitFor();

        await view.go("/sql");
        await page.getByLabel("Statement").fill("select 6 * 7 as answer");
        await page.getByLabel("Statement").press("Control+Enter");
        await page.getByRole("cell", { name: "42" }).waitFor();
      });
    });

    it("registers a deployment after a look at it", async () => {
      await inView(async (view) => {
        const { page } = view;
        await view.go("/deployments?register=1");
        await page.getByLabel(/^Address/).fill("127.0.0.1:1");
        await page.getByRole("button", { name: "See what it serves" }).click();
        await page.getByRole("alert").waitFor();
        await page.getByRole("button", { name: /META0003: what it means/ }).click();
        await page.getByRole("heading", { name: "What to do" }).waitFor();
        view.complaints.splice(0);
      });
    });

    it("says that the server is gone, and goes on when it is back", async () => {
      await inView(async (view) => {
        const { page } = view;
        await view.go("/overview");
        await page.locator(".tile").first().waitFor();
        await page.context().setOffline(true);
        await page.getByText("The server does not answer").waitFor();
        await page.context().setOffline(false);
        await page.getByText("The server does not answer").waitFor({ state: "detached" });
        view.complaints.splice(0);
      });
    });
  });
});
