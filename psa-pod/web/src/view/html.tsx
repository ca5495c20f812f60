/** HTML from the server, which has sanitised it. Nothing else in the page inserts HTML. */
import { useLayoutEffect, useMemo, useRef } from "preact/hooks";

interface Policy {
  createHTML: (html: string) => string;
}

interface TrustedTypes {
  createPolicy: (name: string, rules: Policy) => Policy;
}

const policy = (globalThis as { trustedTypes?: TrustedTypes }).trustedTypes?.createPolicy("flowpilot", {
  createHTML: (html) => html,
});

export function Html({ html }: { html: string }) {
  const element = useRef<HTMLDivElement>(null);
  // The same object as long as it is the same text, or each drawing would put it in anew.
  const inserted = useMemo(() => ({ __html: policy?.createHTML(html) ?? html }), [html]);
  useLayoutEffect(() => {
    // What is wider than the page is scrolled, by keyboard too; links leave the frame alone.
    for (const pre of element.current?.querySelectorAll("pre") ?? []) {
      pre.tabIndex = 0;
      pre.setAttribute("role", "group");
      pre.setAttribute("aria-label", "Code");
    }
    for (const link of element.current?.querySelectorAll("a") ?? []) {
      link.target = "_blank";
      link.rel = "noopener noreferrer";
    }
  }, [html]);
  return <div ref={element} className="rich" dangerouslySetInnerHTML={inserted} />;
}
