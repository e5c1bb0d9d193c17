/** A name as a scenario allows it: `*` stands for any characters. */
export function matchesName(name: string, pattern: string): boolean {
  const parts = pattern.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`, 's').test(name);
}

/** Whether it allows every name there is. */
export const matchesEveryName = (pattern: string): boolean => /^\*+$/.test(pattern);
