/** What the server tells this member alone, once: a script with its secrets filled in. Kept nowhere, gone when closed. */
import { useId, useState } from "react";
import { CheckIcon, LockIcon } from "./icons";
import { useModal } from "./modal";
import { parseReply } from "./reply";
import "./dialog.css";

export function ReplyDialog({ reply, onClose }: { reply: string; onClose: () => void }) {
  const dialog = useModal();
  const titleId = useId();
  const { before, code, after } = parseReply(reply);
  return (
    <dialog ref={dialog} className="dialog dialog-wide" aria-labelledby={titleId} onClose={onClose}>
      <div className="dialog-content">
        <h2 id={titleId}>
          <LockIcon /> Shown only once
        </h2>
        <p className="dialog-about">Copy what you need: it is stored nowhere, and gone when you close this.</p>
        {before !== "" && <p className="dialog-words">{before}</p>}
        {code !== null && (
          <pre className="dialog-code" tabIndex={0} role="group" aria-label="Script">
            {code}
          </pre>
        )}
        {after !== "" && <p className="dialog-words">{after}</p>}
        <div className="dialog-buttons">
          <CopyButton text={code ?? before} />
          <button type="button" className="button" onClick={onClose}>
            Close
          </button>
        </div>
      </div>
    </dialog>
  );
}

function CopyButton({ text }: { text: string }) {
  const [state, setState] = useState<"ready" | "copied" | "refused">("ready");
  const copy = (): void => {
    navigator.clipboard.writeText(text).then(
      () => setState("copied"),
      () => setState("refused"),
    );
  };
  return (
    <>
      <span className="dialog-said" role="status">
        {state === "copied" ? (
          <>
            <CheckIcon /> Copied
          </>
        ) : (
          state === "refused" && "The browser refused. Select the text and copy it."
        )}
      </span>
      <button type="button" className="button primary" onClick={copy}>
        Copy
      </button>
    </>
  );
}
