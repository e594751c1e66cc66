// A receiver as a customer would write it, with the official Standard Webhooks library. It reads its secret from standard
// input and writes one line of JSON a request: whether the request was verified, and whether a changed body was refused.
import { createServer } from "node:http";
import { createInterface } from "node:readline";
import { Webhook } from "standardwebhooks";

let webhook;

function verifies(body, headers) {
  try {
    webhook.verify(body, headers);
    return true;
  } catch {
    return false;
  }
}

const server = createServer((request, response) => {
  const chunks = [];
  request.on("data", (chunk) => chunks.push(chunk));
  request.on("end", () => {
    const body = Buffer.concat(chunks).toString("utf8");
    const { type, data } = JSON.parse(body);
    console.log(
      JSON.stringify({
        verified: verifies(body, request.headers),
        changedRejected: !verifies(body.replace("id", "ID"), request.headers),
        type,
        data,
      }),
    );
    response.writeHead(204).end();
  });
});

server.listen(0, "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}`));

const lines = createInterface({ input: process.stdin });
lines.once("line", (secret) => {
  webhook = new Webhook(secret);
  console.log("ready");
});
lines.on("close", () => {
  server.close();
  server.closeAllConnections();
});
