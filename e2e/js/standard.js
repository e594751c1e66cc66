// Verifies requests of Standard Webhooks: v1 with the official library, v1a with what Node has. Reads one JSON object a
// line (body in base64, header with all three, secret) and answers true or false. A secret that begins with whpk_ is a
// public key.
import { createPublicKey, verify } from "node:crypto";
import { createInterface } from "node:readline";
import { Webhook } from "standardwebhooks";

function verifyV1(body, headers, secret) {
  try {
    new Webhook(secret).verify(body, headers);
    return true;
  } catch {
    return false;
  }
}

function verifyV1a(body, headers, publicKey) {
  const x = Buffer.from(publicKey.slice("whpk_".length), "base64").toString("base64url");
  const key = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x }, format: "jwk" });
  const signed = Buffer.concat([Buffer.from(`${headers["webhook-id"]}.${headers["webhook-timestamp"]}.`), body]);
  return headers["webhook-signature"]
    .split(" ")
    .filter((one) => one.startsWith("v1a,"))
    .some((one) => verify(null, signed, key, Buffer.from(one.slice("v1a,".length), "base64")));
}

createInterface({ input: process.stdin }).on("line", (line) => {
  const { body, header, secret } = JSON.parse(line);
  const raw = Buffer.from(body, "base64");
  const headers = JSON.parse(header);
  const verified = secret.startsWith("whpk_")
    ? verifyV1a(raw, headers, secret)
    : verifyV1(raw.toString("utf8"), headers, secret);
  console.log(JSON.stringify(verified));
});
