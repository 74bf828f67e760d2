import { describe, expect, test } from "vitest";
import {
  isAckableKind,
  isCommandKind,
  isCompletionKind,
  isNotificationKind,
  isSentBy,
  MESSAGE_KINDS,
  messageCode,
  messageKind,
} from "./message-kinds.ts";

describe("message kinds", () => {
  test("kinds and codes are one to one", () => {
    for (const kind of MESSAGE_KINDS) expect(messageKind(messageCode(kind))).toBe(kind);
    expect(new Set(MESSAGE_KINDS.map(messageCode)).size).toBe(40);
  });

  test("every kind is a control message, a command or a notification", () => {
    const commands = MESSAGE_KINDS.filter(isCommandKind);
    const notifications = MESSAGE_KINDS.filter(isNotificationKind);
    expect(commands).toHaveLength(20);
    expect(notifications).toHaveLength(12);
    expect(notifications.filter((kind) => !isCompletionKind(kind))).toEqual(["signal"]);
    expect(commands.some(isNotificationKind)).toBe(false);
  });

  test("an endpoint sends no notifications and none of the server's control messages", () => {
    const forbidden = MESSAGE_KINDS.filter((kind) => !isSentBy(kind, "endpoint"));
    const notifications = MESSAGE_KINDS.filter(isNotificationKind);
    expect(forbidden.toSorted()).toEqual(
      [...notifications, "start", "commandAck", "proposeRunCompletionAck"].toSorted(),
    );
    expect(MESSAGE_KINDS.filter((kind) => !isSentBy(kind, "server")).toSorted()).toEqual(
      ["suspension", "error", "end", "proposeRunCompletion", "awaitingOn"].toSorted(),
    );
  });

  test("commands and run proposals may ask for an acknowledgement", () => {
    expect(MESSAGE_KINDS.filter(isAckableKind)).toEqual(
      MESSAGE_KINDS.filter((kind) => isCommandKind(kind) || kind === "proposeRunCompletion"),
    );
  });
});
