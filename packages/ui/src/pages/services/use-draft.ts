/** A call while it is written. */
import type { HandlerResource, ServiceResource } from "@rejoin/client";
import { useState } from "react";
import type { PlaygroundCall } from "../../playground/call.ts";
import { exampleOf, fromFields, toFields } from "../../playground/schema.ts";

/** What is written, before it is sent. */
export interface Draft {
  readonly mode: "form" | "text";
  readonly setMode: (mode: "form" | "text") => void;
  readonly text: string;
  readonly setText: (text: string) => void;
  readonly texts: Readonly<Record<string, string>>;
  readonly setField: (name: string, text: string) => void;
  readonly errors: Readonly<Record<string, string>>;
  readonly problem: string | undefined;
}

export function useDraft(service: ServiceResource, handler: HandlerResource) {
  const { input_json_schema: schema, input_description: description } = handler;
  const [fields] = useState(() => toFields(schema));
  const [mode, setMode] = useState<"form" | "text">(fields === undefined ? "text" : "form");
  const [text, setText] = useState(() => initialText(schema));
  const [texts, setTexts] = useState<Readonly<Record<string, string>>>({});
  const [key, setKey] = useState("");
  const [idempotencyKey, setIdempotencyKey] = useState("");
  const [delay, setDelay] = useState("");
  const isForm = mode === "form" && fields !== undefined;
  const form = isForm ? fromFields(fields, texts) : undefined;
  const isJson = /json|\*\/\*/i.test(description);
  const body = form === undefined ? text : JSON.stringify(form.value);
  const toCall = (isSend: boolean): PlaygroundCall => ({
    service: service.name,
    handler: handler.name,
    ...(service.ty === "Service" ? {} : { key }),
    ...(body === "" ? {} : { body }),
    contentType: isJson ? "application/json" : description.replace(/^optional /, ""),
    ...(idempotencyKey === "" ? {} : { idempotencyKey }),
    ...(delay === "" ? {} : { delay }),
    isSend,
  });
  const showText = (next: "form" | "text") => {
    if (next === "text" && form !== undefined) setText(JSON.stringify(form.value, null, 2));
    setMode(next);
  };
  return {
    mode,
    setMode: showText,
    text,
    setText,
    texts,
    setField: (name: string, value: string) => setTexts({ ...texts, [name]: value }),
    errors: form?.errors ?? {},
    problem: problemOf(form?.errors, isJson ? text : ""),
    key,
    setKey,
    idempotencyKey,
    setIdempotencyKey,
    delay,
    setDelay,
    takesBody: description !== "none",
    toCall,
  };
}

function problemOf(errors: Readonly<Record<string, string>> | undefined, text: string) {
  if (errors !== undefined) {
    return Object.keys(errors).length > 0 ? "see the fields above" : undefined;
  }
  if (text.trim() === "") return undefined;
  try {
    JSON.parse(text);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function initialText(schema: unknown): string {
  return schema === undefined ? "" : JSON.stringify(exampleOf(schema), null, 2);
}
