/**
 * Webhooks: a handler is the address that somebody else posts to. What is accepted is not lost, and
 * the events of one member are handled in their order.
 *
 * The body is taken as it is, of any content type, and checked here: a provider signs its bytes.
 */
import { createHmac, timingSafeEqual } from "node:crypto";
import { type Context, createServiceHandler, serde, service, TerminalError } from "@rejoin/sdk";
import { membership, type Standing } from "./membership.ts";

export interface MembershipEvent {
  readonly type: string;
  readonly member: string;
}

const SECRET = process.env.WEBHOOK_SECRET ?? "not very secret";

const STANDINGS: Readonly<Record<string, Standing>> = {
  "payment.succeeded": "active",
  "payment.failed": "in arrears",
  "subscription.deleted": "ended",
};

export const webhooks = service({
  name: "webhooks",
  handlers: {
    receive: createServiceHandler(
      { accept: "*/*", input: serde.binary },
      async (ctx: Context, body: Uint8Array): Promise<string> => {
        assertSigned(body, ctx.request().headers.get("x-signature"));
        const { type, member } = parseEvent(body);
        const standing = STANDINGS[type];
        if (standing === undefined) return "ignored";
        ctx.objectSendClient(membership, member).set(standing);
        return "accepted";
      },
    ),
  },
});

/** What the provider puts into the header `x-signature`. */
export function sign(body: Uint8Array | string): string {
  return createHmac("sha256", SECRET).update(body).digest("hex");
}

function assertSigned(body: Uint8Array, signature = ""): void {
  const expected = Buffer.from(sign(body));
  const actual = Buffer.from(signature);
  if (expected.length === actual.length && timingSafeEqual(expected, actual)) return;
  throw new TerminalError("the signature is wrong", { errorCode: 401 });
}

function parseEvent(body: Uint8Array): MembershipEvent {
  try {
    const event = JSON.parse(new TextDecoder().decode(body)) as Partial<MembershipEvent>;
    const { type, member } = event;
    if (typeof type === "string" && typeof member === "string") return { type, member };
  } catch {
    // Said below.
  }
  throw new TerminalError("this is no event: it needs a type and a member", { errorCode: 400 });
}
