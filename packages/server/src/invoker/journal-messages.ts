/** The messages of journal entries, decoded where somebody looks at them. */
import {
  decodeBody,
  isNotificationKind,
  type Message,
  messageCode,
  type Notification,
} from "@rejoin/protocol";
import type { OutboundItem } from "./transport.ts";

/** Every version is read as the newest. */
const NEWEST_VERSION = 7;
const FRAME_HEADER_BYTES = 8;
const RUN_CODE = messageCode("run");
/** Commands have smaller codes. */
const FIRST_NOTIFICATION_CODE = 0x8000;

/** `undefined` of a command. */
export function toNotification(code: number, item: OutboundItem): Notification | undefined {
  if (code < FIRST_NOTIFICATION_CODE) return undefined;
  const message = toMessage(code, item);
  return message !== undefined && isNotificationKind(message.kind)
    ? (message as Notification)
    : undefined;
}

/** The completion of a run; `undefined` of every other entry. */
export function completionOfRun(code: number, item: OutboundItem): number | undefined {
  if (code !== RUN_CODE) return undefined;
  const message = toMessage(code, item);
  return message?.kind === "run" ? message.resultCompletionId : undefined;
}

function toMessage(code: number, { message, frame }: OutboundItem): Message | undefined {
  if (message !== undefined || frame === undefined) return message;
  return decodeBody(code, 0, frame.subarray(FRAME_HEADER_BYTES), NEWEST_VERSION);
}
