import { expect, test } from "vitest";
import { runResult, sleepDone } from "../testing/messages.ts";
import { BLOCKED, Journal } from "./journal.ts";

const run = (resultCompletionId: number) =>
  ({ kind: "run", name: "", resultCompletionId }) as const;

test("commands step over notifications, notifications wait for commands", () => {
  const journal = new Journal();
  for (const entry of [run(1), sleepDone(9), run(2), runResult(1, "x")]) journal.append(entry);
  expect(journal.takeDelivery()).toBe(BLOCKED);
  expect(journal.takeCommand()).toEqual(run(1));
  expect(journal.takeCommand()).toEqual(run(2));
  expect(journal.commandsLeft).toBe(0);
  expect(journal.takeDelivery()).toEqual(sleepDone(9));
  expect(journal.takeDelivery()).toEqual(runResult(1, "x"));
  expect(journal.takeDelivery()).toBeUndefined();
  expect(journal.takeCommand()).toBeUndefined();
});

test("a notification behind a command that was not issued is not delivered", () => {
  const journal = new Journal();
  for (const entry of [sleepDone(1), run(2), sleepDone(3)]) journal.append(entry);
  expect(journal.takeDelivery()).toEqual(sleepDone(1));
  expect(journal.takeDelivery()).toBe(BLOCKED);
  expect(journal.peekCommand()).toEqual(run(2));
  journal.takeCommand();
  expect(journal.takeDelivery()).toEqual(sleepDone(3));
});

test("positions grow for ever, also when the list starts again", () => {
  const journal = new Journal();
  let last = journal.position;
  for (let round = 0; round < 100; round++) {
    journal.append(sleepDone(round));
    journal.takeDelivery();
    expect(journal.position).toBeGreaterThan(last);
    last = journal.position;
    expect(journal.takeDelivery()).toBeUndefined();
    expect(journal.position).toBe(last);
  }
});

test("the next command can be looked at before it is taken, any number of times", () => {
  const journal = new Journal();
  for (const entry of [sleepDone(8), run(1), sleepDone(9), run(2)]) journal.append(entry);
  for (const command of [run(1), run(2)]) {
    expect(journal.peekCommand()).toEqual(command);
    expect(journal.peekCommand()).toEqual(command);
    expect(journal.takeCommand()).toEqual(command);
  }
  expect(journal.peekCommand()).toBeUndefined();
  expect(journal.takeDelivery()).toEqual(sleepDone(8));
  expect(journal.takeDelivery()).toEqual(sleepDone(9));
});
