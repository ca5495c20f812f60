/**
 * HTML from the server, which has sanitised it. Nothing else in the page inserts HTML, so under a
 * Trusted Types policy `flowpilot` is the only name to allow.
 */
import { memo, useEffect, useRef } from "react";

interface TrustedTypes {
  createPolicy: (name: string, rules: { createHTML: (html: string) => string }) => { createHTML: (html: string) => string };
}

const policy = (globalThis as { trustedTypes?: TrustedTypes }).trustedTypes?.createPolicy("flowpilot", {
  createHTML: (html) => html,
});

export const Html = memo(function Html({ html }: { html: string }) {
  const element = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (element.current !== null) complete(element.current);
  }, [html]);
  return <div ref={element} className="rich" dangerouslySetInnerHTML={{ __html: policy?.createHTML(html) ?? html }} />;
});

/** What a page adds to plain markup: code that can be scrolled by keyboard and copied, links that leave it open. */
function complete(root: HTMLElement): void {
  for (const pre of root.querySelectorAll("pre")) withCopyButton(pre);
  for (const link of root.querySelectorAll<HTMLAnchorElement>("a[href]")) {
    link.target = "_blank";
    link.rel = "noopener noreferrer";
  }
}

function withCopyButton(pre: HTMLPreElement): void {
  if (pre.parentElement?.classList.contains("code") === true) return;
  const frame = document.createElement("div");
  frame.className = "code";
  pre.replaceWith(frame);
  pre.tabIndex = 0;
  pre.setAttribute("role", "group");
  pre.setAttribute("aria-label", "Code");
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button small code-copy";
  button.textContent = "Copy";
  button.addEventListener("click", () => void copy(pre.innerText, button));
  frame.append(pre, button);
}

async function copy(text: string, button: HTMLButtonElement): Promise<void> {
  const copied = await navigator.clipboard.writeText(text.trimEnd()).then(
    () => true,
    () => false,
  );
  button.textContent = copied ? "Copied" : "Press Ctrl+C";
  setTimeout(() => {
    button.textContent = "Copy";
  }, 2000);
}
