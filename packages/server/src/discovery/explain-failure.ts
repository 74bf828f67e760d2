/** What it means for a user when an endpoint gives no answer. */

import { AuthError } from "../google/id-tokens.ts";
import { LambdaError, type LambdaErrorKind } from "../lambda/lambda-error.ts";
import { findProxyError } from "../proxy/proxy-error.ts";
import { certificateProblem } from "./certificate-problem.ts";
import { DiscoveryError, type DiscoveryErrorOptions } from "./discovery-error.ts";
import { ExchangeError } from "./exchange.ts";

export interface Tried {
  readonly url: URL;
  readonly useHttp11: boolean;
}

const TRANSIENT_KINDS: readonly LambdaErrorKind[] = ["throttled", "unreachable"];

/** The error for a call of a function that ended with `error`. */
export function explainLambdaFailure(error: Error): DiscoveryError {
  if (error instanceof DiscoveryError) return error;
  if (!(error instanceof LambdaError)) {
    return problem(error.message, { code: "META0003", cause: error });
  }
  return problem(error.message, {
    code: error.kind === "malformed" ? "META0013" : "META0003",
    cause: error,
    isTransient: TRANSIENT_KINDS.includes(error.kind),
  });
}

/** The error for an exchange that ended with `error`. */
export function explainFailure(error: Error, tried: Tried): DiscoveryError {
  if (error instanceof DiscoveryError) return error;
  if (error instanceof AuthError) return problem(error.message, { code: "META0003", cause: error });
  const ofProxy = findProxyError(error);
  if (ofProxy !== undefined) {
    const { message, isTransient } = ofProxy;
    return problem(message, { code: "META0003", cause: error, isTransient });
  }
  if (error instanceof ExchangeError) return explainExchange(error, tried);
  return explainConnection(error, tried);
}

function explainExchange(error: ExchangeError, { url, useHttp11 }: Tried): DiscoveryError {
  const at = url.origin;
  switch (error.kind) {
    case "notHttp2":
      return problem(
        `the endpoint at ${at} does not answer in HTTP/2; if it speaks HTTP/1.1 only, ` +
          "register it with use_http_11 (--use-http1.1)",
        { code: "META0014", cause: error },
      );
    case "notHttp1":
      return problem(
        `the endpoint at ${at} does not answer in HTTP/1.1 (${error.message}); ` +
          "if it speaks HTTP/2, register it without use_http_11",
        { code: "META0003", cause: error },
      );
    case "tooLarge":
      return problem(`${error.message}; is ${at} a service endpoint?`, {
        code: "META0013",
        cause: error,
      });
    case "closed": {
      const hint = useHttp11
        ? "look into the log of the service"
        : "look into its log; if it speaks HTTP/1.1 only, register it with use_http_11";
      return problem(`${at} closed the connection without a whole answer; ${hint}`, {
        code: "META0003",
        cause: error,
        isTransient: true,
      });
    }
  }
}

const TRANSIENT_CODES = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "EHOSTDOWN",
  "ETIMEDOUT",
  "EPIPE",
]);

function explainConnection(error: Error, { url }: Tried): DiscoveryError {
  const code = codeOf(error);
  const details: DiscoveryErrorOptions = {
    code: "META0003",
    cause: error,
    isTransient: code !== undefined && TRANSIENT_CODES.has(code),
  };
  const at = url.origin;
  const certificate = certificateProblem(code, error.message);
  if (certificate !== undefined) return problem(`${at} is not trusted: ${certificate}`, details);
  switch (code) {
    case "ECONNREFUSED":
      return problem(`nothing listens at ${at}; start the service, or check the port`, details);
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return problem(`the host ${url.hostname} is not known; check its spelling`, details);
    case "EPROTO":
    case "ERR_SSL_WRONG_VERSION_NUMBER":
      return problem(`${at} does not speak TLS; write http:// if it is not encrypted`, details);
    default:
      return problem(`no connection to ${at}: ${error.message || code || error.name}`, details);
  }
}

function codeOf(error: Error): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}

function problem(message: string, options: DiscoveryErrorOptions): DiscoveryError {
  return new DiscoveryError(message, options);
}
