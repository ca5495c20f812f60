/** Puts the page together. What the server says of it is who may frame it; everything else comes by requests. */
import { render } from "preact";
import { Api } from "./api";
import { Host } from "./host";
import { Pod } from "./pod";
import { App } from "./view/app";
import "../../../web/src/app/tokens.css";
import "../../../web/src/app/base.css";
import "./view/pod.css";

const named = document.querySelector<HTMLMetaElement>('meta[name="flowpilot-origins"]')?.content ?? "";
const origins = named.split(" ").filter((origin) => origin !== "");

const host: Host = new Host(window, origins, {
  onTicket: (ticket) => pod.onTicket(ticket),
  beforeSave: () => pod.beforeSave(),
});
const pod: Pod = new Pod(host, new Api(location.pathname.replace(/\/$/, "")), {
  isHidden: () => document.hidden,
  onChange: (listener) => document.addEventListener("visibilitychange", listener),
});

const root = document.querySelector("#app");
if (root !== null) render(<App pod={pod} />, root);
pod.begin();
