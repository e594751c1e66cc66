import { Link } from "@tanstack/react-router";

/** To the page of an event type of which only the name is known. */
export function EventTypeLink({ name }: { name: string }) {
  return (
    <Link to="/event-types/$id" params={{ id: "named" }} search={{ name }} className="mono">
      {name}
    </Link>
  );
}
