/**
 * What a server says may hold anything: keys, messages and values are other people's. On a terminal,
 * control characters in it could move the cursor, hide lines or press keys; only colours pass.
 */

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what this is about
const COLOUR_OR_CONTROL = /\u001b\[[0-9;]*m|[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

export function sanitize(text: string): string {
  return text.replace(COLOUR_OR_CONTROL, (found) => (found.length > 1 ? found : ""));
}
