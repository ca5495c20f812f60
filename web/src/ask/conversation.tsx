/** One conversation: questions, answers while they are written, and where to ask on. */
import { useEffect, useRef, useState } from "react";
import { explain } from "../api/problem";
import type { Exchange } from "../api/types";
import { Composer } from "../console/composer";
import { Html } from "../console/html";
import { AlertIcon } from "../console/icons";
import { useLive } from "../console/live";
import { More } from "../console/more";
import { Failed, Loading } from "../console/states";
import { clockTime, fullTime } from "../console/time";
import { Judge } from "../feedback/thumbs";
import { OnItsWay } from "./asking";
import { open } from "./exchanges";
import { Sources } from "./sources";
import { useAsking } from "./use-asking";
import { useExchanges } from "./use-exchanges";

export function ConversationView({ id }: { id: string }) {
  const { client } = useLive();
  const { items, error, more, before, reload } = useExchanges(client, id);
  const asking = useAsking(id, reload);
  const end = useRef<HTMLDivElement>(null);
  const last = items?.at(-1);
  // The newest words are in sight when a question is added; whoever scrolls up while one is answered stays there.
  useEffect(() => {
    end.current?.scrollIntoView({ block: "end" });
  }, [last?.id, last?.ended_at, asking.question]);

  if (items === null) {
    return (
      <section className="ask-main" aria-label="Conversation">
        <div className="ask-body">{error === null ? <Loading what="the conversation" lines={5} /> : <Failed what="The conversation can't be read." error={error} retry={reload} />}</div>
      </section>
    );
  }
  const writing = open(items)[0];
  return (
    <section className="ask-main" aria-label="Conversation">
      <div className="scroll" tabIndex={0} role="region" aria-label="Questions and answers">
        <div className="ask-body">
          {more !== null && <More name="Load earlier questions" state={more} failure="Earlier questions can't be read." error={error} onMore={before} />}
          {items.map((exchange) => (
            <ExchangeView key={exchange.id} conversation={id} exchange={exchange} waits={exchange.ended_at === null && exchange !== writing} />
          ))}
          <OnItsWay asking={asking} />
          <div ref={end} />
        </div>
      </div>
      <Composer draftKey={`ask/${id}`} commands={[]} placeholder="Ask on" autoFocus onSend={asking.ask} />
    </section>
  );
}

function ExchangeView({ conversation, exchange, waits }: { conversation: string; exchange: Exchange; waits: boolean }) {
  const { id, question, html, ending, ended_at, created_at, model, sources, feedback } = exchange;
  return (
    <article className="exchange" aria-label={question}>
      <p className="question">{question}</p>
      <time className="muted" dateTime={new Date(created_at).toISOString()} title={fullTime(created_at)}>
        {clockTime(created_at)}
      </time>
      <div className="answer" aria-busy={ended_at === null}>
        {html !== "" && <Html html={html} />}
        {ended_at === null ? <Writing conversation={conversation} waits={waits} /> : <Below ending={ending} model={model} cites={sources.length > 0} />}
        <Sources sources={sources} />
        {ended_at !== null && model !== null && <Judge what={{ conversation, answer: id }} kind="answer" own={feedback} />}
      </div>
    </article>
  );
}

function Below({ ending, model, cites }: { ending: string | null; model: string | null; cites: boolean }) {
  if (ending !== null && ending !== "")
    return (
      <p className="ask-note">
        <AlertIcon /> {ending}
      </p>
    );
  if (model === null) return <p className="ask-note muted">From your team&apos;s own library.</p>;
  return <p className="ask-note muted">{cites ? `Written by ${model}, not confirmed by anybody.` : `Written by ${model}; it cites nothing of your library. Not confirmed by anybody.`}</p>;
}

/** The state of an answer that is not at its end. */
function Writing({ conversation, waits }: { conversation: string; waits: boolean }) {
  const { client } = useLive();
  const [error, setError] = useState<unknown>(null);
  const [stopping, setStopping] = useState(false);
  const stop = (): void => {
    setStopping(true);
    setError(null);
    client.stopAnswer(conversation).catch((failure: unknown) => {
      setStopping(false);
      setError(failure);
    });
  };
  return (
    <div className="ask-writing">
      <p role="status">{stopping ? "Stopping…" : waits ? "Waits for the answer before." : "Writing…"}</p>
      {!waits && (
        <button type="button" className="button small" aria-disabled={stopping} onClick={stopping ? undefined : stop}>
          Stop
        </button>
      )}
      {error !== null && (
        <p className="refusal" role="alert">
          <AlertIcon /> {explain(error)}
        </p>
      )}
    </div>
  );
}
