/**
 * The environments of the command line, as its file says: one table each, under its name.
 *
 * | key | value |
 * |---|---|
 * | `admin_base_url` | URL of the admin API |
 * | `ingress_base_url` | URL of the ingress |
 * | `bearer_token` | sent to both; optional |
 */

export interface Profile {
  readonly adminUrl: string | undefined;
  readonly ingressUrl: string | undefined;
  readonly token: string | undefined;
}

/** Those that `rejoin` on this machine starts; a table of that name changes it. */
export const LOCAL = "local";

export const PROFILE_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

const KEYS = { admin_base_url: "adminUrl", ingress_base_url: "ingressUrl", bearer_token: "token" };
/** What other tools keep in such files. */
const IGNORED = ["environment_type", "cloud"];

/** Throws an error that says what is wrong with the text. */
export async function parseProfiles(text: string): Promise<ReadonlyMap<string, Profile>> {
  const { parse } = await import("smol-toml");
  const profiles = new Map<string, Profile>();
  for (const [name, table] of Object.entries(parse(text))) {
    if (typeof table !== "object" || Array.isArray(table) || table instanceof Date) {
      throw new Error(`${name} is no table: an environment is written as [${name}]`);
    }
    profiles.set(name, toProfile(name, table));
  }
  return profiles;
}

function toProfile(name: string, table: object): Profile {
  const profile: Record<string, string> = {};
  for (const [key, value] of Object.entries(table)) {
    if (IGNORED.includes(key)) continue;
    const member = KEYS[key as keyof typeof KEYS];
    const names = Object.keys(KEYS).join(", ");
    if (member === undefined)
      throw new Error(`[${name}] has the unknown key ${key}; it may have ${names}`);
    if (typeof value !== "string") throw new Error(`${key} of [${name}] must be a text`);
    profile[member] = value;
  }
  return {
    adminUrl: profile.adminUrl,
    ingressUrl: profile.ingressUrl,
    token: profile.token,
  };
}

/** The table of an environment, as text. */
export function formatProfile(name: string, profile: Profile): string {
  const lines = Object.entries(KEYS).flatMap(([key, member]) => {
    const value = profile[member as keyof Profile];
    return value === undefined ? [] : [`${key} = ${JSON.stringify(value)}`];
  });
  return `[${/^[A-Za-z0-9_-]+$/.test(name) ? name : JSON.stringify(name)}]\n${lines.join("\n")}\n`;
}
