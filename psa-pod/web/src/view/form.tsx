/** The values that an action asks for, where its button is: a page in a frame has no room for windows. */
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { startingAnswers, toFields, validate } from "../../../../web/src/console/fields";
import type { Pod } from "../pod";
import type { Outcome } from "../shown";
import type { Action, Input } from "../types";

interface FormProps {
  /** Names it among the forms of the page. */
  name: string;
  action: Pick<Action, "label" | "confirm" | "inputs" | "style">;
  pod: Pod;
  busy: boolean;
  onSubmit: (fields: Record<string, string>) => Promise<Outcome>;
  onClose: () => void;
}

export function Form({ name, action, pod, busy, onSubmit, onClose }: FormProps) {
  const { label, confirm, inputs, style } = action;
  const [start] = useState(() => startingAnswers(inputs));
  const [answers, setAnswers] = useState(start);
  const [wrong, setWrong] = useState<Record<string, string>>({});
  const form = useRef<HTMLFormElement>(null);
  const id = useId();

  const isDirty = inputs.some((input) => (answers[input.name] ?? "") !== (start[input.name] ?? ""));
  useEffect(() => pod.draft(name, isDirty), [isDirty]);
  useEffect(() => () => pod.draft(name, false), []);
  useEffect(() => {
    const first = form.current?.querySelector<HTMLElement>("input, textarea, select") ?? form.current?.querySelector("button");
    first?.focus();
  }, []);

  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (busy) return;
    const found = validate(inputs, answers);
    setWrong(found);
    if (Object.keys(found).length > 0) {
      focusFirst(form.current, found);
      return;
    }
    const outcome = await onSubmit(toFields(inputs, answers));
    if (outcome.ok) onClose();
    else if (outcome.problem !== null && outcome.problem.errors.length > 0) {
      const told = fromServer(inputs, outcome.problem.errors);
      setWrong(told);
      focusFirst(form.current, told);
    }
  };
  const rest = Object.entries(wrong).filter(([field]) => !inputs.some((input) => input.name === field));
  return (
    <form
      className="form"
      ref={form}
      noValidate
      aria-label={label}
      onSubmit={(event) => void submit(event)}
      onKeyDown={(event) => {
        if (event.key === "Escape") onClose();
      }}
    >
      {confirm !== null && <p className="confirm">{confirm}</p>}
      {inputs.map((input) => (
        <Field
          key={input.name}
          id={`${id}-${input.name}`}
          input={input}
          value={answers[input.name] ?? ""}
          error={wrong[input.name]}
          onChange={(value) => setAnswers((before) => ({ ...before, [input.name]: value }))}
        />
      ))}
      {rest.map(([field, rule]) => (
        <p className="field-error" key={field}>
          {field}: {rule}
        </p>
      ))}
      <div className="buttons">
        <button type="submit" className={`button ${style === "danger" ? "danger-solid" : "primary"}`} aria-disabled={busy}>
          {busy ? "Sending…" : label}
        </button>
        <button type="button" className="button" onClick={onClose}>
          Not now
        </button>
      </div>
    </form>
  );
}

/** Rules of the server by field; what is about none of the fields keeps its own name. */
function fromServer(inputs: readonly Input[], errors: readonly { field: string; rule: string }[]): Record<string, string> {
  const nameOf = (field: string): string => {
    const last = field.split(".").at(-1) ?? field;
    if (inputs.some((input) => input.name === last)) return last;
    return inputs.length === 1 ? (inputs[0]?.name ?? field) : field;
  };
  return Object.fromEntries(errors.map(({ field, rule }) => [nameOf(field), rule]));
}

function focusFirst(form: HTMLFormElement | null, wrong: Record<string, string>): void {
  const first = Object.keys(wrong)[0];
  form?.querySelector<HTMLElement>(`[name="${CSS.escape(first ?? "")}"]`)?.focus();
}

interface FieldProps {
  id: string;
  input: Input;
  value: string;
  error: string | undefined;
  onChange: (value: string) => void;
}

function Field({ id, input, value, error, onChange }: FieldProps) {
  const { name, kind, label, required, options } = input;
  const shared = {
    id,
    name,
    "aria-invalid": error !== undefined,
    "aria-required": required,
    "aria-describedby": error === undefined ? undefined : `${id}-error`,
  };
  const typed = { ...shared, value, onInput: (event: { currentTarget: { value: string } }) => onChange(event.currentTarget.value) };
  return (
    <div className="field">
      <label htmlFor={id}>
        {label}
        {!required && <span className="muted"> (optional)</span>}
      </label>
      {kind === "multiline" && <textarea rows={4} {...typed} />}
      {kind === "choice" && (
        <select {...typed}>
          {!options.some((option) => option.value === "") && <option value="">Choose…</option>}
          {options.map((option) => (
            <option key={option.value} value={option.value}>
              {option.label}
            </option>
          ))}
        </select>
      )}
      {kind === "boolean" && (
        <input type="checkbox" {...shared} checked={value === "true"} onChange={(event) => onChange(String(event.currentTarget.checked))} />
      )}
      {kind === "secret" && <input type="password" autoComplete="off" {...typed} />}
      {kind === "number" && <input type="text" inputMode="decimal" {...typed} />}
      {kind === "text" && <input type="text" autoComplete="off" {...typed} />}
      {error !== undefined && (
        <p className="field-error" id={`${id}-error`}>
          {error}
        </p>
      )}
    </div>
  );
}
