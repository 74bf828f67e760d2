/** One try at asking an endpoint, and how it is spoken of; one kind for each way to an endpoint. */

import { decodeAnswer, encodeEvent } from "../lambda/event.ts";
import type { FunctionCaller } from "../lambda/lambda-function.ts";
import type { ForwardProxy } from "../proxy/forward-proxy.ts";
import { exchange } from "./connect.ts";
import type { DiscoveryError } from "./discovery-error.ts";
import type { ExchangeResponse } from "./exchange.ts";
import { explainFailure, explainLambdaFailure } from "./explain-failure.ts";
import { DISCOVERY_PATH, discoveryUrl, type HttpTarget, type LambdaTarget } from "./targets.ts";

type Headers = Readonly<Record<string, string>>;

export interface Question {
  /** The endpoint, in messages. */
  readonly place: string;
  /** The whole question, in messages. */
  readonly text: string;
  /** What to look at when nothing comes back. */
  readonly silenceHint: string;
  ask(headers: Headers, bodyBytesMax: number, signal: AbortSignal): Promise<ExchangeResponse>;
  explain(error: Error): DiscoveryError;
}

export function httpQuestion(
  { uri, useHttp11 }: HttpTarget,
  proxy: ForwardProxy | undefined,
): Question {
  const url = discoveryUrl(uri);
  return {
    place: url.href,
    text: `GET ${url.href} over ${useHttp11 ? "HTTP/1.1" : "HTTP/2"}`,
    silenceHint: useHttp11
      ? "look into the log of the service, or check the address"
      : "look into its log, check the address, or try use_http_11 if it speaks HTTP/1.1 only",
    ask: (headers, bodyBytesMax, signal) =>
      exchange({ url, headers, bodyBytesMax, signal }, { useHttp11, proxy }),
    explain: (error) => explainFailure(error, { url, useHttp11 }),
  };
}

export function lambdaQuestion(target: LambdaTarget, functions: FunctionCaller): Question {
  return {
    place: target.arn,
    text: `GET ${DISCOVERY_PATH} of ${target.arn}`,
    silenceHint: "look into the log of the function",
    ask: async (headers, bodyBytesMax, signal) => {
      const request = { method: "GET", path: DISCOVERY_PATH, headers, body: NO_BODY } as const;
      const event = await encodeEvent(request, undefined);
      const answer = await decodeAnswer(await functions.call(target, event, signal), bodyBytesMax);
      return {
        status: answer.status,
        httpVersion: undefined,
        header: (name) => answer.headers.get(name),
        body: answer.body,
      };
    },
    explain: explainLambdaFailure,
  };
}

const NO_BODY = new Uint8Array();
