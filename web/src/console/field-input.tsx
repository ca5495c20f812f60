import { type ReactNode, useId } from "react";
import type { Input } from "../api/types";
import { characters } from "./fields";

interface FieldInputProps {
  input: Input;
  value: string;
  error: string | undefined;
  onChange: (value: string) => void;
}

export function isCode({ kind, value }: Input): boolean {
  return kind === "multiline" && (value?.includes("\n") ?? false);
}

export function FieldInput({ input, value, error, onChange }: FieldInputProps) {
  const id = useId();
  const { name, kind, label, required, max_length, options } = input;
  const hint = max_length !== null && max_length > 0 && characters(value) > max_length * 0.8 ? `${characters(value)} of ${max_length} characters` : null;
  const described = [error !== undefined && `${id}-error`, hint !== null && `${id}-hint`].filter(Boolean).join(" ");
  const shared = {
    id,
    name,
    "aria-invalid": error !== undefined,
    "aria-required": required,
    "aria-describedby": described || undefined,
  };
  const typed = { ...shared, value, onChange: (event: { target: { value: string } }) => onChange(event.target.value) };

  let control: ReactNode;
  switch (kind) {
    case "multiline":
      // What comes with lines in it is a script or its schema.
      control = <textarea rows={4} className={isCode(input) ? "code-field" : undefined} {...typed} />;
      break;
    case "choice":
      control = (
        <select {...typed}>
          {!options.some((option) => option.value === "") && <option value="">Choose…</option>}
          {options.map((option) => (
            <option key={option.value} value={option.value}>
              {option.label}
            </option>
          ))}
        </select>
      );
      break;
    case "boolean":
      control = (
        <input type="checkbox" {...shared} checked={value === "true"} onChange={(event) => onChange(String(event.target.checked))} />
      );
      break;
    case "secret":
      control = <input type="password" autoComplete="off" spellCheck={false} {...typed} />;
      break;
    case "number":
      control = <input type="text" inputMode="decimal" {...typed} />;
      break;
    // The console has no channels to choose from, and its cards do not ask for one.
    case "channel":
    case "text":
      control = <input type="text" {...typed} />;
  }
  return (
    <div className={kind === "boolean" ? "field field-boolean" : "field"}>
      <label htmlFor={id}>
        {label} {!required && kind !== "boolean" && <span className="muted">(optional)</span>}
      </label>
      {control}
      {hint !== null && (
        <p id={`${id}-hint`} className="field-hint">
          {hint}
        </p>
      )}
      {error !== undefined && (
        <p id={`${id}-error`} className="field-error">
          {error}
        </p>
      )}
    </div>
  );
}
