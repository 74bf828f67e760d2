/** Ports for programs that cannot be asked which one they chose. */
import { type AddressInfo, connect, createServer } from "node:net";
import { setTimeout } from "node:timers/promises";

const LISTENING_TIMEOUT_MS = 10_000;
const ATTEMPT_EVERY_MS = 20;

/** A port that nothing listens on. */
export function findFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

/** Resolves when a connection to the port is accepted. */
export async function untilListening(port: number): Promise<void> {
  const deadline = Date.now() + LISTENING_TIMEOUT_MS;
  while (!(await isListening(port))) {
    if (Date.now() > deadline) throw new Error(`nothing listens on port ${port}`);
    await setTimeout(ATTEMPT_EVERY_MS);
  }
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "localhost");
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
