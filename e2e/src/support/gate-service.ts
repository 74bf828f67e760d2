/** A service whose handler waits until the test lets it through. */
import { type Context, service } from "@rejoin/sdk";

export interface Gate {
  /** A call stands before it. */
  readonly hasEntered: Promise<void>;
  readonly open: () => void;
}

/** Makes service `gates`, whose handler `pass` takes the name of a gate that has been made. */
export function createGates() {
  const made = new Map<string, { readonly entered: () => void; readonly opened: Promise<void> }>();
  const gates = service({
    name: "gates",
    handlers: {
      pass: async (ctx: Context, name: string): Promise<string> => {
        const gate = made.get(name);
        gate?.entered();
        await ctx.run("wait", async () => await gate?.opened);
        return `through ${name}`;
      },
    },
  });
  const make = (name: string): Gate => {
    let entered: () => void = () => undefined;
    let open: () => void = () => undefined;
    const hasEntered = new Promise<void>((resolve) => {
      entered = resolve;
    });
    const opened = new Promise<void>((resolve) => {
      open = resolve;
    });
    made.set(name, { entered, opened });
    return { hasEntered, open };
  };
  return { service: gates, make };
}
