import type { ReportFile } from '../result/index.ts';
import { formatRate, perSecond } from '../units.ts';

/** `400/s on 20 connections`, each workload by its name where there are several. */
export function trafficText({ scenario }: ReportFile): string {
  const { workloads } = scenario;
  return workloads
    .map(({ name, executor, rate, vus, connections }) => {
      const load =
        rate === undefined ? `${executor}, ${vus ?? connections} users` : formatRate(perSecond(rate));
      return `${workloads.length > 1 ? `${name}: ` : ''}${load} on ${connections} connections`;
    })
    .join('; ');
}
