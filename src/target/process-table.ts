import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** A process of the server whose data directory it is. The leader (postmaster, initdb) ends the others with it. */
export interface ServerProcess {
  readonly pid: number;
  readonly role: 'leader' | 'child';
}

/**
 * Every process that works in a data directory, found by what the operating system says about the process itself, so a
 * stale `postmaster.pid` or a reused pid can not point at a stranger. `dataDirectory`: absolute, without symbolic links.
 */
export function serverProcessesOf(dataDirectory: string): readonly ServerProcess[] {
  return process.platform === 'linux' ? fromProc(dataDirectory) : fromPs(dataDirectory);
}

/**
 * Names one life of a pid: it differs after the pid was reused and after a reboot. Undefined when no such process lives
 * (a zombie does not).
 */
export function birthOf(pid: number): string | undefined {
  const born = process.platform === 'linux' ? startTicks(pid) : startDate(pid);
  return born === undefined ? undefined : createHash('sha256').update(born).digest('hex').slice(0, 12);
}

/** Names the time since the host was started; what was written before another one may not have reached the disk. */
export function bootOf(): string {
  const boot =
    process.platform === 'linux'
      ? readFileSync('/proc/sys/kernel/random/boot_id', 'utf8')
      : execFileSync('sysctl', ['-n', 'kern.boottime'], { encoding: 'utf8' });
  return createHash('sha256').update(boot).digest('hex').slice(0, 12);
}

export interface RunningProgram {
  readonly pid: number;
  readonly words: readonly string[];
}

/** Every process with its command line; where the system shows that as one text, cut at each blank. */
export function runningPrograms(): readonly RunningProgram[] {
  if (process.platform !== 'linux') {
    const lines = execFileSync('ps', ['-axww', '-o', 'pid=,command='], { encoding: 'utf8' }).split('\n');
    return lines.map((line) => ({
      pid: Number.parseInt(line, 10),
      words: line.trim().split(/\s+/).slice(1),
    }));
  }
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => ({
      pid: Number(pid),
      words: (readOrUndefined(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8')) ?? '')
        .split('\0')
        .slice(0, -1),
    }));
}

const SERVER_PROGRAMS = ['postgres', 'initdb'];

function fromProc(dataDirectory: string): readonly ServerProcess[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      const role = roleIn(dataDirectory, name);
      return role === undefined ? [] : [{ pid: Number(name), role }];
    });
}

/** Only the leader keeps its command line, the others show a title; all of them live in the data directory. */
function roleIn(dataDirectory: string, pid: string): ServerProcess['role'] | undefined {
  const program = readOrUndefined(() => readFileSync(`/proc/${pid}/comm`, 'utf8').trim());
  if (program === undefined || !SERVER_PROGRAMS.includes(program)) return undefined;
  const commandLine = readOrUndefined(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0'));
  if (commandLine?.includes(dataDirectory) === true) return 'leader';
  const folder = readOrUndefined(() => readlinkSync(`/proc/${pid}/cwd`));
  return folder === dataDirectory || folder === `${dataDirectory} (deleted)` ? 'child' : undefined;
}

/** Without /proc only the leader can be told; the others follow it. */
function fromPs(dataDirectory: string): readonly ServerProcess[] {
  const lines = execFileSync('ps', ['-axww', '-o', 'pid=,command='], { encoding: 'utf8' }).split('\n');
  return lines
    .filter((line) => `${line} `.includes(` -D ${dataDirectory} `))
    .map((line) => ({ pid: Number.parseInt(line, 10), role: 'leader' }));
}

/** Field 22 of proc(5) counts from boot, so it needs the boot's id; the name in field 2 may hold blanks and brackets. */
function startTicks(pid: number): string | undefined {
  const status = readOrUndefined(() => readFileSync(`/proc/${pid}/stat`, 'utf8'));
  if (status === undefined) return undefined;
  const fields = status.slice(status.lastIndexOf(')') + 2).split(' ');
  const [state = 'X'] = fields;
  const ticks = fields[19] ?? '';
  return state === 'Z' || state === 'X'
    ? undefined
    : `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8')}${ticks}`;
}

function startDate(pid: number): string | undefined {
  const date = readOrUndefined(() =>
    execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim(),
  );
  return date === '' ? undefined : date;
}

/** Processes come and go while they are listed. */
function readOrUndefined<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
