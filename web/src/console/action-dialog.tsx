/** Asks before an action is sent: for consent, for what it needs, or both. Esc or Cancel sends nothing. */
import { type FormEvent, useId, useRef, useState } from "react";
import { explain, Problem } from "../api/problem";
import type { Action } from "../api/types";
import { FieldInput, isCode } from "./field-input";
import { type Answers, startingAnswers, toFields, validate } from "./fields";
import { useModal } from "./modal";
import "./dialog.css";

interface ActionDialogProps {
  action: Action;
  /** The title of the card that the action belongs to. */
  about: string;
  /** What was written when this form was last closed without sending it. */
  draft: Answers | undefined;
  onClose: (answers: Answers) => void;
  /** Resolves when the server has agreed. Called again with the same id when trying again. */
  onSubmit: (id: string, fields: Record<string, string> | null) => Promise<void>;
}

export function ActionDialog({ action, about, draft, onClose, onSubmit }: ActionDialogProps) {
  const dialog = useModal();
  const form = useRef<HTMLFormElement>(null);
  const titleId = useId();
  const [id] = useState(() => crypto.randomUUID());
  const [answers, setAnswers] = useState<Answers>(() => ({ ...startingAnswers(action.inputs), ...draft }));
  const [errors, setErrors] = useState<Record<string, string>>({});
  const [refusal, setRefusal] = useState<string | null>(null);
  const [sending, setSending] = useState(false);

  const showErrors = (found: Record<string, string>): void => {
    setErrors(found);
    const first = action.inputs.find(({ name }) => name in found);
    if (first !== undefined) form.current?.querySelector<HTMLElement>(`[name="${CSS.escape(first.name)}"]`)?.focus();
  };

  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (sending) return;
    const found = validate(action.inputs, answers);
    showErrors(found);
    if (Object.keys(found).length > 0) return;
    setSending(true);
    setRefusal(null);
    try {
      await onSubmit(id, action.inputs.length > 0 ? toFields(action.inputs, answers) : null);
      onClose({});
    } catch (error) {
      const refused = error instanceof Problem ? refusedFields(error, action) : {};
      showErrors(refused);
      setRefusal(Object.keys(refused).length > 0 ? null : explain(error));
      setSending(false);
    }
  };

  return (
    <dialog ref={dialog} className={action.inputs.some(isCode) ? "dialog dialog-wide" : "dialog"} aria-labelledby={titleId} onClose={() => onClose(answers)}>
      <form ref={form} className="dialog-content" noValidate onSubmit={(event) => void submit(event)}>
        <h2 id={titleId}>{action.label}</h2>
        <p className="dialog-about">{about}</p>
        {action.confirm !== null && <p>{action.confirm}</p>}
        {action.inputs.map((input) => (
          <FieldInput
            key={input.name}
            input={input}
            value={answers[input.name] ?? ""}
            error={errors[input.name]}
            onChange={(value) => setAnswers((before) => ({ ...before, [input.name]: value }))}
          />
        ))}
        <div role="alert">{refusal !== null && <p className="refusal">{refusal}</p>}</div>
        <div className="dialog-buttons">
          <button type="button" className="button" onClick={() => onClose(answers)}>
            Cancel
          </button>
          <button type="submit" className={`button ${action.style === "danger" ? "danger-solid" : "primary"}`} aria-disabled={sending}>
            {sending ? "Sending…" : refusal !== null ? "Try again" : action.label}
          </button>
        </div>
      </form>
    </dialog>
  );
}

/** The server's errors that belong to a field of this form; "fields.x" and "x" mean the same. */
function refusedFields(problem: Problem, action: Action): Record<string, string> {
  const found = action.inputs.map(({ name }) => [name, problem.rule(name) ?? problem.rule(`fields.${name}`)] as const);
  return Object.fromEntries(found.filter((entry): entry is readonly [string, string] => entry[1] !== undefined));
}
