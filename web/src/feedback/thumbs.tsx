/** What the acting member thinks of something that a model wrote: a thumb, and a few words where they like. */
import { type ComponentType, type FormEvent, useCallback, useId, useRef, useState } from "react";
import type { Judged } from "../api/client";
import { explain } from "../api/problem";
import type { Feedback, Message, NoteKind, Thumb } from "../api/types";
import { AlertIcon, ThumbDownIcon, ThumbUpIcon } from "../console/icons";
import { useLive } from "../console/live";
import { useFetched } from "../console/use-fetched";
import type { Answers } from "./answers";
import "./thumbs.css";

const LONGEST = 1_000;
const THUMBS: { thumb: Thumb; Icon: ComponentType; answer: string; note: string }[] = [
  { thumb: "up", Icon: ThumbUpIcon, answer: "This answer helped", note: "This note is good" },
  { thumb: "down", Icon: ThumbDownIcon, answer: "This answer did not help", note: "This note is not good" },
];

/** Below a message: nothing, unless a model wrote it. */
export function Thumbs({ session, message, answers }: { session: string; message: Message; answers: Answers }) {
  const answer = message.answer ? answers.get(message.answer) : undefined;
  if (answer !== undefined) return <Judge key={answer.message} what={{ session, message: answer.message }} kind="answer" own={answer.feedback} />;
  const { card } = message;
  if (card?.state.kind === "open" && card.feedback_on) return <OfNote key={message.edited_at} session={session} note={card.feedback_on} />;
  return null;
}

function OfNote({ session, note }: { session: string; note: NoteKind }) {
  const { client } = useLive();
  const load = useCallback(async (signal: AbortSignal) => ({ own: await client.noteFeedback(session, note, signal) }), [client, session, note]);
  const { value } = useFetched(load);
  return value === null ? null : <Judge what={{ session, note }} kind="note" own={value.own} />;
}

/** Below an answer of a conversation that a model wrote. */
export function Judge({ what, kind, own }: { what: Judged; kind: "answer" | "note"; own: Feedback | null }) {
  const { client } = useLive();
  // What was said here is newer than what was read.
  const [said, setSaid] = useState<{ feedback: Feedback | null } | null>(null);
  const [writing, setWriting] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const [done, setDone] = useState("");
  // One after the other: what was said last is what is kept.
  const sending = useRef<Promise<void>>(Promise.resolve());
  const feedback = said === null ? own : said.feedback;

  const judge = async (next: Feedback | null): Promise<void> => {
    const before = said;
    setSaid({ feedback: next });
    setError(null);
    setDone("");
    const sent = sending.current.catch(() => undefined).then(() => client.judge(what, next));
    sending.current = sent;
    try {
      await sent;
      setDone(next === null ? "Taken back." : "Kept.");
    } catch (failure) {
      setSaid(before);
      setError(failure);
      throw failure;
    }
  };
  const press = (thumb: Thumb): void => {
    const next = feedback?.thumb === thumb ? null : { thumb, comment: feedback?.comment ?? null };
    judge(next).then(
      () => setWriting(next !== null && next.thumb === "down" && next.comment === null),
      () => undefined,
    );
  };

  return (
    <div className="thumbs">
      <div className="thumbs-buttons" role="group" aria-label="What do you think of it?">
        {THUMBS.map(({ thumb, Icon, [kind]: label }) => (
          <button key={thumb} type="button" className="button small quiet" aria-label={label} title={label} aria-pressed={feedback?.thumb === thumb} onClick={() => press(thumb)}>
            <Icon />
          </button>
        ))}
        {feedback !== null && !writing && (
          <button type="button" className="button small quiet" onClick={() => setWriting(true)}>
            {feedback.comment === null ? "Say why" : "Change what you said"}
          </button>
        )}
      </div>
      {feedback !== null && writing && (
        <Why
          comment={feedback.comment}
          onCancel={() => setWriting(false)}
          onSend={(comment) =>
            judge({ thumb: feedback.thumb, comment }).then(
              () => setWriting(false),
              () => undefined,
            )
          }
        />
      )}
      {feedback !== null && feedback.comment !== null && !writing && <p className="muted">You said: {feedback.comment}</p>}
      <p className="visually-hidden" role="status">
        {done}
      </p>
      <div role="alert">
        {error !== null && (
          <p className="refusal">
            <AlertIcon /> <strong>That was not kept.</strong> {explain(error)}
          </p>
        )}
      </div>
    </div>
  );
}

interface WhyProps {
  comment: string | null;
  onCancel: () => void;
  onSend: (comment: string | null) => Promise<void>;
}

function Why({ comment, onCancel, onSend }: WhyProps) {
  const id = useId();
  const [text, setText] = useState(comment ?? "");
  const send = (event: FormEvent): void => {
    event.preventDefault();
    void onSend(text.trim() === "" ? null : text.trim());
  };
  return (
    <form className="thumbs-why" onSubmit={send}>
      <label htmlFor={id}>Why? Admins read this, with your name.</label>
      <textarea id={id} rows={2} maxLength={LONGEST} value={text} autoFocus onChange={(event) => setText(event.target.value)} />
      <div className="buttons">
        <button type="submit" className="button small primary">
          Send
        </button>
        <button type="button" className="button small" onClick={onCancel}>
          Cancel
        </button>
      </div>
    </form>
  );
}
