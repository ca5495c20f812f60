/** Small line icons. They are decoration: the text beside them, or a label, says what they mean. */
import type { ReactNode } from "react";

function Icon({ children }: { children: ReactNode }) {
  return (
    <svg className="icon" viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      {children}
    </svg>
  );
}

export const CheckIcon = () => <Icon><path d="m3 8.5 3.2 3.2L13 5" /></Icon>;
export const SendIcon = () => <Icon><path d="M2.5 8h11M9 3.5 13.5 8 9 12.5" /></Icon>;
export const PlusIcon = () => <Icon><path d="M8 3v10M3 8h10" /></Icon>;
export const SearchIcon = () => <Icon><circle cx="7" cy="7" r="4" /><path d="m10 10 3.5 3.5" /></Icon>;
export const SunIcon = () => <Icon><circle cx="8" cy="8" r="2.8" /><path d="M8 1.5v1.3M8 13.2v1.3M1.5 8h1.3M13.2 8h1.3M3.4 3.4l.9.9M11.7 11.7l.9.9M3.4 12.6l.9-.9M11.7 4.3l.9-.9" /></Icon>;
export const MoonIcon = () => <Icon><path d="M13.3 9.6A5.7 5.7 0 0 1 6.4 2.7a5.7 5.7 0 1 0 6.9 6.9Z" /></Icon>;
export const SystemIcon = () => <Icon><circle cx="8" cy="8" r="5.5" /><path d="M8 2.5v11a5.5 5.5 0 0 0 0-11Z" className="icon-solid" /></Icon>;
export const ExternalIcon = () => <Icon><path d="M6.5 3.5h-3v9h9v-3M9.5 2.5h4v4M13 3 7.5 8.5" /></Icon>;
export const LockIcon = () => <Icon><rect x="3.5" y="7" width="9" height="6.5" rx="1.3" /><path d="M5.5 7V5a2.5 2.5 0 0 1 5 0v2" /></Icon>;
export const DownIcon = () => <Icon><path d="M8 3v10M3.8 9 8 13.2 12.2 9" /></Icon>;
export const RetryIcon = () => <Icon><path d="M13 8a5 5 0 1 1-1.5-3.6M13 2.5v2.7h-2.7" /></Icon>;
export const AlertIcon = () => <Icon><path d="M8 2 14.5 13.5h-13ZM8 6.5v3M8 11.5v.1" /></Icon>;

const THUMB = <path d="M2.5 7.5H5v5.8H2.5zM5 7.5l2.7-5c1 0 1.6.7 1.4 1.7l-.4 2.3h3.6c.8 0 1.3.7 1.1 1.5l-1 4.3c-.1.6-.6 1-1.2 1H5" />;
export const ThumbUpIcon = () => <Icon>{THUMB}</Icon>;
export const ThumbDownIcon = () => <Icon><g transform="rotate(180 8 8)">{THUMB}</g></Icon>;

/** The product's mark, in the colours of its surroundings. */
export function Mark() {
  return (
    <svg className="mark" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <rect width="32" height="32" rx="7" className="mark-ground" />
      <path d="M9 8.5v7a4 4 0 0 0 4 4h9M18.5 15l4.5 4.5-4.5 4.5" className="mark-line" />
      <circle cx="9" cy="8.5" r="2.7" className="mark-dot" />
    </svg>
  );
}
