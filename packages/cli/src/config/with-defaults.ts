/** Other defaults, for other programs than `rejoin server`. */
import type { ResolvedOptions, ServerConfig } from "./server-config.ts";

type Values = { readonly [K in keyof ResolvedOptions]?: ResolvedOptions[K]["value"] };

/** The configuration with `values` for those of its options that nobody has set. */
export function withDefaults(config: ServerConfig, values: Values): ServerConfig {
  const options = Object.fromEntries(
    Object.entries(config.options).map(([name, resolved]) => {
      const value = values[name as keyof Values];
      const isFree = resolved.source === undefined && value !== undefined;
      return [name, isFree ? { ...resolved, value } : resolved];
    }),
  ) as unknown as ResolvedOptions;
  return { ...config, options };
}
