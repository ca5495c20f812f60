import { describe, expect, it } from "vitest";
import type { Message, SessionCard, SessionMessage } from "../api/types";
import { type Read, transcript } from "./transcript";

function said(id: string, author_name: string, text: string, author: SessionMessage["author"] = "member"): SessionMessage {
  return { id, author, author_name, member_id: null, text, html: null, by_ai: null, created_at: Number(id) };
}

function shown(id: string, title: string, revision = 1): SessionCard {
  const card = { kind: "question", title, body: "", fields: [], badge: null, actions: [], state: { kind: "open" }, feedback_on: null } as const;
  return { id, card: { ...card, fields: [], actions: [] }, body_html: "", plain: title, revision, created_at: Number(id), updated_at: Number(id) + revision };
}

const names = (messages: Message[]): string[] => messages.map(({ text, html, card }) => card?.title ?? text ?? html ?? "");
const read: Read = { words: [said("1", "Ada", "printer offline"), said("4", "Bob", "it hums")], cards: [shown("2", "Head"), shown("3", "Which one?")] };

describe("a session's thread", () => {
  it("has words and cards in the order in which they came", () => {
    expect(names(transcript("s", read, [], []))).toEqual(["printer offline", "Head", "Which one?", "it hums"]);
  });

  it("names who wrote", () => {
    expect(transcript("s", read, [], []).map(({ author }) => author.name)).toEqual(["Ada", "FlowPilot", "FlowPilot", "Bob"]);
  });

  it("shows what the copilot said once, as the card that it is", () => {
    const words = [...read.words, said("5", "FlowPilot", "Which one?", "copilot")];
    expect(transcript("s", { ...read, words }, [], [])).toHaveLength(4);
  });

  it("shows a model's answer where it is no card", () => {
    const answer = { ...said("5", "FlowPilot", "*Restart* it.", "copilot"), html: "<em>Restart</em> it.", by_ai: { answer_id: "a", feedback: null } };
    const words = [...read.words, answer];
    expect(transcript("s", { ...read, words }, [], [], true).at(-1)).toMatchObject({ html: "<em>Restart</em> it.", answer: "a", author: { kind: "copilot" } });
    expect(transcript("s", { ...read, words }, [], [], false)).toHaveLength(4);
  });

  it("puts what only this member was told where it was told", () => {
    const told = [{ id: "t", at: 3, html: "<p>psst</p>" }];
    expect(names(transcript("s", read, told, []))).toEqual(["printer offline", "Head", "Which one?", "<p>psst</p>", "it hums"]);
    expect(transcript("s", read, told, [])[3]).toMatchObject({ private: true, author: { kind: "copilot" } });
  });

  it("keeps the very message that did not change, and only that", () => {
    const before = transcript("s", read, [], []);
    const after = transcript("s", { ...read, cards: [shown("2", "Head", 2), shown("3", "Which one?")] }, [], before);
    expect(after.map((message, i) => message === before[i])).toEqual([true, false, true, true]);
  });
});
