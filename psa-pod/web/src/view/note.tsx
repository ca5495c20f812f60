/** The note exactly as it would be posted, whether it is of now, and what became of it. */
import { useEffect, useState } from "preact/hooks";
import { clockTime } from "../../../../web/src/console/time";
import type { Pod } from "../pod";
import type { Shown } from "../shown";
import type { Action, NoteKind, Posting, Preview, Section, Session } from "../types";
import { Actions, CardActions } from "./actions";
import { Badge } from "./badge";
import { Copy } from "./copy";

const LABELS: Record<NoteKind, string> = { resolution: "Resolution note", escalation: "Escalation package" };
/** A note that takes longer than this is waiting for the ticket system. */
const LONG_MS = 10_000;

export function NotePanel({ pod, shown, session }: { pod: Pod; shown: Shown; session: Session }) {
  const { note } = shown;
  const { kind, preview } = note;
  const isOld = preview !== null && preview.state_version !== session.state_version;
  const posting = session.posting?.kind === kind ? session.posting : null;
  const open = session.cards.find((card) => card.kind === "note");
  // A note of this very version was sent already: there is nothing to send again.
  const isSent = posting !== null && posting.state_version === session.state_version && posting.status !== "failed";
  return (
    <section className="panel" aria-labelledby="note">
      <div className="row">
        <h2 id="note">{LABELS[kind]}</h2>
        <Freshness version={preview?.state_version ?? null} session={session.state_version} fromCache={preview?.from_cache ?? false} />
      </div>
      <label className="choice">
        Show{" "}
        <select value={kind} onChange={(event) => pod.showNote(event.currentTarget.value as NoteKind)}>
          <option value="resolution">{LABELS.resolution}</option>
          <option value="escalation">{LABELS.escalation}</option>
        </select>
      </label>
      {posting !== null && <Delivery posting={posting} pod={pod} shown={shown} session={session} />}
      {preview === null && note.problem === null && <p className="muted">Writing…</p>}
      {note.problem !== null && <p className="field-error">{note.problem}</p>}
      {preview !== null && (
        <>
          <Origin preview={preview} />
          <Text key={preview.author} sections={preview.sections} isModels={preview.author !== null} />
          <Doubts preview={preview} />
        </>
      )}
      <div className="buttons">
        {(isOld || note.problem !== null || preview !== null) && (
          <button type="button" className={`button ${isOld ? "primary" : "quiet"}`} aria-disabled={note.loading} onClick={() => void pod.regenerate()}>
            {note.loading ? "Writing…" : "Regenerate"}
          </button>
        )}
        {preview !== null && <Copy text={preview.markdown} />}
      </div>
      {preview !== null && !isOld && !isSent && session.status !== "abandoned" && (
        <Actions name="note" actions={[postAction(kind, session, session.open_note === kind ? open : undefined)]} pod={pod} shown={shown} onUse={() => pod.postNote()} />
      )}
      {open !== undefined && session.open_note === kind && (
        <CardActions card={open} pod={pod} shown={shown} only={({ id }) => id !== "post"} />
      )}
    </section>
  );
}

function Freshness({ version, session, fromCache }: { version: number | null; session: number; fromCache: boolean }) {
  if (version === null) return null;
  if (version !== session) return <Badge text={`Cached at version ${version}, session at ${session}`} tone="warn" />;
  return <Badge text={fromCache ? `Cached, of version ${version}` : `Fresh, of version ${version}`} tone="good" />;
}

/** Where it goes and what follows is said before it is sent. */
function postAction(kind: NoteKind, { ticket_id }: Session, open: Session["cards"][number] | undefined): Action {
  // Who sees it was chosen on the card, where somebody looks at it already.
  const chosen = open?.fields.find(({ label }) => label === "Goes to")?.value;
  const place = kind === "resolution" ? "the resolution" : "the internal analysis";
  const goes = chosen ?? `${place} of ticket #${ticket_id ?? ""}; nobody is e-mailed`;
  const then = kind === "resolution" ? "resolves the session" : "escalates the session";
  return {
    id: "post",
    label: kind === "resolution" ? "Post note" : "Post package",
    style: "primary",
    confirm: `Posts to ${goes}. It ${then}.`,
    inputs: [],
  };
}

function Delivery({ posting, pod, shown, session }: { posting: Posting; pod: Pod; shown: Shown; session: Session }) {
  const [now, setNow] = useState(() => Date.now());
  const waits = posting.status === "pending" || posting.status === "sending";
  useEffect(() => {
    if (!waits) return undefined;
    const timer = setInterval(() => setNow(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, [waits]);
  if (posting.status === "posted") {
    return (
      <p className="banner tone-good">
        Posted {clockTime(posting.updated_at)} by {posting.member_name}
        {posting.external_id !== null && <> as note {posting.external_id}</>}.
      </p>
    );
  }
  if (posting.status === "failed") {
    const card = session.cards.find((one) => one.kind === "posting" && one.actions.some(({ id }) => id === "retry"));
    return (
      <div className="banner tone-bad">
        <p>Not posted: {posting.error ?? "no reason is known"}.</p>
        {card !== undefined && <CardActions card={card} pod={pod} shown={shown} />}
      </div>
    );
  }
  if (now - posting.created_at < LONG_MS) return <p className="banner tone-neutral">On its way to ticket #{posting.ticket_id}…</p>;
  return (
    <p className="banner tone-warn">
      Queued since {clockTime(posting.created_at)}: ConnectWise does not answer. The note is kept, and posted once it does.
    </p>
  );
}

/** Who wrote it, and what is to be said of that. */
function Origin({ preview: { author, remark } }: { preview: Preview }) {
  return (
    <>
      {author !== null && <p className="muted">Written by {author}, checked against the record.</p>}
      {remark !== null && <p className="muted">{remark}</p>}
    </>
  );
}

/** What nothing recorded supports: what a member wrote is posted all the same, what a model wrote is not in the note. */
function Doubts({ preview: { unsupported, left_out } }: { preview: Preview }) {
  return (
    <>
      {unsupported.length > 0 && (
        <div className="banner tone-warn">
          <p>Not supported by what was confirmed:</p>
          <ul>
            {unsupported.map((text) => (
              <li key={text}>{text}</li>
            ))}
          </ul>
        </div>
      )}
      {left_out.length > 0 && (
        <details>
          <summary>Left out, because nothing recorded supports it</summary>
          <ul>
            {left_out.map(({ text, why }) => (
              <li key={text}>
                {text} <small className="muted">({why})</small>
              </li>
            ))}
          </ul>
        </details>
      )}
    </>
  );
}

function Text({ sections, isModels }: { sections: readonly Section[]; isModels: boolean }) {
  const [withSources, setWithSources] = useState(isModels);
  return (
    <>
      <div className="note-text">
        {sections.map((section) => (
          <div key={section.title}>
            <h3>{section.title}</h3>
            {blocks(section).map((block, at) => {
              const lines = block.map((sentence) => (
                <>
                  <Plain text={sentence.text} />
                  {withSources && <small className="muted"> (from: {sentence.from})</small>}
                </>
              ));
              return block[0]?.item === true ? (
                <ul key={at}>
                  {lines.map((line, i) => (
                    <li key={i}>{line}</li>
                  ))}
                </ul>
              ) : (
                <p key={at}>{lines.flatMap((line, i) => (i === 0 ? [line] : [" ", line]))}</p>
              );
            })}
          </div>
        ))}
      </div>
      <label className="choice">
        <input type="checkbox" checked={withSources} onChange={(event) => setWithSources(event.currentTarget.checked)} /> Show what each sentence rests on
      </label>
    </>
  );
}

/** Runs of list items, and of running text. */
function blocks({ sentences }: Section): Section["sentences"][] {
  const made: Section["sentences"][] = [];
  for (const sentence of sentences) {
    const last = made.at(-1);
    if (last !== undefined && last[0]?.item === sentence.item) last.push(sentence);
    else made.push([sentence]);
  }
  return made;
}

/** Text as it is, but for code between backticks: what people wrote is not meant as markup. */
function Plain({ text }: { text: string }) {
  const parts = text.split("`");
  return (
    <>
      {parts.map((part, at) => {
        if (at % 2 === 0) return part;
        return at + 1 < parts.length ? <code key={at}>{part}</code> : `\`${part}`;
      })}
    </>
  );
}
