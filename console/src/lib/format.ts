/** A share from 0 to 1 as people write it. */
export function percent(share: number | null | undefined): string {
  if (share === null || share === undefined) return "–";
  const value = share * 100;
  return `${value > 0 && value < 99.95 && value !== Math.round(value) ? value.toFixed(1) : Math.round(value)}%`;
}

export function count(value: number): string {
  return value.toLocaleString("en");
}
