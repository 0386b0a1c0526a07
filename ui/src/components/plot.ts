/** uPlot as the window uses it: read when a chart is wanted, in the colours of the theme, with times of a zone. */
import type uPlot from "uplot";
import type { Line, Look } from "../state/usagelines";
import { ceiling, highest } from "../state/usagelines";
import { locale } from "../words/times";
import { axisTimes, tick } from "../words/usage";

export type Plot = typeof uPlot;

/**
 * Reads uPlot. While it is read it makes a number format for the system's language, and under
 * `LC_ALL=C` that is "C", which `Intl` refuses: then it gets the window's.
 */
export async function readPlot(): Promise<Plot> {
  const real = Intl.NumberFormat;
  try {
    new real(navigator.language);
  } catch {
    Intl.NumberFormat = function (_language?: string, options?: Intl.NumberFormatOptions) {
      return new real(locale(), options);
    } as unknown as typeof Intl.NumberFormat;
  }
  try {
    await import("uplot/dist/uPlot.min.css");
    return (await import("uplot")).default;
  } finally {
    Intl.NumberFormat = real;
  }
}

/** The colours of a chart, as the theme has them now. */
export interface Theme {
  font: string;
  text: string;
  dim: string;
  grid: string;
  ground: string;
  looks: Record<Look | "before", string>;
}

const TOKEN: Record<Look | "before", string> = {
  accepted: "--accent",
  limited: "--warn",
  refused: "--live",
  nokey: "--faint",
  live: "--live",
  test: "--test",
  other: "--dim",
  before: "--edge",
  line1: "--line-1",
  line2: "--line-2",
  line3: "--line-3",
  line4: "--line-4",
  line5: "--line-5",
  line6: "--line-6",
};

/** Solid, dashed, dotted: what tells lines apart without colour. */
export const DASH: Record<Look | "before", number[]> = {
  accepted: [],
  limited: [7, 3],
  refused: [2, 2],
  nokey: [1, 4],
  live: [],
  test: [7, 4],
  other: [6, 5],
  before: [4, 4],
  line1: [],
  line2: [8, 4],
  line3: [2, 3],
  line4: [10, 3, 2, 3],
  line5: [4, 2],
  line6: [14, 4],
};

export function themeOf(element: Element): Theme {
  const style = getComputedStyle(element);
  const token = (name: string) => style.getPropertyValue(name).trim();
  return {
    font: style.fontFamily,
    text: token("--text"),
    dim: token("--dim"),
    grid: token("--line"),
    ground: token("--panel"),
    looks: Object.fromEntries(Object.entries(TOKEN).map(([look, name]) => [look, token(name)])) as Theme["looks"],
  };
}

/** Of a fill: stripes one way, the other way, dots. Seen without colour as well. */
export function pattern(look: Look, colour: string): CanvasPattern | string {
  const size = 8 * devicePixelRatio;
  const tile = document.createElement("canvas");
  tile.width = tile.height = size;
  const context = tile.getContext("2d");
  if (!context) return "transparent";
  context.fillStyle = context.strokeStyle = colour;
  context.globalAlpha = 0.2;
  context.fillRect(0, 0, size, size);
  context.globalAlpha = 0.75;
  context.lineWidth = 1.2 * devicePixelRatio;
  context.beginPath();
  if (look === "nokey") {
    context.arc(size / 2, size / 2, 1.1 * devicePixelRatio, 0, 7);
    context.fill();
  } else if (look !== "accepted") {
    const up = look === "limited" ? 1 : -1;
    for (const shift of [-size, 0, size]) {
      context.moveTo(shift, up > 0 ? size : 0);
      context.lineTo(shift + size, up > 0 ? 0 : size);
    }
    context.stroke();
  }
  return context.createPattern(tile, "repeat") ?? colour;
}

export interface Drawing {
  /** Seconds since 1970. */
  times: number[];
  end: number;
  lines: Line[];
  hidden: ReadonlySet<string>;
  /** The period before, which is drawn behind. */
  before: number[] | null;
  stacked: boolean;
  zone: string;
  /** The last step is not over: what is drawn of it is not all. */
  running: boolean;
}

/**
 * The line that uPlot draws at a place: the first one last, so that where others lie on it, it is the one
 * that is seen. Column 0 is the times, 1 the period before.
 */
const place = (count: number, line: number) => count + 1 - line;


/** So few figures are bars as wide as their step: a line between them would say what nobody counted. */
const FEW = 2;
export const isFew = ({ times }: Drawing) => times.length <= FEW;

let none: null[] = [];

/** A column without a figure; uPlot does not write to it, so one is enough. */
function nothing(length: number): null[] {
  if (none.length !== length) none = new Array<null>(length).fill(null);
  return none;
}

/** The columns that uPlot draws: times, the period before, the lines. */
export function columns(drawing: Drawing): uPlot.AlignedData {
  const { times, end, lines, before } = drawing;
  const shadow: (number | null)[] = before && before.length === times.length ? before : nothing(times.length);
  const rows: (number | null)[][] = [shadow, ...lines.map(({ drawn }) => drawn).reverse()];
  if (!isFew(drawing) || times.length === 0) return [times, ...rows];
  return [[...times, end], ...rows.map((row) => [...row, row.at(-1) ?? null])];
}

/**
 * The figures of a line without a neighbour, such as those of the first hour that is counted: no line leads there, so
 * each gets a dot. Null where there is none.
 */
export function lone(line: Line | undefined): number[] | null {
  if (!line) return null;
  const known = alone.get(line.values);
  if (known !== undefined) return known;
  const { values } = line;
  const found: number[] = [];
  for (let at = 0; at < values.length; at += 1) {
    if ((values[at] ?? 0) > 0 && (values[at - 1] ?? null) === null && (values[at + 1] ?? null) === null) found.push(at);
  }
  const told = found.length > 0 ? found : null;
  alone.set(values, told);
  return told;
}

/** Asked for at each drawing; figures that are drawn are never changed, but exchanged. */
const alone = new WeakMap<readonly (number | null)[], number[] | null>();

/** Where the scale of times ends: with the last figure, or with its step where it is a bar. */
export function reach(drawing: Drawing): [number, number] {
  const { times, end } = drawing;
  const first = times[0] ?? end - 1;
  const last = isFew(drawing) ? end : (times.at(-1) ?? end);
  return [first, Math.max(last, first + 1)];
}

/** The line of a column of uPlot's. */
export function lineAt({ lines }: Drawing, column: number | null): Line | undefined {
  return column === null || column < 2 ? undefined : lines[place(lines.length, column)];
}

/** The column of a line; null where there is none. */
export function columnOf({ lines }: Drawing, id: string | null): number | null {
  const at = lines.findIndex((line) => line.id === id);
  return at < 0 ? null : place(lines.length, at);
}

/** The end of the scale of values, which a refresh leaves where it was as long as it can. */
export function topOf(drawing: Drawing, before: number | null): number {
  const { lines, hidden, before: shadow, times } = drawing;
  const seen = lines.filter(({ id }) => !hidden.has(id)).map(({ drawn }) => drawn);
  return ceiling(highest(shadow && shadow.length === times.length ? [shadow, ...seen] : seen), before);
}

interface Heard {
  moved(plot: uPlot): void;
  selected(plot: uPlot): void;
  pointed(line: string | null): void;
  top(): number;
}

const INCREMENTS = [1, 2, 5].flatMap((one) => Array.from({ length: 14 }, (_, power) => one * 10 ** power)).sort((a, b) => a - b);

/** What is not over looks so: else each day would begin with a fall. */
function fade(plot: uPlot, drawing: Drawing, theme: Theme): void {
  const { times, running, lines } = drawing;
  const from = times.at(-2);
  if (!running || from === undefined || isFew(drawing) || lines.some((line) => lone(line)?.includes(times.length - 1))) return;
  const { ctx, bbox } = plot;
  const left = plot.valToPos(from, "x", true);
  ctx.save();
  ctx.globalAlpha = 0.6;
  ctx.fillStyle = theme.ground;
  ctx.fillRect(left, bbox.top, bbox.left + bbox.width - left + 2 * devicePixelRatio, bbox.height);
  ctx.restore();
}

/** All that uPlot is told once; what changes often is asked for through `drawing` and `heard`. */
export function options(Uplot: Plot, drawing: () => Drawing, theme: Theme, size: { width: number; height: number }, heard: Heard): uPlot.Options {
  const now = drawing();
  const paths = isFew(now) ? Uplot.paths.stepped?.({ align: 1 }) : undefined;
  const series: uPlot.Series[] = [...now.lines].reverse().map(({ id, look, name }) => ({
    label: name,
    show: !now.hidden.has(id),
    stroke: theme.looks[look],
    width: 1.75,
    dash: DASH[look],
    ...(paths ? { paths } : {}),
    ...(now.stacked ? { fill: pattern(look, theme.looks[look]) } : {}),
    points: { show: false, size: 7, fill: theme.looks[look], filter: () => (isFew(drawing()) ? null : lone(drawing().lines.find((line) => line.id === id))) },
  }));
  // Each band ends where the one that is drawn beneath it ends.
  const drawn = now.lines.flatMap(({ id }, at) => (now.hidden.has(id) ? [] : [place(now.lines.length, at)]));
  const bands: uPlot.Band[] = now.stacked ? drawn.slice(1).map((at, index) => ({ series: [at, drawn[index] ?? at] })) : [];
  const axis = { stroke: theme.dim, font: `11px ${theme.font}`, ticks: { show: false }, grid: { stroke: theme.grid, width: 1 } };
  return {
    ...size,
    legend: { show: false },
    padding: [10, 22, 0, 0],
    focus: { alpha: 0.25 },
    cursor: {
      y: false,
      drag: { x: true, y: false, setScale: false, dist: 5 },
      focus: { prox: now.stacked ? -1 : 18 },
      points: { size: 8, width: 2, fill: (plot: uPlot, at: number) => (at === 1 ? theme.looks.before : (plot.series[at]?.stroke as string | (() => string)) as string) },
    },
    tzDate: (seconds) => Uplot.tzDate(new Date(seconds * 1_000), drawing().zone),
    scales: {
      x: { time: true, range: () => reach(drawing()) },
      y: { range: () => [0, heard.top()] },
    },
    axes: [
      { ...axis, space: 72, size: (_plot: uPlot, labels: string[] | null) => (labels?.some((one) => one.includes("\n")) ? 38 : 24), grid: { show: false }, values: (_plot, splits, _axis, _space, apart) => axisTimes(splits.map((at) => at * 1_000), apart * 1_000, drawing().zone) },
      { ...axis, space: 44, size: 56, incrs: INCREMENTS, values: (_plot, splits) => splits.map((value) => tick(value)) },
    ],
    series: [
      {},
      { label: "the period before", show: now.before !== null, stroke: theme.looks.before, width: 1.25, dash: DASH.before, points: { show: false }, ...(paths ? { paths } : {}) },
      ...series,
    ],
    bands,
    hooks: {
      draw: [(plot) => fade(plot, drawing(), theme)],
      setCursor: [heard.moved],
      setSelect: [heard.selected],
      setSeries: [
        // What is shown and hidden is told anew with the whole chart: this is where the cursor is near.
        (_plot, at) => heard.pointed(lineAt(drawing(), at)?.id ?? null),
      ],
    },
  };
}

/** A name that leaves room for others. */
const shortened = (name: string) => (name.length > 32 ? `${name.slice(0, 31)}…` : name);

/** The chart as a picture in base64, on the theme's ground, with what a reader needs to know of it. */
export function picture(plot: uPlot, drawing: Drawing, theme: Theme, title: string, range: string): string {
  const ratio = devicePixelRatio;
  const [edge, head, row, swatch] = [18 * ratio, 62 * ratio, 20 * ratio, 28 * ratio];
  const source = plot.ctx.canvas;
  const target = document.createElement("canvas");
  const context = target.getContext("2d");
  if (!context) throw new Error("this computer can't draw the picture");
  const font = (size: number, weight = 400) => (context.font = `${weight} ${size * ratio}px ${theme.font}`);
  target.width = source.width + 2 * edge;

  const keys = drawing.lines.filter(({ id }) => !drawing.hidden.has(id)).map(({ name, look }): { name: string; look: Look | "before" } => ({ name: shortened(name), look }));
  if (drawing.before) keys.push({ name: "the period before", look: "before" });
  font(12);
  let [x, y] = [edge, 0];
  const legend = keys.map((key) => {
    const wide = swatch + context.measureText(key.name).width;
    if (x > edge && x + wide > target.width - edge) [x, y] = [edge, y + row];
    const placed = { ...key, x, y };
    x += wide + 18 * ratio;
    return placed;
  });
  // Another size clears the canvas.
  target.height = source.height + head + y + 40 * ratio;

  const write = (text: string, left: number, top: number, colour: string) => {
    context.fillStyle = colour;
    context.fillText(text, left, top);
  };
  context.fillStyle = theme.ground;
  context.fillRect(0, 0, target.width, target.height);
  font(15, 600);
  write(title, edge, 28 * ratio, theme.text);
  font(12);
  write(range, edge, 48 * ratio, theme.dim);
  context.drawImage(source, edge, head);
  for (const { name, look, x: left, y: below } of legend) {
    const top = head + source.height + row + below;
    context.strokeStyle = theme.looks[look];
    context.lineWidth = 2 * ratio;
    context.setLineDash(DASH[look].map((one) => one * ratio));
    context.beginPath();
    context.moveTo(left, top - 4 * ratio);
    context.lineTo(left + 22 * ratio, top - 4 * ratio);
    context.stroke();
    write(name, left + swatch, top, theme.dim);
  }
  return target.toDataURL("image/png").replace(/^data:image\/png;base64,/, "");
}
