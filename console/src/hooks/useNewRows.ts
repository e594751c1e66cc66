import { useCallback, useEffect, useRef, useState } from "react";

/** More are not counted. */
export const MOST_NEW = 1_000;

/**
 * Counts what has come since a list was loaded. It is shown when somebody asks for it, so that rows stay under the cursor.
 * The ids are in order of time. With another key it is another list.
 */
export function useNewRows(rows: { id: string }[] | undefined, key: string) {
  const waiting = useRef(new Set<string>());
  const newest = useRef("");
  const list = useRef(key);
  const [count, setCount] = useState(0);

  useEffect(() => {
    if (list.current !== key) waiting.current.clear();
    list.current = key;
    newest.current = rows?.[0]?.id ?? "";
    for (const id of waiting.current) if (id <= newest.current) waiting.current.delete(id);
    setCount(waiting.current.size);
  }, [rows, key]);

  const clear = useCallback(() => {
    waiting.current.clear();
    setCount(0);
  }, []);

  const add = useCallback((ids: string[]) => {
    for (const id of ids) if (id > newest.current && waiting.current.size < MOST_NEW) waiting.current.add(id);
    setCount(waiting.current.size);
  }, []);

  return { count, add, clear };
}
