/**
 * Durable calls from an ordinary HTTP server. The browser chooses an idempotency key and repeats its
 * request with it when an answer was lost: the seat is reserved once, and the answer is the same.
 *
 *     curl -X POST localhost:3000/hamlet/7b -H 'idempotency-key: 4711' -d Ophelia
 */
import { createServer, type IncomingMessage, type Server } from "node:http";
import { text } from "node:stream/consumers";
import { connect, Opts } from "@rejoin/client";
import { seatMap } from "./seat-map.ts";

interface Answer {
  readonly status: number;
  readonly text: string;
}

export function createBoxOffice(ingressUrl: string): Server {
  const ingress = connect({ url: ingressUrl });

  async function handle(request: IncomingMessage): Promise<Answer> {
    const [, show, seat] = (request.url ?? "").split("/");
    const idempotencyKey = request.headers["idempotency-key"];
    if (request.method !== "POST" || !show || !seat) return { status: 404, text: "not found" };
    if (typeof idempotencyKey !== "string") return { status: 400, text: "no idempotency key" };
    const guest = await text(request);
    const reserved = await ingress
      .objectClient(seatMap, show)
      .reserve({ seat, guest }, Opts.from({ idempotencyKey }));
    return reserved ? { status: 201, text: "reserved" } : { status: 409, text: "taken" };
  }

  return createServer((request, response) => {
    void handle(request)
      .catch((error: Error): Answer => ({ status: 502, text: error.message }))
      .then((answer) => response.writeHead(answer.status).end(answer.text));
  });
}
