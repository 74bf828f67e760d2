/** Stands for the services that an episode passes through. Each line that it prints is real work. */
import { setTimeout } from "node:timers/promises";
import { seconds } from "./seconds.ts";

export interface Episode {
  readonly title: string;
}

export async function transcode(title: string, id: string): Promise<string> {
  await work("transcode", title);
  return `${id}.ogg`;
}

export async function upload(file: string): Promise<string> {
  await work("upload", file);
  return `https://podcast.example/${file}`;
}

export async function announce(title: string, url: string): Promise<void> {
  await work("announce", `${title} at ${url}`);
}

/** `STALL` names a step that does not end, so that there is time to kill the process. */
async function work(step: string, what: string): Promise<void> {
  console.log(`[studio] ${step} begins`);
  if (process.env.STALL === step) await new Promise(() => undefined);
  await setTimeout(seconds(1));
  console.log(`[studio] ${step} done: ${what}`);
}
