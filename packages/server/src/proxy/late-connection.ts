/** A connection that is there before it is made, for those who cannot wait for it. */
import type { Socket } from "node:net";
import { Duplex } from "node:stream";

/** Carries what is written when `opening` has resolved; fails as that does. */
export function createLateConnection(opening: Promise<Socket>): Duplex {
  return new LateConnection(opening);
}

type Done = (error?: Error | null) => void;

class LateConnection extends Duplex {
  private readonly opening: Promise<Socket>;
  private socket: Socket | undefined;

  constructor(opening: Promise<Socket>) {
    super();
    this.opening = opening;
    opening.then(
      (socket) => this.attach(socket),
      (error: Error) => this.destroy(error),
    );
  }

  override _write(chunk: Buffer, encoding: BufferEncoding, done: Done): void {
    this.withSocket((socket) => socket.write(chunk, encoding, done), done);
  }

  override _final(done: Done): void {
    this.withSocket((socket) => socket.end(done), done);
  }

  override _read(): void {
    this.socket?.resume();
  }

  override _destroy(error: Error | null, done: Done): void {
    this.opening.then(
      (socket) => socket.destroy(),
      () => undefined,
    );
    done(error);
  }

  private attach(socket: Socket): void {
    this.socket = socket;
    socket.on("error", (error) => this.destroy(error));
    let hasEnded = false;
    socket.once("end", () => {
      hasEnded = true;
      this.push(null);
    });
    // What has come is read to its end first.
    socket.once("close", () => {
      if (hasEnded && !this.readableEnded) this.once("end", () => this.destroy());
      else this.destroy();
    });
    socket.on("data", (chunk) => {
      if (!this.push(chunk)) socket.pause();
    });
  }

  private withSocket(act: (socket: Socket) => void, failed: Done): void {
    if (this.socket !== undefined) act(this.socket);
    else this.opening.then(act, failed);
  }
}
