import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { formatDay } from '../../client/format.ts';

interface Props {
  days: string[];
  own: number[];
  platform: number[];
  format: (value: number) => string;
  /** What it shows, for screen readers: the numbers are in the table below. */
  says: string;
}

/** Own and platform in one bar for each day. */
export function Chart({ days, own, platform, format, says }: Props) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    const draw = () => {
      const plot = new uPlot(options(element, days, format), dataOf(days, own, platform), element);
      return plot;
    };
    let plot = draw();
    const resized = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height: heightOf(element) }));
    resized.observe(element);
    // The canvas holds colours, not variables: another theme is another drawing.
    const theme = matchMedia('(prefers-color-scheme: dark)');
    const redraw = () => {
      plot.destroy();
      plot = draw();
    };
    theme.addEventListener('change', redraw);
    return () => {
      resized.disconnect();
      theme.removeEventListener('change', redraw);
      plot.destroy();
    };
  }, [days, own, platform, format]);
  return <div ref={place} class="chart" role="img" aria-label={says} />;
}

/** Stacked: the taller bar first, so that the smaller one stands in front of it. */
function dataOf(days: string[], own: number[], platform: number[]): uPlot.AlignedData {
  return [days.map((_, index) => index), own.map((value, index) => value + (platform[index] ?? 0)), own];
}

function heightOf(element: HTMLElement): number {
  return element.clientWidth < 500 ? 180 : 240;
}

function options(element: HTMLElement, days: string[], format: (value: number) => string): uPlot.Options {
  const colour = (name: string) => resolved(element, name);
  const bars = uPlot.paths.bars?.({ size: [0.7, 36], radius: 0.15 });
  const axis = { stroke: colour('--muted'), font: '12px system-ui, sans-serif', ticks: { show: false } };
  return {
    width: element.clientWidth,
    height: heightOf(element),
    legend: { show: false },
    cursor: { show: false },
    padding: [12, 8, 0, 0],
    scales: {
      x: { time: false, range: [-0.6, days.length - 0.4] },
      y: { range: (_, __, most) => [0, most > 0 ? most * 1.1 : 1] },
    },
    axes: [
      {
        ...axis,
        size: 30,
        grid: { show: false },
        space: 56,
        incrs: [1, 2, 5, 7, 14, 30],
        values: (_, ticks) => ticks.map((tick) => (days[tick] === undefined ? '' : formatDay(days[tick]))),
      },
      {
        ...axis,
        grid: { stroke: colour('--line'), width: 1 },
        size: (plot, values) => {
          plot.ctx.font = axis.font;
          return (
            14 + Math.max(0, ...(values ?? []).map((value) => plot.ctx.measureText(value).width / devicePixelRatio))
          );
        },
        values: (_, ticks) => ticks.map((tick) => format(tick)),
      },
    ],
    series: [
      {},
      { fill: colour('--second'), width: 0, points: { show: false }, ...(bars && { paths: bars }) },
      { fill: colour('--accent'), width: 0, points: { show: false }, ...(bars && { paths: bars }) },
    ],
  };
}

/** A variable's colour as it is now: light-dark() is settled when it is used, not when it is set. */
function resolved(element: HTMLElement, name: string): string {
  const before = element.style.color;
  element.style.color = `var(${name})`;
  const { color } = getComputedStyle(element);
  element.style.color = before;
  return color;
}
