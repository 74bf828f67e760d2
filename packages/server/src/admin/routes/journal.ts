/** `/invocations/{id}/journal`: a journal with its payloads, for tools that run or show it. */
import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import { decodeBody, messageKind, parseInvocationId } from "@rejoin/protocol";
import type { ApiContext } from "../api-context.ts";
import { ApiError } from "../api-error.ts";
import type { RecordingPage } from "../ports.ts";
import { payloadOf } from "../resources/entry-value.ts";
import { protocolVersionOf, toJournalPage } from "../resources/recording.ts";
import { ERROR_RESPONSES, FlagSchema, jsonResponse } from "../schemas/common.ts";
import { InvocationIdSchema } from "../schemas/ids.ts";
import { JournalPageSchema } from "../schemas/recording.ts";

const tags = ["invocation"];
const MAX_INDEX = 0xffff_ffff;
const LIMIT_MAX = 1000;
/** A larger value is not looked into: it is bytes. */
const SNIFFED_BYTES_MAX = 1024 * 1024;

const IndexSchema = z.coerce.number().int().min(0).max(MAX_INDEX);

const getJournal = createRoute({
  method: "get",
  path: "/invocations/{invocation}/journal",
  tags,
  summary: "Read a journal with its payloads",
  description:
    "A page may hold fewer entries than the limit, and yet have a next: it is bounded in bytes. " +
    "It holds whatever the handlers were given and gave, secrets included.",
  operationId: "get_journal",
  request: {
    params: z.object({ invocation: InvocationIdSchema }),
    query: z.object({
      from: IndexSchema.default(0),
      limit: z.coerce.number().int().min(1).max(LIMIT_MAX).default(LIMIT_MAX),
      start: FlagSchema.optional().openapi({
        description: "Add what an attempt begins with.",
      }),
    }),
  },
  responses: { 200: jsonResponse("A page.", JournalPageSchema), ...ERROR_RESPONSES },
});

const getEntry = createRoute({
  method: "get",
  path: "/invocations/{invocation}/journal/{index}",
  tags,
  summary: "Read the payload of a journal entry",
  description:
    "The input, the output, what a command carries or what completed one, as it is. A failure is " +
    "JSON with its code and message, and `x-rejoin-value: failure`.",
  operationId: "get_journal_value",
  request: {
    params: z.object({ invocation: InvocationIdSchema, index: IndexSchema }),
  },
  responses: {
    200: {
      description: "The value.",
      content: {
        "application/json": { schema: z.any() },
        "application/octet-stream": { schema: z.string().openapi({ format: "binary" }) },
      },
    },
    ...ERROR_RESPONSES,
  },
});

export function addJournalRoutes(api: OpenAPIHono, { ports, limits }: ApiContext): void {
  const { adminJournalBytesMax: bytesMax, eagerStateBytesMax } = limits;
  const { invocations, now } = ports;

  api.openapi(getJournal, async (c) => {
    const { invocation: id } = c.req.valid("param");
    const { from, limit, start } = c.req.valid("query");
    const stateBytesMax = start === true ? eagerStateBytesMax : undefined;
    const page = await invocations.readRecording(parseInvocationId(id), {
      from,
      limit,
      bytesMax,
      stateBytesMax,
    });
    if (page === undefined) throw notThere(id);
    return c.json(toJournalPage(page, now()), 200);
  });

  api.openapi(getEntry, async (c) => {
    const { invocation: id, index } = c.req.valid("param");
    const page = await invocations.readRecording(parseInvocationId(id), {
      from: index,
      limit: 1,
      bytesMax,
      stateBytesMax: undefined,
    });
    if (page === undefined) throw notThere(id);
    return answerValue(page, id, index);
  });
}

function answerValue(page: RecordingPage, id: string, index: number): Response {
  const [entry] = page.entries;
  if (entry?.index !== index) {
    const text = `the journal of ${id} has ${page.invocation.journalLength} entries, and none at ${index}`;
    throw new ApiError(404, text);
  }
  const value = payloadOf(decodeBody(entry.code, 0, entry.body, protocolVersionOf(page)));
  if (value === undefined) {
    throw new ApiError(404, `entry ${index} of ${id}, ${messageKind(entry.code)}, has no value`);
  }
  const headers = { "x-content-type-options": "nosniff", "x-rejoin-value": value.kind };
  if (value.kind === "failure") return Response.json(value.failure, { headers });
  const type = isJson(value.bytes) ? "application/json" : "application/octet-stream";
  const body = new Uint8Array(value.bytes);
  return new Response(body, { headers: { ...headers, "content-type": type } });
}

function isJson(bytes: Uint8Array): boolean {
  if (bytes.length > SNIFFED_BYTES_MAX) return false;
  try {
    JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    return true;
  } catch {
    return false;
  }
}

function notThere(id: string): ApiError {
  return new ApiError(404, `there is no invocation ${id}`);
}
