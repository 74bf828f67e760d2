/** A chart over time. What it shows is said in words too, for those who cannot see it. */
import { useEffect, useRef } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";

export interface Series {
  readonly label: string;
  /** A custom property, such as `--green`. */
  readonly colour: string;
  readonly values: readonly number[];
}

export interface ChartProps {
  /** Seconds since the Unix epoch, ascending. */
  readonly times: readonly number[];
  readonly series: readonly Series[];
  readonly height: number;
  /** What it shows, in a sentence. */
  readonly description: string;
}

export function Chart({ times, series, height, description }: ChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(undefined);
  const data = [times, ...series.map(({ values }) => values)] as uPlot.AlignedData;
  const latest = useRef(data);
  latest.current = data;
  const look = series.map(({ label, colour }) => `${label} ${colour}`).join();
  // biome-ignore lint/correctness/useExhaustiveDependencies: what it looks like is in `look`.
  useEffect(() => {
    const element = place.current;
    if (element === null) return undefined;
    const draw = () => {
      plot.current?.destroy();
      const options = toOptions(series, element.clientWidth, height);
      plot.current = new uPlot(options, latest.current, element);
    };
    draw();
    const resized = new ResizeObserver(() =>
      plot.current?.setSize({ width: element.clientWidth, height }),
    );
    resized.observe(element);
    const theme = new MutationObserver(draw);
    theme.observe(document.documentElement, { attributeFilter: ["data-theme"] });
    const scheme = matchMedia("(prefers-color-scheme: dark)");
    scheme.addEventListener("change", draw);
    return () => {
      resized.disconnect();
      theme.disconnect();
      scheme.removeEventListener("change", draw);
      plot.current?.destroy();
      plot.current = undefined;
    };
  }, [look, height]);
  useEffect(() => {
    plot.current?.setData(latest.current);
  });
  return <div ref={place} className="chart" role="img" aria-label={description} />;
}

function toOptions(series: readonly Series[], width: number, height: number): uPlot.Options {
  const colour = (name: string) =>
    getComputedStyle(document.documentElement).getPropertyValue(name);
  const grid = { stroke: colour("--border"), width: 1 };
  const font = "11px Inter, sans-serif";
  const axis = { stroke: colour("--muted"), font, ticks: { show: false } };
  return {
    width,
    height,
    padding: [10, 8, 0, 0],
    cursor: { drag: { x: false, y: false }, points: { size: 6 } },
    legend: { show: true, live: true },
    // Where no place is pointed at, the legend tells the latest values.
    hooks: { setCursor: [showLatest], setData: [showLatest], ready: [showLatest] },
    scales: { y: { range: (_plot, _min, max) => [0, Math.max(max * 1.1, 1)] } },
    axes: [
      { ...axis, grid: { show: false }, size: 30, space: 70, values: clockTimes },
      { ...axis, grid, size: 46, space: 34, values: wholeNumbers },
    ],
    series: [
      { value: (_plot, at) => (at === null ? "—" : clockTime(at)) },
      ...series.map(({ label, colour: name }) => ({
        label,
        stroke: colour(name).trim(),
        fill: `${colour(name).trim()}1f`,
        width: 1.6,
        points: { show: false },
        value: (_plot: uPlot, value: number | null) => value?.toLocaleString("en") ?? "—",
      })),
    ],
  };
}

function showLatest(plot: uPlot): void {
  const isPointing = plot.cursor.idx !== null && plot.cursor.idx !== undefined;
  if (!isPointing) plot.setLegend({ idx: plot.data[0].length - 1 }, false);
}

function clockTimes(_plot: uPlot, times: number[]): string[] {
  return times.map(clockTime);
}

function clockTime(seconds: number): string {
  const at = new Date(seconds * 1000);
  return `${String(at.getHours()).padStart(2, "0")}:${String(at.getMinutes()).padStart(2, "0")}`;
}

function wholeNumbers(_plot: uPlot, values: number[]): string[] {
  return values.map((value) => (Number.isInteger(value) ? value.toLocaleString("en") : ""));
}
