/** What an endpoint's HTTP answer means for an attempt. */
import type { AttemptFailure } from "@rejoin/engine";

export interface ResponseProblem {
  readonly failure: AttemptFailure;
  /** Instead of the policy's delay. */
  readonly nextRetryDelayMs: number | undefined;
}

export interface ResponseHead {
  readonly status: number;
  readonly contentType: string | undefined;
  readonly retryAfter: string | undefined;
}

/** `undefined` if the answer opens the stream that was asked for. */
export function findResponseProblem(
  head: ResponseHead,
  expectedContentType: string,
  nowMs: number,
): ResponseProblem | undefined {
  const { status, contentType } = head;
  if (status >= 200 && status < 300) {
    if (contentType === expectedContentType) return undefined;
    const got = contentType === undefined ? "none" : JSON.stringify(contentType);
    const text = `the endpoint answered with content-type ${got} instead of ${expectedContentType}`;
    return problem("RT0012", 571, text);
  }
  switch (status) {
    case 413:
      return problem("RT0019", 413, "the endpoint refused the invocation as too large (413)");
    case 415:
      return problem("RT0015", 415, `the endpoint does not speak ${expectedContentType} (415)`);
    case 429:
    case 503:
      return {
        ...problem("RT0023", status, `the endpoint asks for fewer requests (${status})`),
        nextRetryDelayMs: parseRetryAfter(head.retryAfter, nowMs),
      };
    case 502:
    case 504:
      return problem(
        "RT0010",
        status,
        `the endpoint is not reachable behind its proxy (${status})`,
      );
    default:
      return problem(
        "RT0012",
        500,
        `the endpoint answered with status ${status}; is it a service endpoint?`,
      );
  }
}

function problem(docCode: string, code: number, message: string): ResponseProblem {
  return { failure: { code, message, stacktrace: "", docCode }, nextRetryDelayMs: undefined };
}

/** Seconds or an HTTP date, in milliseconds from now. */
export function parseRetryAfter(text: string | undefined, nowMs: number): number | undefined {
  if (text === undefined || text.trim() === "") return undefined;
  const seconds = Number(text);
  if (Number.isFinite(seconds)) return seconds >= 0 ? Math.round(seconds * 1000) : undefined;
  // biome-ignore lint/style/noRestrictedGlobals: reads an instant from text, not from a clock
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : Math.max(0, at - nowMs);
}

/** The failure of an attempt whose connection broke. */
export function networkFailure(text: string): AttemptFailure {
  return { code: 500, message: text, stacktrace: "", docCode: "RT0010" };
}
