/** What is around a session's ticket: who to call, which devices, how similar tickets were solved. */
import { type ReactNode, useMemo } from "react";
import type { TicketAround, TicketContext } from "../api/types";
import { useLive, useServerEvents } from "./live";
import { type TicketKey, ticketKey } from "./ticket-key";
import { type Fetched, useFetched } from "./use-fetched";

const PARTS: Record<TicketContext["missing"][number]["part"], string> = {
  ticket: "the ticket",
  company: "the company",
  contact: "the contact",
  devices: "devices",
  notes: "notes",
  similar: "similar tickets",
};

export function useAround(session: string | null, ticket: TicketKey | null): Fetched<TicketAround> {
  const { client } = useLive();
  const wanted = ticket === null ? null : session;
  const load = useMemo(() => (wanted === null ? null : (signal: AbortSignal) => client.around(wanted, signal)), [client, wanted]);
  const around = useFetched(load);
  useServerEvents((event) => {
    if (event.type === "reset" || (event.type === "ticket" && ticketKey(event.connectionId, event.ticketId) === ticket)) around.reload();
  });
  return around;
}

export function Around({ context }: { context: TicketContext }) {
  const { company, contact, devices, similar, missing } = context;
  const people: [string, ReactNode][] = [
    ["Contact", contact === null ? null : [contact.name, contact.title, contact.phone, contact.email].filter(isSaid).join(" · ")],
    ["Company", company === null ? null : [company.name, company.phone, company.status].filter(isSaid).join(" · ")],
  ];
  const shown = people.filter(([, value]) => value !== null && value !== "");
  if (shown.length + devices.length + similar.length + missing.length === 0) return null;
  return (
    <section className="section" aria-labelledby="around-title">
      <h3 id="around-title">Around this ticket</h3>
      {shown.length > 0 && (
        <dl className="details">
          {shown.map(([label, value]) => (
            <div key={label}>
              <dt>{label}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      )}
      {devices.length > 0 && (
        <ul className="around" aria-label="Devices">
          {devices.map(({ id, name, kind, model, operating_system, ip_address, last_login }) => (
            <li key={id}>
              <strong>{name}</strong> <span className="muted">{[kind, model, operating_system, ip_address, last_login].filter(isSaid).join(" · ")}</span>
            </li>
          ))}
        </ul>
      )}
      {similar.length > 0 && (
        <ul className="around" aria-label="Similar tickets that were closed">
          {similar.map(({ id, summary, resolution, same_company, url }) => (
            <li key={id}>
              {url === null ? (
                `#${id}`
              ) : (
                <a href={url} target="_blank" rel="noopener noreferrer">
                  #{id}
                </a>
              )}{" "}
              {summary}
              {same_company && <span className="muted"> · same company</span>}
              {resolution !== null && <p className="muted">{resolution}</p>}
            </li>
          ))}
        </ul>
      )}
      {missing.length > 0 && <p className="muted">Could not be read: {missing.map(({ part }) => PARTS[part]).join(", ")}.</p>}
    </section>
  );
}

function isSaid(text: string | null): text is string {
  return text !== null && text !== "";
}
