/** An exchange over HTTP/1.1. */
import { request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import type { Socket } from "node:net";
import {
  BodyCollector,
  ExchangeError,
  type ExchangeRequest,
  type ExchangeResponse,
} from "./exchange.ts";

/** On a connection of its own, or on `socket`, which is connected. */
export function exchangeHttp1(
  exchange: ExchangeRequest,
  socket?: Socket,
): Promise<ExchangeResponse> {
  const { url, headers, signal } = exchange;
  const open = url.protocol === "https:" ? httpsRequest : httpRequest;
  const connection = socket === undefined ? { agent: false } : { createConnection: () => socket };
  return new Promise((resolve, reject) => {
    const { body } = exchange;
    const method = body === undefined ? "GET" : "POST";
    const request = open(url, { method, headers, signal, ...connection });
    const fail = (error: Error) => {
      request.destroy();
      reject(signal.aborted ? signal.reason : toExchangeError(error));
    };
    request.on("error", fail);
    request.on("response", (response) => readResponse(exchange, response, resolve, fail));
    request.end(body);
  });
}

function readResponse(
  { bodyBytesMax }: ExchangeRequest,
  response: IncomingMessage,
  resolve: (response: ExchangeResponse) => void,
  fail: (error: Error) => void,
): void {
  const body = new BodyCollector(bodyBytesMax);
  response.on("error", fail);
  response.on("data", (chunk: Buffer) => {
    try {
      body.add(chunk);
    } catch (error) {
      fail(error as Error);
    }
  });
  response.on("end", () => {
    const { headers, statusCode = 0 } = response;
    resolve({
      status: statusCode,
      httpVersion: response.httpVersion === "1.0" ? "HTTP/1.0" : "HTTP/1.1",
      header: (name) => headers[name]?.toString(),
      body: body.take(),
    });
  });
}

function toExchangeError(error: Error & { readonly code?: string }): Error {
  const { code } = error;
  if (code?.startsWith("HPE_") === true) {
    return new ExchangeError("notHttp1", error.message, { cause: error });
  }
  if (code === "ECONNRESET" || error.message === "aborted") {
    return new ExchangeError("closed", error.message, { cause: error });
  }
  return error;
}
