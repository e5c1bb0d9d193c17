import type { Clock } from '../clock.ts';
import { activityBetween, activitySnapshot, countersLag, type ActivitySnapshot } from '../observer/index.ts';
import type { PhaseActivity, PhaseName } from '../result/index.ts';
import { connect, SHIELD, type ConnectionSettings, type Session } from '../target/index.ts';
import { milliseconds } from '../units.ts';

const OWN_SETTINGS = { ...SHIELD, lock_timeout: '500ms', statement_timeout: '5s' };

/** Looks at the server's counters where one phase ends and the next begins, on a session of its own. A look that fails joins two phases. */
export class ActivityLog implements AsyncDisposable {
  readonly #connection: ConnectionSettings;
  readonly #clock: Clock;
  readonly #borders: { readonly phase: PhaseName; readonly snapshot: ActivitySnapshot }[] = [];
  #session: Session;
  #looking: Promise<void> = Promise.resolve();

  private constructor(connection: ConnectionSettings, session: Session, clock: Clock) {
    this.#connection = connection;
    this.#session = session;
    this.#clock = clock;
  }

  /** Throws `Failure('target.unavailable')`. */
  static async open(connection: ConnectionSettings, clock: Clock): Promise<ActivityLog> {
    return new ActivityLog(connection, await connect(connection, 'audit', { settings: OWN_SETTINGS }), clock);
  }

  /** Not awaited: the run goes on meanwhile. */
  enter(phase: PhaseName): void {
    this.#looking = this.#looking
      .then(async () => void this.#borders.push({ phase, snapshot: await this.#look() }))
      .catch(() => undefined);
  }

  /** What happened in each phase that was entered; the last one ends now. Rejects where the server is gone. */
  async phases(): Promise<readonly PhaseActivity[]> {
    await this.#looking;
    // The end of the last phase shall be in it.
    await this.#clock.sleep(await countersLag(await this.#open()));
    const last = await this.#look();
    return this.#borders.map(({ phase, snapshot }, index) => ({
      phase,
      ...activityBetween(snapshot, this.#borders[index + 1]?.snapshot ?? last),
    }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#session.close();
  }

  async #look(): Promise<ActivitySnapshot> {
    return await activitySnapshot(await this.#open(), milliseconds(this.#clock.now()));
  }

  /** It is idle for long, and servers may end such sessions. */
  async #open(): Promise<Session> {
    if (this.#session.isLost)
      this.#session = await connect(this.#connection, 'audit', { settings: OWN_SETTINGS });
    return this.#session;
  }
}
