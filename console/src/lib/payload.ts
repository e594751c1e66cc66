export const PRETTY_LIMIT = 256 * 1024;
export const SHOWN_LIMIT = 64 * 1024;

export interface Shown {
  text: string;
  json: boolean;
  /** Whether only the beginning is shown. */
  cut: boolean;
  bytes: number;
}

/** What is put on the screen of a body: pretty JSON up to 256 KiB, else its first 64 KiB as they are. */
export function shown(body: string): Shown {
  const bytes = new Blob([body]).size;
  if (bytes > PRETTY_LIMIT) return { text: body.slice(0, SHOWN_LIMIT), json: false, cut: true, bytes };
  const pretty = prettify(body);
  return { text: pretty ?? body, json: pretty !== null, cut: false, bytes };
}

/** JSON with line breaks. Numbers keep all their digits, because nothing is parsed into one. */
export function prettify(text: string): string | null {
  try {
    JSON.parse(text);
  } catch {
    return null;
  }
  let out = "";
  let depth = 0;
  let quoted = false;
  for (let i = 0; i < text.length; i += 1) {
    const c = text.charAt(i);
    if (quoted) {
      out += c;
      if (c === "\\") out += text.charAt((i += 1));
      else if (c === '"') quoted = false;
    } else if (c === '"') {
      quoted = true;
      out += c;
    } else if (c === "{" || c === "[") {
      const close = c === "{" ? "}" : "]";
      const rest = /^\s*/.exec(text.slice(i + 1, i + 64))?.[0].length ?? 0;
      if (text.charAt(i + 1 + rest) === close) {
        out += c + close;
        i += rest + 1;
      } else {
        depth += 1;
        out += `${c}\n${"  ".repeat(depth)}`;
      }
    } else if (c === "}" || c === "]") {
      depth -= 1;
      out += `\n${"  ".repeat(depth)}${c}`;
    } else if (c === ",") out += `,\n${"  ".repeat(depth)}`;
    else if (c === ":") out += ": ";
    else if (!/\s/.test(c)) out += c;
  }
  return out;
}

/** Bytes as people write them. */
export function size(bytes: number): string {
  if (bytes < 1_024) return `${bytes} B`;
  if (bytes < 1_048_576) return `${(bytes / 1_024).toFixed(1)} KiB`;
  return `${(bytes / 1_048_576).toFixed(1)} MiB`;
}
