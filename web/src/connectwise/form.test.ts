import { describe, expect, it } from "vitest";
import { Problem } from "../api/problem";
import type { Connection } from "../api/types";
import { validate } from "../console/fields";
import { begin, FIELDS, refusedFields, toConnection } from "./form";

const known: Connection = {
  id: "c1",
  provider: "connectwise",
  name: "Lab",
  site: "eu.myconnectwise.net",
  company: "acme",
  updated_at: 1,
  ui_origins: ["https://eu.myconnectwise.net", "https://cw.example.com"],
  configured: false,
  state: "working",
  seen_at: 2,
  failure: null,
};

describe("the form that connects ConnectWise", () => {
  it("asks for everything but the origins", () => {
    const missing = validate(FIELDS, begin(null));
    expect(Object.keys(missing)).toEqual(["site", "company_id", "public_key", "private_key", "client_id"]);
  });

  it("is filled with what is known when keys are replaced, and never with keys", () => {
    const answers = begin(known);
    expect(answers).toMatchObject({ name: "Lab", site: "eu.myconnectwise.net", company_id: "acme", public_key: "", private_key: "", client_id: "" });
    expect(toConnection(answers).ui_origins).toEqual(known.ui_origins);
  });

  it("sends no spaces around, and no empty lines", () => {
    const sent = toConnection({ ...begin(null), site: " cw.example.com ", ui_origins: "\n https://a.example.com \n\n" });
    expect(sent).toMatchObject({ site: "cw.example.com", ui_origins: ["https://a.example.com"] });
  });

  it("shows the server's rules at their fields, of an origin with its place", () => {
    const problem = new Problem(422, "Unprocessable Content", "", [
      { field: "site", rule: "is at the private address 10.0.0.5" },
      { field: "ui_origins[1]", rule: "must begin with https://" },
      { field: "elsewhere", rule: "is of another form" },
    ]);
    expect(refusedFields(problem)).toEqual({
      site: "The site is at the private address 10.0.0.5.",
      ui_origins: "Origin 2 must begin with https://.",
    });
  });
});
