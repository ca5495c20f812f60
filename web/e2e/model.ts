/** A model server for the tests: it speaks OpenAI's chat completions, and always says the same, in a given form this. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { text as whole } from "node:stream/consumers";

export interface Model {
  /** Settings of a program that asks this model. */
  settings: Record<string, string>;
  stop: () => Promise<void>;
}

export async function startModel(text: string, form: object): Promise<Model> {
  const server = createServer((request, response) => {
    void whole(request).then((body) => {
      const said = body.includes('"response_format"') ? JSON.stringify(form) : text;
      response.writeHead(200, { "content-type": "text/event-stream" });
      const say = (data: object): void => void response.write(`data: ${JSON.stringify(data)}\n\n`);
      say({ choices: [{ index: 0, delta: { role: "assistant", content: said } }] });
      say({ choices: [{ index: 0, delta: {}, finish_reason: "stop" }] });
      say({ choices: [], usage: { prompt_tokens: 2_000, completion_tokens: 50, prompt_tokens_details: { cached_tokens: 1_500 } } });
      response.end("data: [DONE]\n\n");
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    settings: {
      FLOWPILOT_AI__OPENAI__BASE_URL: `http://127.0.0.1:${port}/v1`,
      FLOWPILOT_AI__OPENAI__MODEL: "small",
    },
    stop: () => end(server),
  };
}

async function end(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}
