/** A number with its name. */
export function Figure({ name, value }: { name: string; value: string }) {
  return (
    <div>
      <div className="dim" style={{ fontSize: 12 }}>{name}</div>
      <div className="num" style={{ fontSize: 18, fontWeight: 600 }}>{value}</div>
    </div>
  );
}
