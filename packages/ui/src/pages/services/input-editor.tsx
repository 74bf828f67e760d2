/** What a handler is given: fields by its schema, or text. */
import { useState } from "react";
import { type SchemaField, toFields } from "../../playground/schema.ts";
import type { Draft } from "./use-draft.ts";

interface InputEditorProps {
  readonly schema: unknown;
  readonly draft: Draft;
}

export function InputEditor({ schema, draft }: InputEditorProps) {
  const [fields] = useState(() => toFields(schema));
  return (
    <div className="stack-small">
      {fields !== undefined && (
        <fieldset className="segmented">
          <legend className="visually-hidden">How to write the input</legend>
          {(["form", "text"] as const).map((mode) => (
            <button
              key={mode}
              type="button"
              aria-pressed={draft.mode === mode}
              onClick={() => draft.setMode(mode)}
            >
              {mode === "form" ? "Form" : "JSON"}
            </button>
          ))}
        </fieldset>
      )}
      {fields !== undefined && draft.mode === "form" ? (
        <div className="form form-2">
          {fields.map((field) => (
            <FieldView key={field.name} field={field} draft={draft} />
          ))}
        </div>
      ) : (
        <label className="field">
          <span className="label">Input</span>
          <textarea
            className="textarea"
            rows={6}
            spellCheck={false}
            value={draft.text}
            placeholder='JSON, such as {"name": "Ada"}; empty for no body'
            aria-invalid={draft.problem !== undefined}
            onChange={(event) => draft.setText(event.currentTarget.value)}
          />
        </label>
      )}
    </div>
  );
}

interface FieldViewProps {
  readonly field: SchemaField;
  readonly draft: Draft;
}

function FieldView({ field, draft }: FieldViewProps) {
  const { name, label, isRequired, description } = field;
  const error = draft.errors[name];
  const hasBegun = draft.texts[name] !== undefined;
  return (
    // biome-ignore lint/a11y/noLabelWithoutControl: the control is what FieldInput renders.
    <label className="field">
      <span className="label">
        {label}
        {isRequired && <span className="faint"> (needed)</span>}
      </span>
      <FieldInput field={field} draft={draft} />
      {description !== undefined && <span className="hint">{description}</span>}
      {error !== undefined && hasBegun && <span className="error-text">{error}</span>}
    </label>
  );
}

function FieldInput({ field, draft }: FieldViewProps) {
  const { name, kind, choices = [], initial } = field;
  const value = draft.texts[name] ?? initial;
  const set = (text: string) => draft.setField(name, text);
  if (kind === "boolean" || kind === "choice") {
    const texts =
      kind === "boolean"
        ? ["true", "false"]
        : choices.map((choice) => (typeof choice === "string" ? choice : JSON.stringify(choice)));
    return (
      <select className="select" value={value} onChange={(event) => set(event.currentTarget.value)}>
        <option value="">—</option>
        {texts.map((text) => (
          <option key={text} value={text}>
            {text}
          </option>
        ))}
      </select>
    );
  }
  if (kind === "json") {
    return (
      <textarea
        className="textarea"
        rows={3}
        spellCheck={false}
        value={value}
        placeholder="JSON"
        onChange={(event) => set(event.currentTarget.value)}
      />
    );
  }
  return (
    <input
      className="input"
      inputMode={kind === "number" ? "decimal" : "text"}
      value={value}
      onChange={(event) => set(event.currentTarget.value)}
    />
  );
}
