/** HTTP written by hand, for requests that no client library makes. */
import { connect, type Socket } from "node:net";

/** Sends `text` and reads until the server closes the connection. */
export async function exchange(url: string, text: string): Promise<string> {
  const connection = await openConnection(url);
  await connection.write(text);
  const answer = await connection.readToEnd();
  connection.close();
  return answer;
}

export class RawConnection {
  readonly #socket: Socket;
  readonly #ended: Promise<void>;
  #received = "";
  #wake: () => void = () => undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.setEncoding("latin1").on("data", (text: string) => {
      this.#received += text;
      this.#wake();
    });
    this.#ended = new Promise((resolve) => {
      socket.once("close", () => {
        resolve();
        this.#wake();
      });
    });
    socket.on("error", () => undefined);
  }

  /** Resolves when the system has taken all of it: a blocking client's `write`. */
  write(text: string | Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#socket.write(text, (error) => (error ? reject(error) : resolve()));
    });
  }

  /** Reads until what was received matches; gives all of it. */
  async readUntil(pattern: RegExp): Promise<string> {
    while (!pattern.test(this.#received)) {
      if (this.#socket.destroyed) throw new Error(`the connection ended: ${this.#received}`);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.#received;
  }

  async readToEnd(): Promise<string> {
    await this.#ended;
    return this.#received;
  }

  close(): void {
    this.#socket.destroy();
  }
}

export function openConnection(url: string): Promise<RawConnection> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname);
    socket.once("error", reject);
    socket.once("connect", () => resolve(new RawConnection(socket)));
  });
}
