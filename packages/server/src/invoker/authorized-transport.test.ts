/** What becomes of an attempt while its token is asked for. */
import { describe, expect, it } from "vitest";
import { AuthError, type AuthHeaders } from "../google/id-tokens.ts";
import { FakeTransport } from "../testing/fake-stream.ts";
import { AuthorizedTransport } from "./authorized-transport.ts";
import { input, OpenAttempt } from "./testing/attempts.ts";

type Headers = Readonly<Record<string, string>>;

class ClosableFake extends FakeTransport {
  retire(): void {}
  close(): void {}
}

function setUp() {
  let known: Headers | undefined;
  let resolve: (headers: Headers) => void = () => undefined;
  let reject: (error: Error) => void = () => undefined;
  const tokens: AuthHeaders = {
    peek: () => known,
    get: () =>
      new Promise((done, failed) => {
        resolve = done;
        reject = failed;
      }),
  };
  const inner = new ClosableFake();
  const auth = { kind: "googleIdToken" } as const;
  const transport = new AuthorizedTransport({ inner, auth, uri: "https://h.test", tokens });
  return {
    inner,
    transport,
    know: (headers: Headers) => {
      known = headers;
    },
    come: (headers: Headers) => resolve(headers),
    fail: (error: Error) => reject(error),
  };
}

const TOKEN = { authorization: "Bearer t" };

describe("an attempt", () => {
  it("opens at once with a token that is known", () => {
    const { transport, inner, know } = setUp();
    know(TOKEN);
    new OpenAttempt(transport).sendAll();
    expect(inner.streams).toHaveLength(1);
    expect(inner.streams[0]?.request.authHeaders).toEqual(TOKEN);
    expect(inner.streams[0]?.inputClosed).toBe(true);
  });

  it("keeps what it sends until its token has come, in order", async () => {
    const { transport, inner, come } = setUp();
    const attempt = new OpenAttempt(transport);
    attempt.stream.setReading(false);
    attempt.stream.send([input(1)]);
    attempt.stream.send([input(2), input(3)]);
    const drained = attempt.stream.drained();
    attempt.stream.closeInput();
    expect(inner.streams).toEqual([]);
    come(TOKEN);
    await drained;
    const [stream] = inner.streams;
    expect(stream?.request.authHeaders).toEqual(TOKEN);
    expect(stream?.sends).toEqual([1, 2]);
    expect(stream?.reading).toEqual([false]);
    expect(stream?.inputClosed).toBe(true);
    attempt.stream.send([input(4)]);
    expect(stream?.sends).toEqual([1, 2, 1]);
    attempt.stream.abort("enough");
    expect(stream?.aborted).toBe("enough");
  });

  it("fails with the reason when there is no token, and is tried again", async () => {
    const { transport, fail } = setUp();
    const attempt = new OpenAttempt(transport).sendAll();
    fail(new AuthError("no token for h"));
    expect(await attempt.ended).toEqual({
      failure: { code: 500, message: "no token for h", stacktrace: "", docCode: "RT0010" },
      retry: undefined,
    });
  });

  it("fails with the reason when it cannot be opened after all", async () => {
    const { transport, inner, come } = setUp();
    inner.open = () => {
      throw new Error("closed meanwhile");
    };
    const attempt = new OpenAttempt(transport).sendAll();
    come(TOKEN);
    const { failure } = await attempt.ended;
    expect(failure).toMatchObject({ message: "closed meanwhile", docCode: "RT0010" });
  });

  it("that has been given up opens nothing, and is not told of anything", async () => {
    const { transport, inner, come } = setUp();
    const attempt = new OpenAttempt(transport).sendAll();
    const drained = attempt.stream.drained();
    attempt.stream.abort("enough");
    come(TOKEN);
    await drained;
    expect(inner.streams).toEqual([]);
    const other = setUp();
    const failing = new OpenAttempt(other.transport);
    const settled = failing.stream.drained();
    failing.stream.abort("enough");
    other.fail(new AuthError("no token"));
    await settled;
    expect(failing.ends).toEqual([]);
  });
});
