import type { ComponentType, ReactNode } from "react";
import type { Message } from "../api/types";
import type { CardProps } from "./card";
import type { Outgoing } from "./conversation";
import { Html } from "./html";
import { LockIcon, Mark } from "./icons";
import { clockTime, fullTime } from "./time";

interface MessageProps {
  message: Message;
  /** Same author as the message above, moments later: the name is not repeated. */
  continues: boolean;
  /** A button of this message's card that was just pressed. */
  pressed: Outgoing | null;
  thread: string;
  talk: CardProps["talk"];
  /** Draws cards. */
  card: ComponentType<CardProps>;
  below?: ReactNode;
}

export function MessageView({ message, continues, pressed, thread, talk, card: CardView, below }: MessageProps) {
  const { author, html, card, created_at, edited_at } = message;
  const kind = message.private ? "message message-private" : "message";
  return (
    <article className={continues ? `${kind} message-continues` : kind} aria-label={`${author.name}, ${clockTime(created_at)}`}>
      {!continues && <Avatar author={author} />}
      <div className="message-body">
        {!continues && (
          <p className="message-head">
            <strong>{author.name}</strong>
            <time dateTime={new Date(created_at).toISOString()} title={fullTime(created_at)}>
              {clockTime(created_at)}
            </time>
            {edited_at !== null && card === null && <span>edited</span>}
          </p>
        )}
        {message.private && (
          <p className="message-note">
            <LockIcon /> Only visible to you
          </p>
        )}
        {html !== null && html !== "" && <Html html={html} />}
        {message.text !== undefined && <p className="outgoing-text">{message.text}</p>}
        {card !== null && <CardView card={card} pressed={pressed} thread={thread} talk={talk} />}
        {below}
      </div>
    </article>
  );
}

function Avatar({ author }: { author: Message["author"] }) {
  if (author.kind !== "member") return <Mark />;
  return (
    <span className={`avatar avatar-${hue(author.name)}`} aria-hidden="true">
      {initials(author.name)}
    </span>
  );
}

function initials(name: string): string {
  const words = name.split(/\s+/).filter((word) => word !== "");
  return [words[0], words.length > 1 ? words.at(-1) : undefined].map((word) => Array.from(word ?? "")[0] ?? "").join("").toUpperCase();
}

/** One of five colours, always the same for a name. */
function hue(name: string): number {
  return Array.from(name).reduce((sum, letter) => sum + (letter.codePointAt(0) ?? 0), 0) % 5;
}
