/** Which rows of a long list are drawn. */
export interface RowWindow {
  first: number;
  /** One behind the last. */
  end: number;
  /** Height of what is not drawn, in pixels. */
  before: number;
  after: number;
}

/** Rows beyond the edges, so that a quick scroll shows no hole. */
const OVERSCAN = 8;

export function windowOf(count: number, row: number, scrollTop: number, height: number): RowWindow {
  const top = Math.max(0, Math.min(scrollTop, count * row - height));
  const first = Math.max(0, Math.floor(top / row) - OVERSCAN);
  const end = Math.min(count, Math.ceil((top + height) / row) + OVERSCAN);
  return { first, end, before: first * row, after: (count - end) * row };
}
