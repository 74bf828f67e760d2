/** Handlers whose values can be shown, and some whose values cannot. */
import type { Context } from "@restatedev/restate-sdk";
import { shown } from "./loud-serde.ts";
import type { Sdk } from "./sdk.ts";

const echo = async (_ctx: Context, value: unknown): Promise<unknown> => value;

export function createPreviewed(sdk: Sdk, name = "Previewed") {
  const { handler } = sdk.handlers;
  return sdk.service({
    name,
    handlers: {
      explicit: handler({ input: shown, output: shown }, echo),
      byHandler: handler({ serde: shown }, echo),
      onlyOutput: handler({ output: shown }, echo),
      plain: echo,
    },
  });
}

/** All of them by what the service says, but one. */
export function createPreviewedByDefault(sdk: Sdk, name = "PreviewedByDefault") {
  const { binary } = sdk.serde;
  return sdk.service({
    name,
    handlers: {
      plain: echo,
      own: sdk.handlers.handler(
        { input: binary, output: binary },
        async (_ctx: Context, bytes: Uint8Array): Promise<Uint8Array> => bytes,
      ),
    },
    options: { serde: shown },
  });
}
