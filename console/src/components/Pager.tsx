import { Button } from "@mantine/core";
import { IconChevronLeft, IconChevronRight } from "@tabler/icons-react";

export interface PageOf {
  hasNextPage: boolean;
  hasPreviousPage: boolean;
  startCursor?: string | null;
  endCursor?: string | null;
}

export interface Place {
  after?: string | undefined;
  before?: string | undefined;
}

/** What a query asks for to be at a place. */
export function pageAt(place: Place, size: number) {
  return place.before ? { last: size, before: place.before } : { first: size, after: place.after };
}

/** To older and newer pages. Nothing is shown when there is only one. */
export function Pager({ page, onGo }: { page: PageOf | undefined; onGo: (to: Place) => void }) {
  if (!page || (!page.hasNextPage && !page.hasPreviousPage)) return null;
  return (
    <nav aria-label="Pages" style={{ display: "flex", gap: 8, justifyContent: "flex-end", marginTop: 10 }}>
      <Button
        variant="default"
        leftSection={<IconChevronLeft size={14} />}
        disabled={!page.hasPreviousPage}
        onClick={() => onGo({ before: page.startCursor ?? undefined, after: undefined })}
      >
        Newer
      </Button>
      <Button
        variant="default"
        rightSection={<IconChevronRight size={14} />}
        disabled={!page.hasNextPage}
        onClick={() => onGo({ after: page.endCursor ?? undefined, before: undefined })}
      >
        Older
      </Button>
    </nav>
  );
}
