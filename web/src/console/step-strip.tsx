import type { Message } from "../api/types";
import { CheckIcon } from "./icons";
import { type Step, steps } from "./steps";

const SAID: Record<Step["state"], string> = { done: "done", current: "now", todo: "to do" };

export function StepStrip({ started, messages, factCount }: { started: boolean; messages: readonly Message[]; factCount: number }) {
  return (
    <ol className="steps" aria-label="Progress">
      {steps(started, messages, factCount).map(({ name, state }, i) => (
        <li key={name} className={`step step-${state}`} aria-current={state === "current" ? "step" : undefined}>
          <span className="step-mark" aria-hidden="true">
            {state === "done" ? <CheckIcon /> : i + 1}
          </span>
          <span className="step-name">{name}</span>
          <span className="visually-hidden">: {SAID[state]}</span>
        </li>
      ))}
    </ol>
  );
}
