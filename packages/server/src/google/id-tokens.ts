/**
 * Identity tokens of Google, for requests to deployments that ask for one. The library is loaded with
 * the first of them; it finds the server's own account as every program on Google Cloud does: by
 * `GOOGLE_APPLICATION_CREDENTIALS`, by the files of `gcloud`, or from the machine's metadata server.
 *
 * A token is used until shortly before it expires. While it is asked for, all wait for one answer.
 */
import type { GoogleAuth } from "google-auth-library";
import type { Ports } from "../ports/ports.ts";
import type { DeploymentAuth } from "./deployment-auth.ts";

/** What a request to a deployment is authorized with. */
export interface AuthHeaders {
  /** Rejects with an {@link AuthError}. */
  get(auth: DeploymentAuth, uri: string): Promise<Readonly<Record<string, string>>>;
  /** Those that are known already. */
  peek(auth: DeploymentAuth, uri: string): Readonly<Record<string, string>> | undefined;
}

/** There is no token; the message says why. */
export class AuthError extends Error {
  override readonly name = "AuthError";
}

export interface GoogleIdTokensOptions {
  readonly ports: Pick<Ports, "clock" | "timers">;
  /** How long getting a token may take. */
  readonly timeoutMs: number;
  /** Where service accounts are impersonated, if not at Google; for tests. */
  readonly iamEndpoint?: string;
}

type Library = typeof import("google-auth-library");

interface Token {
  readonly text: string;
  readonly usableUntil: number;
}

interface Wanted {
  readonly audience: string;
  readonly account: string | undefined;
}

/** So long before its end a token is not used any more: clocks differ, and requests take time. */
const MARGIN_MS = 300_000;
/** Of one whose own end cannot be read. */
const LIFETIME_MS = 600_000;
const TOKENS_MAX = 1000;

export class GoogleIdTokens implements AuthHeaders {
  private readonly options: GoogleIdTokensOptions;
  private readonly tokens = new Map<string, Token>();
  private readonly asked = new Map<string, Promise<Token>>();
  private library: Promise<Library> | undefined;
  private own: GoogleAuth | undefined;
  /** It may ask for the tokens of other accounts. */
  private impersonating: GoogleAuth | undefined;

  constructor(options: GoogleIdTokensOptions) {
    this.options = options;
  }

  peek(auth: DeploymentAuth, uri: string): Readonly<Record<string, string>> | undefined {
    const name = nameOf(wantedBy(auth, uri));
    const token = this.tokens.get(name);
    if (token === undefined) return undefined;
    if (this.options.ports.clock.now() < token.usableUntil) return toHeaders(token);
    this.tokens.delete(name);
    return undefined;
  }

  async get(auth: DeploymentAuth, uri: string): Promise<Readonly<Record<string, string>>> {
    const known = this.peek(auth, uri);
    if (known !== undefined) return known;
    const wanted = wantedBy(auth, uri);
    const name = nameOf(wanted);
    let asked = this.asked.get(name);
    if (asked === undefined) {
      asked = this.ask(wanted).finally(() => this.asked.delete(name));
      this.asked.set(name, asked);
    }
    const token = await asked;
    if (this.tokens.size >= TOKENS_MAX) this.tokens.clear();
    this.tokens.set(name, token);
    return toHeaders(token);
  }

  private async ask(wanted: Wanted): Promise<Token> {
    const { audience, account } = wanted;
    const whose = account === undefined ? "" : ` of ${account}`;
    const what = `no Google identity token${whose} for ${audience}`;
    try {
      const text = await this.inTime(this.fetch(wanted));
      if (text === "") throw new Error("the answer has none");
      return { text, usableUntil: this.usableUntil(text) };
    } catch (cause) {
      const hint = "are there credentials for the server, and may they ask for it?";
      throw new AuthError(`${what}: ${reasonOf(cause)}; ${hint}`, { cause });
    }
  }

  private async fetch({ audience, account }: Wanted): Promise<string> {
    this.library ??= import("google-auth-library");
    const { GoogleAuth, Impersonated } = await this.library;
    if (account === undefined) {
      this.own ??= new GoogleAuth();
      const { idTokenProvider } = await this.own.getIdTokenClient(audience);
      return await idTokenProvider.fetchIdToken(audience);
    }
    this.impersonating ??= new GoogleAuth({ scopes: [SCOPE] });
    const { iamEndpoint } = this.options;
    const impersonated = new Impersonated({
      sourceClient: await this.impersonating.getClient(),
      targetPrincipal: account,
      targetScopes: [SCOPE],
      ...(iamEndpoint === undefined ? {} : { endpoint: iamEndpoint }),
    });
    return await impersonated.fetchIdToken(audience, { includeEmail: true });
  }

  private inTime<T>(work: Promise<T>): Promise<T> {
    const { ports, timeoutMs } = this.options;
    return new Promise((resolve, reject) => {
      const text = `no answer within ${timeoutMs / 1000} s`;
      const cancel = ports.timers.after(timeoutMs, () => reject(new Error(text)));
      work.then(resolve, reject).finally(cancel);
    });
  }

  private usableUntil(token: string): number {
    const now = this.options.ports.clock.now();
    const expiresAt = readExpiry(token) ?? now + LIFETIME_MS + MARGIN_MS;
    // Of one that lives shorter than the margin half of its life is used.
    return Math.max(expiresAt - MARGIN_MS, now + (expiresAt - now) / 2);
  }
}

const SCOPE = "https://www.googleapis.com/auth/cloud-platform";

/** The library may repeat a whole page. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const [line = ""] = error.message.split("\n");
  const status = "status" in error ? ` (status ${error.status})` : "";
  return line.slice(0, REASON_CHARS) + status;
}

const REASON_CHARS = 300;

function wantedBy({ audience, impersonateServiceAccount }: DeploymentAuth, uri: string): Wanted {
  return { audience: audience ?? new URL(uri).origin, account: impersonateServiceAccount };
}

function nameOf({ audience, account = "" }: Wanted): string {
  return `${account} ${audience}`;
}

function toHeaders({ text }: Token): Readonly<Record<string, string>> {
  return { authorization: `Bearer ${text}` };
}

/** Milliseconds since the Unix epoch, of a JSON Web Token that says so. */
function readExpiry(token: string): number | undefined {
  try {
    const payload = Buffer.from(token.split(".")[1] ?? "", "base64url").toString();
    const { exp } = JSON.parse(payload) as { readonly exp?: unknown };
    return typeof exp === "number" ? exp * 1000 : undefined;
  } catch {
    return undefined;
  }
}
