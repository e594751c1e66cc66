interface Request {
  method: string;
  url: string;
  headers: { name: string; value: string }[];
  body: string;
}

const quote = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;
const own = new Set(["content-length", "accept-encoding", "host"]);

/** The request as a command for a shell. Headers whose value is not kept are left out. */
export function curl(request: Request): string {
  const headers = request.headers
    .filter((header) => header.value !== "***" && !own.has(header.name.toLowerCase()))
    .map((header) => `  -H ${quote(`${header.name}: ${header.value}`)}`);
  const body = request.body === "" ? [] : [`  --data-binary ${quote(request.body)}`];
  return [`curl -X ${request.method} ${quote(request.url)}`, ...headers, ...body].join(" \\\n");
}

interface Publishing {
  origin: string;
  organizationId: string;
  eventType: string;
  payload: unknown;
}

/** Publishes an event from a shell that has a key in SUREHOOK_API_KEY. */
export function publishCurl({ origin, organizationId, eventType, payload }: Publishing): string {
  const query = "mutation($input: PublishEventInput!) { publishEvent(input: $input) { event { id } userErrors { message } } }";
  const body = JSON.stringify({ query, variables: { input: { organizationId, eventType, payload } } });
  return [
    `curl ${quote(`${origin}/graphql`)}`,
    `  -H "Authorization: Bearer $SUREHOOK_API_KEY"`,
    `  -H 'Content-Type: application/json'`,
    `  --data-binary ${quote(body)}`,
  ].join(" \\\n");
}
