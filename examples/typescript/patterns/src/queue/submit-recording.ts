/**
 * A task queue from outside: a task is sent, now or with a delay, and its result fetched later. One
 * key is one task, however often it is submitted.
 */
import { connect, type Send, SendOpts } from "@rejoin/client";
import { type Recording, transcriber } from "./transcriber.ts";

export interface TaskOptions {
  readonly id: string;
  readonly delayMs?: number;
}

export async function submitRecording(
  ingressUrl: string,
  recording: Recording,
  { id, delayMs }: TaskOptions,
): Promise<Send<string>> {
  const options = { idempotencyKey: id, ...(delayMs === undefined ? {} : { delay: delayMs }) };
  return await connect({ url: ingressUrl })
    .serviceSendClient(transcriber)
    .transcribe(recording, SendOpts.from(options));
}

/** Waits for the result; rejects if the task failed. */
export async function awaitTranscript(ingressUrl: string, task: Send<string>): Promise<string> {
  return await connect({ url: ingressUrl }).result(task);
}
