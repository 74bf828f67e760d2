/** Where the rows of the instances of a service lie, and which instance a row is of. */
import { type Instance, type InstanceId, instanceId, type KeyRange } from "@rejoin/engine";

/** Two characters end each component of an instance's name: see the engine's `instance.ts`. */
const END_CHARS = 2;
const END = "\u0000\u0001";

/** What the names of a service's instances begin with whose keys begin with `keyPrefix`. */
export function namePrefix({ service, scope, key: keyPrefix }: Instance): string {
  return instanceId({ service, scope, key: keyPrefix }).slice(0, -END_CHARS);
}

/** What the names of all instances of a service begin with, whatever their scope. */
export function serviceNamePrefix(service: string): string {
  const name = instanceId({ service, scope: "", key: "" });
  return name.slice(0, -2 * END_CHARS);
}

/** What the names of all instances of a service and a scope begin with. */
export function scopeNamePrefix(instance: Instance): string {
  return namePrefix({ ...instance, key: "" });
}

/** The rows of a tag whose names begin with `prefix`; those after the instance `after`, if given. */
export function nameRange(tag: number, prefix: string, after?: InstanceId): KeyRange {
  const lt = following(taggedBytes(tag, prefix));
  // No name is the beginning of another one.
  const gte = after === undefined ? taggedBytes(tag, prefix) : following(taggedBytes(tag, after));
  return { gte, lt };
}

/** The instance that a row key names, whatever follows it. */
export function instanceOfRowKey(key: Uint8Array): InstanceId {
  let text = "";
  for (const byte of key.subarray(1)) text += String.fromCharCode(byte);
  let at = 0;
  for (let i = 0; i < 3; i++) at = text.indexOf(END, at) + END_CHARS;
  return text.slice(0, at);
}

function taggedBytes(tag: number, name: string): Uint8Array {
  const bytes = new Uint8Array(1 + name.length);
  bytes[0] = tag;
  for (let i = 0; i < name.length; i++) bytes[1 + i] = name.charCodeAt(i);
  return bytes;
}

/** The first key after all that begin with `bytes`. */
function following(bytes: Uint8Array): Uint8Array {
  const next = bytes.slice();
  let last = next.length - 1;
  while (last > 0 && next[last] === 0xff) last--;
  next[last] = (next[last] ?? 0) + 1;
  return next.subarray(0, last + 1);
}

/** The first key after `key`. */
export function afterKey(key: Uint8Array): Uint8Array {
  const next = new Uint8Array(key.length + 1);
  next.set(key);
  return next;
}
