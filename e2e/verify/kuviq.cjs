// Verifies requests as Kuviq's page on webhooks shows it. Reads one JSON object a line (body in base64, header, secret)
// and answers true or false.
const crypto = require("crypto");
const { createInterface } = require("readline");

function verifyWebhook(payload, signature, secret) {
  const expected = "sha256=" + crypto.createHmac("sha256", secret).update(payload).digest("hex");

  return crypto.timingSafeEqual(Buffer.from(signature), Buffer.from(expected));
}

createInterface({ input: process.stdin }).on("line", (line) => {
  const { body, header, secret } = JSON.parse(line);
  let verified = false;
  try {
    verified = verifyWebhook(Buffer.from(body, "base64"), header, secret);
  } catch {
    // Texts of different lengths cannot be compared.
  }
  console.log(JSON.stringify(verified));
});
