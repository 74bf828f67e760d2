/**
 * Reads what `strace -f -ttt -T -yy` writes: the system calls of a process and all its threads, each
 * with the times of its beginning and end.
 *
 *     71 1700000000.000100 write(18</data/000003.log>, "…", 300) = 300 <0.000020>
 *     72 1700000000.000200 fdatasync(18</data/000003.log> <unfinished ...>
 *     72 1700000000.000900 <... fdatasync resumed>) = 0 <0.000700>
 */

export interface SystemCall {
  readonly name: string;
  /** Everything between the parentheses, and the result. */
  readonly text: string;
  /** Microseconds since the epoch. */
  readonly startedAt: number;
  readonly endedAt: number;
}

/** An HTTP request on a socket, the answer to it, and what was made durable in between. */
export interface Exchange {
  readonly request: SystemCall;
  readonly answer: SystemCall;
  /** Syncs that began after the request was read and ended before the answer was written. */
  readonly syncs: readonly SystemCall[];
}

const LINE = /^(\d+)\s+(\d+\.\d+)\s(.*)$/;
const RESUMED = /^<\.\.\. (\w+) resumed>(.*)$/;
const CALL = /^(\w+)\((.*)$/;
const DURATION = /\s<(\d+\.\d+)>$/;
const UNFINISHED = " <unfinished ...>";

/** The calls in the order in which they began. */
export function parseStraceLog(log: string): SystemCall[] {
  const calls: SystemCall[] = [];
  const unfinished = new Map<string, { name: string; text: string; startedAt: number }>();
  for (const line of log.split("\n")) {
    const [, pid = "", time = "", rest = ""] = LINE.exec(line) ?? [];
    const at = Math.round(Number(time) * 1e6);
    const resumed = RESUMED.exec(rest);
    const begun = resumed === null ? undefined : unfinished.get(pid);
    if (resumed !== null && begun !== undefined) {
      unfinished.delete(pid);
      calls.push(finish({ ...begun, text: begun.text + resumed[2] }, at));
      continue;
    }
    const [, name, text = ""] = CALL.exec(rest) ?? [];
    if (name === undefined) continue;
    if (!text.endsWith(UNFINISHED)) calls.push(finish({ name, text, startedAt: at }, at));
    else unfinished.set(pid, { name, text: text.slice(0, -UNFINISHED.length), startedAt: at });
  }
  return calls.sort((a, b) => a.startedAt - b.startedAt);
}

function finish(begun: { name: string; text: string; startedAt: number }, at: number): SystemCall {
  const duration = DURATION.exec(begun.text)?.[1];
  const endedAt =
    duration === undefined ? at : begun.startedAt + Math.round(Number(duration) * 1e6);
  return { ...begun, endedAt };
}

/** The exchanges of a server that answers one request at a time, in order. */
export function findExchanges(calls: readonly SystemCall[]): Exchange[] {
  const syncs = calls.filter(({ name, text }) => /^f(data)?sync$/.test(name) && /= 0\b/.test(text));
  const exchanges: Exchange[] = [];
  let request: SystemCall | undefined;
  for (const call of calls) {
    if (!/^\d+<TCP/.test(call.text)) continue;
    if (isRead(call) && /"(POST|GET) /.test(call.text)) request = call;
    if (!isWrite(call) || !/"HTTP\/1\.1 /.test(call.text) || request === undefined) continue;
    const [from, to] = [request.endedAt, call.startedAt];
    const between = syncs.filter(({ startedAt, endedAt }) => startedAt >= from && endedAt <= to);
    exchanges.push({ request, answer: call, syncs: between });
    request = undefined;
  }
  return exchanges;
}

/** The options that make `strace` write such a log of network, file writes and syncs. */
export function straceCommand(logPath: string): string[] {
  const traced = "read,readv,recvfrom,recvmsg,write,writev,pwrite64,sendto,sendmsg,fsync,fdatasync";
  return [
    "strace",
    "-f",
    "-ttt",
    "-T",
    "-yy",
    "-s",
    "4000",
    "-e",
    `trace=${traced}`,
    "-o",
    logPath,
  ];
}

export function isWrite({ name }: SystemCall): boolean {
  return /^(p?write|send)/.test(name);
}

function isRead({ name }: SystemCall): boolean {
  return /^(read|recv)/.test(name);
}
