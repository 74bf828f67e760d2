/** Instants as text: RFC 3339, in UTC. The instant is given; no clock is read here. */
export function formatInstant(timeMs: number): string {
  // biome-ignore lint/style/noRestrictedGlobals: formats an instant that it is given
  return new Date(timeMs).toISOString();
}
