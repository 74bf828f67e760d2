/** Shows values of handlers to operators' tools, and takes them back: what a serde's preview is for. */

import { decodeText, MESSAGE_BYTES_MAX, type Serde } from "@rejoin/protocol";
import type { BoundHandler } from "../../definitions/bound-handler.ts";
import { createAnswer, createErrorAnswer } from "./answers.ts";
import type { HttpAnswer, HttpConversion } from "./http-exchange.ts";
import type { ConversionRoute } from "./routes.ts";

type Previewed = Serde<unknown> & { readonly preview: NonNullable<Serde<unknown>["preview"]> };

/** The conversion that `route` asks for; what has no preview is not found. */
export function acceptConversion(
  route: ConversionRoute,
  findHandler: (service: string, handler: string) => BoundHandler | undefined,
): HttpAnswer | HttpConversion {
  const { service, serde: name, direction } = route;
  const slash = name.lastIndexOf("/");
  const handler = findHandler(service, name.slice(0, slash));
  const serde = handler?.[name.slice(slash + 1) as "input" | "output"];
  if (serde === undefined || !isPreviewed(serde)) {
    return createErrorAnswer(404, `there is no value ${service}/${name} that can be shown`);
  }
  const convert = direction === "encode" ? encode : decode;
  return {
    kind: "conversion",
    convert: async (body) => {
      if (body.length > MESSAGE_BYTES_MAX) {
        return createErrorAnswer(413, `a value has ${MESSAGE_BYTES_MAX} bytes at most`);
      }
      try {
        return await convert(serde, body);
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        return createErrorAnswer(422, `cannot ${direction} ${service}/${name}: ${message}`);
      }
    },
  };
}

async function encode(serde: Previewed, body: Uint8Array): Promise<HttpAnswer> {
  const value = await serde.preview.fromJsonString(decodeText(body));
  const contentType = serde.contentType ?? "application/octet-stream";
  return createAnswer(200, contentType, serde.serialize(value));
}

async function decode(serde: Previewed, body: Uint8Array): Promise<HttpAnswer> {
  const text = await serde.preview.toJsonString(serde.deserialize(body));
  return createAnswer(200, "application/json", text);
}

function isPreviewed(serde: Serde<unknown>): serde is Previewed {
  return serde.preview !== undefined;
}
