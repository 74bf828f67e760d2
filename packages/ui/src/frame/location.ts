/**
 * The address as it is written: wouter decodes it with `decodeURI`, which leaves `%2F` and makes `%`
 * of `%25`, so that nobody could tell a key `a/b` from a key `a%2Fb` any more. Here a part of a path
 * is decoded once, after the path has been taken apart.
 */
import { useParams } from "wouter";
import { useBrowserLocation, useSearch } from "wouter/use-browser-location";

/** What wouter's decoding turns into `written` again. */
export function beforeDecoding(written: string): string {
  return written.replaceAll("%", "%25");
}

/** A part of a path, decoded; what is malformed stays as it is. */
export function decodePart(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** For wouter's `Router`: the path. */
export function useWrittenLocation(): ReturnType<typeof useBrowserLocation> {
  const [path, navigate] = useBrowserLocation();
  return [beforeDecoding(path), navigate];
}

/** For wouter's `Router`: what follows the path. */
export function useWrittenSearch(): string {
  return beforeDecoding(useSearch());
}

/** The variable parts of the path, by their names in the route. */
export function useRouteParams<Name extends string>(): Partial<Record<Name, string>> {
  const written = useParams<Partial<Record<Name, string>>>();
  const decoded = Object.entries<string | undefined>(written).map(([name, part]) => {
    return [name, part === undefined ? undefined : decodePart(part)];
  });
  return Object.fromEntries(decoded) as Partial<Record<Name, string>>;
}
