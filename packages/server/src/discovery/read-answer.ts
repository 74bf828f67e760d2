/** From an endpoint's answer to its manifest. */
import {
  type EndpointManifest,
  HEADERS,
  MANIFEST_ACCEPT,
  ManifestError,
  parseManifest,
  parseManifestContentType,
} from "@rejoin/protocol";
import { DiscoveryError } from "./discovery-error.ts";
import type { ExchangeResponse } from "./exchange.ts";

/** What an endpoint says about itself. */
export interface Discovered {
  readonly manifest: EndpointManifest;
  /** Name and version of its SDK, such as `restate-sdk-typescript/1.17.2`. */
  readonly sdkVersion: string | undefined;
  /** The version in which it answered: attempts use it too. `undefined` for a function. */
  readonly httpVersion: "HTTP/2.0" | "HTTP/1.1" | undefined;
}

const EXCERPT_CHARS = 300;
const TRANSIENT_STATUSES: readonly number[] = [408, 429, 500, 502, 503, 504];
/** These announce versions of the protocol that they do not really speak. */
const WITHDRAWN_SDKS = /^restate-sdk-typescript\/1\.[012]\./;

/** Throws a {@link DiscoveryError}. */
export function readAnswer(answer: ExchangeResponse, place: string): Discovered {
  checkStatus(answer, place);
  const contentType = answer.header(HEADERS.contentType);
  const manifest = readManifest(answer, contentType, place);
  const sdkVersion = answer.header(HEADERS.server);
  checkSdk(sdkVersion, place);
  const { httpVersion } = answer;
  if (httpVersion === "HTTP/2.0" || httpVersion === "HTTP/1.1") {
    return { manifest, sdkVersion, httpVersion };
  }
  if (manifest.protocolMode === "BIDI_STREAM") {
    const how = httpVersion === undefined ? "is a function of AWS Lambda" : "answers in HTTP/1.0";
    throw new DiscoveryError(
      `the endpoint at ${place} announces bidirectional streams, but ${how}; ` +
        "serve it over HTTP/2, or in request-response mode",
      { code: "META0015" },
    );
  }
  const version = httpVersion === undefined ? undefined : "HTTP/1.1";
  return { manifest, sdkVersion, httpVersion: version };
}

function checkStatus(answer: ExchangeResponse, place: string): void {
  const { status } = answer;
  if (status >= 200 && status < 300) return;
  const came = `${place} answered with status ${status}${excerpt(answer.body)}`;
  throw new DiscoveryError(`${came}; ${adviceFor(status, answer)}`, {
    code: "META0003",
    isTransient: TRANSIENT_STATUSES.includes(status),
  });
}

function adviceFor(status: number, answer: ExchangeResponse): string {
  if (status === 404) return "check the path: a service endpoint answers at /discover below it";
  if (status === 401 || status === 403) return "it wants credentials: see additional_headers";
  const location = answer.header("location");
  if (status >= 300 && status < 400 && location !== undefined) {
    return `it redirects to ${location}: register that address, redirects are not followed`;
  }
  return "look into the log of the service";
}

function readManifest(
  answer: ExchangeResponse,
  contentType: string | undefined,
  place: string,
): EndpointManifest {
  if (contentType === undefined || parseManifestContentType(contentType) === undefined) {
    const got = contentType === undefined ? "no content-type" : `content-type "${contentType}"`;
    throw new DiscoveryError(
      `${place} answered with ${got} instead of one of ${MANIFEST_ACCEPT}` +
        `${excerpt(answer.body)}; is it a service endpoint?`,
      { code: "META0013" },
    );
  }
  try {
    return parseManifest(JSON.parse(new TextDecoder().decode(answer.body)), contentType);
  } catch (cause) {
    if (cause instanceof ManifestError) {
      const { code, status } = cause;
      throw new DiscoveryError(`${cause.message} (from ${place})`, { code, status, cause });
    }
    throw new DiscoveryError(
      `bad discovery response: the body from ${place} is not JSON${excerpt(answer.body)}`,
      { code: "META0013", cause },
    );
  }
}

function checkSdk(sdkVersion: string | undefined, place: string): void {
  if (sdkVersion === undefined || !WITHDRAWN_SDKS.test(sdkVersion)) return;
  throw new DiscoveryError(
    `the endpoint at ${place} uses ${sdkVersion}, whose protocol versions are not spoken ` +
      "any more; use a newer SDK",
    { code: "META0012" },
  );
}

/** The start of a body as part of a message, "" if there is none. */
function excerpt(body: Uint8Array): string {
  const text = new TextDecoder().decode(body.subarray(0, 4 * EXCERPT_CHARS)).trim();
  if (text === "") return "";
  const shown = text.length > EXCERPT_CHARS ? `${text.slice(0, EXCERPT_CHARS)}…` : text;
  return `: ${JSON.stringify(shown)}`;
}
