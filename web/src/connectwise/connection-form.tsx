/** Connects ConnectWise, or replaces the keys of a connection. Nothing is saved that does not answer. */
import { type FormEvent, useEffect, useId, useRef, useState } from "react";
import type { Client } from "../api/client";
import { explain, Problem } from "../api/problem";
import type { AddedConnection, Connection } from "../api/types";
import { FieldInput } from "../console/field-input";
import { type Answers, validate } from "../console/fields";
import { begin, FIELDS, refusedFields, toConnection } from "./form";
import "../console/dialog.css";

interface ConnectionFormProps {
  client: Client;
  /** The connection whose keys are replaced. */
  known: Connection | null;
  onSaved: (added: AddedConnection) => void;
  onCancel: () => void;
}

export function ConnectionForm({ client, known, onSaved, onCancel }: ConnectionFormProps) {
  const form = useRef<HTMLFormElement>(null);
  const titleId = useId();
  const [answers, setAnswers] = useState<Answers>(() => begin(known));
  const [errors, setErrors] = useState<Record<string, string>>({});
  const [refusal, setRefusal] = useState<string | null>(null);
  const [testing, setTesting] = useState(false);
  // The same request sent again is done once; another one needs another name.
  const [id, setId] = useState(() => crypto.randomUUID());

  useEffect(() => form.current?.querySelector<HTMLElement>(known === null ? "[name=site]" : "[name=public_key]")?.focus(), [known]);

  const showErrors = (found: Record<string, string>): void => {
    setErrors(found);
    const first = FIELDS.find(({ name }) => name in found);
    if (first !== undefined) form.current?.querySelector<HTMLElement>(`[name="${CSS.escape(first.name)}"]`)?.focus();
  };

  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (testing) return;
    const found = validate(FIELDS, answers);
    showErrors(found);
    if (Object.keys(found).length > 0) return;
    setTesting(true);
    setRefusal(null);
    try {
      onSaved(await client.connect(toConnection(answers), id));
    } catch (error) {
      const refused = error instanceof Problem ? refusedFields(error) : {};
      showErrors(refused);
      setRefusal(Object.keys(refused).length > 0 ? null : `${explain(error)} Nothing was saved.`);
      setTesting(false);
    }
  };

  return (
    <form ref={form} className="connection-form" aria-labelledby={titleId} noValidate onSubmit={(event) => void submit(event)}>
      <h4 id={titleId}>{known === null ? "Connect ConnectWise" : `Replace the keys of ${known.name}`}</h4>
      <p className="muted">The connection is tested before it is saved. The keys are kept sealed, and nothing ever shows them again.</p>
      {FIELDS.map((input) => (
        <FieldInput
          key={input.name}
          input={input}
          value={answers[input.name] ?? ""}
          error={errors[input.name]}
          onChange={(value) => {
            setAnswers((before) => ({ ...before, [input.name]: value }));
            setId(crypto.randomUUID());
          }}
        />
      ))}
      <div role="alert">{refusal !== null && <p className="refusal">{refusal}</p>}</div>
      <p role="status" className="muted">
        {testing && "Asking ConnectWise for everything that FlowPilot needs. This can take a minute…"}
      </p>
      <div className="buttons">
        <button type="submit" className="button primary" aria-disabled={testing}>
          {testing ? "Testing…" : "Test and save"}
        </button>
        <button type="button" className="button" onClick={onCancel}>
          Cancel
        </button>
      </div>
    </form>
  );
}
