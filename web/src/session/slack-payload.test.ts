import { describe, expect, it } from "vitest";
import { drawing } from "./slack-payload";

const button = (action_id: string, value: string, more: object = {}) => ({ type: "button", text: { type: "plain_text", text: value }, action_id, value, ...more });
const payload = {
  blocks: [
    { type: "header", block_id: "card:c1:0", text: { type: "plain_text", text: "Fix" } },
    {
      type: "actions",
      block_id: "card:c1:1",
      elements: [button("press:one_off", "one_off", { confirm: { title: {} } }), { type: "overflow", action_id: "more", options: [{ value: "pause" }, { value: "escalate" }] }],
    },
  ],
};

describe("a payload for Slack", () => {
  it("is drawn as it is, but for questions that lead nowhere and ids", () => {
    const { blocks } = drawing(payload, "c1");
    expect(blocks[0]).toEqual(payload.blocks[0]);
    expect(blocks[1]).toMatchObject({ elements: [{ action_id: "card:c1:1:press:one_off", value: "one_off" }, { action_id: "card:c1:1:more" }] });
    expect(JSON.stringify(blocks)).not.toContain("confirm");
  });

  it("leads from each control to the card's action", () => {
    const { buttons, menus } = drawing(payload, "c1");
    expect([...buttons]).toEqual([["card:c1:1:press:one_off", "one_off"]]);
    expect([...menus]).toEqual([["card:c1:1:more", ["pause", "escalate"]]]);
  });

  it("has nothing to press where its blocks are another card's", () => {
    const { buttons, menus } = drawing(payload, "c2");
    expect([buttons.size, menus.size]).toEqual([0, 0]);
  });

  it("may be anything", () => {
    expect(drawing({}, "c1").blocks).toEqual([]);
    expect(drawing({ blocks: "none" }, "c1").blocks).toEqual([]);
  });
});
