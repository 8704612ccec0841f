import { BOUNDS, type Family, type Figure, type KeptHistogram, type KeptMeter } from '@thingwright/core';
import { collectDefaultMetrics, Registry } from 'prom-client';

/** What Prometheus reads. */
export interface Metrics {
  /** Media type of the text. */
  readonly contentType: string;
  /** All figures as they stand (text exposition format 0.0.4). */
  render(): Promise<string>;
}

/**
 * Makes what is read of a meter, with what prom-client knows of the process: memory, processor, event loop, garbage. That is
 * watched from the first reading on; who is never asked pays nothing. `refresh` brings figures up to date that nobody counts.
 */
export function createMetrics(meter: KeptMeter, refresh: () => void): Metrics {
  const registry = new Registry();
  let watchesProcess = false;
  return {
    contentType: registry.contentType,
    async render() {
      if (!watchesProcess) collectDefaultMetrics({ register: registry });
      watchesProcess = true;
      refresh();
      const ours = [...meter.families.values()].map(renderFamily);
      return `${ours.join('\n')}\n${await registry.metrics()}`;
    },
  };
}

function renderFamily(family: Family): string {
  const { name, help, type } = family;
  const lines = [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`];
  if (family.type === 'histogram') {
    for (const { labels, figure } of family.series.values()) lines.push(...renderHistogram(name, labels, figure));
  } else {
    for (const { labels, figure } of family.series.values()) lines.push(renderFigure(name, labels, figure));
  }
  return `${lines.join('\n')}\n`;
}

type Labels = Readonly<Record<string, string>>;

const renderFigure = (name: string, labels: Labels, { value }: Figure): string =>
  `${name}${renderLabels(labels)} ${value}`;

/** Buckets are cumulative, and the last one holds all. */
function renderHistogram(name: string, labels: Labels, { counts, sum, count }: KeptHistogram): readonly string[] {
  let within = 0;
  const buckets = [...BOUNDS.map(String), '+Inf'].map((le, i) => {
    within += counts[i] ?? 0;
    return `${name}_bucket${renderLabels({ ...labels, le })} ${within}`;
  });
  return [...buckets, `${name}_sum${renderLabels(labels)} ${sum}`, `${name}_count${renderLabels(labels)} ${count}`];
}

function renderLabels(labels: Labels): string {
  const pairs = Object.entries(labels).map(([label, value]) => `${label}="${escapeLabel(value)}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

const escapeLabel = (value: string): string =>
  value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
