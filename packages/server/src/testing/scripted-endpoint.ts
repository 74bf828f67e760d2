/** An endpoint without an SDK, for scripts. */
import type {
  EndpointManifest,
  EndpointMessage,
  ProtocolVersion,
  ServiceManifest,
} from "@rejoin/protocol";
import type { EmbeddedEndpoint } from "../core.ts";
import type { Handlers, Script, Served } from "./script.ts";
import { ScriptAttempt } from "./script-attempt.ts";

export interface EndpointOptions extends Served {
  readonly service?: string;
  readonly now: () => number;
  /** Called with what goes wrong in the endpoint itself: a wrong replay, a bug in a script. */
  readonly onFault: (error: unknown) => void;
}

export class ScriptedEndpoint implements EmbeddedEndpoint {
  readonly manifest: EndpointManifest;
  /** Attempts that are open. */
  readonly openAttempts = new Set<ScriptAttempt>();
  attemptsMax = 0;
  private readonly scripts = new Map<string, Script>();
  private readonly attempts = new Map<string, number>();
  private readonly options: EndpointOptions;

  constructor(options: EndpointOptions) {
    this.options = options;
    const services = [this.serve(options.service ?? "S", "SERVICE", options.handlers)];
    if (options.objects !== undefined) {
      services.push(this.serve("O", "VIRTUAL_OBJECT", options.objects));
    }
    if (options.workflows !== undefined) {
      services.push(this.serve("W", "WORKFLOW", options.workflows));
    }
    this.manifest = {
      protocolMode: "BIDI_STREAM",
      minProtocolVersion: 5,
      maxProtocolVersion: 7,
      services,
    };
  }

  private serve(name: string, ty: ServiceManifest["ty"], scripts: Handlers): ServiceManifest {
    const handlers = Object.entries(scripts).map(([handler, value]) => {
      const own = typeof value === "function" ? { script: value } : value;
      const { script, ...rest } = own;
      this.scripts.set(`${name}/${handler}`, script);
      return { name: handler, ...rest };
    });
    return { name, ty, handlers };
  }

  open(
    request: {
      readonly service: string;
      readonly handler: string;
      readonly version: ProtocolVersion;
    },
    sink: { send(messages: readonly EndpointMessage[]): void; end(): void },
  ): ScriptAttempt {
    const { service, handler, version } = request;
    const script = this.scripts.get(`${service}/${handler}`);
    if (script === undefined) throw new Error(`no handler ${service}/${handler}`);
    const attempt = new ScriptAttempt(script, version, service, {
      send: (messages) => sink.send(messages),
      end: () => {
        this.openAttempts.delete(attempt);
        sink.end();
      },
      ended: () => this.openAttempts.delete(attempt),
      now: this.options.now,
      fault: this.options.onFault,
      count: (id) => {
        const count = (this.attempts.get(id) ?? 0) + 1;
        this.attempts.set(id, count);
        return count;
      },
    });
    this.openAttempts.add(attempt);
    this.attemptsMax = Math.max(this.attemptsMax, this.openAttempts.size);
    return attempt;
  }
}
