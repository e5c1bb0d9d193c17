/*
 * What the charts of a page do where scripts may run: the interval under the pointer is read out, and the drawings of a group are zoomed together. It moves
 * the very drawings that stand in the page (no second chart beside them), and everything it shows is in the page without it.
 * Compiled alone and written into the page: no imports.
 */

interface Readings {
  readonly interval: number;
  readonly at: readonly number[];
  readonly labels: readonly string[];
  readonly columns: readonly {
    readonly name: string;
    readonly unit: 'count' | 'ms';
    readonly values: readonly number[];
  }[];
}

/** The part of the x axis that is shown. */
interface View {
  readonly from: number;
  readonly to: number;
}

/** Of each axis, as the page has them. */
const ownLabels = new WeakMap<Element, readonly Element[]>();

const HINT = 'Point at a chart to read it; drag to zoom, double-click for the whole run.';

for (const place of document.querySelectorAll<HTMLElement>('[data-readings]')) enliven(place);

function enliven(place: HTMLElement): void {
  const data = document.getElementById(`readings-${place.dataset['readings'] ?? ''}`)?.textContent;
  const drawings = [...place.querySelectorAll<SVGSVGElement>('svg[data-from]')];
  const [first] = drawings;
  if (data === undefined || first === undefined) return;
  const readings = JSON.parse(data) as Readings; // written by readings.ts, into this very page
  const whole: View = { from: Number(first.dataset['from']), to: Number(first.dataset['to']) };
  let view = whole;
  let chosen = -1;
  const readout = document.createElement('output');
  readout.className = 'readout';
  const show = (next: View): void => {
    view = within(next, whole);
    for (const drawing of drawings) moveTo(drawing, view, whole);
    choose(chosen);
  };
  const choose = (index: number): void => {
    chosen = Math.min(index, readings.at.length - 1);
    readout.textContent = chosen < 0 ? HINT : readingText(readings, chosen);
    for (const drawing of drawings) cursor(drawing, view, chosen < 0 ? undefined : readings.at[chosen]);
  };
  place.prepend(
    toolbar(
      () => view,
      show,
      () => show(whole),
      readout,
    ),
  );
  choose(-1);
  place.addEventListener('keydown', (event) => {
    const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    if (step === 0 || !(event.target instanceof SVGElement)) return;
    event.preventDefault();
    const [first, last] = [indexAt(readings.at, view.from), indexAt(readings.at, view.to)];
    const isSeen = chosen >= first && chosen <= last;
    choose(isSeen ? Math.min(last, Math.max(first, chosen + step)) : step > 0 ? first : last);
  });
  for (const drawing of drawings) {
    drawing.setAttribute('tabindex', '0');
    listen(drawing, {
      view: () => view,
      hover: (value) => choose(value === undefined ? -1 : indexAt(readings.at, value)),
      zoom: show,
      reset: () => show(whole),
    });
  }
}

function toolbar(
  view: () => View,
  show: (next: View) => void,
  reset: () => void,
  readout: HTMLElement,
): HTMLElement {
  const bar = document.createElement('div');
  bar.className = 'toolbar';
  const button = (name: string, sign: string, act: () => void): HTMLElement => {
    const made = document.createElement('button');
    made.type = 'button';
    made.textContent = sign;
    made.setAttribute('aria-label', name);
    made.title = name;
    made.addEventListener('click', act);
    return made;
  };
  bar.append(
    button('Zoom in', '+', () => show(scaled(view(), 0.5))),
    button('Zoom out', '−', () => show(scaled(view(), 2))),
    button('Earlier', '←', () => show(shifted(view(), -0.25))),
    button('Later', '→', () => show(shifted(view(), 0.25))),
    button('The whole run', 'all', reset),
    readout,
  );
  return bar;
}

function scaled({ from, to }: View, factor: number): View {
  const [middle, half] = [(from + to) / 2, ((to - from) / 2) * factor];
  return { from: middle - half, to: middle + half };
}

function shifted({ from, to }: View, share: number): View {
  const by = (to - from) * share;
  return { from: from + by, to: to + by };
}

/** Not beyond the run, and never less than a thousandth of it. */
function within({ from, to }: View, whole: View): View {
  const all = whole.to - whole.from;
  const width = Math.min(all, Math.max(to - from, all / 1_000));
  const start = Math.min(Math.max(from, whole.from), whole.to - width);
  if (width === all) return whole;
  return { from: start, to: start + width };
}

interface Hands {
  readonly view: () => View;
  readonly hover: (value: number | undefined) => void;
  readonly zoom: (next: View) => void;
  readonly reset: () => void;
}

/** Vertical swipes still scroll the page: `touch-action: pan-y` in the style. */
function listen(drawing: SVGSVGElement, { view, hover, zoom, reset }: Hands): void {
  let grabbed: number | undefined;
  const valueAt = (event: PointerEvent): number => {
    const box = drawing.getBoundingClientRect();
    const inDrawing = ((event.clientX - box.left) / box.width) * drawing.viewBox.baseVal.width;
    const share = Math.min(1, Math.max(0, (inDrawing - leftOf(drawing)) / plotOf(drawing)));
    const { from, to } = view();
    return from + share * (to - from);
  };
  drawing.addEventListener('pointerdown', (event) => {
    grabbed = valueAt(event);
    drawing.setPointerCapture(event.pointerId);
  });
  drawing.addEventListener('pointermove', (event) => {
    const value = valueAt(event);
    hover(value);
    if (grabbed !== undefined) mark(drawing, view(), grabbed, value);
  });
  drawing.addEventListener('pointerup', (event) => {
    const [start, end] = [grabbed, valueAt(event)];
    grabbed = undefined;
    mark(drawing, view(), 0, 0);
    if (start === undefined || Math.abs(end - start) < (view().to - view().from) / 100) return;
    zoom({ from: Math.min(start, end), to: Math.max(start, end) });
  });
  drawing.addEventListener('pointerleave', () => hover(undefined));
  drawing.addEventListener('dblclick', reset);
}

const leftOf = (drawing: SVGSVGElement): number => Number(drawing.dataset['left']);
const plotOf = (drawing: SVGSVGElement): number => Number(drawing.dataset['plot']);

/** Curves are stretched as a whole, texts keep their shape and only move. */
function moveTo(drawing: SVGSVGElement, view: View, whole: View): void {
  const width = plotOf(drawing);
  const factor = (whole.to - whole.from) / (view.to - view.from);
  const shift = -((view.from - whole.from) / (whole.to - whole.from)) * width * factor;
  drawing.querySelector('.moving')?.setAttribute('transform', `translate(${shift} 0) scale(${factor} 1)`);
  for (const text of drawing.querySelectorAll<SVGTextElement>('[data-at]')) {
    const x = ((Number(text.dataset['at']) - view.from) / (view.to - view.from)) * width;
    text.setAttribute('x', String(x));
    text.toggleAttribute('hidden', x < 0 || x > width);
  }
  relabel(drawing, view === whole ? undefined : view);
}

/** The labels of the page are kept for the whole run; a zoomed axis gets new ones in their place. */
function relabel(drawing: SVGSVGElement, view: View | undefined): void {
  const axis = drawing.querySelector('.x-axis');
  if (axis === null) return;
  const own = ownLabels.get(axis) ?? [...axis.children];
  ownLabels.set(axis, own);
  const [model] = own;
  if (view === undefined || model === undefined) {
    axis.replaceChildren(...own);
    return;
  }
  const width = plotOf(drawing);
  const span = view.to - view.from;
  const step = niceStep(span / Math.max(2, Math.floor(width / 90)));
  const labels: Node[] = [];
  for (let at = Math.ceil(view.from / step) * step; at <= view.to; at += step) {
    const label = model.cloneNode() as SVGTextElement; // a clone of a text is a text
    const x = ((at - view.from) / span) * width;
    label.setAttribute('x', String(x));
    label.setAttribute('text-anchor', x < 12 ? 'start' : x > width - 12 ? 'end' : 'middle');
    label.textContent = timeText(at, step);
    labels.push(label);
  }
  axis.replaceChildren(...labels);
}

/** 1, 2 or 5 times a power of ten; of minutes from a minute on. */
function niceStep(least: number): number {
  const base = least >= 60_000 ? 60_000 : 1;
  const power = 10 ** Math.floor(Math.log10(least / base));
  return ([1, 2, 5, 10].find((digit) => digit * power * base >= least) ?? 10) * power * base;
}

function timeText(at: number, step: number): string {
  if (at >= 60_000 && step >= 1_000)
    return `${Math.floor(at / 60_000)} min ${Math.round((at % 60_000) / 1_000)} s`;
  return `${(at / 1_000).toFixed(step < 10 ? 3 : step < 100 ? 2 : step < 1_000 ? 1 : 0)} s`;
}

function cursor(drawing: SVGSVGElement, view: View, at: number | undefined): void {
  place(drawing, 'cursor', view, at === undefined ? undefined : [at, at]);
}

function mark(drawing: SVGSVGElement, view: View, from: number, to: number): void {
  place(drawing, 'marked', view, from === to ? undefined : [Math.min(from, to), Math.max(from, to)]);
}

type Range = readonly [from: number, to: number];

/** One rectangle of that class over the plot, or none. */
function place(drawing: SVGSVGElement, name: string, view: View, range: Range | undefined): void {
  drawing.querySelector(`.${name}`)?.remove();
  const plot = drawing.querySelector('.plot');
  if (!plot || range === undefined) return;
  const [from, to] = range;
  const position = (value: number): number => ((value - view.from) / (view.to - view.from)) * plotOf(drawing);
  const bar = document.createElementNS('http://www.w3.org/2000/svg', 'rect');
  bar.setAttribute('class', name);
  bar.setAttribute('x', String(position(from)));
  bar.setAttribute('width', String(Math.max(1, position(to) - position(from))));
  bar.setAttribute('height', '100%');
  plot.append(bar);
}

/** Of the last interval that begins at or before the value. */
function indexAt(at: readonly number[], value: number): number {
  let [low, high] = [0, at.length - 1];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((at[middle] ?? 0) <= value) low = middle;
    else high = middle - 1;
  }
  return low;
}

function readingText({ at, interval, labels, columns }: Readings, index: number): string {
  const start = at[index] ?? 0;
  const values = columns.map(({ name, unit, values: of }) => {
    const value = of[index] ?? 0;
    // Nothing ended in it.
    const time = value === 0 ? '–' : durationText(value);
    return `${name} ${unit === 'count' ? value.toLocaleString('en') : time}`;
  });
  const span = `${(start / 1_000).toLocaleString('en')}–${((start + interval) / 1_000).toLocaleString('en')} s`;
  return `${span}, ${labels[index] ?? ''}: ${values.join(' · ')}`;
}

const durationText = (ms: number): string =>
  ms >= 1_000 ? `${(ms / 1_000).toFixed(2)} s` : `${ms.toFixed(ms < 10 ? 1 : 0)} ms`;
