/** Sending a question: once, however often it is tried, and kept until it arrived. */
import { useRef, useState } from "react";
import type { AssistantConversation } from "../api/types";
import { useLive } from "../console/live";

export interface Asking {
  /** The question on its way, or the one that did not arrive. */
  question: string | null;
  /** Why it did not. */
  error: unknown;
  ask: (question: string) => void;
  /** Forgets the one that did not arrive. */
  drop: () => void;
}

export function useAsking(conversation: string | null, onAsked: (conversation: AssistantConversation) => void): Asking {
  const { client } = useLive();
  const [state, setState] = useState<{ question: string | null; error: unknown }>({ question: null, error: null });
  // The same question tried again is the same request.
  const sent = useRef<{ question: string; id: string } | null>(null);

  const ask = (question: string): void => {
    if (sent.current?.question !== question) sent.current = { question, id: crypto.randomUUID() };
    setState({ question, error: null });
    client.ask(conversation, question, sent.current.id).then(
      (answer) => {
        sent.current = null;
        setState({ question: null, error: null });
        onAsked(answer);
      },
      (error: unknown) => setState({ question, error }),
    );
  };
  return { ...state, ask, drop: () => setState({ question: null, error: null }) };
}
