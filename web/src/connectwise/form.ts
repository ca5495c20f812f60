/** The form that connects ConnectWise: its fields, what is sent, and the server's errors at their fields. */
import type { Problem } from "../api/problem";
import type { Connection, Input, NewConnection } from "../api/types";
import type { Answers } from "../console/fields";

function field(name: string, label: string, more: Partial<Input> = {}): Input {
  return { name, label, kind: "text", required: true, max_length: 0, value: null, options: [], ...more };
}

/** In the order in which a form asks for them. */
export const FIELDS: readonly Input[] = [
  field("name", "Name", { max_length: 60, value: "ConnectWise" }),
  field("site", "Site: the host that people log in to, such as na.myconnectwise.net"),
  field("company_id", "Company that logs in"),
  field("public_key", "Public key of the API member", { kind: "secret" }),
  field("private_key", "Private key of the API member", { kind: "secret" }),
  field("client_id", "Client id, from developer.connectwise.com", { kind: "secret" }),
  field("ui_origins", "Pages that may frame the pod, one origin a line, where they are not the site's own", { kind: "multiline", required: false }),
];

/** What the form begins with; keys are always typed anew. */
export function begin(known: Connection | null): Answers {
  const of: Answers = known === null ? {} : { name: known.name, site: known.site, company_id: known.company, ui_origins: known.ui_origins.join("\n") };
  return Object.fromEntries(FIELDS.map(({ name, value }) => [name, of[name] ?? value ?? ""]));
}

export function toConnection(answers: Answers): NewConnection {
  const said = (name: string): string => (answers[name] ?? "").trim();
  return {
    name: said("name"),
    site: said("site"),
    company_id: said("company_id"),
    public_key: said("public_key"),
    private_key: said("private_key"),
    client_id: said("client_id"),
    ui_origins: lines(answers.ui_origins ?? ""),
  };
}

/** What the server says of single fields, as sentences; of one of several lines, with its place. */
export function refusedFields({ errors }: Problem): Record<string, string> {
  const found: Record<string, string> = {};
  for (const { field: named, rule } of errors) {
    const [, name = named, place] = /^(\w+)\[(\d+)\]$/.exec(named) ?? [];
    if (!FIELDS.some((each) => each.name === name) || name in found) continue;
    const label = name === "site" ? "The site" : place === undefined ? "This" : `Origin ${Number(place) + 1}`;
    found[name] = `${label} ${rule}.`;
  }
  return found;
}

function lines(text: string): string[] {
  return text.split(/\s+/).filter((line) => line !== "");
}
