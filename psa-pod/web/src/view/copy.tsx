import { useRef, useState } from "preact/hooks";

/** In a frame the clipboard is often out of reach; the old way works there. */
export function Copy({ text }: { text: string }) {
  const [said, setSaid] = useState("Copy");
  const area = useRef<HTMLTextAreaElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const copy = (): void => {
    area.current?.select();
    const done = document.execCommand("copy");
    button.current?.focus();
    setSaid(done ? "Copied" : "Press Ctrl+C");
    setTimeout(() => setSaid("Copy"), 2_000);
  };
  return (
    <>
      <button type="button" className="button quiet" ref={button} onClick={copy}>
        {said}
      </button>
      <textarea ref={area} className="visually-hidden" readOnly tabIndex={-1} aria-hidden="true" value={text} />
    </>
  );
}
