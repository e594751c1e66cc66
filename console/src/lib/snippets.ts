import type { SignatureScheme } from "~/gql/graphql";

export interface Signature {
  scheme: SignatureScheme;
  headerName: string;
  prefix: string;
  encoding?: "BASE64" | "HEX" | null;
  timestampHeader: string;
}

export interface Snippet {
  language: string;
  code: string;
}

/** How a receiver checks the signature of this webhook, in several languages. Empty when requests are not signed. */
export function snippets(signature: Signature): Snippet[] {
  if (signature.scheme === "STANDARD_WEBHOOKS_V1" || signature.scheme === "STANDARD_WEBHOOKS_V1A") {
    return standard(signature.scheme === "STANDARD_WEBHOOKS_V1A");
  }
  if (signature.scheme === "NONE") return [];
  return hmac(signature);
}

function standard(asymmetric: boolean): Snippet[] {
  const secret = asymmetric ? "whpk_…" : "whsec_…";
  const all = [
    {
      language: "Node",
      code: `import { Webhook } from "standardwebhooks";

const payload = new Webhook("${secret}").verify(rawBody, request.headers); // throws when it does not match`,
    },
    {
      language: "Python",
      code: `from standardwebhooks import Webhook

payload = Webhook("${secret}").verify(raw_body, request.headers)  # raises when it does not match`,
    },
    {
      language: "Go",
      code: `wh, err := standardwebhooks.NewWebhook("${secret}")
if err != nil { return err }
err = wh.Verify(rawBody, request.Header)`,
    },
    {
      language: "Shell",
      code: `# HMAC-SHA256 over: webhook-id "." webhook-timestamp "." body
printf '%s.%s.%s' "$WEBHOOK_ID" "$WEBHOOK_TIMESTAMP" "$BODY" |
  openssl dgst -sha256 -mac HMAC -macopt "hexkey:$(printf %s "\${SECRET#whsec_}" | base64 -d | xxd -p -c 256)" -binary | base64`,
    },
  ];
  // openssl cannot check Ed25519 in a line.
  return asymmetric ? all.slice(0, 3) : all;
}

function hmac(signature: Signature): Snippet[] {
  const stamped = signature.scheme === "HMAC_SHA256_TIMESTAMP_BODY";
  const hex = signature.encoding !== "BASE64";
  const header = signature.headerName;
  const lower = header.toLowerCase();
  const stamp = signature.timestampHeader;
  const prefix = signature.prefix;
  return [
    {
      language: "Node",
      code: `import { createHmac, timingSafeEqual } from "node:crypto";

const signed = ${stamped ? `request.headers["${stamp.toLowerCase()}"] + "." + rawBody` : "rawBody"};
const want = "${prefix}" + createHmac("sha256", SECRET).update(signed).digest("${hex ? "hex" : "base64"}");
const got = request.headers["${lower}"] ?? "";
const ok = got.length === want.length && timingSafeEqual(Buffer.from(got), Buffer.from(want));`,
    },
    {
      language: "Python",
      code: `import ${hex ? "" : "base64, "}hashlib, hmac

signed = ${stamped ? `request.headers["${stamp}"].encode() + b"." + raw_body` : "raw_body"}
mac = hmac.new(SECRET.encode(), signed, hashlib.sha256)
want = "${prefix}" + ${hex ? "mac.hexdigest()" : "base64.b64encode(mac.digest()).decode()"}
ok = hmac.compare_digest(want, request.headers["${header}"])`,
    },
    {
      language: "Go",
      code: `mac := hmac.New(sha256.New, []byte(secret))
${stamped ? `mac.Write([]byte(request.Header.Get("${stamp}") + "."))\n` : ""}mac.Write(rawBody)
want := "${prefix}" + ${hex ? "hex.EncodeToString(mac.Sum(nil))" : "base64.StdEncoding.EncodeToString(mac.Sum(nil))"}
ok := hmac.Equal([]byte(want), []byte(request.Header.Get("${header}")))`,
    },
    {
      language: "PHP",
      code: `$signed = ${stamped ? `$_SERVER["${cgi(stamp)}"] . "." . $rawBody` : "$rawBody"};
$want = "${prefix}" . ${hex ? 'hash_hmac("sha256", $signed, $secret)' : 'base64_encode(hash_hmac("sha256", $signed, $secret, true))'};
$ok = hash_equals($want, $_SERVER["${cgi(header)}"]);`,
    },
    {
      language: "Shell",
      code: `printf '%s' "${stamped ? "$TIMESTAMP.$BODY" : "$BODY"}" | openssl dgst -sha256 -hmac "$SECRET"${hex ? "" : " -binary | base64"}`,
    },
  ];
}

function cgi(header: string): string {
  return `HTTP_${header.toUpperCase().replaceAll("-", "_")}`;
}
