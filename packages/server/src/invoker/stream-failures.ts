/** The failures of attempts whose connection or endpoint did wrong. */
import type { AttemptFailure } from "@rejoin/engine";
import { ProtocolError } from "@rejoin/protocol";
import { certificateProblem } from "../discovery/certificate-problem.ts";
import { findProxyError } from "../proxy/proxy-error.ts";
import { networkFailure } from "./http-response.ts";

/** The endpoint sent what it must not send. */
export function protocolFailure(error: unknown): AttemptFailure {
  const docCode = error instanceof ProtocolError ? error.reportedAs : "RT0012";
  const message = `the endpoint violated the protocol: ${textOf(error)}`;
  return { code: 571, message, stacktrace: "", docCode };
}

/** The connection to `uri` failed, or never came to be. */
export function connectionFailure(uri: string, error: unknown): AttemptFailure {
  return networkFailure(connectionProblem(uri, error));
}

/** The connection ended before the attempt, without an error that says why. */
export function brokenConnection(): AttemptFailure {
  return networkFailure("the connection to the endpoint was closed before the attempt ended");
}

/** What went wrong with the connection, and what to look at. */
function connectionProblem(uri: string, error: unknown): string {
  const ofProxy = findProxyError(error);
  if (ofProxy !== undefined) return ofProxy.message;
  const { code, message } = rootOf(error);
  const certificate = certificateProblem(code, message);
  if (certificate !== undefined) return `the endpoint at ${uri} is not trusted: ${certificate}`;
  switch (code) {
    case "ECONNREFUSED":
      return `nothing listens at ${uri}: is the service running?`;
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return `the host of ${uri} is not known: check the deployment's address`;
    default:
      return `the connection to ${uri} broke: ${message}`;
  }
}

/** A failed connect cancels the streams that waited for it: the reason is the cause. */
function rootOf(error: unknown): { readonly code: string | undefined; readonly message: string } {
  if (!(error instanceof Error)) return { code: undefined, message: String(error) };
  if (error.cause instanceof Error) return rootOf(error.cause);
  return { code: "code" in error ? String(error.code) : undefined, message: error.message };
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
