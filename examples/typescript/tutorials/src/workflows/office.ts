/** Stands for what a new volunteer needs. What was done can be undone, done or not. */
import { TerminalError } from "@rejoin/sdk";

/** All that happened, in order. */
export const officeLog: string[] = [];

export function orderBadge(name: string): string {
  return note(`badge for ${name}`);
}

export function returnBadge(name: string): void {
  note(`no badge for ${name}`);
}

export function openAccount(name: string): void {
  if (name.includes(" ")) {
    throw new TerminalError(`${JSON.stringify(name)} cannot be a name`, { errorCode: 400 });
  }
  note(`account for ${name}`);
}

let studio = Promise.resolve();

/** Photos wait until the returned function is called. */
export function occupyStudio(): () => void {
  let free: () => void = () => undefined;
  studio = new Promise((resolve) => {
    free = resolve;
  });
  return () => free();
}

export async function takePhoto(name: string): Promise<void> {
  await studio;
  note(`photo of ${name}`);
}

let jams = 0;

/** So many times the printer does not print. */
export function jamPrinter(times: number): void {
  jams = times;
}

export function printContract(name: string): void {
  if (jams > 0) {
    jams--;
    throw new Error("paper jam");
  }
  note(`contract for ${name}`);
}

function note(what: string): string {
  officeLog.push(what);
  console.log(`[office] ${what}`);
  return what;
}
