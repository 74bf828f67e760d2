/** A headless Chromium that is installed here, and pages whose complaints are kept. */
import { existsSync } from "node:fs";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";

const PLACES = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/usr/bin/google-chrome-stable",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

/** Why no browser is tested in. */
export const NO_BROWSER =
  "no Chromium is installed: `apt-get install chromium`, or name one by REJOIN_CHROMIUM";

/** The program; `undefined` if there is none. */
export function findChromium(): string | undefined {
  const named = process.env.REJOIN_CHROMIUM;
  return [...(named === undefined ? [] : [named]), ...PLACES].find((path) => existsSync(path));
}

export async function openBrowser(executablePath: string): Promise<Browser> {
  // In containers Chromium has neither a sandbox nor enough of /dev/shm.
  return chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-dev-shm-usage"] });
}

export interface ViewOptions {
  readonly width?: number;
  readonly height?: number;
  readonly theme?: "light" | "dark";
}

/** A page of the UI, with all that it complained about and all that it asked for elsewhere. */
export class UiView {
  readonly page: Page;
  /** Errors and warnings of the console, and exceptions. */
  readonly complaints: string[] = [];
  /** Requests to other servers than the two of Rejoin. */
  readonly outside: string[] = [];
  readonly #context: BrowserContext;
  readonly #adminUrl: string;

  private constructor(context: BrowserContext, page: Page, urls: UiUrls) {
    this.#context = context;
    this.#adminUrl = urls.adminUrl;
    this.page = page;
    const own = [urls.adminUrl, urls.ingressUrl];
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) this.complaints.push(message.text());
    });
    page.on("pageerror", (error) => this.complaints.push(error.message));
    page.on("request", (request) => {
      const url = request.url();
      const isOwn = own.some((base) => url.startsWith(`${base}/`)) || /^(data|blob):/.test(url);
      if (!isOwn) this.outside.push(url);
    });
  }

  static async open(browser: Browser, urls: UiUrls, options: ViewOptions = {}): Promise<UiView> {
    const { width = 1360, height = 860, theme = "light" } = options;
    const context = await browser.newContext({
      viewport: { width, height },
      colorScheme: theme,
      reducedMotion: "reduce",
    });
    const page = await context.newPage();
    page.setDefaultTimeout(15_000);
    return new UiView(context, page, urls);
  }

  /** Goes to a page of the UI by its address, as a reload does; resolves when it has a heading. */
  async go(path: string): Promise<void> {
    await this.page.goto(`${this.#adminUrl}/ui${path}`);
    await this.page.locator("h1, .getting-started h2").first().waitFor();
  }

  /** The address below `/ui`, with its query. */
  get address(): string {
    return this.page.url().slice(`${this.#adminUrl}/ui`.length);
  }

  close(): Promise<void> {
    return this.#context.close();
  }
}

export interface UiUrls {
  readonly adminUrl: string;
  readonly ingressUrl: string;
}
