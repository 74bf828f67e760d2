import { describe, expect, it } from "vitest";
import { ChangeFeed } from "./change-feed.ts";

class ManualTimers {
  #pending: (() => void) | undefined;

  after(_delayMs: number, callback: () => void): () => void {
    this.#pending = callback;
    return () => {
      if (this.#pending === callback) this.#pending = undefined;
    };
  }

  fire(): void {
    this.#pending?.();
    this.#pending = undefined;
  }
}

function createFeed() {
  const timers = new ManualTimers();
  const feed = new ChangeFeed({ after: (ms, callback) => timers.after(ms, callback) });
  const seen: string[] = [];
  const take = () => void feed.next().then((path) => seen.push(path));
  return { timers, feed, seen, take };
}

const settled = () => Promise.resolve();

describe("changes", () => {
  it("that come together are one, and come when it is quiet", async () => {
    const { timers, feed, seen, take } = createFeed();
    take();
    feed.note("a");
    feed.note("b");
    await settled();
    expect(seen).toEqual([]);
    timers.fire();
    await settled();
    expect(seen).toEqual(["b"]);
  });

  it("that nobody waited for are not lost", async () => {
    const { timers, feed, seen, take } = createFeed();
    feed.note("a");
    timers.fire();
    take();
    await settled();
    expect(seen).toEqual(["a"]);
    take();
    await settled();
    expect(seen).toEqual(["a"]);
  });

  it("come no more once it is closed", async () => {
    const { timers, feed, seen, take } = createFeed();
    take();
    feed.note("a");
    feed.close();
    timers.fire();
    await settled();
    expect(seen).toEqual([]);
  });
});
