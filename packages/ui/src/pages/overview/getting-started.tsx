/** What is shown to somebody who has just started a server. */
import { Rocket } from "lucide-react";
import { useState } from "react";
import { useAdmin, usePolled } from "../../api/admin.ts";
import { Code } from "../../parts/code.tsx";
import { RegisterDialog } from "../deployments/register-dialog.tsx";

const SERVICE = `import { type Context, RestatePromise, serve, service } from "@rejoin/sdk";

const worker = service({
  name: "worker",
  handlers: {
    run: async (ctx: Context, count: number): Promise<number[]> => {
      const parts = Array.from({ length: count }, (_, i) =>
        ctx.serviceClient(worker).part(i));
      return RestatePromise.all(parts);
    },
    part: async (ctx: Context, index: number): Promise<number> =>
      ctx.run("work", () => index * index),
  },
});

await serve({ services: [worker], port: 9080 });`;

export function GettingStarted() {
  const [isRegistering, setRegistering] = useState(false);
  const admin = useAdmin();
  const { data } = usePolled(["version"], () => admin.version());
  const ingress = data?.ingress_endpoint ?? "http://localhost:8080";
  return (
    <section className="card getting-started">
      <div className="stack-small">
        <Rocket size={26} strokeWidth={1.6} aria-hidden />
        <h2>The server is up. Give it something to run.</h2>
        <p className="muted">
          A service is ordinary code; a deployment is where it runs. Register one, call it, and
          watch it here.
        </p>
      </div>
      <ol className="steps">
        <li>
          <h3>Write a service and start it</h3>
          <Code text={SERVICE} label="app.ts" />
        </li>
        <li>
          <h3>Register it</h3>
          <p className="muted">
            On the command line, or{" "}
            <button type="button" className="link-button" onClick={() => setRegistering(true)}>
              here
            </button>
            . <code>rejoin up app.ts</code> does both, and again on each change.
          </p>
          <Code text="npx rejoin deployments register http://localhost:9080" label="command" />
        </li>
        <li>
          <h3>Call it</h3>
          <Code text={`curl ${ingress}/worker/run --json 100`} label="command" />
        </li>
      </ol>
      <button type="button" className="btn btn-primary" onClick={() => setRegistering(true)}>
        Register a deployment
      </button>
      {isRegistering && <RegisterDialog onClose={() => setRegistering(false)} />}
    </section>
  );
}
