/** Below a message: the pictures that came with it, small, and what became of its other files. */
import { useEffect, useMemo, useRef, useState } from "react";
import type { Attachment } from "../api/types";
import { useLive } from "../console/live";
import { Failed } from "../console/states";
import { useFetched } from "../console/use-fetched";
import { altText, isImage, size, whyNoImage } from "./attachment";
import "./attachments.css";

interface AttachmentsProps {
  session: string;
  /** Whose message it is. */
  author: string;
  files: readonly Attachment[];
}

export function Attachments({ session, author, files }: AttachmentsProps) {
  return (
    <ul className="attachments" aria-label="Files">
      {files.map((file) => (
        <li key={file.id}>{isImage(file) ? <Picture session={session} author={author} file={file} /> : <NotShown file={file} />}</li>
      ))}
    </ul>
  );
}

function NotShown({ file }: { file: Attachment }) {
  return (
    <p className="attachment-absent">
      <strong>{file.name}</strong> {whyNoImage(file)}
    </p>
  );
}

function Picture({ session, author, file }: { session: string; author: string; file: Attachment }) {
  const box = useRef<HTMLDivElement>(null);
  const near = useNear(box);
  const { client } = useLive();
  const { id } = file;
  // A picture can be large: it is fetched when the reader comes near it.
  const load = useMemo(() => (near ? (signal: AbortSignal) => client.image(session, id, signal) : null), [client, session, id, near]);
  const { value, error, reload } = useFetched(load);
  const url = useAddress(value);
  return (
    <div className="attachment" ref={box} aria-busy={url === null && error === null}>
      {error !== null && url === null ? (
        <Failed what={`${file.name} can't be shown.`} error={error} retry={reload} />
      ) : url === null ? (
        <span className="attachment-coming">{file.name}</span>
      ) : (
        <a href={url} target="_blank" rel="noopener" title={file.name}>
          <img src={url} alt={altText(file, author)} />
          <span className="visually-hidden">Open the whole picture</span>
        </a>
      )}
      <span className="attachment-name">
        {file.name}
        {file.bytes !== null && <>, {size(file.bytes)}</>}
      </span>
    </div>
  );
}

/** Whether an element was ever close to being seen. */
function useNear(element: { current: HTMLElement | null }): boolean {
  const [near, setNear] = useState(false);
  useEffect(() => {
    const seen = element.current;
    if (seen === null || near) return undefined;
    const observer = new IntersectionObserver((entries) => entries.some(({ isIntersecting }) => isIntersecting) && setNear(true), { rootMargin: "400px" });
    observer.observe(seen);
    return () => observer.disconnect();
  }, [element, near]);
  return near;
}

/** An address for what is in memory, for as long as it is on screen. */
function useAddress(content: Blob | null): string | null {
  const [url, setUrl] = useState<string | null>(null);
  useEffect(() => {
    if (content === null) return undefined;
    const made = URL.createObjectURL(content);
    setUrl(made);
    return () => {
      setUrl(null);
      URL.revokeObjectURL(made);
    };
  }, [content]);
  return url;
}
