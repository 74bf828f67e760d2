/** Handlers as people write them: `Service/handler`, `Object/key/handler`. */
import { usageError } from "../cli-error.ts";

export interface CallTarget {
  readonly service: string;
  readonly key: string | undefined;
  readonly handler: string;
  readonly scope: string | undefined;
}

export interface TargetOptions {
  /** Of the object; for keys that would be taken apart. */
  readonly key?: string;
  readonly scope?: string;
}

/** The first part is the service and the last one the handler: a key may have slashes. */
export function parseCallTarget(text: string, options: TargetOptions = {}): CallTarget {
  const parts = text.split("/");
  const service = parts[0] ?? "";
  const handler = parts.at(-1) ?? "";
  const middle = parts.slice(1, -1).join("/");
  const isNamed = parts.length > 2;
  const isComplete = parts.length >= 2 && service !== "" && handler !== "";
  if (!isComplete || (isNamed && middle === "")) {
    throw usageError(
      `${JSON.stringify(text)} names no handler`,
      "write it as Service/handler, or as Object/key/handler",
    );
  }
  if (isNamed && options.key !== undefined) {
    throw usageError(
      `the key is given twice: as ${JSON.stringify(middle)} and as --key`,
      "leave one of them out",
    );
  }
  const key = isNamed ? middle : options.key;
  const step = [service, key, handler, options.scope].find((part) => part === "." || part === "..");
  if (step !== undefined) {
    throw usageError(
      `${JSON.stringify(step)} cannot be written into a URL: the request would go elsewhere`,
      "another handler may call it by that name: rejoin state and rejoin invocations show it",
    );
  }
  return { service, key, handler, scope: options.scope };
}
