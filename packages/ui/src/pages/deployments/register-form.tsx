import type { RegisterDeploymentRequest } from "@rejoin/client";
import { type FormEvent, useState } from "react";

interface RegisterFormProps {
  readonly id: string;
  readonly onSubmit: (event: FormEvent<HTMLFormElement>) => void;
}

/** The address of a deployment and how it is reached. */
export function RegisterForm({ id, onSubmit }: RegisterFormProps) {
  const [kind, setKind] = useState<"http" | "lambda">("http");
  return (
    <form id={id} className="form" onSubmit={onSubmit}>
      <fieldset className="segmented">
        <legend className="visually-hidden">Kind</legend>
        {(["http", "lambda"] as const).map((choice) => (
          <button
            key={choice}
            type="button"
            aria-pressed={kind === choice}
            onClick={() => setKind(choice)}
          >
            {choice === "http" ? "Address" : "AWS Lambda"}
          </button>
        ))}
      </fieldset>
      {kind === "http" ? <HttpFields /> : <LambdaFields />}
      <label className="field">
        <span className="label">Headers of every request to it</span>
        <textarea
          className="textarea"
          name="headers"
          rows={2}
          placeholder="authorization: Bearer …"
        />
        <span className="hint">One a line, as name: value</span>
      </label>
      <div className="stack-small">
        <label className="check">
          <input type="checkbox" name="force" /> Overwrite it, if its address is registered
        </label>
        <label className="check">
          <input type="checkbox" name="breaking" /> Allow that a service changes its type
        </label>
      </div>
    </form>
  );
}

function HttpFields() {
  return (
    <>
      <label className="field">
        <span className="label">Address</span>
        <input
          className="input"
          name="uri"
          required
          placeholder="http://localhost:9080"
          defaultValue="http://localhost:9080"
        />
        <span className="hint">
          As the server reaches it, which need not be as this browser does
        </span>
      </label>
      <label className="check">
        <input type="checkbox" name="use_http_11" /> Speak HTTP/1.1 with it
      </label>
    </>
  );
}

function LambdaFields() {
  return (
    <>
      <label className="field">
        <span className="label">ARN</span>
        <input
          className="input"
          name="arn"
          required
          placeholder="arn:aws:lambda:region:account:function:name:version"
        />
      </label>
      <label className="field">
        <span className="label">Role to assume</span>
        <input
          className="input"
          name="assume_role_arn"
          placeholder="if it is not the server's own"
        />
      </label>
    </>
  );
}

/** What the form says. */
export function readRequest(values: FormData): RegisterDeploymentRequest {
  const text = (name: string) => String(values.get(name) ?? "").trim();
  const headers = parseHeaders(text("headers"));
  return {
    ...(text("uri") === "" ? {} : { uri: withScheme(text("uri")) }),
    ...(text("arn") === "" ? {} : { arn: text("arn") }),
    ...(text("assume_role_arn") === "" ? {} : { assume_role_arn: text("assume_role_arn") }),
    ...(Object.keys(headers).length === 0 ? {} : { additional_headers: headers }),
    ...(values.has("use_http_11") ? { use_http_11: true } : {}),
    ...(values.has("force") ? { force: true } : {}),
    ...(values.has("breaking") ? { breaking: true } : {}),
  };
}

export function parseHeaders(text: string): Record<string, string> {
  const lines = text.split("\n").flatMap((line) => {
    const at = line.indexOf(":");
    const name = line.slice(0, Math.max(at, 0)).trim();
    return name === "" ? [] : [[name, line.slice(at + 1).trim()] as const];
  });
  return Object.fromEntries(lines);
}

function withScheme(address: string): string {
  return /^https?:\/\//.test(address) ? address : `http://${address}`;
}
