import { type KeyboardEvent, memo, type MouseEvent, type ReactNode, useRef } from "react";
import { areSingleKeysOn } from "~/app/shortcuts";

export interface Column<Row> {
  title: string;
  cell: (row: Row) => ReactNode;
  className?: string;
}

interface Props<Row extends { id: string }> {
  label: string;
  columns: Column<Row>[];
  rows: Row[];
  /** Changes when the row does: it lights up for a moment then. */
  version?: (row: Row) => string;
}

/** A table whose rows are walked with j and k; the first link of a row is where Enter leads. */
export function DataTable<Row extends { id: string }>({ label, columns, rows, version }: Props<Row>) {
  const body = useRef<HTMLTableSectionElement>(null);

  function step(event: KeyboardEvent) {
    const letter = areSingleKeysOn() ? event.key : "";
    const by = letter === "j" || event.key === "ArrowDown" ? 1 : letter === "k" || event.key === "ArrowUp" ? -1 : 0;
    if (by === 0 || event.target instanceof HTMLInputElement) return;
    const links = [...(body.current?.querySelectorAll<HTMLElement>("tr > td:first-child a, tr > td:first-child button") ?? [])];
    const row = document.activeElement?.closest("tr");
    const at = links.findIndex((link) => link.closest("tr") === row);
    const next = links[at + by];
    if (!next) return;
    event.preventDefault();
    next.focus();
  }

  // A click anywhere in a row goes where its first link leads, unless it was meant for something else.
  function follow({ target }: MouseEvent) {
    if (!(target instanceof HTMLElement) || target.closest("a, button, input, label")) return;
    if (window.getSelection()?.toString()) return;
    target.closest("tr")?.querySelector<HTMLElement>("td:first-child a")?.click();
  }

  return (
    <div className="scroll">
      <table className="grid" aria-label={label}>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column.title} scope="col" className={column.className}>
                {column.title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody ref={body} onKeyDown={step} onClick={follow} data-rows>
          {rows.map((row) => (
            <Line key={row.id} row={row} columns={columns} version={version?.(row) ?? ""} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface LineProps<Row> {
  row: Row;
  columns: Column<Row>[];
  version: string;
}

// A row that is the same object is not painted again, or a hundred changes a second would paint all rows each time.
const Line = memo(function Line<Row extends { id: string }>({ row, columns, version }: LineProps<Row>) {
  const first = useRef(version);
  return (
    <tr data-id={row.id}>
      {columns.map((column) => (
        <td key={column.title} className={column.className}>
          <Flash on={version === first.current ? "" : version}>{column.cell(row)}</Flash>
        </td>
      ))}
    </tr>
  );
}) as <Row extends { id: string }>(props: LineProps<Row>) => ReactNode;

// A new key starts the animation again, once for each version of the row.
function Flash({ on, children }: { on: string; children: ReactNode }) {
  return on === "" ? children : <span key={on} className="flash">{children}</span>;
}
