/** A new question. What the library has about it is shown while it is typed: often that is the answer. */
import { useCallback, useEffect, useState } from "react";
import type { AssistantConversation, Hit } from "../api/types";
import { SearchIcon, SendIcon } from "../console/icons";
import { useLive } from "../console/live";
import { Empty } from "../console/states";
import { useFetched } from "../console/use-fetched";
import { OnItsWay } from "./asking";
import { SourceLine } from "./sources";
import { useAsking } from "./use-asking";

/** Between the last key and the search. */
const TYPED_MS = 400;
/** Fewer letters say nothing. */
const LEAST = 3;
const LONGEST = 8_000;

export function Begin({ onBegun }: { onBegun: (conversation: AssistantConversation) => void }) {
  const [text, setText] = useState("");
  const asking = useAsking(null, onBegun);
  const found = useSearch(text.trim());
  const ask = (): void => {
    if (text.trim() === "" || asking.question !== null) return;
    asking.ask(text.trim());
  };
  return (
    <section className="ask-main" aria-label="New question">
      <div className="scroll" tabIndex={0} role="region" aria-label="Question">
        <div className="ask-body">
          <form
            className="ask-form"
            onSubmit={(event) => {
              event.preventDefault();
              ask();
            }}
          >
            <label htmlFor="question">What do you want to know?</label>
            <textarea
              id="question"
              rows={4}
              maxLength={LONGEST}
              value={text}
              autoFocus
              placeholder="How did we get Contoso's scanner to mail again? What is #12345 about?"
              aria-describedby="question-hint"
              onChange={(event) => setText(event.target.value)}
              onKeyDown={(event) => {
                if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
                event.preventDefault();
                ask();
              }}
            />
            <p className="muted" id="question-hint">
              Answered from your team&apos;s flows, resolved sessions and the tickets you name with #, with what each statement rests on. No ticket is changed.
            </p>
            <div className="buttons">
              <button type="submit" className="button primary" aria-disabled={text.trim() === "" || asking.question !== null}>
                <SendIcon /> Ask
              </button>
            </div>
          </form>
          <OnItsWay asking={asking} />
          <section className="ask-found" aria-labelledby="found-title">
            <h3 id="found-title">
              <SearchIcon /> In your library
            </h3>
            {found === null ? <Empty>Flows and resolved sessions about it are shown here while you type.</Empty> : <Found hits={found} />}
          </section>
        </div>
      </div>
    </section>
  );
}

function Found({ hits }: { hits: Hit[] }) {
  return (
    <>
      <p className="visually-hidden" role="status">
        {hits.length === 0 ? "Nothing found." : `${hits.length} found.`}
      </p>
      {hits.length === 0 ? (
        <Empty>No flow and no resolved session is about this.</Empty>
      ) : (
        <ul className="sources">
          {hits.map((hit) => (
            <li key={`${hit.kind}/${hit.reference}`}>
              <SourceLine source={hit} />
              {hit.excerpt !== "" && <p className="muted">{hit.excerpt}</p>}
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

/** What was found last stays until the next answer; nothing for less than a word. */
function useSearch(words: string): Hit[] | null {
  const { client } = useLive();
  const [settled, setSettled] = useState("");
  const [shown, setShown] = useState<Hit[] | null>(null);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(words.slice(0, 1_000)), TYPED_MS);
    return () => clearTimeout(timer);
  }, [words]);
  const says = settled.length >= LEAST;
  const load = useCallback((signal: AbortSignal) => client.search(settled, signal), [client, settled]);
  const { value } = useFetched(says ? load : null);
  if (value !== null && value !== shown) setShown(value);
  return says ? (value ?? shown) : null;
}
