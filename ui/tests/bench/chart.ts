/** What the window's chart takes beside the bare uPlot, with the same figures in the same place. */
import type uPlot from "uplot";
import { columns, options, readPlot, themeOf, topOf, type Drawing } from "../../src/components/plot";
import "../../src/styles/tokens.css";

const SIZE = { width: 1_200, height: 260 };
const ROUNDS = 9;

/** Figures that go up and down, a minute apart, the same at each run. */
function figures(count: number): Drawing {
  const begin = 1_700_000_000;
  const times = Array.from({ length: count }, (_, at) => begin + at * 60);
  let seed = 1;
  const values = times.map(() => (seed = (seed * 48_271) % 2_147_483_647) % 500);
  const line = { id: "accepted", name: "accepted", look: "accepted" as const, total: values.reduce((sum, one) => sum + one, 0), values, drawn: values };
  return { times, end: begin + count * 60, lines: [line], hidden: new Set(), before: null, stacked: true, zone: "Europe/Berlin", running: false };
}

const median = (all: number[]) => all.sort((a, b) => a - b)[all.length >> 1] ?? 0;

/** From the call to the end of its drawing. */
function timed(make: (drawn: () => void) => uPlot): Promise<number> {
  return new Promise((resolve) => {
    const begun = performance.now();
    const plot = make(() => {
      const took = performance.now() - begun;
      setTimeout(() => {
        plot.destroy();
        resolve(took);
      });
    });
  });
}

async function measure() {
  const Uplot = await readPlot();
  const host = document.getElementById("host") as HTMLElement;
  const theme = themeOf(host);
  // uPlot by itself, told the same axes and the same look: what is compared is what the window adds.
  const bare = (drawing: Drawing) =>
    timed((drawn) => {
      const [times, values] = [drawing.times, drawing.lines[0]?.drawn ?? []];
      const heard = { moved: () => {}, selected: () => {}, pointed: () => {}, top: () => 0 };
      const { axes, tzDate, series } = options(Uplot, () => drawing, theme, SIZE, heard);
      const { stroke, fill, width } = series[2] as uPlot.Series;
      return new Uplot({ ...SIZE, axes, tzDate, legend: { show: false }, series: [{}, { stroke, fill, width }], hooks: { draw: [drawn] } }, [times, values], host);
    });
  const ours = (drawing: Drawing) =>
    timed((drawn) => {
      const top = topOf(drawing, null);
      const heard = { moved: () => {}, selected: () => {}, pointed: () => {}, top: () => top };
      const told = options(Uplot, () => drawing, theme, SIZE, heard);
      told.hooks = { ...told.hooks, draw: [...(told.hooks?.draw ?? []), drawn] };
      return new Uplot(told, columns(drawing), host);
    });
  const [million, reduced] = [figures(1_000_000), figures(2_400)];
  const took: { bare: number[]; ours: number[]; ratio: number[]; reduced: number[] } = { bare: [], ours: [], ratio: [], reduced: [] };
  for (let round = 0; round <= ROUNDS; round += 1) {
    const [a, b, c] = [await bare(million), await ours(million), await ours(reduced)];
    // The first round warms up.
    if (round === 0) continue;
    took.bare.push(a);
    took.ours.push(b);
    took.ratio.push(b / a);
    took.reduced.push(c);
  }
  return { bare: median(took.bare), ours: median(took.ours), ratio: median(took.ratio), reduced: median(took.reduced) };
}

Object.assign(window, { measured: measure() });
