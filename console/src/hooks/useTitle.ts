import { useEffect } from "react";

/** Names the browser's tab after what is shown. Nothing leaves the name as it is. */
export function useTitle(title: string | undefined): void {
  useEffect(() => {
    if (title !== undefined) document.title = `${title} · Surehook`;
  }, [title]);
}
