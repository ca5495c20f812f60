import { describe, expect, it } from "vitest";
import type { Input } from "../api/types";
import { startingAnswers, toFields, validate, worthKeeping } from "./fields";

const input = (with_: Partial<Input>): Input => ({
  name: "result",
  label: "Result",
  kind: "text",
  required: true,
  max_length: 5,
  value: null,
  options: [],
  ...with_,
});

describe("a form of an action", () => {
  it("asks for what is required, spaces not counting", () => {
    expect(validate([input({})], { result: "  " })).toEqual({ result: "Fill this in." });
  });

  it("accepts an empty field that may be empty, and leaves it out", () => {
    const optional = [input({ required: false })];
    expect(validate(optional, { result: "" })).toEqual({});
    expect(toFields(optional, { result: "" })).toEqual({});
  });

  it("counts characters, not UTF-16 units", () => {
    expect(validate([input({})], { result: "🔥🔥🔥🔥🔥" })).toEqual({});
    expect(validate([input({})], { result: "123456" })).toEqual({ result: "At most 5 characters; this has 6." });
  });

  it("refuses words where a number is asked for", () => {
    expect(validate([input({ kind: "number" })], { result: "five" })).toEqual({ result: "Enter a number." });
  });

  it("that is closed without sending keeps what was written, but no secret", () => {
    const inputs = [input({}), input({ name: "password", kind: "secret" })];
    expect(worthKeeping(inputs, { result: "half a", password: "hunter2" })).toEqual({ result: "half a" });
  });

  it("starts from the values that the server proposes, and unticked boxes", () => {
    const inputs = [input({ value: "ok" }), input({ name: "seen", kind: "boolean" })];
    expect(startingAnswers(inputs)).toEqual({ result: "ok", seen: "false" });
  });
});
