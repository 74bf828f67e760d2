/** Answers a server that asks what is served here. */
import {
  type EndpointManifest,
  HEADERS,
  ManifestError,
  type ManifestVersion,
  manifestContentType,
  pickManifestVersion,
  serializeManifest,
} from "@rejoin/protocol";
import { createAnswer, createErrorAnswer } from "./answers.ts";
import { type HttpAnswer, type HttpRequest, headerOf } from "./http-exchange.ts";

/** The oldest version of the manifest that is given out. */
const MANIFEST_VERSION_MIN: ManifestVersion = 2;
/** The first that can say how bodies are compressed; before, they are not. */
const COMPRESSION_VERSION_MIN: ManifestVersion = 4;

/** The manifest in the newest version that the request accepts. */
export function answerDiscovery(manifest: EndpointManifest, request: HttpRequest): HttpAnswer {
  const accept = headerOf(request, HEADERS.accept);
  const version =
    accept === undefined ? undefined : pickManifestVersion(accept, MANIFEST_VERSION_MIN);
  if (version === undefined) {
    const asked = accept === undefined ? "no accept header" : JSON.stringify(accept);
    const offered = `${manifestContentType(2)}, ${manifestContentType(3)} or ${manifestContentType(4)}`;
    return createErrorAnswer(415, `the request has ${asked}, but must accept ${offered}`);
  }
  const { lambdaCompression: _, ...uncompressed } = manifest;
  const offered = version < COMPRESSION_VERSION_MIN ? uncompressed : manifest;
  try {
    return createAnswer(200, manifestContentType(version), serializeManifest(offered, version));
  } catch (error) {
    if (!(error instanceof ManifestError)) throw error;
    return createErrorAnswer(500, error.message);
  }
}
