/** Light, dark, or as the system says. `public/theme.js` reads the same place before the first paint. */
export type Theme = "system" | "light" | "dark";

const KEY = "rejoin.theme";

export function readTheme(): Theme {
  const stored = readStored(KEY);
  return stored === "light" || stored === "dark" ? stored : "system";
}

export function applyTheme(theme: Theme): void {
  const { dataset } = document.documentElement;
  if (theme === "system") delete dataset.theme;
  else dataset.theme = theme;
  writeStored(KEY, theme === "system" ? undefined : theme);
}

/** What this browser keeps; nothing where it keeps nothing. */
export function readStored(key: string): string | undefined {
  try {
    return localStorage.getItem(key) ?? undefined;
  } catch {
    return undefined;
  }
}

export function writeStored(key: string, value: string | undefined): void {
  try {
    if (value === undefined) localStorage.removeItem(key);
    else localStorage.setItem(key, value);
  } catch {
    // It is not kept then.
  }
}
