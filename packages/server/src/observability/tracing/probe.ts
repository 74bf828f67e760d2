/**
 * Whether anything listens where traces go. The exporter takes ten seconds to find out, tries again
 * in between, and cannot be told to stop.
 */
import { connect } from "node:net";
import type { Timers } from "../../ports/ports.ts";

/** Resolves with what is in the way, or with `undefined` if a connection can be made. */
export type Probe = () => Promise<Error | undefined>;

const CONNECT_MS = 2000;

/** Of the address in `url`, anew each time. */
export function createProbe(url: string, timers: Timers): Probe {
  const { hostname, port, protocol } = new URL(url);
  const host = hostname.replace(/^\[|\]$/g, "");
  const defaultPort = protocol === "https:" ? 443 : 80;
  return () =>
    new Promise((resolve) => {
      const socket = connect({ host, port: port === "" ? defaultPort : Number(port) });
      const settle = (error?: Error) => {
        cancel();
        socket.destroy();
        resolve(error);
      };
      const tooLate = new Error(`no connection after ${CONNECT_MS / 1000} s`);
      const cancel = timers.after(CONNECT_MS, () => settle(tooLate));
      socket.once("connect", () => settle());
      // One that comes after the end must not bring down the process.
      socket.on("error", settle);
    });
}
