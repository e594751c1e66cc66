// Verifies requests as Krebit Sign's page on webhooks shows it. Reads one JSON object a line (body in base64, header,
// secret) and answers true or false.
import crypto from "node:crypto";
import { createInterface } from "node:readline";

function verifySignature(rawBody, signature, secret) {
  const expected = crypto.createHmac("sha256", secret).update(rawBody).digest("hex");

  return crypto.timingSafeEqual(Buffer.from(expected), Buffer.from(signature));
}

createInterface({ input: process.stdin }).on("line", (line) => {
  const { body, header, secret } = JSON.parse(line);
  let verified = false;
  try {
    verified = verifySignature(Buffer.from(body, "base64"), header, secret);
  } catch {
    // Texts of different lengths cannot be compared.
  }
  console.log(JSON.stringify(verified));
});
