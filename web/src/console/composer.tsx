/**
 * Where the member writes. Enter sends, Shift+Enter makes a line; `/` offers the commands: arrows
 * choose, Tab or Enter completes, Esc closes. The text is sent as it is: the server knows commands.
 */
import { type KeyboardEvent, useEffect, useId, useRef, useState } from "react";
import { type Completion, matching, underway } from "./commands";
import { SendIcon } from "./icons";
import "./composer.css";

interface ComposerProps {
  /** What is written but not sent belongs to this thread or ticket. */
  draftKey: string;
  commands: Completion[];
  placeholder: string;
  autoFocus: boolean;
  onSend: (text: string) => void;
}

/** The list is longer than a small screen is high. */
const scrollTo = (option: HTMLElement | null): void => option?.scrollIntoView({ block: "nearest" });

/** Unsent words, for as long as the page is open. */
const drafts = new Map<string, string>();

export function Composer({ draftKey, commands, placeholder, autoFocus, onSend }: ComposerProps) {
  const field = useRef<HTMLTextAreaElement>(null);
  const listId = useId();
  const [text, setText] = useState(() => drafts.get(draftKey) ?? "");
  const [closed, setClosed] = useState(false);
  // The list was asked for when words were there already: the commands that can take them.
  const [forWords, setForWords] = useState(false);
  const [at, setAt] = useState(0);

  useEffect(() => {
    if (autoFocus) field.current?.focus();
  }, [autoFocus]);

  const offered = closed ? [] : forWords ? commands.filter(({ takesText }) => takesText) : matching(commands, text);
  const active = offered[Math.min(at, offered.length - 1)];
  const hint = underway(commands, text);

  const write = (next: string): void => {
    setText(next);
    drafts.set(draftKey, next);
    list(false);
  };
  const list = (words: boolean): void => {
    setForWords(words);
    setClosed(false);
    setAt(0);
  };
  const send = (): void => {
    if (text.trim() === "") return;
    onSend(text.trim());
    write("");
  };
  const complete = ({ word, takesText }: Completion): void => {
    write(takesText ? `${word} ${forWords ? text : ""}` : word);
    setClosed(!takesText);
    field.current?.focus();
  };

  const toggleCommands = (): void => {
    field.current?.focus();
    if (offered.length > 0) {
      if (text === "/") write("");
      else setClosed(true);
    } else if (text.trim() === "" || text.startsWith("/")) write("/");
    else list(true);
  };

  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.nativeEvent.isComposing) return;
    if (active !== undefined && onListKey(event, active)) event.preventDefault();
    else if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      send();
    }
  };
  /** Whether the key was meant for the list of commands. */
  const onListKey = (event: KeyboardEvent, chosen: Completion): boolean => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined) setAt((offered.indexOf(chosen) + step + offered.length) % offered.length);
    else if (event.key === "Escape") setClosed(true);
    else if (event.key === "Tab" && !event.shiftKey) complete(chosen);
    else if (event.key === "Enter" && !event.shiftKey && text.toLowerCase() !== chosen.word) complete(chosen);
    else return false;
    return true;
  };

  return (
    <form
      className="composer"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      {offered.length > 0 && (
        <ul className="commands" id={listId} role="listbox" aria-label="Commands" tabIndex={0}>
          {offered.map((command) => (
            <li
              key={command.word}
              id={`${listId}${command.word}`}
              role="option"
              aria-selected={command === active}
              ref={command === active ? scrollTo : null}
              // Before the text field loses the focus.
              onPointerDown={(event) => {
                event.preventDefault();
                complete(command);
              }}
            >
              <code>{command.usage}</code> <span>{command.summary}</span>
            </li>
          ))}
        </ul>
      )}
      <div className="composer-row">
        <label className="visually-hidden" htmlFor={`${listId}text`}>
          Message
        </label>
        <textarea
          id={`${listId}text`}
          ref={field}
          rows={1}
          value={text}
          placeholder={placeholder}
          aria-autocomplete="list"
          aria-controls={offered.length > 0 ? listId : undefined}
          aria-activedescendant={active === undefined ? undefined : `${listId}${active.word}`}
          aria-describedby={`${listId}hint`}
          onChange={(event) => write(event.target.value)}
          onKeyDown={onKeyDown}
          onBlur={({ relatedTarget }) => {
            if (relatedTarget?.id !== listId) setClosed(true);
          }}
        />
        {commands.length > 0 && (
          <button type="button" className="button icon-button" aria-label="Commands" title="Commands" onPointerDown={(event) => event.preventDefault()} onClick={toggleCommands}>
            /
          </button>
        )}
        <button type="submit" className="button primary" aria-disabled={text.trim() === ""}>
          <SendIcon /> <span className="send-word">Send</span>
        </button>
      </div>
      <p className="composer-hint" id={`${listId}hint`}>
        {hint === undefined
          ? `Enter sends, Shift+Enter starts a new line${commands.length > 0 ? ", / lists commands" : ""}`
          : `${hint.usage}: ${hint.summary}`}
      </p>
      <p className="visually-hidden" role="status">
        {active === undefined ? "" : `${offered.length} commands. Arrow keys choose, Tab completes.`}
      </p>
    </form>
  );
}
